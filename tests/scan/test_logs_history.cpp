// The history of a value: every state that the logs still show, in order.
#include "tests/support/scan_logs.hpp"

#include <hivelint/scan.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

using namespace hivelint::test;
using hivelint::Record;
using hivelint::ScanOptions;
using hivelint::State;

namespace {

constexpr const char* kLog1 = "NTUSER.DAT.LOG1";
constexpr const char* kLog2 = "NTUSER.DAT.LOG2";

ScanOptions with_history() {
    auto options = kb_only();
    options.history = true;
    return options;
}

/// `stored clear zero`, `8 NTUSER.DAT.LOG1 affected +5`: the number and the log, the answer, and
/// how much later than kDefaultTime the key was last written.
Lines history_of(const Record& record) {
    Lines out;
    for (const auto& past : record.checks.at(0).history) {
        CHECK(past.log.has_value() == past.number.has_value());
        auto line = past.log ? fmt::format("{} {}", *past.number, past.log->filename().native())
                             : std::string("stored");
        line += " " + answer(past.finding);
        if (const auto time = past.finding.key_last_written; time && time->ticks != kDefaultTime) {
            line += fmt::format(" +{}", time->ticks - kDefaultTime);
        }
        out.push_back(std::move(line));
    }
    return out;
}

/// What was stored at one moment.
BuiltHive moment(std::optional<ValueSpec> value, std::uint64_t later = 0,
                 std::u16string_view other = u"a") {
    HiveSpec spec{.primary_sequence = 8, .secondary_sequence = 7};
    spec.with("Console", sz(u"Font", other));
    spec.with(kExchange);
    if (value) {
        spec.with(kExchange, *value);
    }
    spec.key(kExchange).last_written = kDefaultTime + later;
    return spec.build();
}

/// Entries from `first` on that lead from each moment to the next.
BuiltLog log_through(std::uint32_t first, const std::vector<BuiltHive>& moments) {
    std::vector<EntrySpec> entries;
    for (std::size_t i = 0; i + 1 < moments.size(); ++i) {
        entries.push_back(entry_between(first++, moments[i], moments[i + 1]));
    }
    return new_log(moments.front(), std::move(entries));
}

} // namespace

TEST_CASE("history: a hive without logs that count has one state") {
    CHECK(one_text(history_of(scan_with(hive_with(1, 7, 7), {{kLog1, log_of(8, {0}).bytes}},
                                        with_history()))) == "stored affected");
    CHECK(one_text(history_of(scan_with(hive_with(1), {}, with_history()))) == "stored affected");
    CHECK(one_text(history_of(scan_with(hive_with(1), {{kLog1, log_of(2, {0}).bytes}},
                                        with_history()))) == "stored affected");
    auto no_logs = with_history();
    no_logs.apply_logs = false;
    CHECK(one_text(history_of(scan_with(hive_with(1), {{kLog1, log_of(8, {0}).bytes}}, no_logs))) ==
          "stored affected");
    // Logs that would damage it are not its logs: nothing of them is shown.
    const auto damaged = scan_with(
        hive_with(0), {{kLog1, new_log(hive_with(0), {damaging(8, 1)}).bytes}}, with_history());
    CHECK(one_text(history_of(damaged)) == "stored clear zero");
    // Not asked for.
    CHECK(scan_with(hive_with(1), {{kLog1, log_of(8, {0}).bytes}}).checks.at(0).history.empty());
}

TEST_CASE("history: each state once, in the order of the entries") {
    const auto zero = moment(dword(kMapi, 0));
    const std::vector<BuiltHive> moments = {
        zero,
        moment(dword(kMapi, 0), 0, u"b"), // 8: elsewhere
        moment(dword(kMapi, 1), 5, u"b"), // 9
        moment(dword(kMapi, 1), 5, u"c"), // 10: elsewhere
        moment({}, 6, u"c"),              // 11
        moment({}, 7, u"c"),              // 12: another value of the key, so to say
        moment(dword(kMapi, 0), 8, u"c"), // 13: as it began, but later
    };
    SUBCASE("one log") {
        const auto record =
            scan_with(zero, {{kLog1, log_through(8, moments).bytes}}, with_history());
        CHECK(one_text(history_of(record)) ==
              one_text({"stored clear zero", "9 NTUSER.DAT.LOG1 affected +5",
                        "11 NTUSER.DAT.LOG1 clear absent +6", "12 NTUSER.DAT.LOG1 clear absent +7",
                        "13 NTUSER.DAT.LOG1 clear zero +8"}));
        // The value is what it was, so there is nothing to say of the primary file.
        CHECK(!record.checks.at(0).primary);
    }
    SUBCASE("two logs, the second the earlier one") {
        const auto first = log_through(8, {moments.begin(), moments.begin() + 4});
        const auto second = log_through(11, {moments.begin() + 3, moments.end()});
        const auto record =
            scan_with(zero, {{kLog1, second.bytes}, {kLog2, first.bytes}}, with_history());
        CHECK(one_text(history_of(record)) ==
              one_text({"stored clear zero", "9 NTUSER.DAT.LOG2 affected +5",
                        "11 NTUSER.DAT.LOG1 clear absent +6", "12 NTUSER.DAT.LOG1 clear absent +7",
                        "13 NTUSER.DAT.LOG1 clear zero +8"}));
    }
    SUBCASE("the last state is the answer") {
        const auto record =
            scan_with(zero, {{kLog1, log_through(8, moments).bytes}}, with_history());
        const auto& check = record.checks.at(0);
        const auto& last = check.history.back().finding;
        CHECK(last.verdict == check.finding.verdict);
        CHECK(last.reason == check.finding.reason);
        CHECK(last.key_last_written == check.finding.key_last_written);
        REQUIRE(last.value);
        CHECK(last.value->data == check.finding.value.value().data);
        CHECK(last.value->offset == check.finding.value->offset);
    }
}

TEST_CASE("history: an image that is inconsistent in the middle says unknown") {
    // After the first entry the key is none; after the second it is one again.
    auto broken = hive_with(1);
    broken.put16(broken.key_cell(kExchange) + nk::kSignature, 0);
    const auto log = new_log(hive_with(0), {entry_between(8, hive_with(0), broken),
                                            entry_between(9, broken, hive_with(1))});
    const auto record = scan_with(hive_with(0), {{kLog1, log.bytes}}, with_history());
    CHECK(line_of(record) == "recovered affected by walker+hivex");
    CHECK(one_text(history_of(record)) ==
          one_text({"stored clear zero", "8 NTUSER.DAT.LOG1 unknown bad-key-node",
                    "9 NTUSER.DAT.LOG1 affected"}));
    CHECK(one_text(record.notes) == "recovered: 2 entries (8 to 9) of NTUSER.DAT.LOG1 applied");
}

TEST_CASE("history: of a primary file that says nothing by itself") {
    auto stored = hive_with(0);
    stored.put16(stored.key_cell(kExchange) + nk::kSignature, 0);
    const auto record = scan_with(stored, {{kLog1, log_of(8, {1}).bytes}}, with_history());
    CHECK(story_of(record) == "recovered affected by walker+hivex (stored: unknown bad-key-node) | "
                              "NTUSER.DAT.LOG1 new 8-8 1/1");
    CHECK(one_text(history_of(record)) ==
          one_text({"stored unknown bad-key-node", "8 NTUSER.DAT.LOG1 affected"}));
}

TEST_CASE("history: of a healed hive") {
    auto stored = hive_with(0);
    stored.put32(header::kChecksum, 77);
    CHECK(
        one_text(history_of(scan_with(stored, {{kLog1, log_of(8, {1}).bytes}}, with_history()))) ==
        one_text({"stored clear zero", "8 NTUSER.DAT.LOG1 affected"}));
    // What has no base block cannot be asked: there is no state as stored.
    stored.put32(header::kSignature, 0);
    CHECK(one_text(
              history_of(scan_with(stored, {{kLog1, log_of(8, {0, 1}).bytes}}, with_history()))) ==
          one_text({"8 NTUSER.DAT.LOG1 clear zero", "9 NTUSER.DAT.LOG1 affected"}));
}

TEST_CASE("history: of each rule for itself") {
    auto options = with_history();
    options.rules.clear();
    const auto& more = hivelint::find_pack("outlook-connectivity")->rules;
    options.rules.assign(more.begin(), more.end());
    options.rules.push_back(hivelint::find_rule("mapi-http-disabled"));
    const auto record = scan_with(hive_with(0), {{kLog1, log_of(8, {1}).bytes}}, options);
    REQUIRE(record.checks.size() == options.rules.size());
    for (const auto& check : record.checks) {
        const bool kb = check.finding.rule->id == "mapi-http-disabled";
        CHECK(check.history.size() == (kb ? 2 : 1));
        CHECK(check.primary.has_value() == kb);
    }
}

TEST_CASE("history: the old format is one entry") {
    CHECK(one_text(history_of(
              scan_with(hive_with(0), {{kLog1, old_log_of(8, 1).bytes}}, with_history()))) ==
          one_text({"stored clear zero", "8 NTUSER.DAT.LOG1 affected"}));
}
