/// \file
/// What a hive says of one value name below one key path. Both parsers, the walker and hivex,
/// answer in this form, so that their answers can be compared.
#pragma once

#include <hivelint/error.hpp>
#include <hivelint/export.hpp>
#include <hivelint/regf/file_time.hpp>
#include <hivelint/regf/name.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hivelint::regf {

/// Registry value types; the field holds 32 bits and other numbers occur.
enum ValueType : std::uint32_t {
    // The names are Microsoft's.
    kRegNone = 0,
    kRegSz = 1,
    kRegExpandSz = 2,
    kRegBinary = 3,
    kRegDword = 4,
    kRegDwordBigEndian = 5,
    kRegLink = 6,
    kRegMultiSz = 7,
    kRegResourceList = 8,
    kRegFullResourceDescriptor = 9,
    kRegResourceRequirementsList = 10,
    kRegQword = 11,
};

/// `REG_DWORD`; a number without a name becomes `0xFFFF0012`.
HIVELINT_API std::string value_type_name(std::uint32_t type);

/// What a value holds.
struct ValueData {
    std::uint32_t type = kRegDword; ///< a ValueType or any other number
    std::vector<std::byte> bytes{}; ///< all of it, byte for byte
    /// Whether both are the same.
    bool operator==(const ValueData&) const = default;
};
/// A REG_DWORD of that number.
HIVELINT_API ValueData dword_data(std::uint32_t number);
/// A REG_QWORD of that number.
HIVELINT_API ValueData qword_data(std::uint64_t number);
/// A text as Windows writes it, UTF-16 with a zero at its end. `type`: REG_SZ or REG_EXPAND_SZ.
HIVELINT_API ValueData text_data(std::string_view utf8, std::uint32_t type = kRegSz);

/// A value as stored.
struct StoredValue {
    std::u16string name;         ///< empty: the key's default value
    std::uint32_t type = 0;      ///< a ValueType or any other number
    std::vector<std::byte> data; ///< all of it, byte for byte
    std::uint64_t offset = 0;    ///< of the value's cell, bytes from the start of the file
};

/// What is at this key path and value name?
struct Question {
    KeyPath key;          ///< below the root key
    std::u16string value; ///< empty: the key's default value
};

/// The answer to a Question.
struct Lookup {
    bool key_found = false;           ///< whether the whole path is there
    std::size_t names_found = 0;      ///< how many names of the path are, from the root on
    FileTime key_last_written;        ///< of the key, never of the value; when key_found
    std::uint64_t key_offset = 0;     ///< of the key's cell, bytes from the start of the file
    std::optional<StoredValue> value; ///< the first of that name
    /// File offsets of the cells of further values of the same name.
    std::vector<std::uint64_t> duplicate_values;
    /// File offsets of the cells of further keys that are one with a key of the path.
    std::vector<std::uint64_t> duplicate_keys;
    /// File offsets of the cells of keys that have the next name of the path but stand behind a
    /// hint that is not theirs: Windows does not find them, who lists the key sees them.
    std::vector<std::uint64_t> unreachable;
    /// When the thing asked for is absent: file offsets of the cells of keys or values that could
    /// be it with a bit of damage. The flag for 8-bit units, the length or one unit of the name is
    /// not right, or a key's hash is that of the name but not its own. Windows does not find them.
    std::vector<std::uint64_t> misnamed;
    /// There is a subkey with the value's name.
    bool name_is_also_a_key = false;
    /// What was passed over because it is damaged. When the thing asked for was not found, it may
    /// have been there: 'absent' is then not an answer.
    std::vector<Error> damage;
};

} // namespace hivelint::regf
