// The builder of registry hives for tests: describe a tree, lay it out, then spoil what the test is
// about.
//
//     auto hive = HiveSpec{}.with("Software\\Microsoft\\Exchange",
//                                 dword(u"MapiHttpDisabled", 1)).build();
//     hive.put32(hive.value_cell("Software\\Microsoft\\Exchange", u"MapiHttpDisabled") + vk::kType,
//                1);
//
// What a spec describes is built to satisfy every rule of design/REGF.md section 13, unless a field
// of the spec says otherwise. Same spec, same bytes. Nothing here shares code with the library's
// parsers; only names are compared and hashed by regf/name.
#pragma once

#include "tests/support/hive_cells.hpp"

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hivelint::test {

/// Field offsets, from the start of a cell (its size field).
namespace nk {
inline constexpr std::size_t kSignature = 4, kFlags = 6, kLastWritten = 8, kAccess = 16,
                             kParent = 20, kSubkeyCount = 24, kVolatileCount = 28, kList = 32,
                             kVolatileList = 36, kValueCount = 40, kValueList = 44, kSecurity = 48,
                             kClass = 52, kLongestSubkeyName = 56, kUserFlags = 58,
                             kLongestClass = 60, kLongestValueName = 64, kLongestValueData = 68,
                             kNameLength = 76, kClassLength = 78, kName = 80;
}
namespace vk {
inline constexpr std::size_t kSignature = 4, kNameLength = 6, kDataLength = 8, kData = 12,
                             kType = 16, kFlags = 20, kName = 24;
}
/// lf, lh, li and ri alike; elements are 8 bytes long in lf and lh, 4 in li and ri.
namespace subkey_list {
inline constexpr std::size_t kSignature = 4, kCount = 6, kElements = 8;
}
namespace sk {
inline constexpr std::size_t kSignature = 4, kNext = 8, kPrevious = 12, kReferences = 16,
                             kLength = 20, kDescriptor = 24;
}
namespace db {
inline constexpr std::size_t kSignature = 4, kCount = 6, kList = 8;
}
/// Field offsets in the base block.
namespace header {
inline constexpr std::size_t kSignature = 0, kPrimarySequence = 4, kSecondarySequence = 8,
                             kLastWritten = 12, kMajor = 20, kMinor = 24, kFileType = 28,
                             kFormat = 32, kRoot = 36, kBinsSize = 40, kClusteringFactor = 44,
                             kFileName = 48, kFlags = 144, kLastReorganized = 168, kChecksum = 508;
}
/// Field offsets in a bin.
namespace bin {
inline constexpr std::size_t kSignature = 0, kOffset = 4, kSize = 8, kTime = 20, kFirstCell = 32;
}

/// The FILETIME of a time of day in UTC.
constexpr std::uint64_t file_time(int year, unsigned month, unsigned day, unsigned hour = 0,
                                  unsigned minute = 0, unsigned second = 0) {
    using namespace std::chrono;
    const auto day_of = [](int y, unsigned m, unsigned d) {
        return sys_days(std::chrono::year(y) / std::chrono::month(m) / std::chrono::day(d));
    };
    const auto days = (day_of(year, month, day) - day_of(1601, 1, 1)).count();
    const auto seconds =
        ((static_cast<std::uint64_t>(days) * 24 + hour) * 60 + minute) * 60 + second;
    return seconds * 10'000'000;
}

/// The time that specs have when they do not say another.
inline constexpr std::uint64_t kDefaultTime = file_time(2013, 4, 25, 21, 11, 34);

/// A path of key names below the root; no names is the root itself.
class Path {
public:
    /// Names separated by backslashes, in ASCII.
    template<std::convertible_to<std::string_view> Text>
    Path(const Text& text) : Path(ascii(text)) {} // NOLINT: meant to be implicit
    /// Names separated by backslashes.
    template<std::convertible_to<std::u16string_view> Text>
    Path(const Text& text) : names_(split(text)) {} // NOLINT: meant to be implicit
    /// Names as they are; they may hold backslashes.
    Path(std::initializer_list<std::u16string> names) : names_(names) {}
    explicit Path(std::vector<std::u16string> names) : names_(std::move(names)) {}

    const std::vector<std::u16string>& names() const { return names_; }
    /// For messages.
    std::string text() const;

private:
    static std::u16string ascii(std::string_view text);
    static std::vector<std::u16string> split(std::u16string_view text);

    std::vector<std::u16string> names_;
};

// Members have initializers, if only {}, so that specs can be written with designated initializers
// without a warning for what they leave out.

/// One value. The data is inline or in a big data record where section 13 wants it so.
struct ValueSpec {
    std::u16string name; ///< empty: the key's default value
    std::uint32_t type = 0;
    std::vector<std::byte> data{};
    bool in_cell = false;   ///< keep data of up to 4 bytes in a cell of its own
    bool wide_name = false; ///< store the name as UTF-16 even where 8 bits would do
    std::optional<std::vector<std::byte>> raw_name{}; ///< stored in place of the name
    std::optional<std::uint16_t> flags{};
};

enum class ListKind : std::uint8_t {
    automatic, ///< lh from minor version 5 on, else lf
    li,
    lf,
    lh,
};

/// One key and what is below it.
struct KeySpec {
    std::u16string name{};
    std::uint64_t last_written = kDefaultTime; ///< FILETIME
    std::vector<ValueSpec> values{};
    std::vector<KeySpec> subkeys{};
    std::u16string class_name{};

    ListKind list = ListKind::automatic;
    /// Elements in a leaf of an ri list; 0: an ri list only where one leaf does not fit a page.
    std::size_t per_leaf = 0;
    bool sorted = true; ///< false: the list keeps the order of `subkeys`

    bool wide_name = false; ///< store the name as UTF-16 even where 8 bits would do
    std::optional<std::vector<std::byte>> raw_name{}; ///< stored in place of the name
    std::optional<std::uint16_t> flags{};
    std::size_t security = 0; ///< index into HiveSpec::security
    /// So many keys called `chain`, each below the one before, the first below this key. (A KeySpec
    /// tree of that depth could not be destroyed: destructors recurse.)
    std::size_t chain = 0;

    /// The key at `path` below this one, made where it is missing. Making a further key below the
    /// same parent invalidates the reference.
    KeySpec& key(const Path& path);
};

class BuiltHive;

/// One hive.
struct HiveSpec {
    std::uint32_t minor = 5;
    std::uint32_t primary_sequence = 7;
    std::uint32_t secondary_sequence = 7;
    std::uint64_t last_written = kDefaultTime; ///< FILETIME; the first bin has it too
    std::u16string file_name = u"\\??\\C:\\Users\\test\\ntuser.dat"; ///< its last 31 units are kept
    KeySpec root{.name = u"CMI-CreateHive{D43B12B8-09B5-40DB-B4F6-F6DFEB78DAEC}"};
    std::size_t free_pages = 0; ///< at the end, each a bin with nothing in it
    /// Security descriptors; each gets a record in the ring.
    std::vector<std::vector<std::byte>> security{default_descriptor()};

    /// The key at `path`, made where it is missing; see KeySpec::key().
    KeySpec& key(const Path& path) { return root.key(path); }
    /// Adds a key with these values, or the values to the key that is there.
    HiveSpec& with(const Path& path, std::vector<ValueSpec> values = {});
    HiveSpec& with(const Path& path, ValueSpec value);

    /// Lays it out. Throws std::invalid_argument for what no hive can hold.
    BuiltHive build() const;

    /// Owner Administrators, full control for SYSTEM and Administrators.
    static std::vector<std::byte> default_descriptor();
};

/// Where the parts of one value were put. Absent parts are 0: the base block is there.
struct ValuePlace {
    std::u16string name;
    FileOffset cell = 0;
    FileOffset data = 0;
    FileOffset segment_list = 0;
    std::vector<FileOffset> segments{};
};

/// Where the parts of one key were put.
struct KeyPlace {
    std::u16string name;
    FileOffset cell = 0;
    FileOffset class_name = 0;
    FileOffset list = 0;
    std::vector<FileOffset> leaves{};
    FileOffset element = 0;
    FileOffset value_list = 0;
    std::vector<ValuePlace> values{};
    std::vector<std::size_t> subkeys{}; ///< indexes of places, in the order of the spec
};

/// The bytes of a hive, where everything is in them, and the means to change any of it.
/// All places are file offsets of cells (their size fields) unless said otherwise. Asking for a
/// part that was not built throws std::invalid_argument; of several keys or values of one name the
/// first of the spec is meant.
class BuiltHive {
public:
    std::vector<std::byte> bytes;

    FileOffset key_cell(const Path& path) const;
    FileOffset class_cell(const Path& path) const;
    /// The subkey list of the key: the ri where there is one, else the only leaf.
    FileOffset list_cell(const Path& path) const;
    std::vector<FileOffset> leaf_cells(const Path& path) const;
    /// The element (no cell) that refers to this key in its parent's list; a hint follows the
    /// reference in lf and lh.
    FileOffset element(const Path& path) const;
    FileOffset value_list_cell(const Path& path) const;
    FileOffset value_cell(const Path& path, std::u16string_view name) const;
    /// The cell that the value refers to: of the data, or of the db record.
    FileOffset data_cell(const Path& path, std::u16string_view name) const;
    FileOffset segment_list_cell(const Path& path, std::u16string_view name) const;
    std::vector<FileOffset> segment_cells(const Path& path, std::u16string_view name) const;
    FileOffset security_cell(std::size_t index = 0) const { return security_.at(index); }
    /// Starts of the bins, and the free cells in them.
    const std::vector<FileOffset>& bins() const { return bins_; }
    const std::vector<FileOffset>& free_cells() const { return free_cells_; }

    /// `at` as the hive stores it.
    static std::uint32_t relative(FileOffset at) { return to_relative(at); }

    void put8(FileOffset at, std::uint8_t value) { store(bytes, at, value, 1); }
    void put16(FileOffset at, std::uint16_t value) { store(bytes, at, value, 2); }
    void put32(FileOffset at, std::uint32_t value) { store(bytes, at, value, 4); }
    void put64(FileOffset at, std::uint64_t value) { store(bytes, at, value, 8); }
    void put_text(FileOffset at, std::string_view text) { store_text(bytes, at, text); }
    std::uint8_t get8(FileOffset at) const { return static_cast<std::uint8_t>(load(bytes, at, 1)); }
    std::uint16_t get16(FileOffset at) const {
        return static_cast<std::uint16_t>(load(bytes, at, 2));
    }
    std::uint32_t get32(FileOffset at) const {
        return static_cast<std::uint32_t>(load(bytes, at, 4));
    }
    std::uint64_t get64(FileOffset at) const { return load(bytes, at, 8); }
    /// Bytes as characters, and as pairs of hexadecimal digits.
    std::string text(FileOffset at, std::size_t count) const;
    std::string hex(FileOffset at, std::size_t count) const;
    /// The cell that the reference at `at` leads to.
    FileOffset follow(FileOffset at) const { return get32(at) + kPage; }

    /// Makes the checksum right again after a change in the base block.
    void fix_checksum() { put32(header::kChecksum, base_block_checksum(bytes)); }
    /// Cuts the file to `size` bytes.
    void truncate(std::size_t size);
    void append(std::span<const std::byte> tail);

private:
    friend class HiveLayout;
    const KeyPlace& place(const Path& path) const;
    const ValuePlace& place(const Path& path, std::u16string_view name) const;

    std::vector<KeyPlace> keys_; ///< the first is the root
    std::vector<FileOffset> security_;
    std::vector<FileOffset> bins_;
    std::vector<FileOffset> free_cells_;
};

/// Makers of values. Strings get the NUL unit at their end that Windows stores.
ValueSpec dword(std::u16string name, std::uint32_t number);
ValueSpec qword(std::u16string name, std::uint64_t number);
ValueSpec sz(std::u16string name, std::u16string_view text);
ValueSpec expand_sz(std::u16string name, std::u16string_view text);
ValueSpec multi_sz(std::u16string name, const std::vector<std::u16string>& texts);
ValueSpec binary(std::u16string name, std::vector<std::byte> data);
ValueSpec raw(std::u16string name, std::uint32_t type, std::vector<std::byte> data);

/// `bytes_of({1, 2, 0xFF})`
std::vector<std::byte> bytes_of(std::initializer_list<unsigned> numbers);
/// `count` bytes that do not repeat themselves every page.
std::vector<std::byte> pattern(std::size_t count);
/// The units of `text`, little-endian, without a NUL unit.
std::vector<std::byte> utf16_bytes(std::u16string_view text);

} // namespace hivelint::test
