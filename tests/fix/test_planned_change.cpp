// check_planned_change(): forged results of a fix, each with one change too many or too few.
#include "tests/support/planned.hpp"

#include "fix/prove.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

using namespace hivelint::test;
using hivelint::Action;
using hivelint::Patch;

namespace {

constexpr const char* kBelow = "Software\\Microsoft\\Exchange\\Below";

HiveSpec before_spec() {
    HiveSpec spec;
    spec.with(kEditedKey, {sz(u"a", u"text"), dword(kEditedValue, 1), dword(u"z", 5)});
    spec.with(kBelow, dword(u"deep", 1));
    // Keys that share names, depth or value with the edited one.
    for (const auto* path :
         {"Zoo\\Microsoft\\Exchange", "Software\\Zoo\\Exchange", "Software\\Microsoft\\Zoo",
          "Zoo\\Software\\Microsoft\\Exchange", "Software\\Microsoft\\Exchange\\Exchange"}) {
        spec.with(path, dword(kEditedValue, 1));
    }
    spec.with("Zoo\\Exchange", {dword(kEditedValue, 1), binary(u"fat", pattern(20'000))});
    return spec;
}

/// What the fix makes of before_spec().
HiveSpec planned_spec(Action action) {
    auto spec = before_spec();
    auto& key = spec.key(kEditedKey);
    key.last_written = kEditTime;
    if (action == Action::set_value) {
        key.values[1] = dword(kEditedValue, 0);
    } else {
        key.values.erase(key.values.begin() + 1);
    }
    return spec;
}

/// A patch that says what the check needs of it; the bytes are forged here.
Patch patch_for(Action action) {
    Patch patch;
    patch.fixes = {{.rule = "mapi-http-disabled",
                    .hive = hivelint::HiveKind::user,
                    .key = kEditedKey,
                    .value = "MapiHttpDisabled",
                    .becomes = action == Action::set_value
                                   ? std::optional(hivelint::regf::dword_data(0))
                                   : std::nullopt}};
    return patch;
}

/// `sound`, or what check_planned_change() says.
std::string judge(const BuiltHive& before, const BuiltHive& after, const Patch& patch) {
    try {
        const hivelint::MemorySource planned(after.bytes);
        hivelint::check_planned_change(
            hivelint::regf::VerifiedImage(before.bytes),
            hivelint::PrivateImage(hivelint::private_copy(planned, planned.size())), patch);
        return "sound";
    } catch (const hivelint::Error& error) {
        return account(error) + ": " + error.message();
    }
}

using Forge = std::function<void(HiveSpec&)>;

std::string forged(Action action, const Forge& forge) {
    auto after = planned_spec(action);
    forge(after);
    return judge(before_spec().build(), after.build(), patch_for(action));
}

/// The key at `path`, in a spec that has it.
KeySpec& at_key(HiveSpec& spec, const char* path) { return spec.key(path); }

} // namespace

TEST_CASE("planned change: what was planned is accepted") {
    for (const auto action : {Action::set_value, Action::delete_value}) {
        CHECK(forged(action, [](HiveSpec&) {}) == "sound");
    }
    // And so is a real patch of a real (built) hive, and its way back.
    const auto before = before_spec().build();
    for (const auto action : {Action::set_value, Action::delete_value}) {
        const auto patch = plan(before, action);
        CHECK(judge(before, patched(before, patch.ranges), patch) == "sound");
    }
}

TEST_CASE("planned change: another number, another value") {
    const auto set = planned_spec(Action::set_value);
    auto patch = patch_for(Action::set_value);
    patch.fixes[0].becomes = hivelint::regf::dword_data(0x0403'0201);
    CHECK(judge(before_spec().build(), set.build(), patch) ==
          "failed-check: hivex sees another set of values at key 'Exchange'");
    auto other = set;
    other.key(kEditedKey).values[1] = dword(kEditedValue, 0x0403'0201);
    CHECK(judge(before_spec().build(), other.build(), patch) == "sound");
}

TEST_CASE("planned change: every other change is refused") {
    struct Row {
        std::string what;
        Forge forge;
        std::string expected; ///< behind `hivex sees another `
    };
    const auto values_of = [](std::string key) { return "set of values at key '" + key + "'"; };
    const auto number_in = [](std::string key) { return "number of subkeys at key '" + key + "'"; };
    const Row rows[] = {
        {"another value", [](auto& s) { at_key(s, kEditedKey).values[0] = sz(u"a", u"texT"); },
         values_of("Exchange")},
        {"another value's type", [](auto& s) { at_key(s, kEditedKey).values[0].type = 2; },
         values_of("Exchange")},
        {"another value's name", [](auto& s) { at_key(s, kEditedKey).values[0].name = u"A"; },
         values_of("Exchange")},
        {"a value more", [](auto& s) { at_key(s, kEditedKey).values.push_back(dword(u"zz", 1)); },
         values_of("Exchange")},
        {"a value less", [](auto& s) { at_key(s, kEditedKey).values.pop_back(); },
         values_of("Exchange")},
        {"the order of values",
         [](auto& s) {
             auto& values = at_key(s, kEditedKey).values;
             std::swap(values.front(), values.back());
         },
         values_of("Exchange")},
        {"a value of a key below", [](auto& s) { at_key(s, kBelow).values[0] = dword(u"deep", 2); },
         values_of("Below")},
        {"a key of the same name elsewhere",
         [](auto& s) { at_key(s, "Zoo\\Exchange").values[0] = dword(kEditedValue, 0); },
         values_of("Exchange")},
        {"one byte of big data",
         [](auto& s) { at_key(s, "Zoo\\Exchange").values[1].data[19'999] ^= std::byte{1}; },
         values_of("Exchange")},
        {"a shorter value", [](auto& s) { at_key(s, "Zoo\\Exchange").values[1].data.pop_back(); },
         values_of("Exchange")},
        {"a key more", [](auto& s) { s.with("Zoo\\More"); }, number_in("Zoo")},
        {"a key more, below the key", [](auto& s) { s.with("Software\\Microsoft\\Exchange\\New"); },
         number_in("Exchange")},
        {"a key less", [](auto& s) { at_key(s, "Zoo").subkeys.clear(); }, number_in("Zoo")},
        {"a key renamed", [](auto& s) { at_key(s, "Zoo\\Exchange").name = u"Exchangf"; },
         "name at key 'Exchange'"},
        {"a key in another letter case", [](auto& s) { at_key(s, "Zoo").name = u"ZOO"; },
         "name at key 'Zoo'"},
        {"the edited key renamed", [](auto& s) { at_key(s, kEditedKey).name = u"EXCHANGE"; },
         "name at key 'Exchange'"},
        {"another key's time", [](auto& s) { ++at_key(s, "Zoo").last_written; },
         "last-written time at key 'Zoo'"},
        {"the time of the key above", [](auto& s) { ++at_key(s, "Software").last_written; },
         "last-written time at key 'Software'"},
        {"the time of a key below", [](auto& s) { ++at_key(s, kBelow).last_written; },
         "last-written time at key 'Below'"},
        {"the time of a key of the same name",
         [](auto& s) { ++at_key(s, "Zoo\\Exchange").last_written; },
         "last-written time at key 'Exchange'"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        for (const auto action : {Action::set_value, Action::delete_value}) {
            CHECK(forged(action, row.forge) == "failed-check: hivex sees another " + row.expected);
        }
    }
}

TEST_CASE("planned change: the root") {
    const auto starts = [](const std::string& text) {
        return text.starts_with("failed-check: hivex sees another ") ? text.substr(33, 4) : text;
    };
    CHECK(starts(forged(Action::set_value, [](auto& s) { ++s.root.last_written; })) == "last");
    CHECK(starts(forged(Action::set_value, [](auto& s) { s.root.name = u"other"; })) == "name");
    CHECK(starts(forged(Action::set_value, [](auto& s) { s.with("", dword(u"", 1)); })) == "set ");
    CHECK(starts(forged(Action::set_value, [](auto& s) { s.with("More"); })) == "numb");
}

TEST_CASE("planned change: the change did not happen, or the other one did") {
    const std::string values = "failed-check: hivex sees another set of values at key 'Exchange'";
    const auto before = before_spec().build();
    const auto set = planned_spec(Action::set_value).build();
    const auto deleted = planned_spec(Action::delete_value).build();
    CHECK(judge(before, before, patch_for(Action::set_value)) == values);
    CHECK(judge(before, before, patch_for(Action::delete_value)) == values);
    CHECK(judge(before, deleted, patch_for(Action::set_value)) == values);
    CHECK(judge(before, set, patch_for(Action::delete_value)) == values);
}

TEST_CASE("planned change: what verify() finds anew is refused") {
    const auto before = before_spec().build();
    auto after = planned_spec(Action::set_value).build();
    const auto free = after.free_cells().back();
    after.put32(free, 0 - after.get32(free));
    CHECK(judge(before, after, patch_for(Action::set_value)) ==
          "failed-check: verify finds 1 issues in the changed hive, it found 0 before");
    // The same issue on both sides is not new.
    auto leaking = before;
    const auto old_free = leaking.free_cells().back();
    leaking.put32(old_free, 0 - leaking.get32(old_free));
    CHECK(judge(leaking, after, patch_for(Action::set_value)) == "sound");
    // Another one in its place is.
    auto hint = planned_spec(Action::set_value).build();
    hint.put32(hint.element("Zoo") + 4, 1);
    CHECK(judge(leaking, hint, patch_for(Action::set_value)) ==
          "failed-check: verify finds 1 issues in the changed hive, it found 1 before");
}

TEST_CASE("planned change: what only one parser sees is refused") {
    const char* zoo = "Zoo\\Exchange";
    const auto before = before_spec().build();
    for (const auto action : {Action::set_value, Action::delete_value}) {
        const auto planned = planned_spec(action).build();
        // The walker compares a value that is deleted in its layer; to hivex it is a value.
        auto for_walker = planned;
        const auto value = planned.value_cell(zoo, kEditedValue);
        for_walker.put16(value + vk::kFlags, 3);
        CHECK(judge(before, for_walker, patch_for(action)).starts_with(at("tombstone", value)));
        // To the walker a predefined-handle key is one, hivex is kept from it.
        auto other_kind = planned;
        other_kind.put16(planned.key_cell("Zoo") + nk::kFlags, 0x60);
        CHECK(judge(before, other_kind, patch_for(action)) ==
              "failed-check: the walker sees another set of values at key 'Zoo'");
    }
}

TEST_CASE("planned change: a predefined-handle key elsewhere is in nobody's way") {
    auto before = before_spec().build();
    const auto zoo = before.key_cell("Zoo");
    before.put16(zoo + nk::kFlags, 0x60);
    before.put32(zoo + nk::kValueCount, 0x8000'0001);
    for (const auto action : {Action::set_value, Action::delete_value}) {
        const auto patch = plan(before, action);
        auto after = patched(before, patch.ranges);
        CHECK(judge(before, after, patch) == "sound");
        // What is below it is compared.
        auto below = after;
        below.put32(after.value_cell("Zoo\\Exchange", kEditedValue) + vk::kData, 2);
        CHECK(judge(before, below, patch) ==
              "failed-check: hivex sees another set of values at key 'Exchange'");
        after.put32(zoo + nk::kValueCount, 0x8000'0002);
        CHECK(judge(before, after, patch) ==
              "failed-check: the walker sees another set of values at key 'Zoo'");
    }
}
