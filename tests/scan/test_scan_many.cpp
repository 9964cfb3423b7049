// Many rules and many keys: all are asked, and what is asked of the file stays within bounds.
#include "tests/support/hive_files.hpp"

#include <hivelint/rules.hpp>
#include <hivelint/scan.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

using namespace hivelint;
using namespace hivelint::test;

namespace {

RulePtr rule_at(std::string id, std::string key) {
    Rule rule = *find_rule("mapi-http-disabled");
    rule.id = std::move(id);
    rule.key = std::move(key);
    return std::make_shared<const Rule>(std::move(rule));
}

Record scanned(const BuiltHive& hive, std::vector<RulePtr> rules, Confirm confirm) {
    ScanOptions options;
    options.rules = std::move(rules);
    options.confirm = confirm;
    return scan_source(MemorySource(hive.bytes), {}, "NTUSER.DAT", options);
}

} // namespace

TEST_CASE("many: '*' over 100,000 keys finds the one that is affected") {
    HiveSpec spec;
    auto& all = spec.key("Software\\All");
    for (int i = 0; i < 100'000; ++i) {
        const auto name = fmt::format("{:06}", i);
        all.subkeys.push_back({.name = {name.begin(), name.end()}});
    }
    all.subkeys[73'456].key("Mail").values = {dword(u"MapiHttpDisabled", 1)};
    const auto hive = spec.build();
    const auto record =
        scanned(hive, {rule_at("all", "Software\\All\\*\\Mail")}, Confirm::automatic);
    // libhivex refuses a key with so many below it; that is told.
    CHECK((second_parser().empty() || record.error->code() == ErrorCode::hivex_failed));
    REQUIRE(record.checks.size() == 1);
    CHECK(record.checks[0].finding.verdict == Verdict::affected);
    CHECK(record.checks[0].finding.key == "Software\\All\\073456\\Mail");
    // A page is read once, however many keys lie in it.
    CHECK(record.pages_read <= hive.bytes.size() / kPage);
}

TEST_CASE("many: 10,000 rules, whose paths share their front") {
    const auto hive = HiveSpec{}
                          .with("Software\\Own\\Mail", dword(u"MapiHttpDisabled", 1))
                          .with("Software\\Own\\Other", dword(u"MapiHttpDisabled", 0))
                          .build();
    std::vector<RulePtr> rules;
    for (int i = 0; i < 10'000; ++i) {
        rules.push_back(rule_at(fmt::format("rule-{}", i),
                                fmt::format("Software\\Own\\{}", i % 2 == 0 ? "Mail" : "Other")));
    }
    const auto one = scanned(hive, {rules[0]}, Confirm::never).pages_read;
    const auto record = scanned(hive, rules, Confirm::automatic);
    CHECK(record.checks.size() == rules.size());
    Summary summary;
    summary.add(record);
    CHECK(summary.affected == 5'000);
    CHECK(summary.clear == 5'000);
    CHECK(record.pages_read <= one + 1);
}

TEST_CASE("many: what `*` stands for is what Windows finds under each name") {
    HiveSpec spec;
    auto& all = spec.key("Software\\All");
    for (const char16_t* name : {u"Hidden", u"Twice", u"TWICE", u"Veiled", u"Zoo"}) {
        all.subkeys.push_back({.name = name});
        all.subkeys.back().key("Mail").values = {dword(u"MapiHttpDisabled", 1)};
    }
    auto hive = spec.build();
    const auto spoil = [&](const char* path) { // its hint is another name's
        const auto hint = hive.element(path) + 4;
        hive.put32(hint, hive.get32(hint) ^ 1);
    };
    spoil("Software\\All\\Hidden");
    spoil("Software\\All\\Veiled\\Mail");
    const auto record = scanned(hive, {rule_at("all", "Software\\All\\*\\Mail")}, Confirm::never);
    std::string told;
    for (const auto& check : record.checks) {
        told += check.finding.key + ' ' + std::string(to_string(check.finding.verdict)) + '\n';
    }
    CHECK(told == "Software\\All\\Hidden\\Mail clear\n"
                  "Software\\All\\Twice\\Mail affected\n"
                  "Software\\All\\Veiled\\Mail clear\n"
                  "Software\\All\\Zoo\\Mail affected\n");
    const auto notes_with = [&](std::string_view text) {
        return std::ranges::count_if(record.notes, [&](const std::string& note) {
            return note.find(text) != std::string::npos;
        });
    };
    CAPTURE(fmt::format("{}", fmt::join(record.notes, "\n")));
    CHECK(notes_with("behind a wrong hash") == 2);
    CHECK(notes_with("second key") == 1);
}
