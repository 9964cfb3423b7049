#include "records.hpp"

#include <hivelint/regf/name.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace hivelint::regf {
namespace {

constexpr std::uint16_t signature(char first, char second) {
    return static_cast<std::uint16_t>(static_cast<unsigned char>(first) |
                                      (static_cast<unsigned char>(second) << 8));
}

/// Two characters for a message, whatever they are.
std::string shown(std::uint16_t found) {
    const std::array<char, 2> characters = {static_cast<char>(found & 0xFF),
                                            static_cast<char>(found >> 8)};
    return escaped_bytes({characters.data(), characters.size()});
}

void check_fits(ErrorCode code, Bytes record, std::size_t record_size, std::size_t needed,
                std::string_view what) {
    if (needed > record_size) {
        throw Error(code, record.file_offset(),
                    fmt::format("{} needs {} bytes, its cell holds {}", what, needed, record_size));
    }
}

/// The common start of all records: long enough, and the right two letters.
void check_record(ErrorCode code, Bytes record, std::size_t record_size, std::size_t fixed_size,
                  std::uint16_t expected, std::string_view what) {
    check_fits(code, record, record_size, fixed_size, what);
    if (const auto found = record.u16(0); found != expected) {
        throw Error(code, record.file_offset(),
                    fmt::format("{} begins with '{}' instead of '{}'", what, shown(found),
                                shown(expected)));
    }
}

} // namespace

void fail_cell_size(Bytes header, std::uint32_t room) {
    throw Error(ErrorCode::bad_cell, header.file_offset(),
                fmt::format("cell size {:#010x} is not a multiple of 8 between 8 and {}",
                            header.u32(0), room));
}

KeyNode KeyNode::parse(Bytes record, std::size_t record_size) {
    constexpr auto kCode = ErrorCode::bad_key_node;
    check_record(kCode, record, record_size, kFixedSize, signature('n', 'k'), "key node");
    const Bytes fixed = record.slice(0, kFixedSize);
    const KeyNode node = {
        .flags = fixed.u16(2),
        .last_written = {fixed.u64(kLastWrittenAt)},
        .parent = {fixed.u32(16)},
        .subkey_count = fixed.u32(20),
        .subkey_list = {fixed.u32(kSubkeyListAt)},
        .value_count = fixed.u32(kValueCountAt),
        .value_list = {fixed.u32(kValueListAt)},
        .security = {fixed.u32(kSecurityAt)},
        .class_name = {fixed.u32(kClassAt)},
        .longest_subkey_name = fixed.u16(52),
        .longest_value_name = fixed.u32(60),
        .longest_value_data = fixed.u32(kLongestDataAt),
        .name_length = fixed.u16(72),
        .class_length = fixed.u16(74),
    };
    check_fits(kCode, record, record_size, kFixedSize + node.name_length, "key node with its name");
    return node;
}

KeyValue KeyValue::parse(Bytes record, std::size_t record_size) {
    constexpr auto kCode = ErrorCode::bad_value;
    check_record(kCode, record, record_size, kFixedSize, signature('v', 'k'), "key value");
    const std::uint32_t length = record.u32(kSizeAt);
    const Bytes fixed = record.slice(0, kFixedSize);
    const KeyValue value = {
        .name_length = fixed.u16(2),
        .size = length & 0x7FFF'FFFF,
        .is_inline = (length & 0x8000'0000) != 0,
        .data = {fixed.u32(kDataAt)},
        .type = fixed.u32(kTypeAt),
        .flags = fixed.u16(16),
    };
    check_fits(kCode, record, record_size, kFixedSize + value.name_length,
               "key value with its name");
    if (value.is_inline && value.size > 4) {
        throw Error(ErrorCode::bad_data, record.file_offset() + kSizeAt,
                    fmt::format("inline data of {} bytes, 4 is the most", value.size));
    }
    return value;
}

StoredName::StoredName(Bytes name, bool eight_bit, ErrorCode code)
    : bytes_(name.span().data()), size_(eight_bit ? name.size() : name.size() / 2),
      eight_bit_(eight_bit) {
    if (!eight_bit && name.size() % 2 != 0) {
        throw Error(code, name.file_offset(),
                    fmt::format("a name of 16-bit units takes {} bytes", name.size()));
    }
}

std::u16string StoredName::decoded() const {
    std::u16string units(size_, u'\0');
    for (std::size_t i = 0; i < size_; ++i) {
        units[i] = (*this)[i];
    }
    return units;
}

std::u16string decode_name(Bytes name, bool eight_bit, ErrorCode code) {
    return StoredName(name, eight_bit, code).decoded();
}

std::string_view to_string(ListKind kind) {
    static constexpr std::array<std::string_view, 4> kNames = {"li", "lf", "lh", "ri"};
    return kNames.at(static_cast<std::size_t>(kind));
}

ListHeader ListHeader::parse(Bytes record, std::size_t record_size) {
    constexpr auto kCode = ErrorCode::bad_subkey_list;
    check_fits(kCode, record, record_size, kSize, "subkey list");
    const std::uint16_t found = record.u16(0);
    for (const auto kind : {ListKind::li, ListKind::lf, ListKind::lh, ListKind::ri}) {
        const auto name = to_string(kind);
        if (found == signature(name[0], name[1])) {
            const ListHeader header = {kind, record.u16(2)};
            check_fits(kCode, record, record_size, kSize + header.elements_size(),
                       fmt::format("{} list of {} elements", name, header.count));
            return header;
        }
    }
    throw Error(kCode, record.file_offset(),
                fmt::format("subkey list begins with '{}' instead of 'li', 'lf', 'lh' or 'ri'",
                            shown(found)));
}

std::optional<BigData> BigData::parse(Bytes record, std::uint32_t size) {
    if (record.size() < kFixedSize || record.u16(0) != signature('d', 'b')) {
        return std::nullopt;
    }
    const BigData big = {record.u16(2), {record.u32(kListAt)}};
    const std::uint32_t needed = size / kSegmentSize + (size % kSegmentSize != 0 ? 1 : 0);
    if (big.count != needed) {
        throw Error(ErrorCode::bad_data, record.file_offset() + 2,
                    fmt::format("big data of {} bytes has {} segments instead of {}", size,
                                big.count, needed));
    }
    return big;
}

} // namespace hivelint::regf
