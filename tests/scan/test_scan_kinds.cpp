// What is no whole user's hive: it never gives a bare clear.
#include "tests/support/scan_text.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace hivelint;
using namespace hivelint::test;

namespace {

Record scan_spec(const HiveSpec& spec) { return scan_hive(spec.build()); }

/// A hive whose root is called so, as `reg save` makes it of a key.
HiveSpec part(std::u16string root) {
    HiveSpec spec;
    spec.root.name = std::move(root);
    return spec;
}

} // namespace

TEST_CASE("kinds: hives of the machine and of classes are no users'") {
    struct Row {
        std::vector<std::string> keys;
        std::string kind;
    };
    const Row rows[] = {
        {{"SAM"}, "sam"},
        {{"Policy", "Cache"}, "security"},
        {{"ControlSet001", "Select", "MountedDevices"}, "system"},
        {{"ControlSet001", "Select", "Software\\Microsoft"}, "system"},
        {{"Classes", "Microsoft\\Exchange"}, "software"},
        {{"Description", "Objects"}, "bcd"},
        {{"Local Settings", "CLSID"}, "usrclass"},
        {{"Root"}, "amcache"},
        {{"LocalState"}, "package"},
        {{"RoamingState"}, "package"},
        {{"Control Panel"}, "other"},
        {{}, "other"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.kind);
        HiveSpec spec;
        for (const auto& key : row.keys) {
            spec.with(key);
        }
        const auto record = scan_spec(spec);
        CHECK(record.kind == row.kind);
        REQUIRE(record.checks.size() == 1);
        CHECK(record.checks[0].finding.verdict == Verdict::not_applicable);
        CHECK(record.checks[0].finding.reason == row.kind);
        CHECK(record.notes.size() == 1);
        Summary summary;
        summary.add(record);
        CHECK(summary.hives == 0);
        CHECK(summary.clear == 0);
        CHECK(summary.other_kinds == 1);
    }
    CHECK(scan_spec(HiveSpec{}.with("Software")).kind == "user");
    CHECK(scan_spec(affected()).kind == "user");
}

TEST_CASE("kinds: parts of a user's hive are asked below their root, and that is told") {
    struct Row {
        const char16_t* root;
        std::string key; ///< below the root
    };
    const Row rows[] = {
        {u"Software", "Microsoft\\Exchange"},
        {u"SOFTWARE", "microsoft\\exchange"},
        {u"Microsoft", "Exchange"},
        {u"Exchange", ""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.key);
        for (const std::uint32_t number : {1U, 0U, 7U}) {
            auto spec = part(row.root);
            spec.with(row.key, dword(kMapi, number));
            const auto record = scan_spec(spec);
            CHECK(record.kind == "part-of-user");
            CHECK(line_of(record).starts_with(number == 1 ? "clean affected by walker"
                                              : number == 0
                                                  ? "clean clear zero by walker"
                                                  : "clean nonstandard number by walker"));
            REQUIRE(!record.notes.empty());
            CHECK(record.notes[0].starts_with("a part of a user's hive: its root is "));
        }
        auto absent = part(row.root);
        absent.with("Other");
        const auto record = scan_spec(absent);
        CHECK(line_of(record) == "clean clear absent by walker");
        CHECK(record.notes.size() == 1); // not bare
    }
    // A root that is called otherwise, with such keys in it: nobody knows whose they are.
    const auto record = scan_spec(part(u"x").with("Microsoft\\Exchange", dword(kMapi, 1)));
    CHECK(record.checks[0].finding.verdict == Verdict::not_applicable);
}
