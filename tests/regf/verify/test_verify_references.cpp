// verify() on references that lead nowhere, or where another leads: one change, and what it says of
// it first. What a change leaves without a reference follows as an irregularity.
#include "tests/support/hive_builder.hpp"
#include "tests/support/regf_account.hpp"

#include <hivelint/regf/verify.hpp>

#include <doctest/doctest.h>

#include <string>

using hivelint::regf::verify;
using namespace hivelint::test;

namespace {

/// Changes one thing and returns the account that must follow.
struct Row {
    std::string what;
    std::string (*spoil)(BuiltHive& hive);
};

HiveSpec typical() {
    HiveSpec spec;
    spec.with("a", {dword(u"number", 1), binary(u"data", pattern(100))});
    spec.with("b\\c", sz(u"text", u"some text"));
    return spec;
}

} // namespace

TEST_CASE("verify references: root") {
    const Row rows[] = {
        {"none",
         [](BuiltHive& hive) {
             hive.put32(header::kRoot, 0xFFFFFFFF);
             return at("damage cell-reference", header::kRoot);
         }},
        {"unaligned",
         [](BuiltHive& hive) {
             hive.put32(header::kRoot, 0x24);
             return at("damage cell-reference", header::kRoot);
         }},
        {"no cell begins there",
         [](BuiltHive& hive) {
             hive.put32(header::kRoot, 0x28);
             return at("damage cell-reference", header::kRoot);
         }},
        {"behind the bins",
         [](BuiltHive& hive) {
             hive.put32(header::kRoot, hive.get32(header::kBinsSize));
             return at("damage cell-reference", header::kRoot);
         }},
        {"a free cell",
         [](BuiltHive& hive) {
             hive.put32(header::kRoot, BuiltHive::relative(hive.free_cells().front()));
             return at("damage cell-reference", header::kRoot);
         }},
        {"a security record", // which the ring that starts from it does not have
         [](BuiltHive& hive) {
             hive.put32(header::kRoot, BuiltHive::relative(hive.security_cell()));
             return at("damage key-node", hive.security_cell() + 4);
         }},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto hive = HiveSpec{}.build();
        const auto expected = row.spoil(hive);
        hive.fix_checksum();
        // Without a root nothing is referred to.
        const auto report = verify(hive.bytes);
        CHECK(account(report).starts_with(expected));
        CHECK(report.damage >= 1);
        CHECK(report.keys == 0);
    }
    auto hive = typical().build();
    hive.put16(hive.key_cell("") + nk::kFlags, 0x20);
    CHECK(verified(hive) == at("damage key-node", hive.key_cell("") + 4));
}

TEST_CASE("verify references: references that lead nowhere") {
    const Row rows[] = {
        {"subkey list none",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("b") + nk::kList, 0xFFFFFFFF);
             return at("damage cell-reference", hive.key_cell("b") + nk::kList);
         }},
        {"subkey list volatile",
         [](BuiltHive& hive) {
             const auto field = hive.key_cell("b") + nk::kList;
             hive.put32(field, hive.get32(field) | 0x8000'0000);
             return at("damage cell-reference", field);
         }},
        {"element behind the bins",
         [](BuiltHive& hive) {
             hive.put32(hive.element("b\\c"), hive.get32(header::kBinsSize));
             return at("damage cell-reference", hive.element("b\\c"));
         }},
        {"element into the middle of a cell",
         [](BuiltHive& hive) {
             const auto element = hive.element("b\\c");
             hive.put32(element, hive.get32(element) + 8);
             return at("damage cell-reference", element);
         }},
        {"element unaligned",
         [](BuiltHive& hive) {
             const auto element = hive.element("b\\c");
             hive.put32(element, hive.get32(element) + 1);
             return at("damage cell-reference", element);
         }},
        {"value list none",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("b\\c") + nk::kValueList, 0xFFFFFFFF);
             return at("damage cell-reference", hive.key_cell("b\\c") + nk::kValueList);
         }},
        {"value list a bin's header",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("b\\c") + nk::kValueList, 0);
             return at("damage cell-reference", hive.key_cell("b\\c") + nk::kValueList);
         }},
        {"value in a free cell",
         [](BuiltHive& hive) {
             hive.put32(hive.value_list_cell("b\\c") + 4,
                        BuiltHive::relative(hive.free_cells().front()));
             return at("damage cell-reference", hive.value_list_cell("b\\c") + 4);
         }},
        {"data none",
         [](BuiltHive& hive) {
             hive.put32(hive.value_cell("b\\c", u"text") + vk::kData, 0xFFFFFFFF);
             return at("damage cell-reference", hive.value_cell("b\\c", u"text") + vk::kData);
         }},
        {"data in a free cell",
         [](BuiltHive& hive) {
             const auto cell = hive.data_cell("a", u"data");
             hive.put32(cell, 0 - hive.get32(cell));
             return at("damage cell-reference", hive.value_cell("a", u"data") + vk::kData);
         }},
        {"class name none",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("b\\c") + nk::kClass, 0x24);
             hive.put16(hive.key_cell("b\\c") + nk::kClassLength, 2);
             return at("damage cell-reference", hive.key_cell("b\\c") + nk::kClass);
         }},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto hive = typical().build();
        const auto expected = row.spoil(hive);
        const auto report = verify(hive.bytes);
        REQUIRE(report.first_damage() != nullptr);
        CHECK(account(report).starts_with(expected));
        CHECK(report.damage == 1); // what else there is follows from it, and is no damage
    }
}

TEST_CASE("verify references: what nothing refers to any more") {
    auto hive = typical().build();
    hive.put32(hive.element("b\\c"), 0xFFFFFFFF);
    CHECK(verified(hive) ==
          all({at("damage cell-reference", hive.element("b\\c")),
               at("irregularity security-count", hive.security_cell() + 4),
               at("irregularity unreferenced-cell", hive.key_cell("b\\c")),
               at("irregularity unreferenced-cell", hive.value_list_cell("b\\c")),
               at("irregularity unreferenced-cell", hive.value_cell("b\\c", u"text")),
               at("irregularity unreferenced-cell", hive.data_cell("b\\c", u"text"))}));
}

TEST_CASE("verify references: cells that are referred to twice") {
    const Row rows[] = {
        {"two keys share a value list",
         [](BuiltHive& hive) {
             // Of two siblings the last is looked at first.
             const auto field = hive.key_cell("a") + nk::kValueList;
             hive.put32(field, BuiltHive::relative(hive.value_list_cell("b\\c")));
             return at("damage cell-reference", field);
         }},
        {"two values share data",
         [](BuiltHive& hive) {
             const auto field = hive.value_cell("b\\c", u"text") + vk::kData;
             hive.put32(field, BuiltHive::relative(hive.data_cell("a", u"data")));
             return at("damage cell-reference", hive.value_cell("a", u"data") + vk::kData);
         }},
        {"data is the root key",
         [](BuiltHive& hive) {
             const auto field = hive.value_cell("b\\c", u"text") + vk::kData;
             hive.put32(field, BuiltHive::relative(hive.key_cell("")));
             return at("damage cell-reference", field);
         }},
        {"data is a security record",
         [](BuiltHive& hive) {
             const auto field = hive.value_cell("b\\c", u"text") + vk::kData;
             hive.put32(field, BuiltHive::relative(hive.security_cell()));
             return at("damage cell-reference", field);
         }},
        {"a value twice in a list",
         [](BuiltHive& hive) {
             const auto element = hive.value_list_cell("a") + 4;
             hive.put32(element + 4, hive.get32(element));
             return at("damage cell-reference", element + 4);
         }},
        {"a key twice in a list",
         [](BuiltHive& hive) {
             hive.put32(hive.element("b"), hive.get32(hive.element("a")));
             return at("damage cell-reference", hive.element("b"));
         }},
        {"a key below itself",
         [](BuiltHive& hive) {
             hive.put32(hive.element("b\\c"), hive.get32(hive.element("b")));
             return at("damage cell-reference", hive.element("b\\c"));
         }},
        {"the root below a key",
         [](BuiltHive& hive) {
             hive.put32(hive.element("b\\c"), hive.get32(header::kRoot));
             return at("damage cell-reference", hive.element("b\\c"));
         }},
        {"the root's list below a key",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("b") + nk::kList, BuiltHive::relative(hive.list_cell("")));
             return at("damage cell-reference", hive.key_cell("b") + nk::kList);
         }},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto hive = typical().build();
        const auto expected = row.spoil(hive);
        const auto report = verify(hive.bytes);
        CHECK(report.damage == 1);
        CHECK(account(report).starts_with(expected));
    }
}
