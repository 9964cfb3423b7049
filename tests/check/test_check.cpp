// What a value means for a rule: evaluate() as a table over lookups, and the table of rules.
#include "tests/support/hive_builder.hpp"

#include <hivelint/check.hpp>
#include <hivelint/regf/name.hpp>
#include <hivelint/rules.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using namespace hivelint::test;
using hivelint::dword_of;
using hivelint::Error;
using hivelint::ErrorCode;
using hivelint::evaluate;
using hivelint::find_rule;
using hivelint::Finding;
using hivelint::Rule;
using hivelint::RulePtr;
using hivelint::rules;
using hivelint::Verdict;
using hivelint::regf::FileTime;
using hivelint::regf::Lookup;
using hivelint::regf::StoredValue;

namespace {

RulePtr kb_rule() {
    auto rule = find_rule("mapi-http-disabled");
    REQUIRE(rule != nullptr);
    return rule;
}

StoredValue stored(std::uint32_t type, std::vector<std::byte> data) {
    return {u"MapiHttpDisabled", type, std::move(data), 0x1270};
}

StoredValue stored(const ValueSpec& spec) { return stored(spec.type, spec.data); }

Lookup key_with(std::optional<StoredValue> value) {
    Lookup lookup;
    lookup.key_found = true;
    lookup.key_last_written = {kDefaultTime};
    lookup.value = std::move(value);
    return lookup;
}

/// `clear absent`
std::string said(const Finding& finding) {
    auto out = std::string(to_string(finding.verdict));
    return finding.reason.empty() ? out : out.append(" ").append(finding.reason);
}

} // namespace

TEST_CASE("check: only a REG_DWORD of 4 bytes with the number 1 is the condition") {
    struct Row {
        std::string_view what;
        StoredValue value;
        std::string expected;
    };
    const Row rows[] = {
        {"the condition", stored(dword(u"", 1)), "affected"},
        {"zero", stored(dword(u"", 0)), "clear zero"},
        {"two", stored(dword(u"", 2)), "nonstandard number"},
        {"all bits", stored(dword(u"", 0xFFFF'FFFF)), "nonstandard number"},
        {"one, bytes reversed", stored(dword(u"", 0x0100'0000)), "nonstandard number"},
        {"the lowest bit set", stored(dword(u"", 0x8000'0001)), "nonstandard number"},
        {"no bytes", stored(4, {}), "nonstandard size"},
        {"1 byte", stored(4, bytes_of({1})), "nonstandard size"},
        {"2 bytes", stored(4, bytes_of({1, 0})), "nonstandard size"},
        {"3 bytes", stored(4, bytes_of({1, 0, 0})), "nonstandard size"},
        {"5 bytes", stored(4, bytes_of({1, 0, 0, 0, 0})), "nonstandard size"},
        {"8 bytes", stored(4, bytes_of({1, 0, 0, 0, 0, 0, 0, 0})), "nonstandard size"},
        {"8 zero bytes", stored(4, bytes_of({0, 0, 0, 0, 0, 0, 0, 0})), "nonstandard size"},
        {"REG_SZ", stored(sz(u"", u"1")), "nonstandard type"},
        {"REG_EXPAND_SZ", stored(expand_sz(u"", u"1")), "nonstandard type"},
        {"REG_MULTI_SZ", stored(multi_sz(u"", {u"1"})), "nonstandard type"},
        {"big-endian", stored(5, bytes_of({0, 0, 0, 1})), "nonstandard type"},
        {"big-endian tag on 1", stored(5, bytes_of({1, 0, 0, 0})), "nonstandard type"},
        {"REG_BINARY", stored(3, bytes_of({1, 0, 0, 0})), "nonstandard type"},
        {"REG_BINARY zero", stored(3, bytes_of({0, 0, 0, 0})), "nonstandard type"},
        {"REG_NONE", stored(0, {}), "nonstandard type"},
        {"REG_QWORD", stored(qword(u"", 1)), "nonstandard type"},
        {"type 0xFFFF0012", stored(0xFFFF'0012, bytes_of({1, 0, 0, 0})), "nonstandard type"},
        {"type 0x10004", stored(0x1'0004, bytes_of({1, 0, 0, 0})), "nonstandard type"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        const auto finding = evaluate(kb_rule(), key_with(row.value));
        CHECK(said(finding) == row.expected);
        CHECK(finding.rule == kb_rule());
        // What was found is shown, whatever it means.
        REQUIRE(finding.value);
        CHECK(finding.value->type == row.value.type);
        CHECK(finding.value->data == row.value.data);
        CHECK(finding.value->offset == 0x1270);
        CHECK(finding.key_last_written == FileTime{kDefaultTime});
    }
}

TEST_CASE("check: what is not there") {
    const Error damage(ErrorCode::bad_cell, 0x2000, "a cell");
    const Error more(ErrorCode::bad_value, 0x3000, "a value");
    struct Row {
        std::string_view what;
        Lookup lookup;
        std::string expected;
        bool has_time;
    };
    auto no_key_damaged = Lookup{};
    no_key_damaged.damage = {damage, more};
    auto no_value_damaged = key_with({});
    no_value_damaged.damage = {more, damage};
    auto also_a_key = key_with({});
    also_a_key.name_is_also_a_key = true;
    const Row rows[] = {
        {"no key", {}, "clear absent", false},
        {"no value", key_with({}), "clear absent", true},
        {"only a key of that name", also_a_key, "clear absent", true},
        {"no key, but damage on the way", no_key_damaged, "unknown bad-cell", false},
        {"no value, but damage on the way", no_value_damaged, "unknown bad-value", true},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        const auto finding = evaluate(kb_rule(), row.lookup);
        CHECK(said(finding) == row.expected);
        CHECK(!finding.value);
        CHECK(finding.key_last_written.has_value() == row.has_time);
    }
}

TEST_CASE("check: damage and duplicates beside a value that was found do not change its verdict") {
    for (const std::uint32_t number : {0U, 1U}) {
        auto lookup = key_with(stored(dword(u"", number)));
        const auto before = said(evaluate(kb_rule(), lookup));
        lookup.damage = {Error(ErrorCode::bad_value, 0x3000, "a value")};
        lookup.duplicate_values = {0x4000};
        lookup.duplicate_keys = {0x5000};
        lookup.name_is_also_a_key = true;
        CHECK(said(evaluate(kb_rule(), lookup)) == before);
        CHECK(before == (number == 1 ? "affected" : "clear zero"));
    }
}

TEST_CASE("check: a rule's own numbers decide") {
    Rule own = *kb_rule();
    own.condition = hivelint::NumberIs{{{0, 0}}};
    own.remedy.set_to = hivelint::regf::dword_data(2);
    const auto rule = std::make_shared<const Rule>(own);
    CHECK(said(evaluate(rule, key_with(stored(dword(u"", 0))))) == "affected");
    CHECK(said(evaluate(rule, key_with(stored(dword(u"", 2))))) == "clear good");
    CHECK(said(evaluate(rule, key_with(stored(dword(u"", 1))))) == "nonstandard number");
    CHECK(said(evaluate(rule, key_with({}))) == "clear absent");
}

TEST_CASE("check: a question that could not be answered") {
    const auto finding = undecided(kb_rule(), Error(ErrorCode::link_key, 0x1210, "a link"));
    CHECK(said(finding) == "unknown link-key");
    CHECK(finding.rule == kb_rule());
    CHECK(!finding.value);
    CHECK(!finding.key_last_written);
}

TEST_CASE("check: the number of a REG_DWORD") {
    CHECK(dword_of(stored(dword(u"", 0x1234'5678))) == 0x1234'5678);
    CHECK(dword_of(stored(dword(u"", 0xFFFF'FFFF))) == 0xFFFF'FFFF);
    CHECK(!dword_of(stored(4, {})));
    CHECK(!dword_of(stored(4, bytes_of({1, 0, 0}))));
    CHECK(!dword_of(stored(4, bytes_of({1, 0, 0, 0, 0}))));
    CHECK(!dword_of(stored(5, bytes_of({0, 0, 0, 1}))));
    CHECK(!dword_of(stored(3, bytes_of({1, 0, 0, 0}))));
}

TEST_CASE("check: words of verdicts") {
    CHECK(to_string(Verdict::affected) == "affected");
    CHECK(to_string(Verdict::nonstandard) == "nonstandard");
    CHECK(to_string(Verdict::unknown) == "unknown");
    CHECK(to_string(Verdict::clear) == "clear");
}

TEST_CASE("check: each word leads back to its value, and nothing else does") {
    for (const auto verdict :
         {Verdict::affected, Verdict::nonstandard, Verdict::unknown, Verdict::clear}) {
        CHECK(hivelint::verdict_from_string(to_string(verdict)) == verdict);
    }
    using hivelint::State;
    for (const auto state :
         {State::clean, State::recovered, State::healed, State::dirty, State::truncated,
          State::corrupt, State::not_a_hive, State::unreadable}) {
        CHECK(hivelint::state_from_string(to_string(state)) == state);
    }
    for (const auto severity :
         {hivelint::Severity::finding, hivelint::Severity::review, hivelint::Severity::info}) {
        CHECK(hivelint::severity_from_string(to_string(severity)) == severity);
    }
    using hivelint::HiveKind;
    for (const auto kind :
         {HiveKind::user, HiveKind::usrclass, HiveKind::software, HiveKind::system, HiveKind::sam,
          HiveKind::security, HiveKind::bcd, HiveKind::amcache}) {
        CHECK(hivelint::hive_kind_from_string(to_string(kind)) == kind);
    }
    int codes = 0;
    for (; to_string(static_cast<ErrorCode>(codes)) != "unknown-error"; ++codes) {
        const auto code = static_cast<ErrorCode>(codes);
        CHECK(hivelint::error_code_from_string(to_string(code)) == code);
    }
    CHECK(codes == static_cast<int>(ErrorCode::hivex_failed) + 1); // which is the last
    for (const auto* word : {"", "Clear", " clear", "clear ", "clea", "affected,", "not_a_hive"}) {
        CAPTURE(word);
        CHECK(!hivelint::verdict_from_string(word));
        CHECK(!hivelint::state_from_string(word));
        CHECK(!hivelint::severity_from_string(word));
        CHECK(!hivelint::error_code_from_string(word));
    }
}

TEST_CASE("rules: the condition of KB 2937684 as it is documented") {
    const auto& rule = *kb_rule();
    CHECK(rule.key == "Software\\Microsoft\\Exchange");
    CHECK(rule.value == "MapiHttpDisabled");
    const auto& wrong = std::get<hivelint::NumberIs>(rule.condition);
    CHECK(wrong.any_of == std::vector<hivelint::NumberRange>{{1, 1}});
    CHECK(wrong.type == hivelint::regf::kRegDword);
    CHECK(rule.remedy.set_to == hivelint::regf::dword_data(0));
    CHECK(rule.severity == hivelint::Severity::finding);
    CHECK(rule.remedy.may_delete);
    CHECK(rule.reference == "KB 2937684");
}

TEST_CASE("rules: every rule of every pack can be used, and says where it comes from") {
    std::set<std::string_view> ids;
    REQUIRE(hivelint::packs().size() == 3);
    CHECK(rules().size() == 1);
    for (const auto& pack : hivelint::packs()) {
        CHECK(hivelint::find_pack(pack.id) == &pack);
        CHECK(!pack.title.empty());
        for (const auto& rule : pack.rules) {
            CAPTURE(rule->id);
            CHECK(ids.insert(rule->id).second);
            CHECK(find_rule(rule->id) == rule);
            CHECK(problem_with(*rule) == "");
            CHECK(!rule->title.empty());
            CHECK(!rule->meaning.empty());
            CHECK(!rule->reference.empty());
            CHECK(!hivelint::regf::parse_key_path(rule->key).empty());
            CHECK(!rule->value.empty());
            // Only what Microsoft says is wrong is a finding: the others are off by default.
            CHECK((rule->severity == hivelint::Severity::finding) ==
                  (&pack == &hivelint::packs()[0]));
        }
    }
    CHECK(ids.size() == 35);
    CHECK(find_rule("") == nullptr);
    CHECK(find_rule("MAPI-HTTP-DISABLED") == nullptr);
    CHECK(find_rule("mapi-http-disable") == nullptr);
    CHECK(hivelint::find_pack("") == nullptr);
}
