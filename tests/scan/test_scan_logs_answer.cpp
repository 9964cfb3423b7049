// Scans of dirty hives with logs beside them: healed base blocks, the answer beside the one that is
// stored, and hives of which the logs do not matter.
#include "tests/support/scan_logs.hpp"

#include <hivelint/scan.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace fs = std::filesystem;
using namespace hivelint::test;
using hivelint::Confirm;

namespace {

constexpr const char* kLog1 = "NTUSER.DAT.LOG1";
constexpr const char* kNoneApplies = "no log beside it can be applied";

} // namespace

TEST_CASE("scan with logs: healed, whatever is wrong with the base block") {
    struct Row {
        std::string what;
        std::function<void(BuiltHive&)> spoil;
        bool stored; ///< whether the primary file can be asked at all
    };
    const Row rows[] = {
        {"its checksum alone", [](BuiltHive& hive) { hive.put32(header::kChecksum, 77); }, true},
        {"its numbers, which are equal",
         [](BuiltHive& hive) {
             hive.put32(header::kPrimarySequence, 90);
             hive.put32(header::kSecondarySequence, 90);
             hive.put8(header::kFileName, 1);
         },
         true},
        {"its signature", [](BuiltHive& hive) { hive.put32(header::kSignature, 0); }, false},
        {"its bins size", [](BuiltHive& hive) { hive.put32(header::kBinsSize, 12); }, false},
        {"all of it", [](BuiltHive& hive) { std::fill_n(hive.bytes.begin(), 512, std::byte{0}); },
         false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto hive = hive_with(0);
        row.spoil(hive);
        auto record = scan_with(hive, {{kLog1, log_of(30, {1}).bytes}});
        CHECK(story_of(record) == std::string("healed affected by walker+hivex") +
                                      (row.stored ? " (stored: clear zero)" : "") +
                                      " | NTUSER.DAT.LOG1 new 30-30 1/1");
        REQUIRE(!record.notes.empty());
        CHECK(record.notes[0] == "healed, with the base block of the log: 1 entry (30) of "
                                 "NTUSER.DAT.LOG1 applied");
        // One row spoils the name, too.
        CHECK((record.notes.size() == 1 ||
               record.notes[1].starts_with("the log's embedded name is ")));
        // The log's base block, with the number of the last entry.
        REQUIRE(record.base_block);
        CHECK(record.base_block->checksum_valid());
        CHECK(record.base_block->primary_sequence == 30);
        CHECK(record.user == "test"); // by its file name field

        // Without a log that could heal it, the reason is told.
        record = scan_with(hive, {{kLog1, pattern(600)}});
        CHECK(line_of(record).starts_with("dirty "));
        CHECK(record.error.value().code() == hivelint::ErrorCode::checksum_mismatch);
        CHECK(notes_have(record, kNoneApplies));
        CHECK(one_text(record.notes).find(std::string(kNoneApplies)) ==
              one_text(record.notes).rfind(std::string(kNoneApplies)));
    }
}

TEST_CASE("scan with logs: the primary's answer is told exactly when it is another one") {
    struct Row {
        std::string what;
        BuiltHive stored;
        BuiltHive recovered;
        std::string primary; ///< empty: the same
    };
    const auto hive = [](std::optional<ValueSpec> value, std::uint64_t time = kDefaultTime) {
        HiveSpec spec{.primary_sequence = 8, .secondary_sequence = 7};
        spec.with(kExchange);
        if (value) {
            spec.with(kExchange, *value);
        }
        spec.key(kExchange).last_written = time;
        return spec.build();
    };
    const Row rows[] = {
        {"absent, 1", hive({}), hive(dword(kMapi, 1)), "clear absent"},
        {"0, 1", hive(dword(kMapi, 0)), hive(dword(kMapi, 1)), "clear zero"},
        {"1, 0", hive(dword(kMapi, 1)), hive(dword(kMapi, 0)), "affected"},
        {"1, absent", hive(dword(kMapi, 1)), hive({}), "affected"},
        {"0, absent: both clear", hive(dword(kMapi, 0)), hive({}), "clear zero"},
        {"2, 3: both nonstandard", hive(dword(kMapi, 2)), hive(dword(kMapi, 3)),
         "nonstandard number"},
        {"text, other text", hive(sz(kMapi, u"1")), hive(sz(kMapi, u"0")), "nonstandard type"},
        {"1, 1 and another time", hive(dword(kMapi, 1)), hive(dword(kMapi, 1), kDefaultTime + 9),
         ""},
        {"absent, absent and another time", hive({}), hive({}, kDefaultTime + 9), ""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        const auto log = new_log(row.stored, {entry_between(8, row.stored, row.recovered)});
        const auto record = scan_with(row.stored, {{kLog1, log.bytes}});
        CHECK(record.state == hivelint::State::recovered);
        const auto& check = record.checks.at(0);
        CHECK((check.primary ? answer(*check.primary) : "") == row.primary);
        CHECK(check.history.empty()); // nobody asked
        const auto without = scan_with(row.stored, {{kLog1, log.bytes}},
                                       {.rules = kb_only().rules, .apply_logs = false});
        CHECK(without.logs.empty());
        CHECK(!without.checks.at(0).primary);
        CHECK(line_of(without).starts_with("dirty "));
        CHECK(notes_have(without, "; the transaction logs were not applied, so newer data"));
        // What is said without logs is what the record calls the primary's answer.
        CHECK(answer(without.checks.at(0).finding) ==
              (check.primary ? answer(*check.primary) : answer(check.finding)));
    }
}

TEST_CASE("scan with logs: whether hivex is asked") {
    const std::vector<Beside> logs = {{kLog1, log_of(8, {0}).bytes}};
    // That the logs are its own only shows in what they make of it, so automatic asks.
    CHECK(line_of(scan_with(hive_with(1), logs, kb_only(Confirm::automatic))) ==
          "recovered clear zero by walker+hivex");
    CHECK(line_of(scan_with(hive_with(1), logs, kb_only(Confirm::always))) ==
          "recovered clear zero by walker+hivex");
    CHECK(line_of(scan_with(hive_with(1), logs, kb_only(Confirm::never))) ==
          "recovered clear zero by walker");
}

TEST_CASE("scan with logs: of a clean hive they do not matter") {
    const auto clean = hive_with(0, 7, 7);
    const TempDir dir;
    const auto hive = put_hive(dir, clean, {{"NTUSER.DAT.LOG1", log_of(8, {1}).bytes}});
    REQUIRE(::mkfifo((dir.path() / "NTUSER.DAT.LOG2").c_str(), 0) == 0);
    fs::create_directory(dir.path() / "ntuser.dat.log2");
    for (const auto confirm : {Confirm::automatic, Confirm::always, Confirm::never}) {
        auto options = kb_only(confirm);
        options.history = true;
        const auto record = scan_file(hive, options);
        CHECK(record.state == hivelint::State::clean);
        CHECK(record.logs.empty());
        CHECK(record.notes.empty());
        CHECK(!record.error);
        CHECK(!record.checks.at(0).primary);
        CHECK(record.checks.at(0).history.size() == 1);
    }
}

TEST_CASE("scan with logs: a dirty primary that is cut, and its logs hold the rest") {
    auto stored = hive_with(0);
    const auto whole = stored;
    stored.truncate(kPage + 32); // the least that can be a hive
    const auto log =
        new_log(whole, {{.number = 8,
                         .pages = {{0, {whole.bytes.begin() + kPage, whole.bytes.end()}}},
                         .bins_size = static_cast<std::uint32_t>(whole.bytes.size() - kPage)}});
    const auto record = scan_with(stored, {{kLog1, log.bytes}});
    CHECK(story_of(record) == "recovered clear zero by walker+hivex (stored: unknown truncated) | "
                              "NTUSER.DAT.LOG1 new 8-8 1/1");
    CHECK(record.size == stored.bytes.size());
}
