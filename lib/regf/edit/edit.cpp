#include <hivelint/regf/edit.hpp>

#include "byte_editor.hpp"
#include "regf/core/base_block_fields.hpp"
#include "regf/core/records.hpp"
#include "regf/core/tree_reader.hpp"

#include <hivelint/regf/base_block.hpp>

#include <fmt/core.h>

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

class ValueEdit {
public:
    ValueEdit(const VerifiedImage& image, const Edit& edit)
        : source_(image.bytes()), base_block_(read_base_block(source_)),
          tree_(source_, base_block_), bytes_(image.bytes()), edit_(edit) {}

    std::vector<ByteRange> run();

private:
    /// The value to be edited and its place in the key's value list.
    struct Target {
        ValueRecord record;
        std::size_t index;
    };
    std::optional<Target> find(const Key& key);
    void refuse_hive() const;
    bool is_dword(const ValueRecord& record) const {
        return record.value.type == kRegDword && record.value.size == 4;
    }
    std::uint64_t number_at(const ValueRecord& record);
    void set(const Key& key, const ValueRecord& record);
    void remove(const Key& key, const Target& target);
    void free_data(const ValueRecord& record);
    void finish(const Key& key);

    MemorySource source_;
    BaseBlock base_block_;
    TreeReader tree_;
    ByteEditor bytes_;
    const Edit& edit_;
};

void ValueEdit::refuse_hive() const {
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

std::optional<ValueEdit::Target> ValueEdit::find(const Key& key) {
    // A sound hive has no damage to be noted on the way.
    std::vector<Error> damage;
    std::optional<Target> found;
    const auto values = tree_.values(key, damage);
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!same_name(values[i].name, edit_.value)) {
            continue;
        }
        if (found) {
            throw Error(ErrorCode::duplicate_name, values[i].cell.offset,
                        fmt::format("a second value {} of the key; the first lies at {:#x}",
                                    escaped(edit_.value), found->record.cell.offset));
        }
        if (values[i].value.has(kValueTombstone)) {
            throw Error(ErrorCode::tombstone, values[i].cell.offset,
                        "the value is deleted in this layer of a differencing hive");
        }
        found = {values[i], i};
    }
    assert(damage.empty());
    return found;
}

/// Where the four bytes of a REG_DWORD stand in the file.
std::uint64_t ValueEdit::number_at(const ValueRecord& record) {
    const std::uint64_t field = record.cell.record_offset() + KeyValue::kDataAt;
    return record.value.is_inline ? field : record.value.data.in_file() + 4;
}

std::vector<ByteRange> ValueEdit::run() {
    TreeReader::Way way;
    std::vector<Error> damage;
    const auto key = tree_.find_key(edit_.key, way, damage);
    const auto target = key ? find(*key) : std::nullopt;
    if (!target) {
        return {};
    }
    const ValueRecord& record = target->record;
    if (edit_.number && is_dword(record) && bytes_.get32(number_at(record)) == *edit_.number) {
        return {};
    }
    refuse_hive();
    if (!way.duplicates.empty()) {
        throw Error(ErrorCode::duplicate_name, way.duplicates.front(),
                    "a second key of the same name on the way to the value");
    }
    if (!is_dword(record) && !edit_.force) {
        throw Error(ErrorCode::nonstandard_value, record.cell.offset,
                    fmt::format("{} of {} bytes where a REG_DWORD of 4 bytes was expected",
                                value_type_name(record.value.type), record.value.size));
    }
    if (edit_.number) {
        set(*key, record);
    } else {
        remove(*key, *target);
    }
    finish(*key);
    return bytes_.ranges();
}

void ValueEdit::set(const Key& key, const ValueRecord& record) {
    if (is_dword(record)) {
        bytes_.put32(number_at(record), *edit_.number);
        return;
    }
    free_data(record);
    const std::uint64_t at = record.cell.record_offset();
    bytes_.put32(at + KeyValue::kSizeAt, 0x8000'0004); // 4 bytes, inline
    bytes_.put32(at + KeyValue::kDataAt, *edit_.number);
    bytes_.put32(at + KeyValue::kTypeAt, kRegDword);
    // The longest-data field of the key may be too large, but not too small (section 13, 5).
    if (key.node.longest_value_data < 4) {
        bytes_.put32(key.cell.record_offset() + KeyNode::kLongestDataAt, 4);
    }
}

void ValueEdit::remove(const Key& key, const Target& target) {
    const std::uint32_t left = key.node.value_count - 1;
    const std::uint64_t list = key.node.value_list.in_file() + 4;
    const std::uint64_t node = key.cell.record_offset();
    free_data(target.record);
    bytes_.free_cell(cell_offset(target.record.cell));
    bytes_.put32(node + KeyNode::kValueCountAt, left);
    if (left == 0) {
        bytes_.put32(node + KeyNode::kValueListAt, CellOffset{}.value);
        bytes_.free_cell(key.node.value_list);
        return;
    }
    for (std::size_t i = target.index; i < left; ++i) {
        bytes_.put32(list + 4 * i, bytes_.get32(list + 4 * (i + 1)));
    }
}

void ValueEdit::free_data(const ValueRecord& record) {
    const KeyValue& value = record.value;
    if (value.is_inline || value.size == 0) {
        return;
    }
    const std::uint64_t at = value.data.in_file() + 4;
    if (value.is_big(base_block_.minor) && tree_.is_big_data(value)) {
        const CellOffset list = {bytes_.get32(at + BigData::kListAt)};
        const std::uint32_t count = bytes_.get32(at) >> 16;
        for (std::uint32_t i = 0; i < count; ++i) {
            bytes_.free_cell({bytes_.get32(list.in_file() + 4 + std::uint64_t{4} * i)});
        }
        bytes_.free_cell(list);
    }
    bytes_.free_cell(value.data);
}

void ValueEdit::finish(const Key& key) {
    bytes_.put64(key.cell.record_offset() + KeyNode::kLastWrittenAt, edit_.time.ticks);
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

std::vector<ByteRange> edit_value(const VerifiedImage& image, const Edit& edit) {
    require_sound(image);
    return ValueEdit(image, edit).run();
}

} // namespace hivelint::regf
