// hivescan's JSON Lines: the exact record of one hive, one line for each, unusual paths and names.
#include "tests/support/as_built.hpp"
#include "tests/support/odd_hives.hpp"
#include "tests/support/tool_run.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

using namespace hivelint::test;

namespace {

std::string hex_of(const std::string& bytes) {
    std::string out;
    for (const char byte : bytes) {
        char digits[3];
        std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(byte));
        out += digits;
    }
    return out;
}

/// The bytes of the path that a record is about.
std::string path_of(const nlohmann::json& record) {
    if (!record.contains("path_bytes")) {
        return record.at("path");
    }
    const std::string digits = record.at("path_bytes");
    std::string out;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        out.push_back(static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16)));
    }
    CHECK(hex_of(out) == digits);
    return out;
}

} // namespace

TEST_CASE("hivescan: the record of an affected hive, every byte of it") {
    const TempDir dir;
    write_file(dir.path() / "Users/test/NTUSER.DAT", affected_bytes());
    const auto run = hivescan({"Users/test/NTUSER.DAT", "--format=jsonl"},
                              {.program = {}, .folder = dir.path()});
    CHECK(
        run.out ==
        as_built(
            R"({"schema":"hivelint/1","path":"Users/test/NTUSER.DAT","user":"test","user_by":"path","size":8192,"kind":"user",)"
            R"("state":"clean","base_block":{"version":"1.5","primary_sequence":7,)"
            R"("secondary_sequence":7,"last_written":"2013-04-25T21:11:34.0000000Z",)"
            R"("file_name":"\\??\\C:\\Users\\test\\ntuser.dat"},"logs":[],)"
            R"("checks":[{"id":"mapi-http-disabled","verdict":"affected","reason":null,)"
            R"("key":"Software\\Microsoft\\Exchange","name":"MapiHttpDisabled",)"
            R"("key_last_written":"2013-04-25T21:11:34.0000000Z",)"
            R"("value":{"type":"REG_DWORD","type_id":4,"size":4,"data":"01000000","number":1},)"
            R"("offset":4720,"confirmed_by":["walker","hivex"],"primary":null}],"notes":[],"error":null})"
            "\n"
            R"({"schema":"hivelint-end/1","complete":true,"hives":1,"affected":1,"to_review":0,)"
            R"("for_info":0,"clear":0,"nonstandard":0,"unknown":0,"known":0,"other_kinds":0,"errors":0,)"
            R"("dirty":0,"recovered":0,"left":0,"containers":0,"passed_over":{"links":{"count":0,"paths":[]},)"
            R"("containers":{"count":0,"paths":[]},"empty":{"count":0,"paths":[]},)"
            R"("folders":{"count":0,"paths":[]},"others":{"count":0,"paths":[]},)"
            R"("exports":{"count":0,"paths":[]}},"notes":[]})"
            "\n"));
    CHECK(run.status == 1);
}

TEST_CASE("hivescan: the records of what is damaged, dirty or missing, every byte of them") {
    const TempDir dir;
    auto dirty = spec_with(sz(kMapiHttpDisabled, u"1"));
    dirty.primary_sequence = 0xFFFF'FFFF;
    dirty.last_written = file_time(2024, 2, 29, 23, 59, 59) + 1234567;
    dirty.key(kExchange).last_written = 0;
    dirty.file_name = u"\u00E9 \xD800 \"\\";
    write_file(dir.path() / "dirty.bin", dirty.build().bytes);
    write_text(dir.path() / "short.bin", "regf");
    const auto run = hivescan({"short.bin", "missing", "dirty.bin", "--format=jsonl"},
                              {.program = {}, .folder = dir.path()});
    const auto lines = lines_of(run.out);
    REQUIRE(lines.size() == 4);
    CHECK(
        lines[0] ==
        as_built(
            R"({"schema":"hivelint/1","path":"dirty.bin","user":null,"user_by":null,"size":8192,"kind":"user","state":"dirty",)"
            R"("base_block":{"version":"1.5","primary_sequence":4294967295,"secondary_sequence":7,)"
            R"("last_written":"2024-02-29T23:59:59.1234567Z","file_name":"\u00e9 \ufffd )"
            R"(\"\\"},"logs":[],"checks":[{"id":"mapi-http-disabled","verdict":"nonstandard",)"
            R"("reason":"type","key":"Software\\Microsoft\\Exchange","name":"MapiHttpDisabled",)"
            R"("key_last_written":null,"value":{"type":"REG_SZ","type_id":1,"size":4,)"
            R"("data":"31000000","number":null},"offset":4720,"confirmed_by":["walker","hivex"],"primary":null}],)"
            R"("notes":["dirty: the sequence numbers differ (primary 4294967295, secondary 7); )"
            R"(no transaction log lies beside it, so newer data may be missing"],"error":null})"));
    CHECK(
        lines[1] ==
        R"({"schema":"hivelint/1","path":"missing","user":null,"user_by":null,"size":0,"kind":null,)"
        R"("state":"unreadable","base_block":null,"logs":[],"checks":[],"notes":[],)"
        R"("error":{"code":"not-found","offset":null,)"
        R"("message":"cannot be examined: No such file or directory"}})");
    CHECK(
        lines[2] ==
        R"({"schema":"hivelint/1","path":"short.bin","user":null,"user_by":null,"size":4,"kind":null,"state":"truncated",)"
        R"("base_block":null,"logs":[],"checks":[{"id":"mapi-http-disabled","verdict":"unknown",)"
        R"("reason":"too-short","key":"Software\\Microsoft\\Exchange",)"
        R"("name":"MapiHttpDisabled","key_last_written":null,"value":null,"offset":null,)"
        R"("confirmed_by":[],"primary":null}],"notes":[],"error":{"code":"too-short","offset":4,)"
        R"("message":"it ends after 4 bytes, a base block and the header of a hive bin take )"
        R"(4128"}})");
}

TEST_CASE("hivescan: what is said of odd hives") {
    const TempDir dir;
    for (const auto& odd : odd_hives()) {
        CAPTURE(odd.name);
        const auto file = dir.path() / odd.name / "NTUSER.DAT";
        write_file(file, odd.bytes);
        const auto run = hivescan({file, "--format=jsonl"});
        const auto records = records_of(run.out);
        REQUIRE(records.size() == 1);
        REQUIRE(records[0]["checks"].size() == 1);
        const auto& check = records[0]["checks"][0];
        CHECK(check["verdict"] == odd.verdict);
        CHECK(check["reason"] == (odd.reason.empty() ? nlohmann::json() : odd.reason));
        CHECK(records[0]["state"] == odd.state);
        CHECK(records[0]["error"].is_null() == odd.error.empty());
        if (!odd.error.empty()) {
            CHECK(records[0]["error"].value("code", "") == odd.error);
        }
        CHECK(records[0]["size"] == odd.bytes.size());
        const bool settled = odd.error.empty() && odd.state != "dirty";
        CHECK(run.status == (!settled                          ? 2
                             : odd.verdict == "affected"       ? 1
                             : odd.verdict == "not-applicable" ? 3
                                                               : 0));
        CHECK(run.err == "");
    }
}

TEST_CASE("hivescan: a key that is said to hold its own parents is not a clean 'absent'") {
    auto hive = spec_with(dword(kMapiHttpDisabled, 1)).build();
    hive.put32(hive.key_cell("Software") + nk::kList, BuiltHive::relative(hive.list_cell("")));
    const TempDir dir;
    write_file(dir.path() / "NTUSER.DAT", hive.bytes);
    const auto run = hivescan({dir.path(), "--format=jsonl"});
    CHECK(run.status == 2);
    const auto records = records_of(run.out);
    REQUIRE(records.size() == 1);
    CHECK(records[0]["state"] == "corrupt");
}

TEST_CASE("hivescan: many hives, one of them hostile") {
    const TempDir dir;
    std::vector<std::string> paths;
    for (int i = 100; i < 150; ++i) {
        const auto file = dir.path() / std::to_string(i) / "NTUSER.DAT";
        write_file(file,
                   i == 120 ? std::vector<std::byte>(100, std::byte{0x1B}) : affected_bytes());
        paths.push_back(file);
    }
    const auto run = hivescan({dir.path(), "--format=jsonl"});
    CHECK(run.status == 2);
    const auto records = records_of(run.out);
    REQUIRE(records.size() == paths.size());
    for (std::size_t i = 0; i < paths.size(); ++i) {
        CHECK(records[i]["path"] == paths[i]);
        CHECK(records[i]["checks"][0]["verdict"] == (i == 20 ? "unknown" : "affected"));
    }
}

TEST_CASE("hivescan: one line for each hive, in the order of the bytes of the paths") {
    const TempDir dir;
    std::vector<std::string> paths;
    for (const auto& name : hostile_file_names()) {
        const auto file = dir.path() / name / "NTUSER.DAT";
        write_file(file, affected_bytes());
        paths.push_back(file);
    }
    std::ranges::sort(paths, [](const std::string& a, const std::string& b) {
        return std::ranges::lexicographical_compare(
            a, b, {}, [](char c) { return static_cast<unsigned char>(c); },
            [](char c) { return static_cast<unsigned char>(c); });
    });
    const auto run = hivescan({dir.path(), "--format=jsonl"});
    CHECK(run.status == 1);
    std::vector<std::string> found;
    for (const auto& record : records_of(run.out)) {
        found.push_back(path_of(record));
        CHECK(record["checks"][0]["verdict"] == "affected");
    }
    const bool same = found == paths;
    CHECK(same);
}

TEST_CASE("hivescan: path_bytes stands only where the path is not UTF-8") {
    struct Row {
        std::string name;
        std::string path;
        bool bytes;
    };
    const Row rows[] = {
        {"plain", "plain", false},
        {"\u96EA\U0001F4A5", "\u96EA\U0001F4A5", false},
        {"a\nb", "a\nb", false},
        {"\uFFFD", "\uFFFD", false},
        {"a\xFF", "a\uFFFD", true},
        {"a\xFE", "a\uFFFD", true},
        {"\xE9t\xE9", "\uFFFDt\uFFFD", true},
        {"\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD", true},
    };
    for (const auto& [name, path, bytes] : rows) {
        CAPTURE(hex_of(name));
        const TempDir dir;
        write_file(dir.path() / name, affected_bytes());
        const auto run = hivescan({name, "--format=jsonl"}, {.program = {}, .folder = dir.path()});
        const auto records = records_of(run.out);
        REQUIRE(records.size() == 1);
        CHECK(records[0]["path"] == path);
        CHECK(records[0].contains("path_bytes") == bytes);
        CHECK(path_of(records[0]) == name);
    }
}

TEST_CASE("hivescan: paths with a leading dash") {
    const TempDir dir;
    write_file(dir.path() / "-dash", affected_bytes());
    write_file(dir.path() / "--help", affected_bytes());
    const Command here{.program = {}, .folder = dir.path()};
    for (const std::string name : {"-dash", "--help"}) {
        CAPTURE(name);
        const auto records = records_of(hivescan({"--format=jsonl", "--", name}, here).out);
        REQUIRE(records.size() == 1);
        CHECK(records[0]["path"] == name);
        CHECK(records_of(hivescan({"--format=jsonl", std::string("./") + name}, here).out).size() ==
              1);
        auto list = here;
        list.input = name;
        CHECK(records_of(hivescan({"--format=jsonl", "--files-from=-"}, list).out).size() == 1);
    }
}

TEST_CASE("hivescan: users and embedded file names as they are") {
    for (const auto& name : hostile_names()) {
        const TempDir dir;
        const auto utf8 = hivelint::regf::to_utf8(name.substr(0, name.find(u'\0')));
        CAPTURE(hex_of(utf8));
        auto spec = spec_with(dword(kMapiHttpDisabled, 1));
        spec.file_name = u"C:\\Users\\" + name + u"\\ntuser.dat";
        write_file(dir.path() / "x.bin", spec.build().bytes);
        const auto records = records_of(hivescan({dir.path() / "x.bin", "--format=jsonl"}).out);
        REQUIRE(records.size() == 1);
        const std::string shown = records[0]["base_block"]["file_name"];
        CHECK(shown.find(utf8) != std::string::npos);
        if (name.find_first_of(std::u16string_view(u"\0\\", 2)) == std::u16string::npos) {
            CHECK(records[0]["user"] == utf8);
        }
    }
}

TEST_CASE("hivescan: JSON Lines cannot control a terminal, nor break lines for any reader") {
    const TempDir dir;
    for (const auto& name : hostile_file_names()) {
        write_file(dir.path() / name / "NTUSER.DAT", affected_bytes());
    }
    CHECK(misleading(hivescan({dir.path(), "--format=jsonl"}).out) == "");
}
