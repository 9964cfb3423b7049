// Reading a log: what of a log of either format is kept, when a log is unusable as a whole, and
// what reading it costs (REGF.md sections 2, 5, 6 and 7). Where chains end: test_log_chain.cpp.
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
using hivelint::regf::LogFormat;
using hivelint::regf::read_log;

namespace {

Log read(const BuiltLog& log) { return read_log(MemorySource(log.bytes)); }

std::string refusal(const BuiltLog& log) {
    return error_of([&] { read(log); });
}

/// What spoils a log's base block, or what directly follows it.
struct Row {
    std::string what;
    std::function<void(BuiltLog&)> spoil;
    std::string refused; ///< the account of the Error
};

std::function<void(BuiltLog&)> put(FileOffset at, std::uint32_t value) {
    return [=](BuiltLog& log) {
        log.put32(at, value);
        log.fix_checksum();
    };
}

const std::vector<Row>& unusable() {
    static const std::vector<Row> rows = {
        {"empty", [](BuiltLog& log) { log.cut(0); }, "bad-log 0x0"},
        {"a byte", [](BuiltLog& log) { log.cut(1); }, "bad-log 0x1"},
        {"a base block but for a byte", [](BuiltLog& log) { log.cut(511); }, "bad-log 0x1ff"},
        {"no regf", put(header::kSignature, 0x6667'6573), "bad-log 0x0"},
        {"zeroed", put(header::kSignature, 0), "bad-log 0x0"},
        {"wrong checksum", [](BuiltLog& log) { log.put8(200, 1); }, "bad-log 0x1fc"},
        {"checksum of zero", [](BuiltLog& log) { log.put32(508, 0); }, "bad-log 0x1fc"},
        {"the numbers differ", put(header::kPrimarySequence, 9), "bad-log 0x4"},
        {"the other is higher", put(header::kSecondarySequence, 9), "bad-log 0x4"},
        {"a primary file", put(header::kFileType, 0), "bad-log 0x1c"},
        {"type 3", put(header::kFileType, 3), "bad-log 0x1c"},
        {"type 5", put(header::kFileType, 5), "bad-log 0x1c"},
        {"type 7", put(header::kFileType, 7), "bad-log 0x1c"},
        {"version 2", put(header::kMajor, 2), "bad-log 0x14"},
        {"version 1.1", put(header::kMinor, 1), "bad-log 0x14"},
        {"version 1.7", put(header::kMinor, 7), "bad-log 0x14"},
        {"format 0", put(header::kFormat, 0), "bad-log 0x20"},
        {"no bins", put(header::kBinsSize, 0), "bad-log 0x28"},
        {"odd bins", put(header::kBinsSize, 0x1200), "bad-log 0x28"},
        {"bins of 2 GiB", put(header::kBinsSize, 0x8000'0000), "bad-log 0x28"},
    };
    return rows;
}

} // namespace

TEST_CASE("log: what is kept of the new format") {
    const auto hive = hive_with(1);
    const auto first = pattern(kPage);
    const auto second = pattern(2 * kPage);
    const auto log = read(new_log(
        hive,
        {{.number = 8, .pages = {{0, first}, {0x2000, second}}, .bins_size = 0x5000, .flags = 1},
         {.number = 9, .pages = {{0x1000, first}}, .bins_size = 0x4000, .padding = 1000}}));
    CHECK(log.format == LogFormat::new_format);
    CHECK(log.base_block.primary_sequence == 8);
    CHECK(log.base_block.bins_size == 0x1000);
    CHECK((log.base_block.file_name ==
           hivelint::regf::read_base_block(MemorySource(hive.bytes)).file_name));
    CHECK(load(log.base_block_bytes, header::kFileType, 4) == 6);
    CHECK(!log.stop);
    REQUIRE(log.entries.size() == 2);
    const auto& one = log.entries[0];
    CHECK(one.offset == 512);
    CHECK(one.size == 0x3200); // 40 + 16 + 0x3000, up to a multiple of 512
    CHECK(one.sequence == 8);
    CHECK(one.bins_size == 0x5000);
    CHECK(one.flags == 1);
    REQUIRE(one.pages.size() == 2);
    CHECK(one.pages[0].offset == 0x1000);
    CHECK(one.pages[0].size == 0x1000);
    CHECK(one.pages[0].in_log == 512 + 40 + 16);
    CHECK(one.pages[1].offset == 0x3000);
    CHECK(one.pages[1].size == 0x2000);
    CHECK(one.pages[1].in_log == 512 + 40 + 16 + 0x1000);
    const auto& two = log.entries[1];
    CHECK(two.offset == 512 + 0x3200);
    CHECK(two.size == 0x1600); // 40 + 8 + 0x1000 + 1000, likewise
    CHECK(two.sequence == 9);
    CHECK(two.bins_size == 0x4000);
    CHECK(two.flags == 0);
    REQUIRE(two.pages.size() == 1);
    CHECK(two.pages[0].offset == 0x2000);
    CHECK(log.pages_size() == 0x4000);
}

TEST_CASE("log: what is kept of the old format") {
    auto hive = HiveSpec{.free_pages = 3}.with("Key").build();
    REQUIRE(hive.get32(header::kBinsSize) == 0x4000);
    const auto built =
        old_log(hive, 5, {{0x200, pattern(512)}, {0x1000, pattern(kPage)}, {0x3E00, pattern(512)}});
    const auto log = read(built);
    CHECK(log.format == LogFormat::old_format);
    CHECK(!log.stop);
    REQUIRE(log.entries.size() == 1);
    const auto& entry = log.entries[0];
    CHECK(entry.sequence == 5);
    CHECK(entry.bins_size == 0x4000);
    CHECK(entry.flags == 0);
    CHECK(entry.hash == 0);
    CHECK(entry.offset == 512);
    CHECK(entry.offset + entry.size == built.bytes.size());
    // The bytes of sectors that follow one another in the hive do so in the log, too.
    REQUIRE(entry.pages.size() == 3);
    const std::uint64_t expected[][3] = {
        {0x1200, 512, 1024}, {0x2000, 4096, 1536}, {0x4E00, 512, 5632}};
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(entry.pages[i].offset == expected[i][0]);
        CHECK(entry.pages[i].size == expected[i][1]);
        CHECK(entry.pages[i].in_log == expected[i][2]);
    }
    CHECK(log.pages_size() == 10 * 512);
}

TEST_CASE("log: unusable as a whole, in either format") {
    for (const auto& row : unusable()) {
        CAPTURE(row.what);
        auto newer = log_of(8, {1, 2});
        auto older = old_log_of(8, 1);
        REQUIRE(refusal(newer) == "no error");
        REQUIRE(refusal(older) == "no error");
        row.spoil(newer);
        row.spoil(older);
        CHECK(refusal(newer) == row.refused);
        CHECK(refusal(older) == row.refused);
    }
    CHECK(refusal({.bytes = pattern(10000)}) == "bad-log 0x0");
    CHECK(refusal({.bytes = std::vector<std::byte>(10000)}) == "bad-log 0x0");
}

TEST_CASE("log: the body of the other format") {
    auto newer = log_of(8, {1});
    newer.put_text(kLogBody, "DIRT");
    CHECK(refusal(newer) == "bad-log 0x200");
    newer.rehash(0);
    CHECK(refusal(newer) == "bad-log 0x200");
    for (const std::uint32_t type : {1U, 2U}) {
        CAPTURE(type);
        auto older = log_of(8, {1});
        older.put32(header::kFileType, type);
        older.fix_checksum();
        CHECK(refusal(older) == "bad-log 0x200");
        auto named = old_log_of(8, 1);
        named.put32(header::kFileType, type);
        named.fix_checksum();
        CHECK(refusal(named) == "no error");
        for (const char* word : {"HvLE", "DIRU", "dirt"}) {
            named.put_text(kLogBody, word);
            CHECK(refusal(named) == "bad-log 0x200");
        }
    }
}

TEST_CASE("log: nothing behind the base block") {
    auto newer = log_of(8, {1}).cut(512);
    const auto log = read(newer);
    CHECK(log.entries.empty());
    REQUIRE(log.stop);
    CHECK(account(*log.stop) == "end-of-chain 0x200");
    CHECK(refusal(old_log_of(8, 1).cut(512)) == "bad-log 0x200");
    CHECK(refusal(old_log_of(8, 1).cut(514)) == "bad-log 0x200");
}

TEST_CASE("log: each byte is read at most once") {
    auto remnants = log_of(8, {1, 2, 3});
    remnants.remnants(log_of(2, {9, 9}));
    auto bad_hash = log_of(8, {1, 2, 3});
    bad_hash.put8(bad_hash.page_data(1), 1);
    auto large = new_log(hive_with(0), {{.number = 8,
                                         .pages = {{0, pattern(0x20'0000)}},
                                         .bins_size = 0x20'0000,
                                         .padding = 5000}});
    for (const auto& log : {log_of(8, {1, 2, 3}), remnants, bad_hash, large, old_log_of(8, 1),
                            log_of(8, {1}).cut(512), log_of(8, {1}).cut(514)}) {
        const CountingSource source(log.bytes);
        read_log(source);
        CHECK(source.most() == 1);
        CHECK(source.largest <= std::size_t{1} << 18);
    }
}

TEST_CASE("log: the sectors of the old format are left where they are") {
    const auto built = old_log_of(8, 1);
    const CountingSource source(built.bytes);
    read_log(source);
    CHECK(source.bytes_read() == 512 + 4 + 1); // the bitmap of one page has a byte
}

TEST_CASE("log: what cannot be read is the source's Error") {
    for (const auto& log : {log_of(8, {1, 2}), old_log_of(8, 1)}) {
        for (const std::size_t at : {0U, 100U, 512U, 516U}) {
            CAPTURE(at);
            CountingSource source(log.bytes);
            source.fails_behind = at;
            CHECK(error_of([&] { read_log(source); }).starts_with("changed-while-reading 0x"));
        }
    }
    // In the body of an entry it is not the end of a chain either.
    CountingSource source(log_of(8, {1, 2}).bytes);
    source.fails_behind = source.size() - 1;
    CHECK(error_of([&] { read_log(source); }).starts_with("changed-while-reading 0x"));
}
