// The records inside cells (REGF.md section 4), as stored. Walker and verifier read them alike.
#pragma once

#include "bytes.hpp"
#include "stored_name.hpp"

#include <hivelint/regf/base_block.hpp>
#include <hivelint/regf/file_time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hivelint::regf {

inline constexpr std::uint32_t kBinHeaderSize = 32;
/// A segment of big data, and the most that data in one cell may be from version 1.4 on.
inline constexpr std::uint32_t kSegmentSize = 16344;

/// What the base block stores for the XOR of its words (REGF.md section 2.1).
constexpr std::uint32_t stored_checksum(std::uint32_t sum) {
    return sum == 0 ? 1 : sum == 0xFFFF'FFFF ? 0xFFFF'FFFE : sum;
}

/// Whether the size field of a cell is negative, as that of an allocated one is.
constexpr bool is_allocated(std::uint32_t stored) { return (stored & 0x8000'0000) != 0; }

/// The size field of a cell.
struct CellSize {
    std::uint32_t bytes; ///< of the whole cell, size field included
    bool allocated;
};

[[noreturn]] void fail_cell_size(Bytes header, std::uint32_t room);

/// Throws Error bad_cell unless the size at `header` is a multiple of 8, at least 8 and at most
/// `room`.
inline CellSize parse_cell_size(Bytes header, std::uint32_t room) {
    const std::uint32_t stored = header.u32(0);
    const bool allocated = is_allocated(stored);
    const std::uint32_t bytes = allocated ? 0U - stored : stored;
    if (bytes < 8 || bytes % 8 != 0 || bytes > room) {
        fail_cell_size(header, room);
    }
    return {bytes, allocated};
}

enum KeyFlag : std::uint16_t {
    kKeyRoot = 0x04,
    kKeyLink = 0x10,
    kKeyEightBitName = 0x20,
    kKeyPredefined = 0x40,
};

struct KeyNode {
    static constexpr std::size_t kFixedSize = 76;
    static constexpr std::size_t kLastWrittenAt = 4;
    static constexpr std::size_t kSubkeyListAt = 28;
    static constexpr std::size_t kValueCountAt = 36;
    static constexpr std::size_t kValueListAt = 40;
    static constexpr std::size_t kSecurityAt = 44;
    static constexpr std::size_t kClassAt = 48;
    static constexpr std::size_t kLongestDataAt = 64;

    std::uint16_t flags;
    FileTime last_written;
    CellOffset parent;
    std::uint32_t subkey_count;
    CellOffset subkey_list;
    std::uint32_t value_count;
    CellOffset value_list;
    CellOffset security;
    CellOffset class_name;
    std::uint16_t longest_subkey_name; ///< bytes of UTF-16
    std::uint32_t longest_value_name;  ///< bytes of UTF-16
    std::uint32_t longest_value_data;  ///< bytes
    std::uint16_t name_length;         ///< bytes
    std::uint16_t class_length;        ///< bytes

    /// `record` begins with the fixed part and is said to hold `record_size` bytes.
    /// Throws Error bad_key_node: no `nk`, or fixed part and name do not fit.
    static KeyNode parse(Bytes record, std::size_t record_size);
    bool has(KeyFlag flag) const { return (flags & flag) != 0; }
};

enum ValueFlag : std::uint16_t {
    kValueEightBitName = 0x01,
    kValueTombstone = 0x02,
};

struct KeyValue {
    static constexpr std::size_t kFixedSize = 20;
    static constexpr std::size_t kSizeAt = 4;
    static constexpr std::size_t kDataAt = 8; ///< the data's offset, or the data itself
    static constexpr std::size_t kTypeAt = 12;

    std::uint16_t name_length; ///< bytes
    std::uint32_t size;        ///< of the data, bytes
    bool is_inline;            ///< the data stands in the record's own data field
    CellOffset data;           ///< where it stands otherwise
    std::uint32_t type;
    std::uint16_t flags;

    /// As KeyNode::parse(). Throws Error bad_value; bad_data when inline data is over 4 bytes.
    static KeyValue parse(Bytes record, std::size_t record_size);
    bool has(ValueFlag flag) const { return (flags & flag) != 0; }
    /// Whether the data must be a big data record when the hive has this minor version.
    bool is_big(std::uint32_t minor) const {
        return !is_inline && size > kSegmentSize && minor >= 4;
    }
};

/// A name of 8-bit or 16-bit units. Throws Error `code` when 16-bit units take an odd length.
std::u16string decode_name(Bytes name, bool eight_bit, ErrorCode code);

enum class ListKind : std::uint8_t { li, lf, lh, ri };
std::string_view to_string(ListKind kind);

struct ListHeader {
    static constexpr std::size_t kSize = 4;

    ListKind kind;
    std::uint16_t count;

    /// Bytes of one element.
    std::size_t element_size() const {
        return kind == ListKind::lf || kind == ListKind::lh ? 8 : 4;
    }
    std::size_t elements_size() const { return count * element_size(); }
    /// As KeyNode::parse(). Throws Error bad_subkey_list: no list, or its elements do not fit.
    static ListHeader parse(Bytes record, std::size_t record_size);
};

/// Whether the key of a list element can have `name` (whose name_hash() is `hash`) by the hint that
/// stands with it. `elements` are all elements of a list of that kind.
template<typename Name>
bool hint_allows(ListKind kind, Bytes elements, std::size_t index, const Name& name,
                 std::uint32_t hash) {
    if (kind == ListKind::lh) {
        return elements.u32(8 * index + 4) == hash;
    }
    if (kind != ListKind::lf) {
        return true;
    }
    // The first four characters of the name. A NUL ends the hint: the name is shorter, or its next
    // character does not fit into 8 bits.
    for (std::size_t i = 0; i < 4; ++i) {
        const auto unit = static_cast<char16_t>(elements.u8(8 * index + 4 + i));
        if (unit == 0) {
            return true;
        }
        if (i >= name.size() || upcased(unit) != upcased(name[i])) {
            return false;
        }
    }
    return true;
}

/// Whether the record is that of big data, and what it says.
struct BigData {
    static constexpr std::size_t kFixedSize = 8;
    static constexpr std::size_t kListAt = 4;

    std::uint16_t count; ///< of segments
    CellOffset list;

    /// Absent when the record is something else. Throws Error bad_data when its segments cannot
    /// hold `size` bytes.
    static std::optional<BigData> parse(Bytes record, std::uint32_t size);
};

} // namespace hivelint::regf
