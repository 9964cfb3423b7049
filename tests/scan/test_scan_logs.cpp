// Scans of dirty hives with logs beside them: state, answer, accounts and reasons, a row for each
// way in which logs can be good or bad.
#include "tests/support/scan_logs.hpp"

#include <hivelint/scan.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace fs = std::filesystem;
using namespace hivelint::test;

namespace {

constexpr const char* kLog1 = "NTUSER.DAT.LOG1";
constexpr const char* kLog2 = "NTUSER.DAT.LOG2";
constexpr const char* kNoneApplies = "no log beside it can be applied";

struct Row {
    std::string what;
    std::vector<Beside> beside;
    std::string story;
    std::string reason{}; ///< in the note on a dirty hive
};

/// As stored the value is 0.
void check_rows(const std::vector<Row>& rows) {
    for (const auto& row : rows) {
        CAPTURE(row.what);
        const auto record = scan_with(hive_with(0), row.beside);
        CHECK(story_of(record) == row.story);
        CHECK(!record.error);
        if (!row.reason.empty()) {
            CHECK(one_text(record.notes) == "dirty: the sequence numbers differ (primary 8, "
                                            "secondary 7); " +
                                                row.reason + ", so newer data may be missing");
        }
    }
}

BuiltLog first_entry_bad(BuiltLog log) {
    log.put32(log.entries.at(0).at, 0);
    return log;
}

BuiltLog foreign() {
    auto log = log_of(8, {1});
    store_bytes(log.bytes, header::kFileName + 20, utf16_bytes(u"other"));
    return log.fix_checksum();
}

/// Another page of `bytes` than what logs hold.
std::vector<std::byte> cut(const BuiltLog& log, std::size_t size) {
    auto bytes = log.bytes;
    bytes.resize(size);
    return bytes;
}

const std::string kRecovered = "recovered affected by walker+hivex (stored: clear zero) | ";
const std::string kDirty = "dirty clear zero by walker";

} // namespace

TEST_CASE("scan with logs: applied") {
    const auto one = log_of(8, {1}).bytes;
    const auto two = log_of(8, {3, 1}).bytes;
    const auto next = log_of(9, {1}).bytes;
    const auto old = old_log_of(8, 1).bytes;
    const std::vector<std::byte> none;
    check_rows({
        {"LOG1 only", {{kLog1, one}}, kRecovered + "NTUSER.DAT.LOG1 new 8-8 1/1"},
        {"LOG2 only", {{kLog2, two}}, kRecovered + "NTUSER.DAT.LOG2 new 8-9 2/2"},
        {"a single log of the new format",
         {{"NTUSER.DAT.LOG", one}},
         kRecovered + "NTUSER.DAT.LOG new 8-8 1/1"},
        {"in any letter case",
         {{"ntuser.dat.LoG1", one}},
         kRecovered + "ntuser.dat.LoG1 new 8-8 1/1"},
        {"one after the other",
         {{kLog1, log_of(8, {5}).bytes}, {kLog2, next}},
         kRecovered + "NTUSER.DAT.LOG1 new 8-8 1/1 | NTUSER.DAT.LOG2 new 9-9 1/1"},
        {"swapped by name",
         {{kLog1, next}, {kLog2, log_of(8, {5}).bytes}},
         kRecovered + "NTUSER.DAT.LOG1 new 9-9 1/1 | NTUSER.DAT.LOG2 new 8-8 1/1"},
        {"partial reconcile: far above the hive's number",
         {{kLog1, log_of(40, {1}).bytes}},
         kRecovered + "NTUSER.DAT.LOG1 new 40-40 1/1"},
        {"the other one is empty",
         {{kLog1, one}, {kLog2, none}},
         kRecovered + "NTUSER.DAT.LOG1 new 8-8 1/1 | NTUSER.DAT.LOG2 unusable bad-log 0x0"},
        {"the other one is stale",
         {{kLog1, log_of(2, {5}).bytes}, {kLog2, one}},
         kRecovered + "NTUSER.DAT.LOG1 new 2-2 0/1 stale-log | NTUSER.DAT.LOG2 new 8-8 1/1"},
        {"the other one is foreign",
         {{kLog1, foreign().bytes}, {kLog2, one}},
         kRecovered + "NTUSER.DAT.LOG1 new 8-8 0/1 foreign-log | NTUSER.DAT.LOG2 new 8-8 1/1"},
        {"the later one has no predecessor",
         {{kLog1, one}, {kLog2, log_of(12, {0}).bytes}},
         kRecovered + "NTUSER.DAT.LOG1 new 8-8 1/1 | NTUSER.DAT.LOG2 new 12-12 0/1 broken-chain"},
        {"the last entry is cut",
         {{kLog1, cut(log_of(8, {1, 0}), log_of(8, {1, 0}).bytes.size() - 512)}},
         kRecovered + "NTUSER.DAT.LOG1 new 8-8 1/1 bad-log 0x1400"},
        {"remnants of an earlier round",
         {{kLog1, log_of(8, {1}).remnants(log_of(5, {0})).bytes}},
         kRecovered + "NTUSER.DAT.LOG1 new 8-8 1/1 end-of-chain 0x1400"},
        {"the empty .LOG beside a pair",
         {{"NTUSER.DAT.LOG", none}, {kLog1, one}},
         kRecovered + "NTUSER.DAT.LOG unusable bad-log 0x0 | NTUSER.DAT.LOG1 new 8-8 1/1"},
        {"a .LOG with something in it beside a pair: left alone",
         {{"NTUSER.DAT.LOG", log_of(8, {5, 6, 7}).bytes}, {kLog1, one}},
         kRecovered + "NTUSER.DAT.LOG unusable stale-log | NTUSER.DAT.LOG1 new 8-8 1/1"},
        {"a .LOG beside an empty pair",
         {{"NTUSER.DAT.LOG", one}, {kLog1, none}, {kLog2, none}},
         kRecovered + "NTUSER.DAT.LOG new 8-8 1/1 | NTUSER.DAT.LOG1 unusable bad-log 0x0 | "
                      "NTUSER.DAT.LOG2 unusable bad-log 0x0"},
        {"old format", {{kLog1, old}}, kRecovered + "NTUSER.DAT.LOG1 old 8-8 1/1"},
        {"old format, single",
         {{"NTUSER.DAT.log", old}},
         kRecovered + "NTUSER.DAT.log old 8-8 1/1"},
        {"what is no log by its name does not matter",
         {{kLog1, one},
          {"NTUSER.DAT.LOG3", two},
          {"NTUSER.DAT.LOG12", two},
          {"NTUSER.DAT.LOG1.bak", two},
          {"NTUSER.LOG1", two},
          {"xNTUSER.DAT.LOG2", two},
          {"UsrClass.dat.LOG2", two}},
         kRecovered + "NTUSER.DAT.LOG1 new 8-8 1/1"},
    });
}

TEST_CASE("scan with logs: not applied, and why") {
    const auto one = log_of(8, {1}).bytes;
    const std::vector<std::byte> none;
    auto torn = log_of(8, {1});
    torn.put32(header::kPrimarySequence, 9);
    torn.fix_checksum();
    auto wrong_checksum = log_of(8, {1});
    wrong_checksum.put32(header::kChecksum, 0x1234);
    const std::string no_log = "no transaction log lies beside it";
    const std::string ambiguous =
        " lies beside it: names that differ by letter case only; which log is whose is not certain";
    check_rows({
        {"no log", {}, kDirty, no_log},
        {"other hives' logs",
         {{"x.LOG1", foreign().bytes}, {"UsrClass.dat.LOG1", one}, {"usrclass.DAT", none}},
         kDirty,
         no_log},
        {"empty logs",
         {{kLog1, none}, {kLog2, none}},
         kDirty + " | NTUSER.DAT.LOG1 unusable bad-log 0x0 | NTUSER.DAT.LOG2 unusable bad-log 0x0",
         kNoneApplies},
        {"noise",
         {{kLog1, pattern(5000)}},
         kDirty + " | NTUSER.DAT.LOG1 unusable bad-log 0x0",
         kNoneApplies},
        {"the hive itself under the name of a log",
         {{kLog1, hive_with(1).bytes}},
         kDirty + " | NTUSER.DAT.LOG1 unusable bad-log 0x1c",
         kNoneApplies},
        {"its numbers differ",
         {{kLog1, torn.bytes}},
         kDirty + " | NTUSER.DAT.LOG1 unusable bad-log 0x4",
         kNoneApplies},
        {"its checksum is wrong",
         {{kLog1, wrong_checksum.bytes}},
         kDirty + " | NTUSER.DAT.LOG1 unusable bad-log 0x1fc",
         kNoneApplies},
        {"its first entry is bad",
         {{kLog1, first_entry_bad(log_of(8, {1})).bytes}},
         kDirty + " | NTUSER.DAT.LOG1 new 0/0 end-of-chain 0x200",
         kNoneApplies},
        {"no entry",
         {{kLog1, cut(log_of(8, {1}), 512)}},
         kDirty + " | NTUSER.DAT.LOG1 new 0/0 end-of-chain 0x200",
         kNoneApplies},
        {"stale",
         {{kLog1, log_of(5, {1}).bytes}},
         kDirty + " | NTUSER.DAT.LOG1 new 5-5 0/1 stale-log",
         kNoneApplies},
        {"stale, old format",
         {{kLog1, old_log_of(8, 1, kDefaultTime - 1).bytes}},
         kDirty + " | NTUSER.DAT.LOG1 old 8-8 0/1 stale-log",
         kNoneApplies},
        {"foreign",
         {{kLog1, foreign().bytes}},
         kDirty + " | NTUSER.DAT.LOG1 new 8-8 0/1 foreign-log",
         kNoneApplies},
        {"the earlier one gives nothing, so the later one has no predecessor",
         {{kLog1, first_entry_bad(log_of(8, {5})).bytes}, {kLog2, log_of(9, {1}).bytes}},
         kDirty + " | NTUSER.DAT.LOG1 new 0/0 end-of-chain 0x200 | "
                  "NTUSER.DAT.LOG2 new 9-9 0/1 broken-chain",
         kNoneApplies},
        {"both start with one number and differ",
         {{kLog1, one}, {kLog2, log_of(8, {2}).bytes}},
         kDirty + " | NTUSER.DAT.LOG1 new 8-8 0/1 | NTUSER.DAT.LOG2 new 8-8 0/1",
         "two logs start at number 8 and differ: which one counts is not certain"},
        {"one old, one new",
         {{kLog1, one}, {kLog2, old_log_of(8, 1).bytes}},
         kDirty + " | NTUSER.DAT.LOG1 new 8-8 0/1 | NTUSER.DAT.LOG2 old 8-8 0/1",
         "one log has the old format and one the new: they are not of one moment"},
        {"two of one name but for letter case",
         {{kLog1, one}, {"ntuser.dat.log1", one}},
         kDirty + " | NTUSER.DAT.LOG1 unusable ambiguous-logs | ntuser.dat.log1 unusable "
                  "ambiguous-logs",
         "the log NTUSER.DAT.LOG1 cannot be taken into account: ntuser.dat.log1" + ambiguous},
        {"and a third log that could be applied",
         {{"NTUSER.DAT.LOG2", one}, {"ntuser.dat.LOG2", one}, {kLog1, one}},
         kDirty + " | NTUSER.DAT.LOG1 new 8-8 0/1 | NTUSER.DAT.LOG2 unusable ambiguous-logs | "
                  "ntuser.dat.LOG2 unusable ambiguous-logs",
         "the log NTUSER.DAT.LOG2 cannot be taken into account: ntuser.dat.LOG2" + ambiguous},
        {"another hive of that name but for letter case",
         {{"ntuser.dat", hive_with(5).bytes}, {kLog1, one}},
         kDirty + " | NTUSER.DAT.LOG1 unusable ambiguous-logs",
         "the log NTUSER.DAT.LOG1 cannot be taken into account: ntuser.dat" + ambiguous},
    });
}

TEST_CASE("scan with logs: a log that is no file, alone or beside a good one") {
    struct Kind {
        std::string what;
        std::function<void(const fs::path&)> make;
        std::string code;
    };
    const TempDir elsewhere;
    write_file(elsewhere.path() / "log", log_of(8, {1}).bytes);
    const Kind kinds[] = {
        {"FIFO", [](const auto& path) { REQUIRE(::mkfifo(path.c_str(), 0600) == 0); },
         "not-a-regular-file"},
        {"folder", [](const auto& path) { fs::create_directory(path); }, "not-a-regular-file"},
        {"link to a good log",
         [&](const auto& path) { fs::create_symlink(elsewhere.path() / "log", path); },
         "symbolic-link"},
        {"link to nothing", [](const auto& path) { fs::create_symlink("nothing", path); },
         "symbolic-link"},
    };
    for (const auto& kind : kinds) {
        CAPTURE(kind.what);
        for (const bool beside_good_one : {false, true}) {
            const TempDir dir;
            const auto hive = save(dir, hive_with(0));
            kind.make(dir.path() / kLog1);
            if (beside_good_one) {
                write_file(dir.path() / kLog2, log_of(9, {1}).bytes);
            }
            const auto record = scan_file(hive);
            CHECK(story_of(record) ==
                  kDirty + ", " + kind.code + " | NTUSER.DAT.LOG1 unusable " + kind.code +
                      (beside_good_one ? " | NTUSER.DAT.LOG2 new 9-9 0/1" : ""));
            // What it holds could be what goes before the other one.
            CHECK(record.error.value().message().starts_with(
                "the log NTUSER.DAT.LOG1 cannot be taken into account: "));
        }
        // That one is left alone, whatever it is.
        const TempDir dir;
        const auto hive = put_hive(dir, hive_with(0), {{kLog1, log_of(8, {1}).bytes}});
        kind.make(dir.path() / "NTUSER.DAT.LOG");
        CHECK(story_of(scan_file(hive)) ==
              kRecovered + "NTUSER.DAT.LOG unusable stale-log | NTUSER.DAT.LOG1 new 8-8 1/1");
    }
}

TEST_CASE("scan with logs: renamed by a collector") {
    const auto log = log_of(8, {1}).bytes;
    for (const std::string name : {"alice-ntuser.dat", "C_alice_NTUSER.DAT"}) {
        for (const std::string suffix : {".LOG1", ".log2", ".Log"}) {
            CAPTURE(suffix);
            const auto record = scan_with(hive_with(0), {{name + suffix, log}}, kb_only(), name);
            CHECK(story_of(record) == kRecovered + name + suffix + " new 8-8 1/1");
        }
    }
    CHECK(story_of(scan_with(hive_with(0), {{"ALICE-ntuser.dat.log1", log}}, kb_only(),
                             "alice-NTUSER.DAT")) ==
          kRecovered + "ALICE-ntuser.dat.log1 new 8-8 1/1");
    // Another user's.
    CHECK(story_of(scan_with(hive_with(0), {{"bob-ntuser.dat.LOG1", foreign().bytes}}, kb_only(),
                             "alice-ntuser.dat")) == kDirty);
}
