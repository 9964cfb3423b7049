// Logs of the old format: what is read of them, and which one is applied (REGF.md sections 5, 5.1
// and 7; HOSTILE.md 74).
#include "tests/support/replay_scene.hpp"

#include <hivelint/regf/log.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace hivelint::test;
using hivelint::MemorySource;
using hivelint::regf::Log;
using hivelint::regf::read_log;

namespace {

constexpr std::uint64_t kEarlier = kDefaultTime - 1;
constexpr std::uint64_t kLater = kDefaultTime + 1;
constexpr std::uint64_t kLatest = kDefaultTime + 2;

BuiltHive dirty() { return hive_with(0, 5, 4); }

Log read(const BuiltLog& log) { return read_log(MemorySource(log.bytes)); }

std::string refusal(const BuiltLog& log) {
    return error_of([&] { read(log); });
}

/// A hive with bins of so many pages, all but the first few of them free.
BuiltHive hive_of_pages(std::uint32_t pages, std::uint32_t value) {
    auto spec = HiveSpec{.primary_sequence = 5, .secondary_sequence = 4, .free_pages = pages - 1};
    auto hive = spec.with(kReplayKey, dword(kReplayValue, value)).build();
    REQUIRE(hive.get32(header::kBinsSize) == pages * kPage);
    return hive;
}

} // namespace

TEST_CASE("old log: which of the logs is applied") {
    struct Row {
        std::string what;
        std::vector<BuiltLog> logs;
        std::string account;
    };
    const auto match = old_log_of(5, 1);
    const auto earlier = old_log_of(5, 2, kEarlier);
    const auto later = old_log_of(6, 3, kLater);
    const Row rows[] = {
        {"one that matches", {match}, "recovered 1: old 5-5 1/1"},
        {"beside an empty one", {match, {}}, "recovered 1: old 5-5 1/1; unusable bad-log 0x0"},
        {"LOG2 only", {{}, match}, "recovered 1: unusable bad-log 0x0; old 5-5 1/1"},
        {"one that is older", {earlier}, "dirty dirty-hive: old 5-5 0/1 stale-log"},
        {"one that is newer", {later}, "recovered 3: old 6-6 1/1"},
        {"the other one is older",
         {match, earlier},
         "recovered 1: old 5-5 1/1; old 5-5 0/1 stale-log"},
        {"the first one is older",
         {earlier, match},
         "recovered 1: old 5-5 0/1 stale-log; old 5-5 1/1"},
        {"LOG2 is newer", {match, later}, "recovered 3: old 5-5 0/1 stale-log; old 6-6 1/1"},
        {"LOG1 is newer", {later, match}, "recovered 3: old 6-6 1/1; old 5-5 0/1 stale-log"},
        {"both match",
         {match, old_log_of(5, 4)},
         "recovered 1: old 5-5 1/1; old 5-5 0/1 stale-log"},
        {"two are newer",
         {later, old_log_of(7, 4, kLatest)},
         "recovered 4: old 6-6 0/1 stale-log; old 7-7 1/1"},
        {"the newer one is cut",
         {match, old_log_of(6, 3, kLater).cut(1024)},
         "recovered 1: old 5-5 1/1; unusable bad-log 0x400"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        CHECK(replayed(dirty(), row.logs) == row.account);
    }
}

TEST_CASE("old log: type 2 is as good as type 1") {
    auto log = old_log_of(5, 1);
    log.put32(header::kFileType, 2);
    log.fix_checksum();
    CHECK(replayed(dirty(), {log}) == "recovered 1: old 5-5 1/1");
}

TEST_CASE("old log: all or nothing") {
    const auto whole = old_log_of(5, 1);
    REQUIRE(whole.bytes.size() == 1024 + kPage);
    for (const std::size_t size : {516U, 517U, 1023U, 1024U, 1536U, 4096U, 5119U}) {
        CAPTURE(size);
        auto log = whole;
        log.cut(size);
        CHECK(refusal(log) == at("bad-log", size));
        CHECK(replayed(dirty(), {log}) == "dirty dirty-hive: unusable " + at("bad-log", size));
    }
    auto remnants = whole;
    remnants.append(pattern(3000)); // of an earlier round
    CHECK(replayed(dirty(), {remnants}) == "recovered 1: old 5-5 1/1");
    auto more = whole;
    auto hive = hive_of_pages(2, 1);
    more = old_log(hive, 5, changed_pages(hive_of_pages(2, 0), hive));
    more.put8(kLogBody + 4 + 1, 1); // a sector that is not there
    CHECK(refusal(more) == at("bad-log", more.bytes.size()));
}

TEST_CASE("old log: a bitmap without a bit") {
    auto log = old_log_of(5, 1);
    log.put8(kLogBody + 4, 0);
    const auto kept = read(log);
    CHECK(kept.entries.empty());
    REQUIRE(kept.stop);
    CHECK(account(*kept.stop) == "end-of-chain 0x204");
    CHECK(replayed(dirty(), {log}) == "dirty dirty-hive: old 0/0 end-of-chain 0x204");
    CHECK(replayed(dirty(), {log, old_log_of(5, 2)}) ==
          "recovered 2: old 0/0 end-of-chain 0x204; old 5-5 1/1");
}

TEST_CASE("old log: single sectors") {
    const auto before = hive_with(0, 5, 4);
    const auto after = hive_with(1, 5, 4);
    const auto sectors = changed_pages(before, after, kSector);
    REQUIRE(sectors.size() == 1);
    const auto log = old_log(before, 5, sectors);
    CHECK(log.bytes.size() == 1024 + kSector);
    CHECK(replayed(before, {log}) == "recovered 1: old 5-5 1/1");
    // The lowest bit is the first sector.
    CHECK(log.get8(kLogBody + 4) == 1U << sectors[0].offset / kSector);
    CHECK(read(log).entries.at(0).pages.at(0).offset == kPage + sectors[0].offset);
    for (std::uint32_t sector = 0; sector < 8; ++sector) {
        const auto one = old_log(before, 5, {{sector * 512, pattern(512)}});
        CHECK(read(one).entries.at(0).pages.at(0).offset == kPage + sector * 512);
    }
}

TEST_CASE("old log: where the sectors begin") {
    struct Row {
        std::uint32_t pages;
        std::uint64_t sectors;
    };
    const Row rows[] = {{1, 1024},   {507, 1024},  {508, 1024},
                        {509, 1536}, {1020, 1536}, {1021, 2048}};
    for (const auto& row : rows) {
        CAPTURE(row.pages);
        const auto before = hive_of_pages(row.pages, 0);
        const auto after = hive_of_pages(row.pages, 1);
        auto pages = changed_pages(before, after);
        const auto last = static_cast<std::uint32_t>((row.pages - 1) * kPage);
        if (row.pages > 1) {
            const std::size_t in_file = after.bytes.size() - kPage;
            pages.push_back(
                {last,
                 {after.bytes.begin() + static_cast<std::ptrdiff_t>(in_file), after.bytes.end()}});
        }
        const auto log = old_log(before, 5, pages);
        CHECK(log.sectors == row.sectors);
        const auto kept = read(log);
        REQUIRE(kept.entries.size() == 1);
        CHECK(kept.entries[0].pages.front().in_log == row.sectors);
        CHECK(kept.entries[0].pages.back().offset + kept.entries[0].pages.back().size ==
              kPage + std::uint64_t{row.pages} * kPage);
        CHECK(replayed(before, {log}) == "recovered 1: old 5-5 1/1");
        auto cut = log;
        cut.cut(row.sectors - 1);
        CHECK(refusal(cut) == at("bad-log", row.sectors - 1));
    }
}

TEST_CASE("old log: the bins size is the log's") {
    const auto small = hive_of_pages(1, 0);
    const auto large = hive_of_pages(3, 1);
    const Scene grown(small, {old_log(large, 5, changed_pages(small, large))});
    CHECK(grown.account() == "recovered 1: old 5-5 1/1");
    const auto image = grown.image();
    CHECK(image.size() == 4 * kPage);
    CHECK(load(image, header::kBinsSize, 4) == 3 * kPage);
    CHECK(
        std::ranges::equal(std::span(image).subspan(kPage), std::span(large.bytes).subspan(kPage)));
    const Scene shrunk(large, {old_log(small, 5, changed_pages(large, small))});
    CHECK(shrunk.account() == "recovered 0: old 5-5 1/1");
    CHECK(shrunk.image().size() == 4 * kPage); // what is behind the bins stays as slack
    CHECK(load(shrunk.image(), header::kBinsSize, 4) == kPage);
}

TEST_CASE("old log: it says nothing of the flags") {
    auto hive = dirty();
    hive.put32(header::kFlags, 3);
    hive.fix_checksum();
    CHECK(load(Scene(hive, {old_log_of(5, 1)}).image(), header::kFlags, 4) == 3);
}
