#include <hivelint/regf/edit.hpp>

#include "byte_editor.hpp"
#include "regf/core/base_block_fields.hpp"
#include "regf/core/records.hpp"
#include "regf/core/tree_reader.hpp"

#include <hivelint/regf/base_block.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cassert>
#include <utility>

namespace hivelint::regf {
namespace {

/// Byte offsets in the base block and the first bin.
constexpr std::uint64_t kPrimarySequenceAt = 4;
constexpr std::uint64_t kSecondarySequenceAt = 8;
constexpr std::uint64_t kLastWrittenAt = 12;
constexpr std::uint64_t kChecksumAt = 508;
constexpr std::uint64_t kFirstBinTimeAt = kBaseBlockSize + 20;

/// The edit of one hive.
class HiveEdit {
public:
    HiveEdit(const VerifiedImage& image, const Edit& edit)
        : image_(image.bytes()), source_(image_), base_block_(read_base_block(source_)),
          tree_(source_, base_block_), bytes_(image_), edit_(edit) {}

    std::vector<ByteRange> run();

private:
    /// A value to be changed and its place in the key's value list.
    struct Target {
        ValueRecord record;
        std::size_t index;
        const ValueData* becomes = nullptr; ///< null: it is removed
    };
    /// A key with values to be changed.
    struct KeyEdit {
        Key key;
        std::vector<Target> set;
        std::vector<Target> removed;
    };
    void find(const ValueChange& change);
    std::optional<Target> find(const Key& key, const std::u16string& name);
    KeyEdit& edit_of(const Key& key);
    void refuse_hive() const;
    bool has(const ValueRecord& record, const ValueData& data) const;
    bool is_big(const KeyValue& value) {
        return value.is_big(base_block_.minor) && tree_.is_big_data(value);
    }
    void set(const Key& key, const ValueRecord& record, const ValueData& data);
    void put_data(const ValueRecord& record, const ValueData& data);
    void remove(const KeyEdit& edit);
    void free_data(const ValueRecord& record);
    void finish();

    std::span<const std::byte> image_;
    MemorySource source_;
    BaseBlock base_block_;
    TreeReader tree_;
    ByteEditor bytes_;
    const Edit& edit_;
    std::vector<KeyEdit> keys_;
};

void HiveEdit::refuse_hive() const {
    if (base_block_.dirty()) {
        throw Error(ErrorCode::dirty_hive, kPrimarySequenceAt,
                    fmt::format("primary sequence number {}, secondary {}: newer data may be in "
                                "the transaction logs, and they are not applied",
                                base_block_.primary_sequence, base_block_.secondary_sequence));
    }
    if (base_block_.differencing()) {
        throw Error(
            ErrorCode::differencing_hive, 144,
            fmt::format("base block flags {:#x}: a layer over another hive", base_block_.flags));
    }
}

std::optional<HiveEdit::Target> HiveEdit::find(const Key& key, const std::u16string& name) {
    // A sound hive has no damage to be noted on the way.
    std::vector<Error> damage;
    std::optional<Target> found;
    const auto values = tree_.values(key, damage);
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!same_name(values[i].name, name)) {
            continue;
        }
        if (found) {
            throw Error(ErrorCode::duplicate_name, values[i].cell.offset,
                        fmt::format("a second value {} of the key; the first lies at {:#x}",
                                    escaped(name), found->record.cell.offset));
        }
        if (values[i].value.has(kValueTombstone)) {
            throw Error(ErrorCode::tombstone, values[i].cell.offset,
                        "the value is deleted in this layer of a differencing hive");
        }
        found = {values[i], i, nullptr};
    }
    assert(damage.empty());
    return found;
}

/// Where the bytes of data that are not big stand in the file.
std::uint64_t data_at(const ValueRecord& record) {
    const std::uint64_t field = record.cell.record_offset() + KeyValue::kDataAt;
    return record.value.is_inline ? field : record.value.data.in_file() + 4;
}

/// Whether the value holds that already.
bool HiveEdit::has(const ValueRecord& record, const ValueData& data) const {
    if (record.value.type != data.type || record.value.size != data.bytes.size()) {
        return false;
    }
    return data.bytes.empty() ||
           std::ranges::equal(
               image_.subspan(static_cast<std::size_t>(data_at(record)), data.bytes.size()),
               data.bytes);
}

HiveEdit::KeyEdit& HiveEdit::edit_of(const Key& key) {
    const auto known = std::ranges::find(keys_, key.cell.offset,
                                         [](const KeyEdit& edit) { return edit.key.cell.offset; });
    return known != keys_.end() ? *known : keys_.emplace_back(KeyEdit{key, {}, {}});
}

/// Finds what is to be changed, unless it is as it shall be.
void HiveEdit::find(const ValueChange& change) {
    TreeReader::Way way;
    std::vector<Error> damage;
    const auto key = tree_.find_key(change.key, way, damage);
    const auto target = key ? find(*key, change.value) : std::nullopt;
    if (!target) {
        return;
    }
    const auto& record = target->record;
    const bool fits = change.becomes && !is_big(record.value);
    if (fits && has(record, *change.becomes)) {
        return;
    }
    refuse_hive();
    if (!way.duplicates.empty()) {
        throw Error(ErrorCode::duplicate_name, way.duplicates.front(),
                    "a second key of the same name on the way to the value");
    }
    auto& edit = edit_of(*key);
    const auto is_it = [&](const Target& other) { return other.index == target->index; };
    if (std::ranges::any_of(edit.set, is_it) || std::ranges::any_of(edit.removed, is_it)) {
        throw Error(ErrorCode::invalid_argument, record.cell.offset,
                    fmt::format("two changes of the value {}", escaped(change.value)));
    }
    (change.becomes ? edit.set : edit.removed)
        .push_back({record, target->index, change.becomes ? &*change.becomes : nullptr});
}

std::vector<ByteRange> HiveEdit::run() {
    std::ranges::for_each(edit_.changes, [this](const ValueChange& change) { find(change); });
    if (keys_.empty()) {
        return {};
    }
    // The same changes in another order are the same edit: which cells are joined depends on it.
    std::ranges::sort(keys_, {}, [](const KeyEdit& edit) { return edit.key.cell.offset; });
    for (auto& edit : keys_) {
        std::ranges::sort(edit.set, {}, &Target::index);
        std::ranges::sort(edit.removed, {}, &Target::index);
        for (const auto& target : edit.set) {
            set(edit.key, target.record, *target.becomes);
        }
        if (!edit.removed.empty()) {
            remove(edit);
        }
    }
    finish();
    return bytes_.ranges();
}

void HiveEdit::set(const Key& key, const ValueRecord& record, const ValueData& data) {
    put_data(record, data);
    bytes_.put32(record.cell.record_offset() + KeyValue::kTypeAt, data.type);
    // The longest-data field of the key may be too large, but not too small (section 13, 5).
    const std::uint64_t longest = key.cell.record_offset() + KeyNode::kLongestDataAt;
    if (const auto size = static_cast<std::uint32_t>(data.bytes.size());
        size != record.value.size && bytes_.get32(longest) < size) {
        bytes_.put32(longest, size);
    }
}

void HiveEdit::put_data(const ValueRecord& record, const ValueData& data) {
    const std::uint64_t at = record.cell.record_offset();
    const auto size = static_cast<std::uint32_t>(data.bytes.size());
    if (size <= 4 && (size != record.value.size || data.type != record.value.type)) { // inline
        free_data(record);
        bytes_.put32(at + KeyValue::kSizeAt, 0x8000'0000 | size);
        bytes_.put32(at + KeyValue::kDataAt, 0);
        bytes_.put(at + KeyValue::kDataAt, data.bytes);
        return;
    }
    const std::uint32_t room = record.value.is_inline   ? 4
                               : is_big(record.value)   ? 0
                               : record.value.size == 0 ? 0
                                                        : bytes_.room_of(record.value.data);
    if (size > room) {
        throw Error(ErrorCode::no_room, record.cell.offset,
                    is_big(record.value)
                        ? fmt::format("the value's {} bytes lie in several cells; they can be "
                                      "deleted, but not set",
                                      record.value.size)
                        : fmt::format("{} bytes of data, where there is room for {}; nothing is "
                                      "moved in a hive",
                                      size, room));
    }
    bytes_.put(data_at(record), data.bytes);
    if (size != record.value.size) {
        bytes_.put32(at + KeyValue::kSizeAt, size);
    }
}

void HiveEdit::remove(const KeyEdit& edit) {
    const Key& key = edit.key;
    const std::uint64_t list = key.node.value_list.in_file() + 4;
    const std::uint64_t node = key.cell.record_offset();
    for (const auto& target : edit.removed) {
        free_data(target.record);
        bytes_.free_cell(cell_offset(target.record.cell));
    }
    std::uint32_t left = 0;
    for (std::uint32_t i = 0; i < key.node.value_count; ++i) {
        if (std::ranges::find(edit.removed, i, &Target::index) == edit.removed.end()) {
            bytes_.put32(list + std::uint64_t{4} * left, bytes_.get32(list + std::uint64_t{4} * i));
            ++left;
        }
    }
    bytes_.put32(node + KeyNode::kValueCountAt, left);
    if (left == 0) {
        bytes_.put32(node + KeyNode::kValueListAt, CellOffset{}.value);
        bytes_.free_cell(key.node.value_list);
    }
}

void HiveEdit::free_data(const ValueRecord& record) {
    const KeyValue& value = record.value;
    if (value.is_inline || value.size == 0) {
        return;
    }
    const std::uint64_t at = value.data.in_file() + 4;
    if (is_big(value)) {
        const CellOffset list = {bytes_.get32(at + BigData::kListAt)};
        const std::uint32_t count = bytes_.get32(at) >> 16;
        for (std::uint32_t i = 0; i < count; ++i) {
            bytes_.free_cell({bytes_.get32(list.in_file() + 4 + std::uint64_t{4} * i)});
        }
        bytes_.free_cell(list);
    }
    bytes_.free_cell(value.data);
}

void HiveEdit::finish() {
    for (const auto& edit : keys_) {
        bytes_.put64(edit.key.cell.record_offset() + KeyNode::kLastWrittenAt, edit_.time.ticks);
    }
    bytes_.put32(kPrimarySequenceAt, edit_.sequence);
    bytes_.put32(kSecondarySequenceAt, edit_.sequence);
    if (edit_.stamp_base_block) {
        const bool has_copy = bytes_.get32(kFirstBinTimeAt) == bytes_.get32(kLastWrittenAt) &&
                              bytes_.get32(kFirstBinTimeAt + 4) == bytes_.get32(kLastWrittenAt + 4);
        bytes_.put64(kLastWrittenAt, edit_.time.ticks);
        if (has_copy) {
            bytes_.put64(kFirstBinTimeAt, edit_.time.ticks);
        }
    }
    bytes_.put32(kChecksumAt, stored_checksum(sum_of_fields(
                                  [this](std::size_t at) { return bytes_.get32(at); })));
}

} // namespace

std::vector<ByteRange> edit_values(const VerifiedImage& image, const Edit& edit) {
    require_sound(image);
    return HiveEdit(image, edit).run();
}

} // namespace hivelint::regf
