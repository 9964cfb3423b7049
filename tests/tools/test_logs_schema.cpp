// JSON records of hives with logs: the schema accepts all that hivescan writes of them, and nothing
// that is not so.
#include "tests/support/replay_scene.hpp"
#include "tests/support/schema.hpp"
#include "tests/support/tool_run.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace fs = std::filesystem;
using namespace hivelint::test;
using nlohmann::json;

namespace {

/// A record that has every member that logs give it.
json whole_record() {
    const TempDir dir;
    const auto folder = dir.path() / "\xFF";
    write_file(folder / "NTUSER.DAT", hive_with(0).bytes);
    write_file(folder / "ntuser.dat.LOG1", log_of(8, {2, 1}).bytes);
    write_file(folder / "ntuser.dat.LOG2", log_of(3, {1}).bytes);
    return records_of(
               hivescan({dir.path(), "--format=jsonl", "--history", "--check=mapi-http-disabled"})
                   .out)
        .at(0);
}

} // namespace

TEST_CASE("schema of logs: every kind of record is valid") {
    const TempDir dir;
    const auto put = [&](const std::string& folder, const std::vector<std::byte>& hive,
                         const std::vector<std::vector<std::byte>>& logs) {
        write_file(dir.path() / folder / "NTUSER.DAT", hive);
        for (std::size_t i = 0; i < logs.size(); ++i) {
            write_file(dir.path() / folder / ("NTUSER.DAT.LOG" + std::to_string(i + 1)), logs[i]);
        }
    };
    const auto dirty = hive_with(0).bytes;
    auto checksum = hive_with(0);
    checksum.put32(header::kChecksum, 77);
    auto signature = hive_with(0);
    signature.put32(header::kSignature, 0);
    auto damaged = hive_with(1);
    damaged.put16(damaged.key_cell(kReplayKey) + nk::kSignature, 0);
    put("recovered", dirty, {log_of(8, {1}).bytes, log_of(9, {0}).bytes});
    put("stale", dirty, {log_of(2, {1}).bytes});
    put("none", dirty, {});
    put("empty", dirty, {{}, {}});
    put("noise", dirty, {pattern(9000)});
    put("old", dirty, {old_log_of(8, 1).bytes});
    put("mixed", dirty, {old_log_of(8, 1).bytes, log_of(8, {1}).bytes});
    put("healed", checksum.bytes, {log_of(8, {1}).bytes});
    put("healed too", signature.bytes, {log_of(8, {1}).bytes});
    put("not healed", signature.bytes, {log_of(8, {}).bytes});
    put("damaging", dirty,
        {new_log(hive_with(0), {entry_between(8, hive_with(0), damaged)}).bytes});
    put("unknown in between", dirty,
        {new_log(hive_with(0),
                 {entry_between(8, hive_with(0), damaged), entry_between(9, damaged, hive_with(1))})
             .bytes});
    put("folder", dirty, {});
    fs::create_directory(dir.path() / "folder/NTUSER.DAT.LOG1");
    put("clean", hive_with(1, 7, 7).bytes, {log_of(8, {0}).bytes});
    Schema schema;
    for (const std::string option :
         {"--history", "--no-logs", "--confirm=always", "--confirm=never"}) {
        const auto records = records_of(hivescan({dir.path(), "--format=jsonl", option}).out);
        CHECK(records.size() == 14);
        for (const auto& record : records) {
            CAPTURE(record.dump(-1, ' ', true));
            CHECK(schema.faults(record) == "");
        }
    }
}

TEST_CASE("schema of logs: the whole record, to the byte") {
    const auto record = whole_record();
    Schema schema;
    CHECK(schema.faults(record) == "");
    CHECK(record["state"] == "recovered");
    CHECK(record["logs"].size() == 2);
    auto log = record["logs"][0];
    CHECK(log["path"].get<std::string>().ends_with("/\uFFFD/ntuser.dat.LOG1"));
    CHECK(log["path_bytes"].get<std::string>().ends_with("2fff2f6e74757365722e6461742e4c4f4731"));
    log.erase("path");
    log.erase("path_bytes");
    CHECK(log == json::parse(R"({"format":"new","first":8,"last":9,"entries":2,"applied":2,
                                 "used":true,"stopped":null})"));
    CHECK(record["logs"][1]["stopped"] == json::parse(R"({"code":"stale-log","offset":null,
                          "message":"the log starts at number 3, the hive is at 7 already"})"));
    const auto value = [](int number) {
        return json{{"type", "REG_DWORD"},
                    {"type_id", 4},
                    {"size", 4},
                    {"data", "0" + std::to_string(number) + "000000"},
                    {"number", number}};
    };
    const auto& check = record["checks"][0];
    CHECK(check["primary"] == json{{"verdict", "clear"}, {"value", value(0)}});
    CHECK(check["value"] == value(1));
    const auto& history = check["history"];
    REQUIRE(history.size() == 3);
    CHECK(history[0] == json{{"log", nullptr},
                             {"number", nullptr},
                             {"verdict", "clear"},
                             {"reason", "zero"},
                             {"key_last_written", "2013-04-25T21:11:34.0000000Z"},
                             {"value", value(0)}});
    CHECK(history[1]["number"] == 8);
    CHECK(history[1]["verdict"] == "nonstandard");
    CHECK(history[1]["reason"] == "number");
    CHECK(history[1]["log"] == record["logs"][0]["path"]);
    CHECK(history[1]["log_bytes"] == record["logs"][0]["path_bytes"]);
    CHECK(history[2]["number"] == 9);
    CHECK(history[2]["reason"] == nullptr);
    CHECK(history[2]["value"] == value(1));
}

TEST_CASE("schema of logs: a record must be whole, and holds nothing else") {
    Schema schema;
    const auto record = whole_record();
    for (const std::string object :
         {"/logs/0", "/logs/1/stopped", "/checks/0/primary", "/checks/0/history/0",
          "/checks/0/history/1", "/checks/0/history/1/value"}) {
        CAPTURE(object);
        const json::json_pointer at(object);
        for (const auto& [member, value] : record.at(at).items()) {
            CAPTURE(member);
            auto spoilt = record;
            spoilt[at].erase(member);
            const bool optional = member == "path_bytes" || member == "log_bytes";
            CHECK(schema.faults(spoilt).empty() == optional);
        }
        auto spoilt = record;
        spoilt[at]["another"] = nullptr;
        CHECK(schema.faults(spoilt) != "");
    }
}

TEST_CASE("schema of logs: members have the form that they say they have") {
    struct Row {
        std::string at;
        std::string value;
        bool valid;
    };
    const Row rows[] = {
        {"/logs", "{}", false},
        {"/logs", "[null]", false},
        {"/logs/0/path", "null", false},
        {"/logs/0/path_bytes", R"("F")", false},
        {"/logs/0/format", R"("old")", true},
        {"/logs/0/format", "null", true},
        {"/logs/0/format", R"("newer")", false},
        {"/logs/0/first", "null", true},
        {"/logs/0/first", "-1", false},
        {"/logs/0/first", "4294967295", true},
        {"/logs/0/first", "4294967296", false},
        {"/logs/0/last", R"("9")", false},
        {"/logs/0/entries", "-1", false},
        {"/logs/0/entries", "null", false},
        {"/logs/0/applied", "1.5", false},
        {"/logs/0/applied", "0", false},
        {"/logs/0/used", "1", false},
        {"/logs/0/used", "false", false},
        {"/logs/1/applied", "1", false},
        {"/logs/0/stopped", R"("stale")", false},
        {"/logs/1/stopped", "null", true},
        {"/logs/1/stopped/code", R"("stale")", false},
        {"/logs/1/stopped/message", R"("")", false},
        {"/checks/0/primary", "null", true},
        {"/checks/0/primary", R"("clear")", false},
        {"/checks/0/primary/verdict", R"("good")", false},
        {"/checks/0/primary/value", "null", true},
        {"/checks/0/primary/value", "0", false},
        {"/checks/0/primary/value/number", "null", false},
        {"/checks/0/history", "[]", false},
        {"/checks/0/history", "null", false},
        {"/checks/0/history/1/log", "null", true},
        {"/checks/0/history/1/log", "1", false},
        {"/checks/0/history/1/log_bytes", R"("f")", false},
        {"/checks/0/history/1/number", "-1", false},
        {"/checks/0/history/1/verdict", "null", false},
        {"/checks/0/history/1/reason", "1", false},
        {"/checks/0/history/1/key_last_written", "null", true},
        {"/checks/0/history/1/key_last_written", R"("yesterday")", false},
        {"/checks/0/history/1/value", "null", true},
        {"/checks/0/history/1/value/data", R"("0")", false},
        {"/state", R"("healed")", true},
        {"/state", R"("replayed")", false},
    };
    Schema schema;
    const auto record = whole_record();
    for (const auto& [at, value, valid] : rows) {
        CAPTURE(at);
        CAPTURE(value);
        auto spoilt = record;
        spoilt.at(json::json_pointer(at)) = json::parse(value);
        CHECK(schema.faults(spoilt).empty() == valid);
    }
}
