// Many rules in one fix: what each finds is mended in one patch, and what cannot be is told.
#include "change/journal.hpp"
#include "tests/support/fix_scene.hpp"
#include "tests/support/hive_files.hpp"
#include "tests/support/regf_account.hpp"

#include <hivelint/fix.hpp>
#include <hivelint/regf/base_block.hpp>
#include <hivelint/regf/edit.hpp>
#include <hivelint/undo.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace hivelint;
using namespace hivelint::test;

namespace {

std::string text_of_hive(const HiveSpec& spec) {
    const auto bytes = spec.build().bytes;
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::vector<RulePtr> rules_in(std::string_view toml) {
    std::vector<RuleProblem> problems;
    auto pack = parse_pack(toml, problems);
    for (const auto& problem : problems) {
        FAIL(problem.line << ": " << problem.message);
    }
    return pack.rules;
}

constexpr std::string_view kRules = R"(
[[rule]]
id = "proxy"
title = "a proxy of old"
key = 'Software\A'
value = "Proxy"
contains = "old.example"
set = "http://new"
reference = "own"
[[rule]]
id = "size"
title = "a size"
key = 'Software\A'
value = "Size"
type = "REG_QWORD"
range = [10, 99]
set = 100
reference = "own"
[[rule]]
id = "versions"
title = "of each version"
key = 'Software\Office\*\Mail'
value = "Off"
equals = 1
set = 0
delete = true
reference = "own"
[[rule]]
id = "noted"
title = "only found"
key = 'Software\A'
value = "Noted"
present = true
reference = "own"
[[rule]]
id = "wide"
title = "a list"
key = 'Software\A'
value = "List"
type = "REG_MULTI_SZ"
equals = "bad"
set = ["good", "better"]
reference = "own"
[[rule]]
id = "missing"
title = "not there"
key = 'Software\A'
value = "Missing"
absent = true
set = 1
reference = "own"
)";

HiveSpec user_spec() {
    return HiveSpec{}
        .with("Software\\A",
              {sz(u"Proxy", u"http://old.example:80"), qword(u"Size", 50), dword(u"Noted", 1),
               multi_sz(u"List", {u"a", u"bad", u"and so on"}), dword(u"Other", 5)})
        .with("Software\\Office\\15.0\\Mail", dword(u"Off", 1))
        .with("Software\\Office\\16.0\\Mail", dword(u"Off", 1))
        .with("Software\\Office\\17.0\\Mail", dword(u"Off", 0));
}

/// `rule: set K : V to …`, `left rule: code`, a line each.
std::string told(const Patch& patch) {
    std::string all;
    for (const auto& fix : patch.fixes) {
        all += fix.rule + ": " + described(fix) + '\n';
    }
    for (const auto& left : patch.left) {
        all += "left " + left.rule + ": " + std::string(to_string(left.reason.code())) + '\n';
    }
    return all;
}

} // namespace

TEST_CASE("mend: what several rules find is one patch; what stays is told") {
    FixScene scene;
    scene.reset(text_of_hive(user_spec()));
    const auto rules = rules_in(kRules);
    const auto patch = plan_fix(scene.hive(), rules, {.time = kFixTime});
    CHECK(told(patch) == "proxy: set Software\\A : Proxy to REG_SZ \"http://new\"\n"
                         "size: set Software\\A : Size to REG_QWORD 100\n"
                         "versions: set Software\\Office\\15.0\\Mail : Off to REG_DWORD 0\n"
                         "versions: set Software\\Office\\16.0\\Mail : Off to REG_DWORD 0\n"
                         "wide: set Software\\A : List to REG_MULTI_SZ 67 00 6f 00 6f 00 64 00 00 "
                         "00 62 00 65 00 74 00 74 00 65 00 72 00 00 00 00 00\n"
                         "left noted: invalid-argument\n"
                         "left missing: no-room\n");
    const auto before = scene.bytes();
    apply(patch, scene.hive());
    CHECK(told(plan_fix(scene.hive(), rules, {})) ==
          "left noted: invalid-argument\nleft missing: no-room\n");
    apply(reversed(patch), scene.hive());
    CHECK(scene.bytes() == before);
}

TEST_CASE("mend: to delete is for rules that say so") {
    FixScene scene;
    scene.reset(text_of_hive(user_spec()));
    const auto patch =
        plan_fix(scene.hive(), rules_in(kRules), {.action = Action::delete_value, .time = {}});
    CHECK(told(patch) == "versions: delete Software\\Office\\15.0\\Mail : Off\n"
                         "versions: delete Software\\Office\\16.0\\Mail : Off\n"
                         "left proxy: invalid-argument\n"
                         "left size: invalid-argument\n"
                         "left noted: invalid-argument\n"
                         "left wide: invalid-argument\n"
                         "left missing: invalid-argument\n");
}

TEST_CASE("mend: the control set that is in use, and no other") {
    FixScene scene;
    scene.reset(text_of_hive(
        HiveSpec{}
            .with("Select", dword(u"Current", 2))
            .with("ControlSet001\\Control\\Terminal Server", dword(u"fDenyTSConnections", 0))
            .with("ControlSet002\\Control\\Lsa", dword(u"LimitBlankPasswordUse", 0))
            .with("ControlSet001\\Control\\Lsa", dword(u"LimitBlankPasswordUse", 0))));
    const auto rules = rules_in(R"(
[[rule]]
id = "blank"
title = "blank passwords"
hive = "system"
key = 'CurrentControlSet\Control\Lsa'
value = "LimitBlankPasswordUse"
equals = 0
set = 1
reference = "own"
)");
    const auto patch = plan_fix(scene.hive(), rules, {.time = kFixTime});
    CHECK(told(patch) ==
          "blank: set ControlSet002\\Control\\Lsa : LimitBlankPasswordUse to REG_DWORD 1\n");
    CHECK(preview(patch).find(R"([HKEY_LOCAL_MACHINE\SYSTEM\ControlSet002\Control\Lsa] )"
                              R"("LimitBlankPasswordUse"=dword:00000001)") != std::string::npos);
    apply(patch, scene.hive());
    CHECK(plan_fix(scene.hive(), rules, {}).ranges.empty());
}

TEST_CASE("mend: rules that ask for the same are one change, those that contradict are told") {
    const auto rule = [](const char* id, std::uint32_t set) {
        Rule one = *find_rule("mapi-http-disabled");
        one.id = id;
        one.remedy.set_to = regf::dword_data(set);
        return std::make_shared<const Rule>(one);
    };
    FixScene scene;
    const std::vector<RulePtr> all = {rule("a", 0), rule("b", 0), rule("c", 7)};
    const auto patch = plan_fix(scene.hive(), all, {.time = kFixTime});
    CHECK(told(patch) == "a: set Software\\Microsoft\\Exchange : MapiHttpDisabled to REG_DWORD 0\n"
                         "b: set Software\\Microsoft\\Exchange : MapiHttpDisabled to REG_DWORD 0\n"
                         "left c: invalid-argument\n");
    CHECK(patch.ranges == scene.plan().ranges);
    apply(patch, scene.hive());
    CHECK(scene.bytes() == scene.fixed_bytes());
}

TEST_CASE("mend: a fix of rules of a program is recovered and undone where these are named") {
    FixScene scene;
    const auto old = text_of_hive(user_spec());
    scene.reset(old);
    const auto rules = rules_in(kRules);
    const auto patch = plan_fix(scene.hive(), rules, {.time = kFixTime});
    put_text(scene.journal(), journal_text(patch));
    CHECK(error_of([&] { recover(scene.hive()); }) == "bad-journal");
    CHECK(recover(scene.hive(), rules) == Recovery::rolled_back);
    CHECK(scene.bytes() == old);

    const auto record = scene.top() / "record.json";
    RunRecord run_record(
        record,
        {.kind = RunKind::fix, .id = "run", .tool = "test", .time = kFixTime, .arguments = {}});
    FixRun run;
    run.rules = rules;
    run.record = &run_record;
    const auto targets = discover({scene.hive()});
    std::vector<FixOutcome> outcomes;
    const auto counts =
        fix(targets, run, [&](const FixedHive& hive) { outcomes.push_back(hive.outcome); });
    REQUIRE(outcomes.size() == 1);
    CHECK(outcomes[0].result == FixResult::fixed);
    CHECK(outcomes[0].left.size() == 2);
    CHECK(counts.left == 2);
    const SavedRun saved(record);
    REQUIRE(saved.size() == 1);
    const auto again = saved.change(0).patch;
    CHECK(told(again) == told(outcomes[0].patch.value()).substr(0, told(again).size()));
    std::vector<UndoneHive> undone;
    const auto undo_with = [&](const std::vector<RulePtr>& known) {
        UndoOptions options;
        options.rules = known;
        undo(saved, options, [&](const UndoneHive& hive) { undone.push_back(hive); });
        return undone.back().result;
    };
    CHECK(undo_with({}) == UndoResult::refused);
    CHECK(undo_with(rules) == UndoResult::undone);
    CHECK(scene.bytes() == old);
}

TEST_CASE("mend: a journal that changes a value otherwise than its rule's remedy is none") {
    FixScene scene;
    const auto old = text_of_hive(user_spec());
    const auto rules = rules_in(kRules);
    const auto refused = [&](const std::vector<regf::ValueChange>& changes) {
        scene.reset(old);
        const auto bytes = std::as_bytes(std::span(old));
        const MemorySource source(bytes);
        Patch patch = plan_fix(source, {}, rules, {.time = kFixTime});
        patch.ranges =
            regf::edit_values(regf::VerifiedImage({bytes.begin(), bytes.end()}),
                              {.changes = changes,
                               .time = kFixTime,
                               .sequence = regf::read_base_block(source).primary_sequence + 1,
                               .stamp_base_block = true});
        put_text(scene.journal(), journal_text(patch));
        return error_of([&] { recover(scene.hive(), rules); });
    };
    const auto key = Path("Software\\A").names();
    const regf::ValueChange right = {key, u"Proxy", regf::text_data("http://new")};
    CHECK(refused({right}) == "no error");
    CHECK(refused({right, {key, u"Size", regf::qword_data(100)}}) == "no error");
    CHECK(refused({{key, u"Proxy", regf::text_data("http://old")}}) == "bad-journal");
    CHECK(refused({right, {key, u"Size", regf::qword_data(99)}}) == "bad-journal");
    CHECK(refused({right, {key, u"Size", {}}}) == "bad-journal");
    CHECK(refused({right, {key, u"Other", regf::dword_data(0)}}) == "bad-journal");
    CHECK(refused({{key, u"Noted", {}}}) == "bad-journal");
    // Nor is one that makes of what is right what would mend it.
    const auto right_already = Path("Software\\Office\\17.0\\Mail").names();
    CHECK(refused({right, {right_already, u"Off", {}}}) == "bad-journal");
}
