// Rules beyond the first one: any value type, keys with `*`, hives of the machine, clauses,
// secrets, and the packs, each rule with the bad value, a good one, another type, and absent.
#include "check/value_data.hpp"
#include "tests/support/replay_scene.hpp"
#include "tests/support/scan_logs.hpp"
#include "tests/support/scan_text.hpp"

#include <hivelint/report.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace hivelint;
using namespace hivelint::test;

namespace {

RulePtr rule_of(const std::string& fields) {
    std::vector<RuleProblem> problems;
    const auto pack =
        parse_pack("[[rule]]\nid = \"own\"\ntitle = \"t\"\nreference = \"r\"\n" + fields, problems);
    REQUIRE(problems.empty());
    return pack.rules.at(0);
}

Record scan_for(const HiveSpec& spec, std::vector<RulePtr> rules) {
    const TempDir dir;
    return scan_file(save(dir, spec.build()), {.rules = std::move(rules)});
}

/// `verdict reason at KEY by walker+hivex`, a line for each check.
std::string checks_of(const Record& record) {
    Lines lines;
    for (const auto& check : record.checks) {
        const auto& finding = check.finding;
        lines.push_back(fmt::format("{}{}{} at {} by {}", to_string(finding.verdict),
                                    finding.reason.empty() ? "" : " ", finding.reason, finding.key,
                                    fmt::join(check.confirmed_by, "+")));
    }
    return one_text(lines);
}

ValueSpec named(ValueSpec value, const std::string& name) {
    value.name = to_utf16(name);
    return value;
}

/// A value that meets the condition, one that is right, and one of another type.
struct Samples {
    ValueSpec bad, good, other;
};

Samples samples_of(const Rule& rule) {
    const auto* numbers = std::get_if<NumberIs>(&rule.condition);
    if (numbers == nullptr) { // is there
        return {dword(u"", 1), dword(u"", 1), dword(u"", 1)};
    }
    const auto bad = static_cast<std::uint32_t>(numbers->any_of.front().first);
    std::uint32_t good = bad == 0 ? 1 : 0;
    if (rule.remedy.set_to) {
        good = static_cast<std::uint32_t>(*number_in(*rule.remedy.set_to));
    } else if (rule.good) {
        good = static_cast<std::uint32_t>(std::get<NumberIs>(*rule.good).any_of.front().first);
    }
    return {dword(u"", bad), dword(u"", good), sz(u"", u"1")};
}

/// The key that a rule's becomes in a hive that is made for it.
std::string key_in_hive(std::string key) {
    const auto put = [&](std::string_view from, std::string_view to) {
        if (const auto at = key.find(from); at != std::string::npos) {
            key.replace(at, from.size(), to);
        }
    };
    put("*", "16.0");
    put("CurrentControlSet", "ControlSet002");
    return key;
}

/// A hive of the kind that the rule is about, with what its clauses ask for.
HiveSpec hive_for(const Rule& rule) {
    HiveSpec spec;
    if (rule.hive == HiveKind::user) {
        spec.with("Software\\Microsoft");
    } else if (rule.hive == HiveKind::software) {
        spec.with("Microsoft\\Windows");
    } else {
        spec.with("ControlSet001")
            .with("Select", dword(u"Current", 2))
            .with("ControlSet002\\Control");
    }
    for (const auto& any_of : rule.also) {
        const auto& clause = any_of.front();
        const bool text = std::holds_alternative<TextIs>(clause.condition);
        spec.with(key_in_hive(clause.key.value_or(rule.key)),
                  text ? sz(to_utf16(clause.value), u"1") : dword(to_utf16(clause.value), 0));
    }
    return spec;
}

} // namespace

TEST_CASE("rules of packs: the bad value, a good one, another type, absent") {
    for (const auto& pack : packs()) {
        for (const auto& rule : pack.rules) {
            CAPTURE(rule->id);
            const auto key = key_in_hive(rule->key);
            const auto samples = samples_of(*rule);
            const auto verdict_of = [&](const ValueSpec* value) {
                auto spec = hive_for(*rule);
                if (value != nullptr) {
                    spec.with(key, named(*value, rule->value));
                }
                const auto record = scan_for(spec, {rule});
                REQUIRE(record.checks.size() == 1);
                const auto& check = record.checks[0];
                CHECK(!record.error);
                CHECK(record.state == State::clean);
                CHECK(record.kind == to_string(rule->hive));
                if (value != nullptr) {
                    CHECK(check.finding.key == key);
                    CHECK(check.finding.value.has_value());
                }
                if (check.finding.verdict != Verdict::clear) {
                    CHECK(fmt::format("{}", fmt::join(check.confirmed_by, "+")) == "walker+hivex");
                }
                return check.finding.verdict;
            };
            const bool any = std::holds_alternative<IsPresent>(rule->condition);
            CHECK(verdict_of(&samples.bad) == Verdict::affected);
            CHECK(verdict_of(&samples.good) == (any ? Verdict::affected : Verdict::clear));
            CHECK(verdict_of(&samples.other) == (any ? Verdict::affected : Verdict::nonstandard));
            CHECK(verdict_of(nullptr) == Verdict::clear);
        }
    }
}

TEST_CASE("rules: `*` is each key of one level, and each finding says which") {
    const auto rule = find_rule("autodiscover-srv-excluded");
    const std::string office = "Software\\Microsoft\\Office\\";
    const auto key = [&](const char* version) {
        return office + version + "\\Outlook\\AutoDiscover";
    };
    HiveSpec spec;
    spec.with(key("15.0"), dword(u"ExcludeSrvRecord", 0))
        .with(key("16.0"), dword(u"excludesrvrecord", 1))
        .with(key("14.0"))
        .with(office + "Common")
        .with(key("17.0"), sz(u"ExcludeSrvRecord", u"1"));
    CHECK(checks_of(scan_for(spec, {rule})) ==
          one_text({"clear zero at " + key("15.0") + " by walker+hivex",
                    "affected at " + key("16.0") + " by walker+hivex",
                    "nonstandard type at " + key("17.0") + " by walker+hivex"}));
    CHECK(checks_of(scan_for(HiveSpec{}.with(key("14.0")), {rule})) ==
          "clear absent at " + rule->key + " by walker");
    CHECK(checks_of(scan_for(HiveSpec{}.with("Software\\Microsoft"), {rule})) ==
          "clear absent at " + rule->key + " by walker");
    CHECK(checks_of(scan_for(HiveSpec{}.with("SAM"), {rule})) ==
          "not-applicable sam at " + rule->key + " by walker");
    // A value of the key above is none of theirs, and a key that is nearly called `*` is none.
    CHECK(all_of(scan_for(HiveSpec{}
                              .with("Software\\Microsoft\\Office", dword(u"ExcludeSrvRecord", 1))
                              .with("Software\\Microsoft\\Office\\j"),
                          {rule})) == "clean clear absent by walker");
    HiveSpec part;
    part.root.name = u"Office";
    part.with("16.0\\Outlook\\AutoDiscover", dword(u"ExcludeSrvRecord", 1));
    CHECK(checks_of(scan_for(part, {rule})) == "affected at " + key("16.0") + " by walker+hivex");
}

TEST_CASE("rules: `*` over very many keys has an end, and it is told") {
    HiveSpec spec;
    for (int i = 0; i < 1'100; ++i) {
        spec.with(fmt::format("Software\\Many\\{:05}", i), dword(u"v", 1));
    }
    const auto record =
        scan_for(spec, {rule_of("key = 'Software\\Many\\*'\nvalue = \"v\"\nequals = 1\n")});
    REQUIRE(record.checks.size() == 1'001);
    CHECK(record.checks[999].finding.verdict == Verdict::affected);
    CHECK(record.checks[1'000].finding.verdict == Verdict::unknown);
    REQUIRE(record.error);
    CHECK(record.error->code() == ErrorCode::limit_exceeded);
}

TEST_CASE("rules: a damaged list below `*` leaves the answer open") {
    HiveSpec spec;
    spec.with("Software\\Many\\a", dword(u"v", 0)).with("Software\\Many\\b", dword(u"v", 1));
    auto hive = spec.build();
    hive.put8(hive.key_cell("Software\\Many\\b") + nk::kSignature, 'x');
    const TempDir dir;
    const auto record =
        scan_file(save(dir, hive),
                  {.rules = {rule_of("key = 'Software\\Many\\*'\nvalue = \"v\"\nequals = 1\n")}});
    REQUIRE(record.checks.size() == 2);
    CHECK(record.checks[0].finding.verdict == Verdict::clear);
    CHECK(record.checks[1].finding.verdict == Verdict::unknown);
    CHECK(record.error.has_value());
    CHECK(record.state == State::corrupt);
}

TEST_CASE("rules: the current control set is the one that Select names, and the record says so") {
    const auto rule = find_rule("wdigest-cleartext");
    const std::string below = "\\Control\\SecurityProviders\\WDigest";
    HiveSpec spec;
    spec.with("Select", dword(u"Current", 2))
        .with("ControlSet001" + below, dword(u"UseLogonCredential", 0))
        .with("ControlSet002" + below, dword(u"UseLogonCredential", 1));
    const auto record = scan_for(spec, {rule});
    CHECK(checks_of(record) == "affected at ControlSet002" + below + " by walker+hivex");
    CHECK(record.notes == Lines{"CurrentControlSet is ControlSet002, as Select\\Current names it"});
    for (const auto& current :
         {dword(u"Current", 0), dword(u"Current", 1000), sz(u"Current", u"2")}) {
        HiveSpec bad;
        bad.with("Select", current).with("ControlSet002" + below, dword(u"UseLogonCredential", 1));
        const auto open = scan_for(bad, {rule});
        CHECK(checks_of(open) == "unknown bad-value at " + rule->key + " by walker");
        REQUIRE(open.error);
        CHECK(open.error->code() == ErrorCode::bad_value);
        CHECK(open.notes.empty()); // nothing was asked that the two parsers could differ on
    }
    CHECK(checks_of(scan_for(affected(), {rule})) ==
          "not-applicable user at " + rule->key + " by walker");
}

TEST_CASE("rules: clauses about another key") {
    const auto rule = find_rule("rdp-without-nla");
    const auto with = [&](std::uint32_t denied) {
        HiveSpec spec;
        spec.with("Select", dword(u"Current", 1))
            .with("ControlSet001\\Control\\Terminal Server", dword(u"fDenyTSConnections", denied))
            .with("ControlSet001\\Control\\Terminal Server\\WinStations\\RDP-Tcp",
                  dword(u"UserAuthentication", 0));
        return scan_for(spec, {rule}).checks.at(0).finding;
    };
    CHECK(with(0).verdict == Verdict::affected);
    CHECK(with(1).verdict == Verdict::clear);
    CHECK(with(1).reason == "not-in-effect");
}

TEST_CASE("rules: a secret is there, with its size, and its data are in no report") {
    HiveSpec spec;
    spec.with("Microsoft\\Windows NT\\CurrentVersion\\Winlogon", sz(u"AutoAdminLogon", u"1"))
        .with("Microsoft\\Windows NT\\CurrentVersion\\Winlogon",
              sz(u"DefaultPassword", u"hunter2"));
    const auto record = scan_for(spec, {find_rule("autologon-password")});
    CHECK(record.checks.at(0).finding.verdict == Verdict::affected);
    const auto line = json_line(record);
    CHECK(line.find("\"size\":16,\"data\":null") != std::string::npos);
    CHECK(line.find("680075006e") == std::string::npos);
    const auto text = text_report(std::span(&record, 1), {.several_rules = true});
    CHECK(text.find("REG_SZ, 16 bytes") != std::string::npos);
    CHECK(text.find("hunter2") == std::string::npos);
}

TEST_CASE("rules: what the primary said of a key that only the logs have, or had, is told") {
    const auto rule = rule_of("key = 'Software\\Microsoft\\*'\nvalue = \"MapiHttpDisabled\"\n"
                              "equals = 1\nset = 0\n");
    const auto record =
        scan_with(hive_with(0), {{"NTUSER.DAT.LOG1", log_of(8, {1}).bytes}}, {.rules = {rule}});
    REQUIRE(record.checks.size() == 1);
    const auto& check = record.checks[0];
    CHECK(check.finding.key == kExchange);
    CHECK(check.finding.verdict == Verdict::affected);
    REQUIRE(check.primary);
    CHECK(check.primary->verdict == Verdict::clear);
    CHECK(check.primary->key == kExchange);
}

TEST_CASE("rules: many of them cost few pages more than one") {
    std::vector<RulePtr> all = {find_rule("mapi-http-disabled")};
    for (const auto& rule : find_pack("outlook-connectivity")->rules) {
        all.push_back(rule);
    }
    HiveSpec spec;
    for (int i = 0; i < 2'000; ++i) {
        spec.with(fmt::format("Software\\Vendor{:04}\\Product", i), dword(u"x", 1));
    }
    spec.with(kExchange, dword(kMapi, 0))
        .with("Software\\Microsoft\\Office\\16.0\\Outlook\\AutoDiscover")
        .with("Software\\Microsoft\\Office\\16.0\\Common\\Identity")
        .with("Software\\Policies\\Microsoft\\Office\\16.0");
    const auto one = scan_for(spec, {all.front()}).pages_read;
    const auto many = scan_for(spec, all).pages_read;
    MESSAGE(one, " pages for one rule, ", many, " for ", all.size());
    CHECK(many <= 2 * one);
}
