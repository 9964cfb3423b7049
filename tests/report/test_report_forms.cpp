// Reports for other programs: each form is what its readers take it for, whatever names and data a
// hive holds.
#include "report/page_parts.hpp"

#include <hivelint/report.hpp>
#include <hivelint/rules.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace hivelint;
using nlohmann::json;

namespace {

constexpr auto kMachineForms = {Format::jsonl, Format::json,     Format::csv, Format::sarif,
                                Format::junit, Format::bodyfile, Format::html};

std::vector<std::byte> text_data(std::u16string_view text) {
    std::vector<std::byte> data;
    for (const char16_t unit : text) {
        data.push_back(static_cast<std::byte>(unit & 0xFF));
        data.push_back(static_cast<std::byte>(unit >> 8));
    }
    return data;
}

RulePtr text_rule() {
    Rule rule;
    rule.id = "own";
    rule.title = "A <title>, with \"quotes\"";
    rule.meaning = "=1+1";
    rule.key = "Software\\Own";
    rule.value = "v|w";
    rule.condition = IsPresent{};
    rule.severity = Severity::review;
    rule.reference = "policy & co";
    return std::make_shared<const Rule>(rule);
}

/// A record with a value of that type and data.
Record record_of(std::string path, std::uint32_t type, std::vector<std::byte> data) {
    Record record;
    record.path = std::move(path);
    record.user = "x";
    record.user_by = OwnerBy::path;
    record.kind = "user";
    record.size = 8192;
    record.state = State::clean;
    Finding finding;
    finding.rule = text_rule();
    finding.key = "Software\\Own";
    finding.verdict = Verdict::affected;
    finding.key_last_written = regf::FileTime{132'912'232'710'000'000};
    finding.value = regf::StoredValue{u"v|w", type, std::move(data), 4720};
    record.checks.push_back({std::move(finding), {"walker", "hivex"}});
    return record;
}

std::string report_of(Format format, const std::vector<Record>& records, bool complete = true) {
    std::string out;
    const auto report = make_report(format, {}, [&out](std::string_view text) { out += text; });
    ReportRun run = {.tool = "hivescan", .arguments = {"--format", "<&>"}, .rules = {text_rule()}};
    run.case_id = "<7>";
    report->begin(run);
    Summary summary;
    for (const auto& record : records) {
        report->add(record);
        summary.add(record);
    }
    report->end({.summary = summary, .notes = {"a <note>"}, .complete = complete});
    return out;
}

/// The cells of RFC 4180's rows; a text that is none has a row "broken".
std::vector<std::vector<std::string>> rows_of_csv(std::string_view text) {
    std::vector<std::vector<std::string>> rows(1, std::vector<std::string>(1));
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto& cell = rows.back().back();
        if (text[i] == '"' && cell.empty()) {
            for (++i; i < text.size() && (text[i] != '"' || text.substr(i, 2) == "\"\""); ++i) {
                i += text[i] == '"' ? 1 : 0;
                cell += text[i];
            }
        } else if (text[i] == ',') {
            rows.back().emplace_back();
        } else if (text.substr(i, 2) == "\r\n") {
            rows.emplace_back(1);
            ++i;
        } else {
            cell += text[i];
        }
    }
    rows.pop_back(); // behind the last end of line
    return rows;
}

/// Whether tags are opened and closed in order, and nothing else has their characters.
/// A page without its style and its script, which are the same in all and no markup.
std::string without_own_code(std::string page) {
    for (const auto code : {hivelint::kPageStyle, hivelint::kPageScript}) {
        const auto at = page.find(code);
        REQUIRE(at != std::string::npos);
        page.erase(at, code.size());
        CHECK(page.find(code) == std::string::npos);
    }
    return page;
}

bool well_formed(std::string_view xml) {
    std::vector<std::string_view> open;
    while (true) {
        const auto at = xml.find('<');
        if (xml.substr(0, at).find('>') != std::string_view::npos) {
            return false;
        }
        if (at == std::string_view::npos) {
            return open.empty();
        }
        const auto end = xml.find('>', at);
        if (end == std::string_view::npos) {
            return false;
        }
        auto tag = xml.substr(at + 1, end - at - 1);
        xml.remove_prefix(end + 1);
        const auto name = tag.substr(0, tag.find_first_of(" /", 1));
        if (tag.starts_with('/')) {
            if (open.empty() || open.back() != tag.substr(1)) {
                return false;
            }
            open.pop_back();
        } else if (!tag.starts_with('?') && !tag.starts_with('!') && !tag.ends_with('/') &&
                   name != "meta" && name != "br" && name != "col" && name != "input") {
            open.push_back(name);
        }
        if (std::ranges::count(tag, '"') % 2 != 0) {
            return false;
        }
    }
}

std::size_t count(std::string_view text, std::string_view what) {
    std::size_t found = 0;
    for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) {
        ++found;
    }
    return found;
}

} // namespace

TEST_CASE("forms: hostile names and data are harmless in every one") {
    const std::string names[] = {
        "plain",
        "new\nline",
        "carriage\rreturn",
        "escape\x1B[31m",
        "quote\"quote",
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\ttab",
        "<script>",
        "]]>",
        "a&b",
        "semi;colon,comma",
        "pipe|pipe",
        "\xE2\x80\xAE"
        "bidi",
        "\xFF\xFE bytes",
        "'--",
        "{\"a\":1}",
        "\\u{1B}",
        "%s%n",
        "*/",
        "x --> y",
        "",
    };
    for (const auto& name : names) {
        CAPTURE(name);
        auto record = record_of("Users/" + name + "/NTUSER.DAT", regf::kRegSz,
                                text_data(u"<b>\"x\"\r\n=1|2\x1B\xD800"));
        record.user = name;
        record.notes = {name};
        record.checks[0].finding.key = "Software\\" + name;
        const std::vector<Record> records = {record, record};
        for (const auto format : kMachineForms) {
            CAPTURE(to_string(format));
            const auto text = report_of(format, records);
            CHECK(text.find('\x1B') == std::string::npos);
            CHECK(text.find("\xE2\x80\xAE") == std::string::npos);
            CHECK(text.find('\xFF') == std::string::npos);
            CHECK(text.ends_with('\n'));
        }
        CHECK(count(report_of(Format::jsonl, records), "\n") == 3);
        CHECK(json::parse(report_of(Format::json, records)).at("records").size() == 2);
        const auto rows = rows_of_csv(report_of(Format::csv, records));
        REQUIRE(rows.size() == 3);
        for (const auto& row : rows) {
            REQUIRE(row.size() == 31);
            for (const auto& cell : row) {
                CHECK((cell.empty() ||
                       std::string_view("=+-@\t\r").find(cell[0]) == std::string_view::npos));
            }
        }
        const auto sarif = json::parse(report_of(Format::sarif, records));
        CHECK(sarif.at("runs").at(0).at("results").size() == 2);
        CHECK(well_formed(report_of(Format::junit, records)));
        CHECK(well_formed(without_own_code(report_of(Format::html, records))));
        CHECK(count(report_of(Format::bodyfile, records), "\n") == 2);
        CHECK(count(report_of(Format::bodyfile, records), "|") == 20);
    }
}

TEST_CASE("forms: CSV has RECmd's columns, and the value as people read it") {
    const auto cell = [](std::uint32_t type, std::vector<std::byte> data, std::size_t column) {
        const auto rows =
            rows_of_csv(report_of(Format::csv, {record_of("a", type, std::move(data))}));
        return rows.at(1).at(column);
    };
    const auto head = rows_of_csv(report_of(Format::csv, {})).at(0);
    CHECK(head.front() == "HivePath");
    CHECK(head.at(13) == "LastWriteTimestamp");
    CHECK(cell(4, text_data(u"\x0001\x0000"), 6) == "REG_DWORD");
    CHECK(cell(4, text_data(u"\x0001\x0001"), 7) == "65537");
    CHECK(cell(4, text_data(u"\x0001"), 7) == "01-00");
    CHECK(cell(11, text_data(std::u16string_view(u"\1\0\0\x8000", 4)), 7) == "9223372036854775809");
    CHECK(cell(1, text_data(std::u16string_view(u"a,\"b\"\0c", 7)), 7) == "a,\"b\"");
    CHECK(cell(7, text_data(std::u16string_view(u"a\0b\0\0c", 6)), 7) == "a\nb");
    CHECK(cell(1, {std::byte{0x41}}, 7) == "41");
    CHECK(cell(3, {std::byte{1}, std::byte{0xFF}}, 7) == "01-ff");
    CHECK(cell(1, text_data(u"x"), 1) == "NTUSER");
    CHECK(cell(1, text_data(u"x"), 4) == "ROOT\\Software\\Own");
    CHECK(cell(1, text_data(u"x"), 13) == "2022-03-08 14:27:51.0000000");
    CHECK(cell(1, text_data(u"x"), 22) == "4720");
}

TEST_CASE("forms: what is not read and what cannot be answered is in each of them") {
    Record unread;
    unread.path = "b";
    unread.state = State::unreadable;
    unread.error = Error(ErrorCode::permission_denied, "cannot be opened");
    auto open = record_of("c", 4, {});
    open.checks[0].finding.verdict = Verdict::unknown;
    open.checks[0].finding.reason = "bad-cell";
    open.checks[0].finding.value.reset();
    open.error = Error(ErrorCode::bad_cell, 0x1000, "a cell");
    const std::vector<Record> records = {unread, open};
    CHECK(rows_of_csv(report_of(Format::csv, records)).at(1).at(25).find("cannot be opened") !=
          std::string::npos);
    const auto results =
        json::parse(report_of(Format::sarif, records)).at("runs").at(0).at("results");
    REQUIRE(results.size() == 2);
    CHECK(results.at(0).at("ruleId") == "hivelint-unread");
    CHECK(results.at(1).at("kind") == "open");
    const auto junit = report_of(Format::junit, records);
    CHECK(count(junit, "<error ") == 2);
    CHECK(count(junit, "errors=\"1\"") == 2);
    const auto html = report_of(Format::html, records);
    CHECK(count(html, "<tr class=\"unread\" ") == 1);
    CHECK(count(html, "<tr class=\"unknown\" ") == 1);
}

TEST_CASE("forms: a run that was cut off says so") {
    const std::vector<Record> records = {record_of("a", 4, {})};
    for (const bool complete : {true, false}) {
        CHECK(json::parse(report_of(Format::json, records, complete)).at("end").at("complete") ==
              complete);
        const auto lines = report_of(Format::jsonl, records, complete);
        const auto last = lines.substr(lines.rfind('\n', lines.size() - 2) + 1);
        CHECK(json::parse(last).at("schema") == "hivelint-end/1");
        CHECK(json::parse(last).at("complete") == complete);
        CHECK(!json::parse(last).contains("time"));
        const auto sarif = json::parse(report_of(Format::sarif, records, complete));
        CHECK(sarif.at("runs").at(0).at("invocations").at(0).at("executionSuccessful") == complete);
        CHECK((report_of(Format::html, records, complete).find("<dd>yes</dd>") !=
               std::string::npos) == complete);
        CHECK((report_of(Format::text, records, complete).find("interrupted:") ==
               std::string::npos) == complete);
    }
}

TEST_CASE("forms: SARIF: the same finding has the same fingerprint, another one another") {
    const auto print_of = [](const Record& record) {
        return json::parse(report_of(Format::sarif, {record}))
            .at("runs")
            .at(0)
            .at("results")
            .at(0)
            .at("partialFingerprints")
            .at("hivelint/v1")
            .get<std::string>();
    };
    const auto one = record_of("a", 4, {});
    auto moved = one;
    moved.checks[0].finding.value->offset = 8000;
    auto other_key = one;
    other_key.checks[0].finding.key = "Software\\Other";
    CHECK(print_of(moved) == print_of(one));
    CHECK(print_of(other_key) != print_of(one));
    CHECK(print_of(record_of("b", 4, {})) != print_of(one));
}
