// Logs that contradict each other or the hive: refused, or left aside with a reason (REGF.md
// section 7, HOSTILE.md 63 to 69 and 77).
#include "tests/support/counting_source.hpp"
#include "tests/support/replay_scene.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace hivelint::test;
using hivelint::ByteSource;
using hivelint::MemorySource;

namespace {

BuiltHive dirty() { return hive_with(0); }

BuiltLog named(BuiltLog log, std::u16string_view name) {
    for (std::size_t i = 0; i < 32; ++i) {
        store(log.bytes, header::kFileName + 2 * i, i < name.size() ? name[i] : 0, 2);
    }
    return log.fix_checksum();
}

} // namespace

TEST_CASE("replay doubt: two logs that start at the same number") {
    const auto log = log_of(8, {1, 2});
    CHECK(replayed(dirty(), {log, log}) == "recovered 2: new 8-9 2/2; new 8-9 0/2 stale-log");
    const std::string refused = "dirty ambiguous-logs: new 8-9 0/2; new 8-9 0/2";
    CHECK(replayed(dirty(), {log, log_of(8, {1, 3})}) == refused);
    CHECK(replayed(dirty(), {log_of(8, {1, 3}), log}) == refused);
    CHECK(replayed(dirty(), {log, log_of(8, {1})}) ==
          "dirty ambiguous-logs: new 8-9 0/2; new 8-8 0/1");
    // Stale, they are of no interest.
    CHECK(replayed(hive_with(0, 13, 12), {log, log_of(8, {1})}) ==
          "dirty dirty-hive: new 8-9 0/2 stale-log; new 8-8 0/1 stale-log");
}

TEST_CASE("replay doubt: entries that differ in their headers only") {
    const auto log = log_of(8, {1, 2});
    for (const auto field : {log_entry::kBinsSize, log_entry::kFlags}) {
        auto other = log;
        other.put32(other.entries[1].at + field, 0x3000);
        other.rehash(1);
        REQUIRE(other.get64(other.entries[1].at + log_entry::kHash1) ==
                log.get64(log.entries[1].at + log_entry::kHash1));
        CHECK(replayed(dirty(), {log, other}) == "dirty ambiguous-logs: new 8-9 0/2; new 8-9 0/2");
    }
}

TEST_CASE("replay doubt: logs of both formats") {
    const auto newer = log_of(8, {1});
    const auto older = old_log_of(8, 2);
    CHECK(replayed(dirty(), {newer, older}) == "dirty ambiguous-logs: new 8-8 0/1; old 8-8 0/1");
    CHECK(replayed(dirty(), {older, newer}) == "dirty ambiguous-logs: old 8-8 0/1; new 8-8 0/1");
    auto unusable = older;
    unusable.cut(unusable.bytes.size() - 1);
    CHECK(replayed(dirty(), {newer, unusable}) ==
          "recovered 1: new 8-8 1/1; unusable bad-log 0x13ff");
    // A log with the body of the other format counts for neither.
    auto mixed = newer;
    mixed.put_text(kLogBody, "DIRT");
    CHECK(replayed(dirty(), {mixed}) == "dirty dirty-hive: unusable bad-log 0x200");
    mixed = older;
    mixed.put_text(kLogBody, "HvLE");
    CHECK(replayed(dirty(), {mixed}) == "dirty dirty-hive: unusable bad-log 0x200");
}

TEST_CASE("replay doubt: another hive's log") {
    struct Row {
        std::u16string_view name;
        std::string account;
    };
    const Row rows[] = {
        {u"\\??\\C:\\Users\\other\\ntuser.dat", "dirty dirty-hive: new 8-8 0/1 foreign-log"},
        {u"\\??\\C:\\Users\\test\\ntuser.da", "dirty dirty-hive: new 8-8 0/1 foreign-log"},
        {u"\\??\\C:\\USERS\\Test\\NTUSER.DAT", "recovered 1: new 8-8 1/1"},
        {u"", "recovered 1: new 8-8 1/1"}, // it says nothing
    };
    for (const auto& row : rows) {
        // The field keeps the last 31 units.
        const auto units =
            row.name.substr(row.name.size() - std::min<std::size_t>(row.name.size(), 31));
        CHECK(replayed(dirty(), {named(log_of(8, {1}), units)}) == row.account);
    }
    auto nameless = HiveSpec{.primary_sequence = 8, .secondary_sequence = 7, .file_name = u""}
                        .with(kReplayKey, dword(kReplayValue, 0))
                        .build();
    CHECK(replayed(nameless, {named(log_of(8, {1}), u"elsewhere")}) == "recovered 1: new 8-8 1/1");
    // The other log is used, and the foreign one is no predecessor.
    CHECK(replayed(dirty(), {named(log_of(8, {9}), u"elsewhere"), log_of(9, {1})}) ==
          "recovered 1: new 8-8 0/1 foreign-log; new 9-9 1/1");
}

TEST_CASE("replay doubt: three logs") {
    CHECK(replayed(dirty(), {log_of(10, {3}), log_of(8, {1}), log_of(9, {2})}) ==
          "recovered 3: new 10-10 1/1; new 8-8 1/1; new 9-9 1/1");
    CHECK(replayed(dirty(), {log_of(8, {1}), log_of(10, {3}), log_of(11, {4})}) ==
          "recovered 1: new 8-8 1/1; new 10-10 0/1 broken-chain; new 11-11 0/1 broken-chain");
    auto bad = log_of(8, {1});
    bad.put8(bad.page_data(0), 0);
    CHECK(replayed(dirty(), {bad, log_of(9, {2}), log_of(1, {3})}) ==
          "dirty dirty-hive: new 0/0 bad-log 0x200; new 9-9 0/1 broken-chain; "
          "new 1-1 0/1 stale-log");
}

// The comparison of numbers that wrap is no order among three that are spread over the circle.
TEST_CASE("replay doubt: a stale log does not disturb the order of the others") {
    std::vector<BuiltLog> logs = {log_of(8, {1}), log_of(7U + 0x7000'0000, {2}),
                                  log_of(7U - 0x7000'0000, {3})};
    const std::string parts[] = {"new 8-8 1/1", "new 1879048199-1879048199 0/1 broken-chain",
                                 "new 2415919111-2415919111 0/1 stale-log"};
    std::vector<std::size_t> order = {0, 1, 2};
    do {
        CHECK(replayed(dirty(), {logs[order[0]], logs[order[1]], logs[order[2]]}) ==
              fmt::format("recovered 1: {}; {}; {}", parts[order[0]], parts[order[1]],
                          parts[order[2]]));
    } while (std::ranges::next_permutation(order).found);
}

TEST_CASE("replay doubt: a few bytes that claim a hive of 2 GiB") {
    const auto page = pattern(kPage);
    const auto huge = setting(8, 1);
    auto claim = huge;
    claim.bins_size = 0x7FFF'F000;
    const std::string refused = "dirty limit-exceeded: new 8-8 0/1";
    CHECK(replayed(dirty(), {new_log(dirty(), {claim})}) == refused);
    auto far = huge;
    far.pages.push_back({0x7FFF'E000, page});
    far.bins_size = 0x7FFF'F000;
    CHECK(replayed(dirty(), {new_log(dirty(), {far})}) == refused);
    // The hive that comes out would be as large when a later entry takes the claim back.
    CHECK(replayed(dirty(), {new_log(dirty(), {claim, setting(9, 2)})}) ==
          "dirty limit-exceeded: new 8-9 0/2");
    // In a log of the old format the bitmap is there, but the sectors are not.
    auto hive = dirty();
    hive.put32(header::kBinsSize, 0x0800'0000);
    CHECK(replayed(dirty(), {old_log(hive, 8, huge.pages)}) == "dirty limit-exceeded: old 8-8 0/1");
}

TEST_CASE("replay doubt: growth that the log holds is no claim") {
    auto entry = setting(8, 1);
    entry.pages.push_back({0x1000, pattern(0x30000)});
    entry.bins_size = 0x31000;
    const Scene scene(dirty(), {new_log(dirty(), {entry})});
    CHECK(scene.account() == "recovered 1: new 8-8 1/1");
    CHECK(scene.image().size() == 0x32000);
}

TEST_CASE("replay doubt: a hive of twice what hive and logs hold, and no more") {
    struct Row {
        std::uint32_t bins_size;
        std::string account;
    };
    // 8 KiB of hive and 4 KiB of log.
    for (const Row& row : {Row{0x5000, "recovered 1: new 8-8 1/1"},
                           Row{0x6000, "dirty limit-exceeded: new 8-8 0/1"}}) {
        auto entry = setting(8, 1);
        entry.bins_size = row.bins_size;
        CHECK(replayed(dirty(), {new_log(dirty(), {entry})}) == row.account);
    }
}

// Where its name and numbers fit, nothing in the log says so: only the tree that comes out does.
TEST_CASE("replay doubt: a log of another moment, whose numbers fit") {
    const auto theirs = HiveSpec{}.with("Other", binary(u"w", pattern(6000))).build();
    auto pages = changed_pages(dirty(), theirs);
    REQUIRE(pages.size() > 1);
    pages.resize(1);
    const Scene scene(dirty(), {new_log(dirty(), {{.number = 8, .pages = pages}})});
    CHECK(to_string(scene.replay().result) == "recovered");
    CHECK(!hivelint::regf::verify(scene.image()).sound());
}

namespace {

/// 2 GiB of zeros behind what it begins with.
class Sparse final : public ByteSource {
public:
    explicit Sparse(std::vector<std::byte> start) : start_(std::move(start)) {}

    std::uint64_t size() const override { return 0x8000'0000; }
    void read_at(std::uint64_t offset, std::span<std::byte> out) const override {
        read += out.size();
        std::ranges::fill(out, std::byte{0});
        if (offset < start_.size()) {
            const auto held = std::span(start_).subspan(static_cast<std::size_t>(offset));
            std::ranges::copy(held.first(std::min(held.size(), out.size())), out.begin());
        }
    }

    mutable std::uint64_t read = 0; ///< bytes

private:
    std::vector<std::byte> start_;
};

} // namespace

TEST_CASE("replay doubt: a log of 2 GiB that holds next to nothing") {
    const auto hive = dirty();
    const MemorySource primary(hive.bytes);
    const auto log = log_of(8, {1});
    for (const auto& start : {std::vector<std::byte>{}, log.bytes, old_log_of(8, 1).bytes}) {
        const Sparse sparse(start);
        const ByteSource* const logs[] = {&sparse};
        const auto replay = hivelint::regf::plan_replay(primary, logs);
        CHECK(to_string(replay.result) == (start.empty() ? "dirty" : "recovered"));
        CHECK(sparse.read <= log.bytes.size() + 40);
    }
}

TEST_CASE("replay doubt: a log that cannot be read is unusable; a hive that cannot is an Error") {
    const auto hive = dirty();
    const MemorySource primary(hive.bytes);
    const auto good = log_of(8, {1});
    const MemorySource good_source(good.bytes);
    CountingSource failing(log_of(9, {2}).bytes);
    failing.fails_behind = 1000;
    const ByteSource* const logs[] = {&good_source, &failing};
    const auto replay = hivelint::regf::plan_replay(primary, logs);
    CHECK(account(replay.uses[0]) == "new 8-8 1/1");
    CHECK(account(replay.uses[1]).starts_with("unusable changed-while-reading"));
    CHECK(replay.steps.size() == 1);
    CountingSource shrinking(hive.bytes);
    shrinking.fails_behind = 100;
    CHECK(error_of([&] { hivelint::regf::plan_replay(shrinking, logs); }) ==
          "changed-while-reading 0x0");
}

TEST_CASE("replay doubt: planning reads of the hive what it must") {
    const auto log = log_of(8, {1});
    const MemorySource log_source(log.bytes);
    const ByteSource* const logs[] = {&log_source};
    const CountingSource primary(dirty().bytes);
    hivelint::regf::plan_replay(primary, logs);
    CHECK(primary.bytes_read() <= 512);
    const CountingSource log_of_clean(log.bytes);
    const ByteSource* const unread[] = {&log_of_clean};
    hivelint::regf::plan_replay(MemorySource(hive_with(0, 7, 7).bytes), unread);
    CHECK(log_of_clean.bytes_read() == 0);
}
