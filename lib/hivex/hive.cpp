#include <hivelint/hive.hpp>

#include "open_hive.hpp"
#include "private_image.hpp"
#include "regf/core/bytes.hpp"
#include "regf/core/records.hpp"

#include <hivelint/error.hpp>
#include <hivelint/file_source.hpp>
#include <hivelint/regf/base_block.hpp>
#include <hivelint/source.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <hivex.h>
#include <utility>

namespace hivelint {

using regf::Bytes;

namespace {

struct Freer {
    /// hivex allocates with malloc().
    void operator()(void* memory) const { std::free(memory); }
};
template<typename T>
using Allocated = std::unique_ptr<T, Freer>;

/// hivex tells 'nothing' and 'failed' apart by errno alone.
template<typename Call>
auto with_clear_errno(Call call) {
    errno = 0;
    return call();
}

/// A zero-terminated array of handles as a vector.
std::vector<std::size_t> handles(const OpenHive& hive, const std::size_t* array,
                                 std::string_view call) {
    hive.check(array != nullptr, call);
    std::vector<std::size_t> all;
    for (; *array != 0; ++array) {
        all.push_back(*array);
    }
    return all;
}

void require(bool good, const Value& value, std::string_view wanted, std::size_t size) {
    if (!good) {
        throw Error(ErrorCode::wrong_type, value.offset(),
                    fmt::format("{} of {} bytes where {} is wanted",
                                regf::value_type_name(value.type()), size, wanted));
    }
}

std::u16string units_of(const Value& value, const std::vector<std::byte>& data,
                        std::string_view wanted) {
    require(data.size() % 2 == 0, value, wanted, data.size());
    return regf::decode_name(Bytes(data, value.offset()), /*eight_bit=*/false,
                             ErrorCode::wrong_type);
}

} // namespace

// --- Value

Value::Value(std::shared_ptr<const OpenHive> shared, std::size_t handle)
    : shared_(std::move(shared)), handle_(handle) {}

std::uint64_t Value::offset() const { return handle_; }

std::u16string Value::name() const {
    const auto utf8 = with_clear_errno(
        [&] { return Allocated<char>(::hivex_value_key(shared_->get(), handle_)); });
    if (utf8) {
        return regf::to_utf16({utf8.get(), ::hivex_value_key_len(shared_->get(), handle_)});
    }
    const Bytes record = shared_->record(handle_);
    const auto value = regf::KeyValue::parse(record, record.size());
    return regf::decode_name(record.slice(regf::KeyValue::kFixedSize, value.name_length),
                             value.has(regf::kValueEightBitName), ErrorCode::hivex_failed);
}

std::uint32_t Value::type() const { return type_and_size().first; }

std::pair<std::uint32_t, std::size_t> Value::type_and_size() const {
    hive_type named = hive_t_REG_NONE;
    std::size_t size = 0;
    const int result = with_clear_errno(
        [&] { return ::hivex_value_type(shared_->get(), handle_, &named, &size); });
    shared_->check(result == 0, "hivex_value_type");
    // Any number can stand there, not only those that the enumeration has names for.
    std::uint32_t type = 0;
    static_assert(sizeof(type) == sizeof(named));
    std::memcpy(&type, &named, sizeof(type));
    return {type, size};
}

std::vector<std::byte> Value::data() const {
    const auto size = type_and_size().second;
    if (size == 0) {
        return {}; // hivex would follow an offset that leads nowhere
    }
    if (size > regf::kSegmentSize) {
        // hivex misreads big data: it takes too little of a segment that fills its cell and too
        // much of one in a larger cell, and a big data record in a large cell for the data itself.
        return shared_->data_of_value(handle_);
    }
    hive_type type = hive_t_REG_NONE;
    std::size_t length = 0;
    const auto data = with_clear_errno([&] {
        return Allocated<char>(::hivex_value_value(shared_->get(), handle_, &type, &length));
    });
    shared_->check(data != nullptr, "hivex_value_value");
    const auto bytes = std::as_bytes(std::span(data.get(), length));
    return {bytes.begin(), bytes.end()};
}

std::uint32_t Value::dword() const {
    auto value = data();
    const bool big_endian = type() == regf::kRegDwordBigEndian;
    require((type() == regf::kRegDword || big_endian) && value.size() == 4, *this,
            "REG_DWORD of 4 bytes", value.size());
    if (big_endian) {
        std::ranges::reverse(value);
    }
    return Bytes(value, offset()).u32(0);
}

std::uint64_t Value::qword() const {
    const auto value = data();
    require(type() == regf::kRegQword && value.size() == 8, *this, "REG_QWORD of 8 bytes",
            value.size());
    return Bytes(value, offset()).u64(0);
}

std::u16string Value::string() const {
    const auto value = data();
    constexpr std::string_view kWanted = "REG_SZ or REG_EXPAND_SZ of whole units";
    require(type() == regf::kRegSz || type() == regf::kRegExpandSz, *this, kWanted, value.size());
    auto units = units_of(*this, value, kWanted);
    units.resize(std::min(units.find(u'\0'), units.size()));
    return units;
}

std::vector<std::u16string> Value::strings() const {
    const auto value = data();
    constexpr std::string_view kWanted = "REG_MULTI_SZ of whole units";
    require(type() == regf::kRegMultiSz, *this, kWanted, value.size());
    const auto units = units_of(*this, value, kWanted);
    std::vector<std::u16string> all;
    for (std::size_t begin = 0; begin < units.size();) {
        const std::size_t end = std::min(units.find(u'\0', begin), units.size());
        if (end == begin) {
            break;
        }
        all.push_back(units.substr(begin, end - begin));
        begin = end + 1;
    }
    return all;
}

// --- Key

Key::Key(std::shared_ptr<const OpenHive> shared, std::size_t handle)
    : shared_(std::move(shared)), handle_(handle) {}

std::uint64_t Key::offset() const { return handle_; }

std::u16string Key::name() const {
    const auto utf8 = with_clear_errno(
        [&] { return Allocated<char>(::hivex_node_name(shared_->get(), handle_)); });
    if (utf8) {
        return regf::to_utf16({utf8.get(), ::hivex_node_name_len(shared_->get(), handle_)});
    }
    const Bytes record = shared_->record(handle_);
    return regf::decode_name(record.slice(regf::KeyNode::kFixedSize, node().name_length),
                             node().has(regf::kKeyEightBitName), ErrorCode::hivex_failed);
}

regf::KeyNode Key::node() const {
    const Bytes record = shared_->record(handle_);
    return regf::KeyNode::parse(record, record.size());
}

regf::FileTime Key::last_written() const {
    const std::int64_t ticks = ::hivex_node_timestamp(shared_->get(), handle_);
    if (ticks >= 0) {
        return {static_cast<std::uint64_t>(ticks)};
    }
    return node().last_written; // hivex refuses what is over 63 bits
}

std::vector<Key> Key::subkeys() const {
    const auto array = with_clear_errno(
        [&] { return Allocated<std::size_t>(::hivex_node_children(shared_->get(), handle_)); });
    std::vector<Key> all;
    for (const auto handle : handles(*shared_, array.get(), "hivex_node_children")) {
        all.push_back(Key(shared_, handle));
    }
    return all;
}

std::vector<Value> Key::values() const {
    // The value count of a predefined-handle key is a handle: verify() passes its values over, and
    // hivex would follow them anywhere.
    if (node().has(regf::kKeyPredefined)) {
        throw Error(ErrorCode::predefined_key, offset(),
                    "a predefined-handle key; it stands for another key and has no values");
    }
    const auto array = with_clear_errno(
        [&] { return Allocated<std::size_t>(::hivex_node_values(shared_->get(), handle_)); });
    std::vector<Value> all;
    for (const auto handle : handles(*shared_, array.get(), "hivex_node_values")) {
        all.push_back(Value(shared_, handle));
    }
    return all;
}

namespace {

template<typename T>
std::optional<T> first_named(std::vector<T> all, std::u16string_view name) {
    const auto found = std::ranges::find_if(
        all, [name](const T& one) { return regf::same_name(one.name(), name); });
    return found == all.end() ? std::nullopt : std::optional<T>(std::move(*found));
}

} // namespace

std::optional<Key> Key::subkey(std::u16string_view name) const {
    return first_named(subkeys(), name);
}

std::optional<Value> Key::value(std::u16string_view name) const {
    return first_named(values(), name);
}

// --- Hive

Hive Hive::open(const std::filesystem::path& path) {
    const FileSource source(path);
    const PrivateImage image(private_copy(source, regf::read_base_block(source).image_size()));
    source.check_unchanged();
    return open(image);
}

Hive Hive::open(const regf::VerifiedImage& image) {
    regf::require_sound(image);
    const MemorySource source(image.bytes());
    auto file = private_copy(source, image.bytes().size());
    return {regf::read_base_block(source), std::make_shared<const OpenHive>(std::move(file))};
}

Hive Hive::open(const PrivateImage& image) {
    regf::require_sound(image.image);
    const auto base_block = regf::read_base_block(MemorySource(image.image.bytes()));
    return {base_block, std::make_shared<const OpenHive>(image.file)};
}

Key Hive::root() const {
    const auto handle = with_clear_errno([&] { return ::hivex_root(shared_->get()); });
    shared_->check(handle != 0, "hivex_root");
    return {shared_, handle};
}

std::optional<Key> Hive::find(const regf::KeyPath& path) const {
    std::optional<Key> key = root();
    for (const auto& name : path) {
        key = key->subkey(name);
        if (!key) {
            break;
        }
    }
    return key;
}

regf::Lookup find_value(const Hive& hive, const regf::KeyPath& path, std::u16string_view name) {
    regf::Lookup lookup;
    Key key = hive.root();
    for (const auto& wanted : path) {
        std::optional<Key> found;
        for (auto& subkey : key.subkeys()) {
            if (!regf::same_name(subkey.name(), wanted)) {
                continue;
            }
            if (found) {
                lookup.duplicate_keys.push_back(subkey.offset());
            } else {
                found = std::move(subkey);
            }
        }
        if (!found) {
            return lookup;
        }
        key = *std::move(found);
        ++lookup.names_found;
    }
    lookup.key_found = true;
    lookup.key_last_written = key.last_written();
    lookup.key_offset = key.offset();
    for (const auto& value : key.values()) {
        if (!regf::same_name(value.name(), name)) {
            continue;
        }
        if (lookup.value) {
            lookup.duplicate_values.push_back(value.offset());
        } else {
            lookup.value = {value.name(), value.type(), value.data(), value.offset()};
        }
    }
    lookup.name_is_also_a_key = key.subkey(name).has_value();
    return lookup;
}

} // namespace hivelint
