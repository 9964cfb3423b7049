// hivefix and the rules of packs: those that are one value of a user's hive are mended and taken
// back, the others are refused before anything is written.
#include "change/journal.hpp"
#include "tests/support/fix_scene.hpp"
#include "tests/support/hive_files.hpp"

#include <hivelint/scan.hpp>

#include <doctest/doctest.h>

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
    const auto patch = plan_fix(scene.hive(), *find_rule("modern-auth-autodiscover-off"),
                                {.action = Action::set_value, .time = kFixTime});
    REQUIRE(!patch.ranges.empty());
    put_text(scene.journal(), journal_text(patch));
    CHECK(run_hivefix({"--recover", scene.folder().native()}).status == 0);
    CHECK(scene.bytes() == old);
    CHECK(scene.beside().empty());
}

TEST_CASE("hivefix: rules of several keys, of several values and of the machine are not mended") {
    FixScene scene;
    for (const char* rule : {"autodiscover-srv-excluded", "rdp-without-nla", "uac-off"}) {
        const auto run = run_hivefix(scene.arguments({"--check", rule}));
        CAPTURE(run.out);
        CHECK(scene.bytes() == scene.old_bytes());
        CHECK(scene.beside().empty());
        CHECK(scene.undo_records().empty());
    }
    scene.reset(hive_of(HiveSpec{}.with("Software\\Microsoft\\Office\\16.0\\Outlook\\AutoDiscover",
                                        dword(u"ExcludeSrvRecord", 1))));
    const auto before = scene.bytes();
    const auto run = run_hivefix(scene.arguments({"--check", "autodiscover-srv-excluded"}));
    CHECK(run.status == 2);
    CHECK((run.out + run.err).find("it is found, but not mended") != std::string::npos);
    CHECK(scene.bytes() == before);
}
