// The report writers, from records made by hand: JSON lines, the table and its widths.
#include "report/table.hpp"

#include <hivelint/report.hpp>
#include <hivelint/rules.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace hivelint;
using nlohmann::json;

namespace {

regf::StoredValue dword_value(unsigned char number) {
    return {.name = u"MapiHttpDisabled",
            .type = regf::kRegDword,
            .data = {std::byte{number}, std::byte{0}, std::byte{0}, std::byte{0}},
            .offset = 4720};
}

Record record_of(std::string path, Verdict verdict, std::string reason = {}) {
    Record record;
    record.path = std::move(path);
    record.state = State::clean;
    Finding finding;
    finding.rule = rules()[0];
    finding.key = finding.rule->key;
    finding.verdict = verdict;
    finding.reason = std::move(reason);
    if (verdict == Verdict::affected || verdict == Verdict::nonstandard) {
        finding.value = dword_value(verdict == Verdict::affected ? 1 : 2);
    }
    record.checks.push_back({std::move(finding), {"walker"}});
    return record;
}

/// The first words of the lines of the table.
std::string verdicts(const std::string& text) {
    std::string out;
    for (std::string_view rest = text; !rest.empty() && rest.front() != '\n';) {
        out += std::string(rest.substr(0, rest.find(' '))) + ' ';
        rest.remove_prefix(rest.find('\n') + 1);
    }
    return out;
}

} // namespace

TEST_CASE("json_line: what is absent is null") {
    Record record;
    record.path = "x";
    record.error = Error(ErrorCode::io_error, "EIO");
    CHECK(
        json_line(record) ==
        R"({"schema":"hivelint/1","path":"x","user":null,"user_by":null,"size":0,"kind":null,"state":"unreadable",)"
        R"("base_block":null,"logs":[],"checks":[],"notes":[],)"
        R"("error":{"code":"io-error","offset":null,"message":"EIO"}})"
        "\n");
}

TEST_CASE("json_line: numbers at their limits") {
    auto record = record_of("x", Verdict::affected);
    record.size = 0x7FFF'FFFF'FFFF'FFFF;
    record.base_block = regf::BaseBlock{};
    record.base_block->primary_sequence = 0xFFFF'FFFF;
    record.base_block->major = 1;
    record.base_block->minor = 6;
    record.base_block->last_written = {2'650'467'743'999'999'999};
    record.error = Error(ErrorCode::bad_cell, 0xFFFF'FFFF'FFFF, "x");
    auto& value = *record.checks[0].finding.value;
    value.data.assign(4, std::byte{0xFF});
    value.offset = 0x8000'0000;
    const auto line = json::parse(json_line(record));
    CHECK(line["size"] == 0x7FFF'FFFF'FFFF'FFFF);
    CHECK(line["base_block"]["version"] == "1.6");
    CHECK(line["base_block"]["primary_sequence"] == 0xFFFF'FFFF);
    CHECK(line["base_block"]["last_written"] == "9999-12-31T23:59:59.9999999Z");
    CHECK(line["error"]["offset"] == 0xFFFF'FFFF'FFFF);
    CHECK(line["checks"][0]["value"]["number"] == 0xFFFF'FFFF);
    CHECK(line["checks"][0]["offset"] == 0x8000'0000);
    record.base_block->last_written = {2'650'467'744'000'000'000};
    CHECK(json::parse(json_line(record))["base_block"]["last_written"].is_null());
    record.base_block->last_written = {0};
    CHECK(json::parse(json_line(record))["base_block"]["last_written"].is_null());
    record.base_block->last_written = {1};
    CHECK(json::parse(json_line(record))["base_block"]["last_written"] ==
          "1601-01-01T00:00:00.0000001Z");
}

TEST_CASE("json_line: one line whatever is in it") {
    auto record = record_of("a\nb\r\xFF", Verdict::clear, "absent");
    record.user = "u\n\xFE";
    record.notes = {"n\n", "\xFD"};
    record.error = Error(ErrorCode::bad_cell, "m\n\xFC");
    record.base_block = regf::BaseBlock{};
    record.base_block->file_name = u"f\n\xD800";
    const auto text = json_line(record);
    CHECK(text.find('\n') == text.size() - 1);
    const auto line = json::parse(text);
    CHECK(line["path"] == "a\nb\r\uFFFD");
    CHECK(line["path_bytes"] == "610a620dff");
    CHECK(line["user"] == "u\n\uFFFD");
    CHECK(line["notes"] == json::array({"n\n", "\uFFFD"}));
    CHECK(line["error"]["message"] == "m\n\uFFFD");
    CHECK(line["base_block"]["file_name"] == "f\n\uFFFD");
}

TEST_CASE("text_report: nothing but a summary") {
    CHECK(
        text_report(std::vector<Record>{}, {}) ==
        "0 hives: 0 affected, 0 clear, 0 nonstandard, 0 unknown; 0 errors, 0 dirty, 0 recovered\n");
    CHECK(text_report(std::vector<Record>{}, {.quiet = true}) == "");
}

TEST_CASE("text_report: findings first, then in the order of the records") {
    std::vector<Record> records;
    for (const std::string path : {"1", "2"}) {
        records.push_back(record_of(path, Verdict::clear, "absent"));
        records.push_back(record_of(path, Verdict::unknown, "bad-cell"));
        records.push_back(record_of(path, Verdict::nonstandard, "number"));
        records.push_back(record_of(path, Verdict::affected));
    }
    Record missing;
    missing.path = "0";
    missing.error = Error(ErrorCode::not_found, "x");
    records.insert(records.begin(), missing);
    const auto text = text_report(records, {});
    CHECK(verdicts(text) == "VERDICT affected affected nonstandard nonstandard unknown unknown "
                            "clear clear error ");
    CHECK(text.find("affected     REG_DWORD 1  clean       -     1\n"
                    "affected     REG_DWORD 1  clean       -     2\n") != std::string::npos);
    CHECK(verdicts(text_report(records, {.quiet = true})) ==
          "VERDICT affected affected nonstandard nonstandard unknown unknown error ");
    CHECK(text.ends_with(
        "8 hives: 2 affected, 2 clear, 2 nonstandard, 2 unknown; 1 error, 0 dirty, 0 recovered\n"));
}

TEST_CASE("text_report: notes and errors stand below, under the path") {
    auto first = record_of("first", Verdict::clear, "absent");
    first.notes = {"one", "two"};
    auto second = record_of("second", Verdict::clear, "absent");
    second.error = Error(ErrorCode::bad_cell, 0x1000, "broken");
    second.notes = {"three"};
    const auto third = record_of("third", Verdict::clear, "absent");
    CHECK(
        text_report(std::vector{first, second, third}, {}) ==
        "VERDICT  VALUE   STATE  USER  PATH\n"
        "clear    absent  clean  -     first\n"
        "clear    absent  clean  -     second\n"
        "clear    absent  clean  -     third\n"
        "\n"
        "first\n"
        "  note: one\n"
        "  note: two\n"
        "second\n"
        "  error: bad-cell at 0x1000: broken\n"
        "  note: three\n"
        "\n"
        "3 hives: 0 affected, 3 clear, 0 nonstandard, 0 unknown; 1 error, 0 dirty, 0 recovered\n");
}

TEST_CASE("text_report: nothing in a record can control a terminal") {
    auto record = record_of("p\x1B[2J", Verdict::clear, "absent");
    record.user = "u\x1B[2J";
    SUBCASE("path and user") {}
    SUBCASE("notes") { record.notes = {"n\x1B[2J"}; }
    SUBCASE("the error") { record.error = Error(ErrorCode::hivex_failed, "m\x1B[2J"); }
    CHECK(text_report(std::vector{record}, {}).find('\x1B') == std::string::npos);
    Inspection inspection;
    inspection.path = record.path;
    inspection.user = record.user;
    inspection.notes = record.notes;
    inspection.error = record.error;
    CHECK(text_report(inspection).find('\x1B') == std::string::npos);
}

TEST_CASE("table: columns are as wide as what is in them") {
    CHECK(table({{"A", "B", "C"}, {"long", "", "x"}, {"\u00E9\u00E9\u00E9", "yy", "z"}}, 0) ==
          "A     B   C\n"
          "long      x\n"
          "\u00E9\u00E9\u00E9   yy  z\n");
    CHECK(table({}, 0) == "");
    CHECK(table({{"one"}}, 0) == "one\n");
    std::vector<Row> rows; // more than are given at a time
    std::string expected;
    for (int i = 10'000; i < 20'000; ++i) {
        rows.push_back({std::to_string(i), "x"});
        expected += std::to_string(i) + "  x\n";
    }
    CHECK(table(rows, 0) == expected);
}

TEST_CASE("table: the last column is shortened to the width") {
    const std::string path = "/0123456789/0123456789/0123456789/0123456789";
    const auto line_of = [&](std::size_t width) { return table({{"abc", path}}, width); };
    CHECK(line_of(0) == "abc  " + path + '\n');
    CHECK(line_of(49) == "abc  " + path + '\n');
    CHECK(columns(line_of(48)) == 48 + 1);
    CHECK(line_of(48) == "abc  /0123456789/01…456789/0123456789/0123456789\n");
    CHECK(columns(line_of(29)) == 29 + 1);
    CHECK(columns(line_of(30)) == 30 + 1);
}

TEST_CASE("text_report: on a narrow terminal the path is shortened, never the value") {
    auto record = record_of("Users/somebody/with/a/long/path/NTUSER.DAT", Verdict::affected);
    auto stored = record.checks[0].finding;
    stored.verdict = Verdict::clear;
    stored.value = dword_value(0);
    record.checks[0].primary = stored;
    for (const std::size_t width : {20U, 80U, 100U, 120U}) {
        const auto text = text_report(std::span(&record, 1), {.width = width});
        CHECK(text.find("  REG_DWORD 1 (stored: REG_DWORD 0)  ") != std::string::npos);
        CHECK(text.find("NTUSER.DAT") != std::string::npos);
    }
}

TEST_CASE("table: shortened at its limits") {
    struct Row {
        std::string text;
        std::size_t most;
        std::string expected;
    };
    const Row rows[] = {
        {"", 0, ""},
        {"", 1, ""},
        {"abcdef", 0, "abcdef"},
        {"abcdef", 7, "abcdef"},
        {"abcdef", 6, "abcdef"},
        {"abcdef", 5, "a…def"},
        {"abcdef", 4, "a…ef"},
        {"abcdef", 3, "…ef"},
        {"abcdef", 2, "…f"},
        {"abcdef", 1, "…"},
        // Snow and the explosion take two columns each.
        {"\u00E9\u96EA\U0001F4A5def", 8, "\u00E9\u96EA\U0001F4A5def"},
        {"\u00E9\u96EA\U0001F4A5def", 6, "\u00E9…def"},
        {"\u00E9\u96EA\U0001F4A5def", 5, "\u00E9…def"},
        {"abc\u00E9\u96EA\U0001F4A5", 5, "ab…\U0001F4A5"},
        {"abc\u00E9\u96EA\U0001F4A5", 3, "…\U0001F4A5"},
    };
    for (const auto& [text, most, expected] : rows) {
        CAPTURE(text);
        CAPTURE(most);
        CHECK(shortened(text, most) == expected);
    }
}

TEST_CASE("text_report of an inspection: as little as there may be") {
    Inspection inspection;
    inspection.path = "x";
    inspection.error = Error(ErrorCode::not_found, "no such file");
    CHECK(text_report(inspection) == "path   x\n"
                                     "user   -\n"
                                     "size   0 bytes\n"
                                     "state  unreadable\n"
                                     "error: not-found: no such file\n");
    CHECK(
        json_report(inspection) ==
        R"({"schema":"hivelint-info/1","path":"x","user":null,"user_by":null,"size":0,"state":"unreadable",)"
        R"("base_block":null,"logs":[],"offsets_of":"file","sha256":null,"counts":null,"verify":null,"key":null,"notes":[],)"
        R"("error":{"code":"not-found","offset":null,"message":"no such file"}})"
        "\n");
}

TEST_CASE("text_report of an inspection: an issue list that was cut says so") {
    Inspection inspection;
    inspection.asked.verify = true;
    inspection.report = regf::VerifyReport{};
    inspection.report->issues = {{regf::Problem::bin, 4096, "first"}};
    inspection.report->damage = 1200;
    inspection.report->irregularities = 34;
    const auto text = text_report(inspection);
    CHECK(text.ends_with("\ndamage at 0x1000: bin: first\n"
                         "and 1233 more\n"
                         "verify: 1200 pieces of damage, 34 irregular\n"));
}
