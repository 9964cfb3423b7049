// The schemas: what stands around records, rules, and the members of records that options add.
#include "tests/support/hive_files.hpp"
#include "tests/support/schema.hpp"
#include "tests/support/tool_run.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace hivelint::test {
namespace {

using Json = nlohmann::json;

const Json& report_schema() {
    static const auto document = Json::parse(read_file(
        std::filesystem::path(HIVELINT_SCHEMA).parent_path() / "hivelint-report-1.schema.json"));
    return document;
}

std::vector<Json> lines_as_json(const std::string& text) {
    std::vector<Json> all;
    for (const auto& line : lines_of(text)) {
        all.push_back(Json::parse(line));
    }
    return all;
}

} // namespace

TEST_CASE("schema of reports: the document, the last line and the rules are valid") {
    Schema around(report_schema());
    Schema records;
    const auto document = Json::parse(
        hivescan({HIVELINT_TESTDATA, "--format", "json", "--case", "K-7", "--examiner", "N. N.",
                  "--host", "--hash", "sha256", "--hash", "sha1", "--hash", "md5"})
            .out);
    CHECK(around.faults(document) == "");
    CHECK(document.at("run").at("case") == "K-7");
    CHECK(!document.at("run").at("host").get<std::string>().empty());
    REQUIRE(document.at("records").size() == 10);
    for (const auto& record : document.at("records")) {
        CHECK(records.faults(record) == "");
        CHECK(record.at("files").at(0).at("path") == record.at("path"));
        CHECK(record.at("files").at(0).at("md5").get<std::string>().size() == 32);
    }
    const auto plain =
        Json::parse(hivescan({HIVELINT_TESTDATA, "--format", "json", "--reproducible"}).out);
    CHECK(around.faults(plain) == "");
    CHECK(plain.at("run").at("start").is_null());
    const auto lines = lines_as_json(hivescan({HIVELINT_TESTDATA, "--format", "jsonl"}).out);
    CHECK(around.faults(lines.back()) == "");
    CHECK(around.faults(lines.front()) != "");
    const auto rules = lines_as_json(hivescan({"--list-rules", "--format", "jsonl"}).out);
    CHECK(rules.size() > 30);
    for (const auto& rule : rules) {
        CHECK(around.faults(rule) == "");
    }
}

TEST_CASE("schema of reports: what is missing or more is no report") {
    Schema around(report_schema());
    const auto whole = Json::parse(hivescan({HIVELINT_TESTDATA, "--format", "json"}).out);
    for (const auto* part : {"schema", "run", "records", "end"}) {
        auto cut = whole;
        cut.erase(part);
        CHECK(around.faults(cut) != "");
    }
    for (const auto* member : {"complete", "known", "passed_over"}) {
        auto cut = whole;
        cut["end"].erase(member);
        CHECK(around.faults(cut) != "");
    }
    auto more = whole;
    more["end"]["more"] = 1;
    CHECK(around.faults(more) != "");
}

TEST_CASE("schema: findings that are known, and what a fix of several mends and leaves") {
    Schema schema;
    const TempDir dir;
    const auto hive = dir.path() / "Users/alice/NTUSER.DAT";
    write_file(hive, HiveSpec{}
                         .with("Software\\Microsoft\\Exchange",
                               {dword(u"MapiHttpDisabled", 1),
                                sz(u"AlwaysUseMSOAuthForAutoDiscover", u"0")})
                         .build()
                         .bytes);
    const auto accepted = dir.path() / "accepted.toml";
    write_text(accepted, "[[suppress]]\nrule = \"mapi-http-disabled\"\nuser = \"alice\"\n"
                         "reason = \"why\"\nuntil = 2999-01-01\n");
    const auto known =
        hivescan({"--format", "jsonl", "--suppress", accepted, dir.path() / "Users"});
    CHECK(known.status == 0);
    const auto record = Json::parse(lines_of(known.out).at(0));
    CHECK(schema.faults(record) == "");
    CHECK(record.at("checks").at(0).at("known").at("reason") == "why");

    const auto baseline = dir.path() / "baseline.jsonl";
    write_text(baseline, hivescan({"--format", "jsonl", dir.path() / "Users"}).out);
    const auto again =
        hivescan({"--format", "jsonl", "--baseline", baseline, dir.path() / "Users"});
    CHECK(again.status == 0);
    const auto same = Json::parse(lines_of(again.out).at(0));
    CHECK(schema.faults(same) == "");
    CHECK(same.at("checks").at(0).at("known").at("by") == "baseline");
    CHECK(hivescan({"--baseline", baseline, "--suppress", accepted, dir.path() / "none"}).status ==
          2);

    const auto fixed = run({.program = HIVELINT_HIVEFIX,
                            .arguments = {"--format", "jsonl", "--no-undo-record", "--pack",
                                          "mapi-http", "--pack", "outlook-connectivity", hive}});
    CHECK(fixed.status == 2); // one is left
    const auto fix = Json::parse(fixed.out);
    CHECK(schema.faults(fix) == "");
    CHECK(fix.at("fix").at("fixes").size() == 1);
    CHECK(fix.at("fix").at("left").size() == 1);
    CHECK(fix.at("fix").at("left").at(0).at("reason").at("code") == "nonstandard-value");
}

} // namespace hivelint::test
