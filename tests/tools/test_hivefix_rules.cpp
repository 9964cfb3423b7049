// hivefix and the rules of packs and files: what they find is mended and taken back.
#include "change/journal.hpp"
#include "tests/support/fix_scene.hpp"
#include "tests/support/hive_files.hpp"
#include "tests/support/tool_run.hpp"

#include <hivelint/scan.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

using namespace hivelint;
using namespace hivelint::test;

namespace {

std::string hive_of(const HiveSpec& spec) {
    const auto bytes = spec.build().bytes;
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// `clear good`
std::string said(const FixScene& scene, const char* rule) {
    const auto targets = discover({scene.hive()});
    const auto record = scan_target(targets.at(0), {.rules = {find_rule(rule)}});
    const auto& finding = record->checks.at(0).finding;
    const auto verdict = std::string(to_string(finding.verdict));
    return finding.reason.empty() ? verdict : verdict + ' ' + finding.reason;
}

} // namespace

TEST_CASE("hivefix: the number and the deletion of another rule, and back") {
    const char* rule = "modern-auth-autodiscover-off";
    FixScene scene;
    const auto old = hive_of(HiveSpec{}
                                 .with(kRuleKey, dword(u"AlwaysUseMSOAuthForAutoDiscover", 0))
                                 .with("Software\\X"));
    for (const bool deletes : {false, true}) {
        scene.reset(old);
        CHECK(said(scene, rule) == "affected");
        auto arguments = scene.arguments({"--check", rule});
        if (deletes) {
            arguments.emplace_back("--delete");
        }
        const auto run = run_hivefix(arguments);
        CHECK(run.status == 0);
        CHECK(said(scene, rule) == (deletes ? "clear absent" : "clear good"));
        const auto records = scene.undo_records();
        REQUIRE(records.size() == 1);
        CHECK(run_hivefix({"undo", records[0].native()}).status == 0);
        CHECK(scene.bytes() == old);
        std::filesystem::remove(records[0]);
    }
}

TEST_CASE("hivefix: the journal of another rule's fix is rolled back") {
    FixScene scene;
    const auto old =
        hive_of(HiveSpec{}.with(kRuleKey, dword(u"AlwaysUseMSOAuthForAutoDiscover", 0)));
    scene.reset(old);
    const std::vector rule = {find_rule("modern-auth-autodiscover-off")};
    const auto patch =
        plan_fix(scene.hive(), rule, {.action = Action::set_value, .time = kFixTime});
    REQUIRE(!patch.ranges.empty());
    put_text(scene.journal(), journal_text(patch));
    CHECK(run_hivefix({"--recover", scene.folder().native()}).status == 0);
    CHECK(scene.bytes() == old);
    CHECK(scene.beside().empty());
}

TEST_CASE("hivefix: rules that name no remedy are found, and the hive is refused") {
    FixScene scene;
    scene.reset(hive_of(HiveSpec{}.with("Software\\Own", dword(u"Off", 1))));
    const auto file = scene.top() / "own.toml";
    put_text(file, "[[rule]]\nid = \"own\"\ntitle = \"t\"\nkey = 'Software\\Own'\nvalue = \"Off\"\n"
                   "equals = 1\nreference = \"r\"\n");
    const auto before = scene.bytes();
    const auto run = run_hivefix(scene.arguments({"--rules", file.native()}));
    CHECK(run.status == 2);
    CHECK(run.out.find("own has no remedy: it is found, but not mended") != std::string::npos);
    CHECK(scene.bytes() == before);
    CHECK(scene.undo_records().empty());
}

TEST_CASE(
    "hivefix: a pack mends every hive of the kinds that it is about, and what stays is told") {
    FixScene scene;
    std::filesystem::remove(scene.hive());
    const auto at = [&](const char* name) { return scene.folder() / name; };
    put_text(at("NTUSER.DAT"),
             hive_of(HiveSpec{}
                         .with("Software\\Microsoft\\Office\\15.0\\Outlook\\AutoDiscover",
                               dword(u"ExcludeSrvRecord", 1))
                         .with("Software\\Microsoft\\Office\\16.0\\Outlook\\AutoDiscover",
                               {dword(u"ExcludeSrvRecord", 1), dword(u"ExcludeHttpRedirect", 1)})));
    put_text(at("SOFTWARE"),
             hive_of(HiveSpec{}.with("Microsoft\\Windows\\CurrentVersion\\Policies\\System",
                                     dword(u"EnableLUA", 0))));
    const auto run = run_hivefix(scene.arguments(
        {"--pack", "outlook-connectivity", "--pack", "windows-baseline", "--format", "jsonl"}));
    CAPTURE(run.out);
    std::vector<std::string> told;
    for (const auto& line : lines_of(run.out)) {
        const auto fix = nlohmann::json::parse(line).at("fix");
        for (const auto& one : fix.at("fixes")) {
            told.push_back(one.at("check").get<std::string>() + ' ' +
                           one.at("action").get<std::string>());
        }
        for (const auto& one : fix.at("left")) {
            told.push_back("left " + one.at("check").get<std::string>());
        }
    }
    std::ranges::sort(told);
    CHECK(told == std::vector<std::string>{"autodiscover-redirect-excluded set-zero",
                                           "autodiscover-srv-excluded set-zero",
                                           "autodiscover-srv-excluded set-zero", "left uac-off"});
    CHECK(run.status == 2); // one stays
}
