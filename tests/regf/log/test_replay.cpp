// Which logs of the new format are applied to a dirty hive, and in which order (REGF.md sections 3,
// 6.3 and 7; HOSTILE.md E).
#include "tests/support/replay_scene.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace hivelint::test;
using hivelint::regf::ReplayResult;

namespace {

struct Row {
    std::string what;
    BuiltHive primary;
    std::vector<BuiltLog> logs;
    std::string account;
};

void check(const std::vector<Row>& rows) {
    for (const auto& row : rows) {
        CAPTURE(row.what);
        CHECK(replayed(row.primary, row.logs) == row.account);
    }
}

/// A dirty hive with value 0 and the numbers 8 and 7.
const BuiltHive& dirty() {
    static const auto hive = hive_with(0);
    return hive;
}

BuiltHive at_number(std::uint32_t secondary) { return hive_with(0, secondary + 1, secondary); }

BuiltLog torn_header(std::uint32_t first, const std::vector<std::uint32_t>& values) {
    auto log = log_of(first, values);
    log.put32(header::kPrimarySequence, first + 1);
    return log.fix_checksum();
}

BuiltLog wrong_checksum(std::uint32_t first, const std::vector<std::uint32_t>& values) {
    auto log = log_of(first, values);
    log.put8(header::kChecksum, static_cast<std::uint8_t>(log.get8(header::kChecksum) ^ 1U));
    return log;
}

/// A log whose entry of that index has a wrong hash.
BuiltLog bad_entry(std::size_t entry, std::uint32_t first,
                   const std::vector<std::uint32_t>& values) {
    auto log = log_of(first, values);
    log.put8(log.page_data(entry), 0);
    return log;
}

const BuiltLog kEmpty{};

} // namespace

TEST_CASE("replay: a clean hive's logs do not matter") {
    check({
        {"newer logs",
         hive_with(0, 7, 7),
         {log_of(8, {1}), log_of(9, {2})},
         "clean: unusable; unusable"},
        {"no log", hive_with(0, 7, 7), {}, "clean"},
        {"garbage", hive_with(0, 7, 7), {{.bytes = pattern(3000)}}, "clean: unusable"},
    });
}

TEST_CASE("replay: dirty, and nothing to apply") {
    check({
        {"no log", dirty(), {}, "dirty dirty-hive"},
        {"an empty log", dirty(), {kEmpty}, "dirty dirty-hive: unusable bad-log 0x0"},
        {"two empty logs",
         dirty(),
         {kEmpty, kEmpty},
         "dirty dirty-hive: unusable bad-log 0x0; unusable bad-log 0x0"},
        {"a log without an entry",
         dirty(),
         {log_of(8, {1}).cut(512)},
         "dirty dirty-hive: new 0/0 end-of-chain 0x200"},
        {"numbers turned round", hive_with(0, 7, 8), {}, "dirty dirty-hive"},
    });
}

TEST_CASE("replay: a log that could not be opened") {
    const auto hive = dirty();
    const hivelint::MemorySource primary(hive.bytes);
    const hivelint::ByteSource* const none[] = {nullptr, nullptr};
    const auto replay = hivelint::regf::plan_replay(primary, none);
    CHECK(replay.result == ReplayResult::dirty);
    REQUIRE(replay.reason);
    CHECK(account(*replay.reason) == "dirty-hive");
    REQUIRE(replay.uses.size() == 2);
    CHECK(account(replay.uses[0]) == "unusable");
}

TEST_CASE("replay: one log of two, or only one") {
    const auto log = log_of(8, {1, 2});
    check({
        {"LOG1", dirty(), {log}, "recovered 2: new 8-9 2/2"},
        {"LOG1, LOG2 empty",
         dirty(),
         {log, kEmpty},
         "recovered 2: new 8-9 2/2; unusable bad-log 0x0"},
        {"LOG2, LOG1 empty",
         dirty(),
         {kEmpty, log},
         "recovered 2: unusable bad-log 0x0; new 8-9 2/2"},
        {"the other one's header is torn",
         dirty(),
         {torn_header(10, {3}), log},
         "recovered 2: unusable bad-log 0x4; new 8-9 2/2"},
        {"the other one's checksum is wrong",
         dirty(),
         {log, wrong_checksum(10, {3})},
         "recovered 2: new 8-9 2/2; unusable bad-log 0x1fc"},
        {"the other one is garbage",
         dirty(),
         {log, {.bytes = pattern(3000)}},
         "recovered 2: new 8-9 2/2; unusable bad-log 0x0"},
    });
}

TEST_CASE("replay: where a log starts") {
    const std::vector<std::uint32_t> values = {1, 2};
    check({
        {"at the hive's second number", dirty(), {log_of(7, values)}, "recovered 2: new 7-8 2/2"},
        {"one before it", dirty(), {log_of(6, values)}, "dirty dirty-hive: new 6-7 0/2 stale-log"},
        {"far before it",
         at_number(1000),
         {log_of(8, values)},
         "dirty dirty-hive: new 8-9 0/2 stale-log"},
        {"partial reconcile", dirty(), {log_of(40, values)}, "recovered 2: new 40-41 2/2"},
        {"half the circle on",
         dirty(),
         {log_of(7U + 0x7FFF'FFFF, values)},
         "recovered 2: new 2147483654-2147483655 2/2"},
        {"more than half the circle on",
         dirty(),
         {log_of(7U + 0x8000'0001, values)},
         "dirty dirty-hive: new 2147483656-2147483657 0/2 stale-log"},
        {"its chain passes the hive's number",
         dirty(),
         {log_of(6, {1, 2, 3, 4})},
         "dirty dirty-hive: new 6-9 0/4 stale-log"},
        {"both are stale",
         at_number(20),
         {log_of(6, values), log_of(8, values)},
         "dirty dirty-hive: new 6-7 0/2 stale-log; new 8-9 0/2 stale-log"},
        {"one is stale",
         dirty(),
         {log_of(6, {9, 9}), log_of(8, values)},
         "recovered 2: new 6-7 0/2 stale-log; new 8-9 2/2"},
        {"the other one is stale",
         dirty(),
         {log_of(8, values), log_of(5, {9})},
         "recovered 2: new 8-9 2/2; new 5-5 0/1 stale-log"},
    });
}

TEST_CASE("replay: two logs, whatever their names") {
    const auto first = log_of(40, {1, 2});
    const auto second = log_of(42, {3, 4, 5});
    check({
        {"in order", dirty(), {first, second}, "recovered 5: new 40-41 2/2; new 42-44 3/3"},
        {"swapped", dirty(), {second, first}, "recovered 5: new 42-44 3/3; new 40-41 2/2"},
        {"a gap",
         dirty(),
         {first, log_of(43, {3})},
         "recovered 2: new 40-41 2/2; new 43-43 0/1 broken-chain"},
        {"a gap, swapped",
         dirty(),
         {log_of(43, {3}), first},
         "recovered 2: new 43-43 0/1 broken-chain; new 40-41 2/2"},
        {"an overlap",
         dirty(),
         {first, log_of(41, {3, 4})},
         "recovered 2: new 40-41 2/2; new 41-42 0/2 broken-chain"},
        {"the second has no entry",
         dirty(),
         {first, bad_entry(0, 42, {3})},
         "recovered 2: new 40-41 2/2; new 0/0 bad-log 0x200"},
    });
}

TEST_CASE("replay: chains that end early") {
    const auto second = log_of(42, {3, 4});
    auto torn = log_of(40, {1, 2});
    torn.cut(torn.bytes.size() - 512);
    auto remnants = log_of(40, {1, 2});
    remnants.remnants(log_of(20, {9, 9}));
    check({
        {"a torn last entry", dirty(), {torn}, "recovered 1: new 40-40 1/1 bad-log 0x1400"},
        {"a torn entry in the middle",
         dirty(),
         {bad_entry(1, 40, {1, 2, 3})},
         "recovered 1: new 40-40 1/1 bad-log 0x1400"},
        {"remnants", dirty(), {remnants}, "recovered 2: new 40-41 2/2 end-of-chain 0x2600"},
        {"remnants, and another log",
         dirty(),
         {remnants, second},
         "recovered 4: new 40-41 2/2 end-of-chain 0x2600; new 42-43 2/2"},
        {"torn, and another log behind what it lost",
         dirty(),
         {torn, second},
         "recovered 1: new 40-40 1/1 bad-log 0x1400; new 42-43 0/2 broken-chain"},
        {"the first entry is bad",
         dirty(),
         {bad_entry(0, 40, {1, 2})},
         "dirty dirty-hive: new 0/0 bad-log 0x200"},
        {"the first entry of the first log is bad",
         dirty(),
         {bad_entry(0, 40, {1, 2}), second},
         "dirty dirty-hive: new 0/0 bad-log 0x200; new 42-43 0/2 broken-chain"},
        {"the same, swapped",
         dirty(),
         {second, bad_entry(0, 40, {1, 2})},
         "dirty dirty-hive: new 42-43 0/2 broken-chain; new 0/0 bad-log 0x200"},
        {"the first log's header is torn",
         dirty(),
         {torn_header(40, {1, 2}), second},
         "recovered 4: unusable bad-log 0x4; new 42-43 2/2"},
    });
}

TEST_CASE("replay: numbers wrap") {
    check({
        {"in one log",
         at_number(0xFFFF'FFFD),
         {log_of(0xFFFF'FFFE, {1, 2, 3})},
         "recovered 3: new 4294967294-0 3/3"},
        {"between two",
         at_number(0xFFFF'FFFD),
         {log_of(0, {3, 4}), log_of(0xFFFF'FFFE, {1, 2})},
         "recovered 4: new 0-1 2/2; new 4294967294-4294967295 2/2"},
        {"a gap there",
         at_number(0xFFFF'FFFD),
         {log_of(1, {3}), log_of(0xFFFF'FFFE, {1, 2})},
         "recovered 2: new 1-1 0/1 broken-chain; new 4294967294-4294967295 2/2"},
        {"the hive is past it",
         at_number(2),
         {log_of(0xFFFF'FFFF, {1})},
         "dirty dirty-hive: new 4294967295-4294967295 0/1 stale-log"},
        {"the hive before, the log behind it",
         at_number(0xFFFF'FFF0),
         {log_of(5, {1})},
         "recovered 1: new 5-5 1/1"},
        {"the hive's own numbers",
         hive_with(0, 0, 0xFFFF'FFFF),
         {log_of(0, {1})},
         "recovered 1: new 0-0 1/1"},
    });
}
