// Conditions: what meets them, what is of another type or size, and clauses.
#include "tests/support/hive_builder.hpp"

#include <hivelint/check.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace hivelint;
using namespace hivelint::test;

namespace {

regf::Lookup with_value(const ValueSpec& spec) {
    regf::Lookup lookup;
    lookup.key_found = true;
    lookup.value = regf::StoredValue{spec.name, spec.type, spec.data, 0x1270};
    return lookup;
}

regf::Lookup without_value() {
    regf::Lookup lookup;
    lookup.key_found = true;
    return lookup;
}

RulePtr rule_with(const Condition& condition) {
    Rule rule;
    rule.id = "own";
    rule.key = "Software";
    rule.value = "v";
    rule.condition = condition;
    return std::make_shared<const Rule>(rule);
}

std::string said(const Finding& finding) {
    const auto word = std::string(to_string(finding.verdict));
    return finding.reason.empty() ? word : word + ' ' + finding.reason;
}

} // namespace

TEST_CASE("conditions: types are never coerced, sizes are right, texts end at their first zero") {
    const auto number = [](std::vector<NumberRange> ranges, std::uint32_t type = regf::kRegDword) {
        return Condition(NumberIs{std::move(ranges), type});
    };
    const auto text = [](std::vector<std::string> any, TextMatch how = TextMatch::equals,
                         std::uint32_t type = regf::kRegSz, bool exact = false) {
        return Condition(TextIs{std::move(any), how, exact, type});
    };
    struct Row {
        Condition condition;
        ValueSpec value;
        std::string_view expected;
    };
    const Row rows[] = {
        {number({{1, 1}}), dword(u"v", 1), "affected"},
        {number({{1, 1}}), sz(u"v", u"1"), "nonstandard type"},
        {number({{1, 1}}), qword(u"v", 1), "nonstandard type"},
        {number({{1, 1}}), raw(u"v", 4, bytes_of({1, 0})), "nonstandard size"},
        {number({{1, 1}}), dword(u"v", 2), "clear good"},
        {number({{1, 1}}), dword(u"v", 0), "clear zero"},
        {number({{0, 2}, {7, 9}}), dword(u"v", 8), "affected"},
        {number({{0, 2}, {7, 9}}), dword(u"v", 3), "clear good"},
        {number({{2, 0xFFFF'FFFF}}), dword(u"v", 0xFFFF'FFFF), "affected"},
        {number({{1, 1}}, 11), qword(u"v", 1), "affected"},
        {number({{1, 1}}, 11), qword(u"v", 0x1'0000'0001), "clear good"},
        {number({{1, 1}}, 11), dword(u"v", 1), "nonstandard type"},
        {number({{1, 1}}, 11), raw(u"v", 11, bytes_of({1, 0, 0, 0})), "nonstandard size"},
        {text({"1"}), sz(u"v", u"1"), "affected"},
        {text({"1"}), dword(u"v", 1), "nonstandard type"},
        {text({"1"}), expand_sz(u"v", u"1"), "nonstandard type"},
        {text({"1"}), sz(u"v", u"11"), "clear good"},
        {text({"1"}), raw(u"v", 1, bytes_of({0x31})), "nonstandard size"},
        {text({"1"}), raw(u"v", 1, bytes_of({0x31, 0})), "affected"},
        {text({"1"}), raw(u"v", 1, bytes_of({0x31, 0, 0, 0, 0x32, 0})), "affected"},
        {text({"\xC3\x84gypten"}), sz(u"v", u"\u00E4GYPTEN"), "affected"},
        {text({"Ab"}, TextMatch::equals, 1, true), sz(u"v", u"ab"), "clear good"},
        {text({"Ab"}, TextMatch::equals, 1, true), sz(u"v", u"Ab"), "affected"},
        {text({"x", "y"}, TextMatch::contains), sz(u"v", u"aYb"), "affected"},
        {text({"x", "y"}, TextMatch::contains), sz(u"v", u"ab"), "clear good"},
        {text({"http:"}, TextMatch::starts), sz(u"v", u"HTTP://x"), "affected"},
        {text({"http:"}, TextMatch::starts), sz(u"v", u"x http:"), "clear good"},
        {text({".exe"}, TextMatch::ends), sz(u"v", u"a.EXE"), "affected"},
        {text({".exe"}, TextMatch::ends), sz(u"v", u"a.exe "), "clear good"},
        {text({"b"}, TextMatch::equals, 7), multi_sz(u"v", {u"a", u"B"}), "affected"},
        {text({"ab"}, TextMatch::equals, 7), multi_sz(u"v", {u"a", u"b"}), "clear good"},
        {text({"b"}, TextMatch::equals, 7), raw(u"v", 7, {}), "clear good"},
        {text({"b"}, TextMatch::equals, 7), raw(u"v", 7, bytes_of({0x62, 0})), "affected"},
        {BytesAre{bytes_of({1, 2})}, binary(u"v", bytes_of({1, 2})), "affected"},
        {BytesAre{bytes_of({1, 2})}, binary(u"v", bytes_of({1, 2, 3})), "clear good"},
        {BytesAre{bytes_of({1, 2})}, raw(u"v", 0, bytes_of({1, 2})), "nonstandard type"},
        {TypeIs{regf::kRegBinary}, binary(u"v", {}), "affected"},
        {TypeIs{regf::kRegBinary}, dword(u"v", 1), "clear good"},
        {IsPresent{}, dword(u"v", 0), "affected"},
        {IsAbsent{}, dword(u"v", 0), "clear zero"},
        {KeyIsPresent{}, dword(u"v", 0), "affected"},
    };
    int number_of_row = 0;
    for (const auto& row : rows) {
        CAPTURE(number_of_row++);
        CHECK(said(evaluate(rule_with(row.condition), with_value(row.value))) == row.expected);
    }
}

TEST_CASE("conditions: of what is not there") {
    const std::pair<Condition, std::pair<const char*, const char*>> rows[] = {
        {NumberIs{{{0, 0}}}, {"clear absent", "clear absent"}},
        {TextIs{{"x"}}, {"clear absent", "clear absent"}},
        {IsPresent{}, {"clear absent", "clear absent"}},
        {IsAbsent{}, {"affected absent", "affected absent"}},
        {KeyIsPresent{}, {"affected", "clear absent"}},
    };
    for (const auto& [condition, expected] : rows) {
        CHECK(said(evaluate(rule_with(condition), without_value())) == expected.first);
        CHECK(said(evaluate(rule_with(condition), regf::Lookup())) == expected.second);
        auto damaged = without_value();
        damaged.damage = {Error(ErrorCode::bad_value, 0x3000, "a value")};
        const bool key = std::holds_alternative<KeyIsPresent>(condition);
        CHECK(said(evaluate(rule_with(condition), damaged)) ==
              (key ? "affected" : "unknown bad-value"));
    }
}

TEST_CASE("conditions: what is right may be said") {
    Rule rule = *rule_with(NumberIs{{{0, 2}}});
    rule.good = Condition(NumberIs{{{3, 5}}});
    const auto own = std::make_shared<const Rule>(rule);
    CHECK(said(evaluate(own, with_value(dword(u"v", 1)))) == "affected");
    CHECK(said(evaluate(own, with_value(dword(u"v", 4)))) == "clear good");
    CHECK(said(evaluate(own, with_value(dword(u"v", 6)))) == "nonstandard number");
    rule.condition = TextIs{{"bad"}};
    rule.good = Condition(TextIs{{"fine"}});
    const auto text = std::make_shared<const Rule>(rule);
    CHECK(said(evaluate(text, with_value(sz(u"v", u"fine")))) == "clear good");
    CHECK(said(evaluate(text, with_value(sz(u"v", u"other")))) == "nonstandard text");
}

TEST_CASE("conditions: clauses are all of lists of any, and may be turned round") {
    const Clause a = {.value = "a", .condition = NumberIs{{{1, 1}}}};
    const Clause b = {.value = "b", .condition = NumberIs{{{1, 1}}}};
    const auto is = [](std::uint32_t number) { return with_value(dword(u"", number)); };
    const auto none = without_value();
    auto damaged = none;
    damaged.damage = {Error(ErrorCode::bad_value, 0x3000, "a value")};
    const auto verdict = [&](std::vector<std::vector<Clause>> also, const regf::Lookup& first,
                             const regf::Lookup& second) {
        Rule rule = *rule_with(IsPresent{});
        rule.also = std::move(also);
        const std::vector<regf::Lookup> answers = {is(7), first, second};
        CHECK(questions_of(rule).size() == 3);
        return said(evaluate(std::make_shared<const Rule>(rule), answers));
    };
    CHECK(verdict({{a}, {b}}, is(1), is(1)) == "affected");
    CHECK(verdict({{a}, {b}}, is(1), is(0)) == "clear not-in-effect");
    CHECK(verdict({{a}, {b}}, is(1), none) == "clear not-in-effect");
    CHECK(verdict({{a, b}}, is(0), is(1)) == "affected");
    CHECK(verdict({{a, b}}, is(0), is(0)) == "clear not-in-effect");
    CHECK(verdict({{a, b}}, damaged, is(1)) == "affected");
    CHECK(verdict({{a, b}}, damaged, is(0)) == "unknown damaged");
    CHECK(verdict({{a}, {b}}, damaged, is(1)) == "unknown damaged");
    CHECK(verdict({{a}, {b}}, damaged, is(0)) == "clear not-in-effect");
    Clause not_a = a;
    not_a.negated = true;
    CHECK(verdict({{not_a}, {b}}, is(0), is(1)) == "affected");
    CHECK(verdict({{not_a}, {b}}, none, is(1)) == "affected");
    CHECK(verdict({{not_a}, {b}}, is(1), is(1)) == "clear not-in-effect");
    CHECK(verdict({{not_a}, {b}}, damaged, is(1)) == "unknown damaged");
    // A value of another type does not meet it.
    CHECK(verdict({{a}, {b}}, with_value(sz(u"", u"1")), is(1)) == "clear not-in-effect");
}
