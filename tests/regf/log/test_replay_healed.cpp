// A damaged base block: where its successor comes from, and what the new one holds (REGF.md
// sections 3, 6.3, 8 and 9; HOSTILE.md 71 to 73).
#include "tests/support/replay_scene.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

using namespace hivelint::test;
using hivelint::MemorySource;

namespace {

/// The ways in which a base block is damaged and a hive still one.
struct Damage {
    std::string what;
    std::function<void(BuiltHive&)> spoil;
};

const std::vector<Damage>& damages() {
    static const std::vector<Damage> rows = {
        {"wrong checksum", [](BuiltHive& hive) { hive.put32(header::kChecksum, 0); }},
        {"zeroed signature", [](BuiltHive& hive) { hive.put32(header::kSignature, 0); }},
        {"zeroed fields",
         [](BuiltHive& hive) { store_bytes(hive.bytes, 0, std::vector<std::byte>(512)); }},
        {"noise", [](BuiltHive& hive) { store_bytes(hive.bytes, 0, pattern(512)); }},
        {"bins of 4 GiB", [](BuiltHive& hive) { hive.put32(header::kBinsSize, ~0U); }},
        {"another number", [](BuiltHive& hive) { hive.put32(header::kPrimarySequence, 1000); }},
    };
    return rows;
}

BuiltHive damaged(const Damage& damage, std::uint32_t primary = 8, std::uint32_t secondary = 7) {
    auto hive = hive_with(0, primary, secondary);
    damage.spoil(hive);
    return hive;
}

} // namespace

TEST_CASE("healed: the base block of the log with the latest start") {
    for (const auto& damage : damages()) {
        CAPTURE(damage.what);
        const auto hive = damaged(damage);
        const auto check = [&](const std::vector<BuiltLog>& logs, std::string_view expected) {
            CHECK(replayed(hive, logs) == expected);
        };
        check({}, "dirty dirty-hive");
        check({{}}, "dirty dirty-hive: unusable bad-log 0x0");
        check({log_of(8, {1})}, "healed 1: new 8-8 1/1");
        check({log_of(8, {1}), {}}, "healed 1: new 8-8 1/1; unusable bad-log 0x0");
        // The numbers of the hive say nothing: no log is stale.
        check({log_of(2, {1})}, "healed 1: new 2-2 1/1");
        // Only the later one is used, even where it goes on from the other.
        check({log_of(8, {1}), log_of(9, {2, 3})}, "healed 3: new 8-8 0/1 stale-log; new 9-10 2/2");
        check({log_of(30, {2, 3}), log_of(8, {1})},
              "healed 3: new 30-31 2/2; new 8-8 0/1 stale-log");
        check({log_of(0, {2}), log_of(0xFFFF'FFFF, {1})},
              "healed 2: new 0-0 1/1; new 4294967295-4294967295 0/1 stale-log");
        check({log_of(8, {1}), log_of(8, {1})}, "healed 1: new 8-8 1/1; new 8-8 0/1 stale-log");
        check({log_of(8, {1}), log_of(8, {2})}, "dirty ambiguous-logs: new 8-8 0/1; new 8-8 0/1");
    }
}

TEST_CASE("healed: no entry in the log that counts") {
    auto bad = log_of(9, {2});
    bad.put8(bad.page_data(0), 0);
    for (const auto& damage : damages()) {
        CHECK(replayed(damaged(damage), {log_of(8, {1}), bad}) ==
              "dirty dirty-hive: new 8-8 0/1 stale-log; new 0/0 bad-log 0x200");
    }
}

TEST_CASE("healed: two logs of the same entries and other base blocks") {
    auto other = log_of(8, {1});
    other.put32(header::kFlags, 1);
    other.fix_checksum();
    CHECK(replayed(damaged(damages()[0]), {log_of(8, {1}), other}) ==
          "dirty ambiguous-logs: new 8-8 0/1; new 8-8 0/1");
    // A hive that keeps its own does not mind.
    CHECK(replayed(hive_with(0), {log_of(8, {1}), other}) ==
          "recovered 1: new 8-8 1/1; new 8-8 0/1 stale-log");
}

TEST_CASE("healed: equal numbers under a wrong checksum are no clean hive") {
    for (const auto& damage : damages()) {
        const auto hive = damaged(damage, 7, 7);
        CHECK(replayed(hive, {}) == "dirty dirty-hive");
        CHECK(replayed(hive, {log_of(8, {1})}) == "healed 1: new 8-8 1/1");
    }
}

TEST_CASE("healed: the new base block") {
    for (const auto& damage : damages()) {
        CAPTURE(damage.what);
        auto log = log_of(30, {1, 2});
        log.put32(header::kFlags, 2);
        log.put32(header::kMinor, 3);
        log.fix_checksum();
        log.put32(log.entries[1].at + log_entry::kFlags, 1);
        log.rehash(1);
        auto hive = damaged(damage);
        hive.put8(600, 0x77); // behind the fields, where bytes have no meaning
        const Scene scene(hive, {log});
        REQUIRE(scene.account() == "healed 2: new 30-31 2/2");
        const auto image = scene.image();
        const auto block = hivelint::regf::read_base_block(MemorySource(image));
        CHECK(!block.dirty());
        CHECK(block.primary_sequence == 31);
        CHECK(block.secondary_sequence == 31);
        CHECK(block.minor == 3);
        CHECK(block.bins_size == 0x1000);
        CHECK(block.flags == 3); // bit 0 is the last entry's, the others the log's
        CHECK(load(image, 600, 1) == 0x77);
        CHECK(hivelint::regf::verify(image).sound());
    }
}

TEST_CASE("healed: by a log of the old format") {
    for (const auto& damage : damages()) {
        CAPTURE(damage.what);
        const auto hive = damaged(damage);
        CHECK(replayed(hive, {old_log_of(8, 1)}) == "healed 1: old 8-8 1/1");
        CHECK(replayed(hive, {old_log_of(8, 1, kDefaultTime - 1)}) ==
              "dirty dirty-hive: old 8-8 0/1 stale-log");
        CHECK(replayed(hive, {old_log_of(8, 1), old_log_of(9, 2, kDefaultTime + 1)}) ==
              "healed 2: old 8-8 0/1 stale-log; old 9-9 1/1");
        // The time is that of the first bin.
        auto later = hive;
        later.put64(later.bins()[0] + bin::kTime, kDefaultTime + 1);
        CHECK(replayed(later, {old_log_of(8, 1)}) == "dirty dirty-hive: old 8-8 0/1 stale-log");
        const auto image = Scene(hive, {old_log_of(8, 1, kDefaultTime + 5)}).image();
        CHECK(load(image, header::kLastWritten, 8) == kDefaultTime + 5);
        CHECK(load(image, header::kFileType, 4) == 0);
        CHECK(hivelint::regf::verify(image).sound());
    }
}

TEST_CASE("healed: what is no hive stays none, whatever lies beside it") {
    for (const auto& damage : damages()) {
        CAPTURE(damage.what);
        for (const FileOffset field : {bin::kSignature, bin::kOffset}) {
            auto hive = damaged(damage);
            hive.put32(hive.bins()[0] + field, 0x1000);
            for (const auto& log : {log_of(8, {1}), old_log_of(8, 1)}) {
                CHECK(error_of([&] { replayed(hive, {log}); }) == "not-a-hive 0x0");
            }
        }
    }
    auto log = hive_with(0);
    log.put32(header::kFileType, 6);
    log.fix_checksum();
    CHECK(error_of([&] { replayed(log, {log_of(8, {1})}); }) == "wrong-file-type 0x1c");
    CHECK(error_of([&] { replayed({}, {log_of(8, {1})}); }) == "too-short 0x0");
}
