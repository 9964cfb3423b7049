// Where the chain of a log of the new format ends, condition by condition (REGF.md section 6.2),
// and that what is kept of it is bounded by what is there.
#include "tests/support/counting_source.hpp"
#include "tests/support/replay_scene.hpp"

#include <hivelint/regf/log.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

using namespace hivelint::test;
using hivelint::MemorySource;
using hivelint::regf::Log;
using hivelint::regf::read_log;

namespace {

Log read(const BuiltLog& log) { return read_log(MemorySource(log.bytes)); }

/// The numbers of the chain and why it ends: `8 9, bad-log 0x1400`.
std::string chain(const BuiltLog& built) {
    const auto log = read(built);
    std::string out;
    for (const auto& entry : log.entries) {
        out += fmt::format("{}{}", out.empty() ? "" : " ", entry.sequence);
    }
    return out + (log.stop ? ", " + account(*log.stop) : "");
}

constexpr std::size_t kEntrySize = 0x1200; ///< 40 + 8 + a page, up to a multiple of 512
constexpr FileOffset kSecond = kLogBody + kEntrySize;

struct Row {
    std::string what;
    std::function<void(BuiltLog&)> spoil; ///< the second entry of three
    std::string stop;
};

/// Changes a field of the second entry under right hashes.
std::function<void(BuiltLog&)> put(std::size_t field, std::uint32_t value) {
    return [=](BuiltLog& log) {
        log.put32(kSecond + field, value);
        log.rehash(1);
    };
}

/// Changes a field of the second entry and no hash.
std::function<void(BuiltLog&)> tear(std::size_t field) {
    return [=](BuiltLog& log) {
        log.put8(kSecond + field, static_cast<std::uint8_t>(log.get8(kSecond + field) ^ 1U));
    };
}

std::function<void(BuiltLog&)> cut(std::size_t size) {
    return [=](BuiltLog& log) { log.cut(kSecond + size); };
}

void check(const std::vector<Row>& rows) {
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto log = log_of(8, {1, 2, 3});
        REQUIRE(chain(log) == "8 9 10");
        row.spoil(log);
        CHECK(chain(log) == "8, " + row.stop);
        CHECK(read(log).entries.front().sequence == 8);
        // The same in the first entry of a log leaves nothing of it.
        auto alone = new_log(hive_with(0), {setting(9, 2)});
        alone.bytes.resize(kLogBody);
        alone.append(std::span(log.bytes).subspan(kSecond));
        const auto nothing = read(alone);
        CHECK(nothing.entries.empty());
        REQUIRE(nothing.stop);
        CHECK(nothing.stop->code() == read(log).stop->code());
        CHECK(*nothing.stop->offset() == *read(log).stop->offset() - kEntrySize);
    }
}

} // namespace

TEST_CASE("log chain: to the end of the file") {
    CHECK(chain(log_of(8, {1})) == "8");
    CHECK(chain(log_of(8, {1, 2, 3, 4, 5})) == "8 9 10 11 12");
}

TEST_CASE("log chain: no entry follows") {
    check({
        {"a byte is left", cut(1), "end-of-chain 0x1400"},
        {"39 bytes are left", cut(39), "end-of-chain 0x1400"},
        {"another signature", put(log_entry::kSignature, 0x454C'7649), "end-of-chain 0x1400"},
        {"zeros", put(log_entry::kSignature, 0), "end-of-chain 0x1400"},
        {"the next number but one", put(log_entry::kSequence, 10), "end-of-chain 0x1400"},
        {"the same number", put(log_entry::kSequence, 8), "end-of-chain 0x1400"},
        {"an old number", put(log_entry::kSequence, 3), "end-of-chain 0x1400"},
        {"number 0", put(log_entry::kSequence, 0), "end-of-chain 0x1400"},
        {"the highest number", put(log_entry::kSequence, 0xFFFF'FFFF), "end-of-chain 0x1400"},
    });
    CHECK(read(log_of(8, {1, 2, 3})).entries[1].offset == kSecond);
}

TEST_CASE("log chain: an entry that is cut") {
    check({
        {"after its header", cut(40), "bad-log 0x1400"},
        {"in its pages", cut(kEntrySize / 2), "bad-log 0x1400"},
        {"by a sector", cut(kEntrySize - 512), "bad-log 0x1400"},
        {"by a byte", cut(kEntrySize - 1), "bad-log 0x1400"},
    });
}

TEST_CASE("log chain: wrong hashes") {
    std::vector<Row> rows;
    for (std::size_t i = 0; i < 8; ++i) {
        rows.push_back({"hash-2", tear(log_entry::kHash2 + i), "bad-log 0x1400"});
        rows.push_back({"hash-1, and so hash-2", tear(log_entry::kHash1 + i), "bad-log 0x1400"});
    }
    for (const std::size_t at : {4U, 8U, 12U, 16U, 20U}) {
        rows.push_back({"a field of the header", tear(at), "bad-log 0x1400"});
    }
    rows.push_back({"the page's first byte", tear(48), "bad-log 0x1400"});
    rows.push_back({"the page's last byte", tear(48 + kPage - 1), "bad-log 0x1400"});
    rows.push_back({"the first byte of the padding", tear(48 + kPage), "bad-log 0x1400"});
    rows.push_back({"the last byte of the padding", tear(kEntrySize - 1), "bad-log 0x1400"});
    rows.push_back({"hash-1 under a right hash-2",
                    [](BuiltLog& log) {
                        const auto right = log.get64(kSecond + log_entry::kHash1);
                        log.put8(kSecond + 48, 1);
                        log.rehash(1);
                        log.put8(kSecond + 48, 'h'); // of "hbin"
                        REQUIRE(log.get64(kSecond + log_entry::kHash1) != right);
                    },
                    "bad-log 0x1400"});
    check(rows);
}

TEST_CASE("log chain: fields of an entry under right hashes") {
    std::vector<Row> rows;
    for (const std::uint32_t size :
         {0U, 1U, 39U, 40U, 511U, 513U, 0x1100U, 0x2600U, 0x7FFF'FE00U, 0xFFFF'FE00U, ~0U}) {
        rows.push_back(
            {fmt::format("size {:#x}", size), put(log_entry::kSize, size), "bad-log 0x1400"});
    }
    for (const std::uint32_t size : {0U, 1U, 512U, 0xFFFU, 0x1200U, 0x8000'0000U, 0xFFFF'F000U}) {
        rows.push_back({fmt::format("bins size {:#x}", size), put(log_entry::kBinsSize, size),
                        "bad-log 0x1400"});
    }
    for (const std::uint32_t count : {0U, 572U, 0x2000'0000U, 0x2000'0001U, 0x8000'0000U, ~0U}) {
        rows.push_back(
            {fmt::format("{} pages", count), put(log_entry::kPageCount, count), "bad-log 0x1400"});
    }
    // One that does not hold its only page.
    rows.push_back({"size 0x200", put(log_entry::kSize, 0x200), "bad-log 0x1428"});
    rows.push_back({"size 0x1000", put(log_entry::kSize, 0x1000), "bad-log 0x1428"});
    check(rows);
}

TEST_CASE("log chain: pages that cannot be, under right hashes") {
    constexpr std::size_t kOffset = log_entry::kPages;
    constexpr std::size_t kLength = log_entry::kPages + 4;
    std::vector<Row> rows;
    for (const std::uint32_t offset :
         {1U, 511U, 0x200U, 0x1000U, 0x1200U, 0x7FFF'F000U, 0xFFFF'F000U, ~0U}) {
        rows.push_back({fmt::format("at {:#x}", offset), put(kOffset, offset), "bad-log 0x1428"});
    }
    for (const std::uint32_t size :
         {0U, 1U, 511U, 0x1200U, 0x2000U, 0x7FFF'F000U, 0xFFFF'F000U, ~0U}) {
        rows.push_back({fmt::format("of {:#x}", size), put(kLength, size), "bad-log 0x1428"});
    }
    for (const std::uint32_t offset : {1U, 0x100U, 511U, 513U, 0xFFFU}) {
        rows.push_back({fmt::format("inside of the bins, at {:#x}", offset),
                        [=](BuiltLog& log) {
                            put(log_entry::kBinsSize, 0x3000)(log);
                            put(kOffset, offset)(log);
                        },
                        "bad-log 0x1428"});
    }
    rows.push_back({"behind bins that are large enough, but not in the entry",
                    [](BuiltLog& log) {
                        put(log_entry::kBinsSize, 0x7FFF'F000)(log);
                        put(kLength, 0x7FFF'F000)(log);
                    },
                    "bad-log 0x1428"});
    check(rows);
}

TEST_CASE("log chain: the second page of an entry is judged like the first") {
    auto log =
        new_log(hive_with(0), {{.number = 8, .pages = {{0, pattern(512)}, {0xE00, pattern(512)}}}});
    REQUIRE(chain(log) == "8");
    log.put32(log.page_reference(0, 1), 0x1000);
    log.rehash(0);
    CHECK(chain(log) == ", bad-log 0x230");
}

TEST_CASE("log chain: what is allowed, if odd") {
    const auto hive = hive_with(0);
    const auto page = pattern(512);
    const auto odd =
        new_log(hive, {
                          {.number = 8, .pages = {{0x200, page}}},        // less than a page
                          {.number = 9, .pages = {{0, page}, {0, page}}}, // twice the same
                          {.number = 10, .pages = {{0x800, page}, {0x200, page}}}, // descending
                          {.number = 11, .pages = {{0xE00, page}}, .flags = ~0U},  // every flag
                          {.number = 12, .pages = {{0, page}}, .padding = 0x3000}, // much padding
                          {.number = 13, .pages = {{0x7FFF'EE00, page}}, .bins_size = 0x7FFF'F000},
                      });
    CHECK(chain(odd) == "8 9 10 11 12 13");
    CHECK(read(odd).entries[3].flags == ~0U);
}

TEST_CASE("log chain: what earlier rounds left behind it") {
    for (const auto& left : {log_of(3, {9, 9}), log_of(10, {9}), log_of(12, {9})}) {
        auto log = log_of(8, {1, 2});
        log.remnants(left);
        const bool goes_on = left.get32(header::kPrimarySequence) == 10;
        CHECK(chain(log) == (goes_on ? "8 9 10" : "8 9, end-of-chain 0x2600"));
    }
    // Never resynchronised: the right number lies behind another one, or behind zeros.
    auto log = log_of(8, {1, 2});
    log.remnants(log_of(3, {9})).remnants(log_of(10, {9}));
    CHECK(chain(log) == "8 9, end-of-chain 0x2600");
    log = log_of(8, {1, 2});
    log.append(std::vector<std::byte>(512));
    log.remnants(log_of(10, {9}));
    CHECK(chain(log) == "8 9, end-of-chain 0x2600");
}

TEST_CASE("log chain: numbers wrap") {
    CHECK(chain(log_of(0xFFFF'FFFE, {1, 2, 3, 4})) == "4294967294 4294967295 0 1");
    CHECK(chain(log_of(0xFFFF'FFFF, {1})) == "4294967295");
    auto log = log_of(0xFFFF'FFFF, {1, 2});
    log.put32(log.entries[1].at + log_entry::kSequence, 1);
    log.rehash(1);
    CHECK(chain(log) == "4294967295, end-of-chain 0x1400");
}

TEST_CASE("log chain: what is kept is in proportion to the log") {
    constexpr std::size_t kSize = 300 * 1024;
    // Entries as small as can be.
    std::vector<EntrySpec> many;
    for (std::uint32_t i = 0; i < kSize / 1024; ++i) {
        many.push_back({.number = 8 + i, .pages = {{0, pattern(512)}}});
    }
    // One entry whose table claims as many pages as it has room for.
    auto table = new_log(hive_with(0),
                         {{.number = 8, .pages = {{0, pattern(kSize)}}, .bins_size = 0x7FFF'F000}});
    for (FileOffset at = table.page_reference(0); at + 8 <= table.bytes.size(); at += 8) {
        table.put32(at, 0);
        table.put32(at + 4, 512);
    }
    table.put32(kLogBody + log_entry::kPageCount,
                static_cast<std::uint32_t>((table.entries[0].size - 40) / 8));
    table.rehash(0);
    CHECK(chain(table).starts_with(", bad-log 0x"));
    for (const auto& log : {new_log(hive_with(0), many), table}) {
        const CountingSource source(log.bytes);
        const auto kept = read_log(source);
        std::size_t bytes = kept.entries.capacity() * sizeof(kept.entries[0]);
        for (const auto& entry : kept.entries) {
            bytes += entry.pages.capacity() * sizeof(entry.pages[0]);
        }
        CHECK(bytes < log.bytes.size() / 2);
        CHECK(source.largest <= log.bytes.size());
    }
}
