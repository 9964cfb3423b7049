// The builder of transaction logs for tests: say which pages changed, lay the log out, then spoil
// what the test is about.
//
//     auto log = new_log(hive, {{.number = 8, .pages = changed_pages(hive, after)}});
//     log.put32(log.entries[0].at + log_entry::kBinsSize, 0);
//     log.rehash(0);
//
// What is built satisfies design/REGF.md sections 5 and 6. Nothing here shares code with the
// library's parsers but marvin32(), which has vectors of its own.
#pragma once

#include "tests/support/hive_builder.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace hivelint::test {

inline constexpr std::size_t kSector = 512;
/// Where the entries of a log of the new format begin, or the `DIRT` of one of the old format.
inline constexpr FileOffset kLogBody = 512;

/// Field offsets in a log entry.
namespace log_entry {
inline constexpr std::size_t kSignature = 0, kSize = 4, kFlags = 8, kSequence = 12, kBinsSize = 16,
                             kPageCount = 20, kHash1 = 24, kHash2 = 32, kPages = 40;
}

/// Bytes that go into the hive.
struct PageSpec {
    std::uint32_t offset = 0; ///< from the first bin, as a log stores it
    std::vector<std::byte> data{};
};

/// An entry of the new format.
struct EntrySpec {
    std::uint32_t number = 0;
    std::vector<PageSpec> pages{};
    std::uint32_t bins_size = 0; ///< 0: that of the hive whose log it is
    std::uint32_t flags = 0;
    std::size_t padding = 0; ///< bytes behind the last page, beside those up to the next sector
};

/// Where an entry was put.
struct EntryPlace {
    FileOffset at = 0;
    std::size_t size = 0;
};

/// The bytes of a log, and the means to change any of it.
class BuiltLog {
public:
    std::vector<std::byte> bytes{};
    std::vector<EntryPlace> entries{}; ///< of the new format
    FileOffset sectors = 0;            ///< where the dirty sectors begin, in the old format

    void put8(FileOffset at, std::uint8_t value) { store(bytes, at, value, 1); }
    void put32(FileOffset at, std::uint32_t value) { store(bytes, at, value, 4); }
    void put64(FileOffset at, std::uint64_t value) { store(bytes, at, value, 8); }
    void put_text(FileOffset at, std::string_view text) { store_text(bytes, at, text); }
    std::uint8_t get8(FileOffset at) const { return static_cast<std::uint8_t>(load(bytes, at, 1)); }
    std::uint32_t get32(FileOffset at) const {
        return static_cast<std::uint32_t>(load(bytes, at, 4));
    }
    std::uint64_t get64(FileOffset at) const { return load(bytes, at, 8); }

    /// Where the reference to a page stands, and where its bytes begin.
    FileOffset page_reference(std::size_t entry, std::size_t page = 0) const;
    FileOffset page_data(std::size_t entry, std::size_t page = 0) const;

    /// Makes the checksum right again after a change in the base block.
    BuiltLog& fix_checksum();
    /// Changes both numbers of the base block, checksum and all.
    BuiltLog& number(std::uint32_t both);
    /// Makes both hashes of the entry right again: of its bytes as built, whatever its size field
    /// says now.
    BuiltLog& rehash(std::size_t entry);
    /// Puts the bytes of another log's entries behind the last one: what an earlier round left.
    BuiltLog& remnants(const BuiltLog& other);
    BuiltLog& cut(std::size_t size);
    BuiltLog& append(std::span<const std::byte> tail);
};

/// The pages of so many bytes in which `after` is not what `before` is, or which only it has. The
/// base block is left aside: logs do not hold it.
std::vector<PageSpec> changed_pages(const BuiltHive& before, const BuiltHive& after,
                                    std::size_t page_size = kPage);

/// A log of the new format: the base block of `hive` with type 6 and the number of the first entry.
BuiltLog new_log(const BuiltHive& hive, std::vector<EntrySpec> entries);

/// The two states of a hive as one entry.
EntrySpec entry_between(std::uint32_t number, const BuiltHive& before, const BuiltHive& after);

/// A log of the old format: the base block of `hive` with type 1 and `number` twice, a bitmap for
/// its bins size, and the sectors of `pages`, which are multiples of 512 and do not overlap.
BuiltLog old_log(const BuiltHive& hive, std::uint32_t number, const std::vector<PageSpec>& pages);

} // namespace hivelint::test
