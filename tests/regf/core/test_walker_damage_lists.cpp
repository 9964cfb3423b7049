// The walker on damaged subkey lists (HOSTILE.md C): one mutation, one row. What stands in the way
// of an answer is thrown or accounted, never taken for 'absent'.
#include "tests/support/hive_builder.hpp"
#include "tests/support/regf_account.hpp"

#include <hivelint/regf/walker.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using hivelint::Error;
using hivelint::regf::Lookup;
using namespace hivelint::test;

namespace {

constexpr const char* kExchange = "Software\\Microsoft\\Exchange";
constexpr const char16_t* kName = u"MapiHttpDisabled";

/// Changes one thing and returns the account that must follow.
struct Row {
    std::string what;
    std::string (*spoil)(BuiltHive& hive);
};

HiveSpec typical() {
    HiveSpec spec;
    spec.with(kExchange, {dword(kName, 1), sz(u"Text", u"text")});
    spec.with("Software\\Adobe", dword(u"x", 2)).with("Software\\Zoom", dword(u"x", 3));
    return spec;
}

/// Adobe, Microsoft and Zoom each in a leaf of their own.
HiveSpec with_leaves() {
    auto spec = typical();
    spec.key("Software").per_leaf = 1;
    return spec;
}

std::uint32_t bins_size(const BuiltHive& hive) { return hive.get32(header::kBinsSize); }

} // namespace

TEST_CASE("walker damage: a subkey list that cannot be read at all") {
    const Row rows[] = {
        {"none",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("Software") + nk::kList, 0xFFFFFFFF);
             return at("bad-cell", hive.key_cell("Software") + nk::kList);
         }},
        {"behind the bins",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("Software") + nk::kList, bins_size(hive));
             return at("bad-cell", hive.key_cell("Software") + nk::kList);
         }},
        {"unaligned",
         [](BuiltHive& hive) {
             const auto field = hive.key_cell("Software") + nk::kList;
             hive.put32(field, hive.get32(field) + 2);
             return at("bad-cell", field);
         }},
        {"volatile",
         [](BuiltHive& hive) {
             const auto field = hive.key_cell("Software") + nk::kList;
             hive.put32(field, hive.get32(field) | 0x8000'0000);
             return at("bad-cell", field);
         }},
        {"free",
         [](BuiltHive& hive) {
             const auto cell = hive.list_cell("Software");
             hive.put32(cell, 0 - hive.get32(cell));
             return at("bad-cell", cell);
         }},
        {"the root key",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("Software") + nk::kList,
                        BuiltHive::relative(hive.key_cell("")));
             return at("bad-subkey-list", hive.key_cell("") + 4);
         }},
        {"the key itself",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("Software") + nk::kList,
                        BuiltHive::relative(hive.key_cell("Software")));
             return at("bad-subkey-list", hive.key_cell("Software") + 4);
         }},
        {"a kind there is not",
         [](BuiltHive& hive) {
             hive.put_text(hive.list_cell("Software") + subkey_list::kSignature, "LH");
             return at("bad-subkey-list", hive.list_cell("Software") + 4);
         }},
        {"more elements than its cell holds",
         [](BuiltHive& hive) {
             hive.put16(hive.list_cell("Software") + subkey_list::kCount, 4); // room for 3
             return at("bad-subkey-list", hive.list_cell("Software") + 4);
         }},
        {"65,535 elements",
         [](BuiltHive& hive) {
             hive.put16(hive.list_cell("Software") + subkey_list::kCount, 0xFFFF);
             return at("bad-subkey-list", hive.list_cell("Software") + 4);
         }},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto hive = typical().build();
        const auto expected = row.spoil(hive);
        CHECK(find_error(hive, kExchange, kName) == expected);
        CHECK(find_error(hive, "Software\\Nobody", kName) == expected);
        CHECK(error_of([&] { list(hive, kExchange); }) == expected);
        // The key's own values do not depend on it.
        const Lookup own = find(hive, "Software", u"x");
        CHECK(answer(own) == "no value");
        CHECK(account(own.damage).empty());
        const auto listing = list(hive, "Software");
        REQUIRE(listing);
        CHECK(account(listing->damage) == expected);
    }
}

TEST_CASE("walker damage: a leaf of an ri list") {
    // Each leaves out the leaf with Microsoft; that the counts disagree follows from it.
    const Row rows[] = {
        {"none",
         [](BuiltHive& hive) {
             const auto element = hive.list_cell("Software") + subkey_list::kElements + 4;
             hive.put32(element, 0xFFFFFFFF);
             return at("bad-cell", element);
         }},
        {"volatile",
         [](BuiltHive& hive) {
             const auto element = hive.list_cell("Software") + subkey_list::kElements + 4;
             hive.put32(element, hive.get32(element) | 0x8000'0000);
             return at("bad-cell", element);
         }},
        {"free",
         [](BuiltHive& hive) {
             const auto leaf = hive.leaf_cells("Software").at(1);
             hive.put32(leaf, 0 - hive.get32(leaf));
             return at("bad-cell", leaf);
         }},
        {"the ri list itself",
         [](BuiltHive& hive) {
             const auto ri = hive.list_cell("Software");
             hive.put32(ri + subkey_list::kElements + 4, BuiltHive::relative(ri));
             return at("bad-subkey-list", ri);
         }},
        {"another ri list",
         [](BuiltHive& hive) {
             const auto leaf = hive.leaf_cells("Software").at(1);
             hive.put_text(leaf + subkey_list::kSignature, "ri");
             return at("bad-subkey-list", leaf);
         }},
        {"the first leaf again",
         [](BuiltHive& hive) {
             const auto first = hive.list_cell("Software") + subkey_list::kElements;
             hive.put32(first + 4, hive.get32(first));
             return at("bad-subkey-list", first + 4);
         }},
        {"a key",
         [](BuiltHive& hive) {
             hive.put32(hive.list_cell("Software") + subkey_list::kElements + 4,
                        BuiltHive::relative(hive.key_cell("Software")));
             return at("bad-subkey-list", hive.key_cell("Software") + 4);
         }},
        {"more elements than its cell holds",
         [](BuiltHive& hive) {
             const auto leaf = hive.leaf_cells("Software").at(1);
             hive.put16(leaf + subkey_list::kCount, 2);
             return at("bad-subkey-list", leaf + 4);
         }},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto hive = with_leaves().build();
        const auto expected = row.spoil(hive);
        const auto with_count = all({expected, at("bad-subkey-list", hive.key_cell("Software"))});
        const Lookup lookup = find(hive, kExchange, kName);
        CHECK(answer(lookup) == "no key");
        CHECK(account(lookup.damage) == with_count);
        CHECK(error_of([&] { list(hive, kExchange); }) == expected);
        const Lookup behind = find(hive, "Software\\Zoom", u"x");
        CHECK(answer(behind) == "REG_DWORD 03000000");
        CHECK(account(behind.damage) == with_count);
        CHECK(behind.duplicate_keys.empty());
        CHECK(list(hive, "Software").value().subkeys.size() == 2);
    }
}

TEST_CASE("walker damage: an empty leaf") {
    auto hive = with_leaves().build();
    const auto leaf = hive.leaf_cells("Software").at(1);
    hive.put16(leaf + subkey_list::kCount, 0);
    const Lookup lookup = find(hive, kExchange, kName);
    CHECK(answer(lookup) == "no key");
    CHECK(account(lookup.damage) == at("bad-subkey-list", hive.key_cell("Software")));
}

TEST_CASE("walker damage: counts of subkeys that disagree with the list") {
    for (const std::uint32_t count : {1U, 2U, 4U, 0x7FFF'FFFFU, 0x4000'0001U, 0xFFFF'FFFFU}) {
        CAPTURE(count);
        auto hive = typical().build();
        const auto key = hive.key_cell("Software");
        hive.put32(key + nk::kSubkeyCount, count);
        const Lookup lookup = find(hive, kExchange, kName);
        CHECK(answer(lookup) == "REG_DWORD 01000000");
        CHECK(account(lookup.damage) == at("bad-subkey-list", key));
        const Lookup absent = find(hive, "Software\\Nobody", u"x");
        CHECK(answer(absent) == "no key");
        CHECK(account(absent.damage) == at("bad-subkey-list", key));
        CHECK(list(hive, "Software").value().subkeys.size() == 3);
    }
    auto hive = typical().build();
    hive.put32(hive.key_cell("Software") + nk::kSubkeyCount, 0); // no subkeys, whatever the list
    CHECK(answer(find(hive, kExchange, kName)) == "no key");
    CHECK(account(find(hive, kExchange, kName).damage).empty());
}

// Each damaged element costs an exception, and a list can hold millions of them.
TEST_CASE("walker damage: after a hundred damaged elements a list is not read any further") {
    constexpr std::size_t kCount = 300;
    const auto number_of = [](std::size_t i) {
        const auto text = std::to_string(1000 + i);
        return std::u16string(text.begin(), text.end());
    };
    HiveSpec spec;
    auto& key = spec.key("Software");
    key.list = ListKind::li; // without hints each subkey is compared
    for (std::size_t i = 0; i < kCount; ++i) {
        key.subkeys.push_back({.name = number_of(i)});
        key.values.push_back(dword(number_of(i), 1));
    }
    const auto good = spec.build();
    const auto values = good.value_list_cell("Software") + 4;
    const auto subkeys = good.list_cell("Software") + subkey_list::kElements;
    for (const std::size_t bad : {99U, 100U, 250U}) {
        CAPTURE(bad);
        const auto spoiled = [&](FileOffset elements) {
            auto hive = good;
            for (std::size_t i = 0; i < bad; ++i) {
                hive.put32(elements + 4 * i, 0);
            }
            return hive;
        };
        const bool gives_up = bad >= 100;
        const auto check_damage = [&](const std::vector<Error>& damage, FileOffset list) {
            CHECK(damage.size() == (gives_up ? 65 : 64));
            CHECK(account(damage.back()) ==
                  (gives_up ? at("limit-exceeded", list) : at("bad-cell", list + 4 + 4 * 63)));
        };
        const auto last = number_of(kCount - 1);
        const std::string last_text(last.begin(), last.end());

        const auto value_hive = spoiled(values);
        const Lookup value = find(value_hive, "Software", last);
        CHECK(answer(value) == (gives_up ? "no value" : "REG_DWORD 01000000"));
        check_damage(value.damage, values - 4);
        CHECK(list(value_hive, "Software").value().values.size() == (gives_up ? 0 : kCount - bad));

        const auto key_hive = spoiled(subkeys);
        const Lookup subkey = find(key_hive, Path("Software\\" + last_text), u"v");
        CHECK(answer(subkey) == (gives_up ? "no key" : "no value"));
        CHECK(subkey.damage.size() == (gives_up ? 65 : 64));
        CHECK((account(subkey.damage.back()) == at("limit-exceeded", subkeys - 8)) == gives_up);
        CHECK(list(key_hive, "Software").value().subkeys.size() == (gives_up ? 0 : kCount - bad));
    }
}

TEST_CASE("walker damage: a value list of nothing but bad references, as long as its hive") {
    HiveSpec spec{.minor = 3}; // data of any length is in one cell
    spec.with("Software", {binary(u"bytes", std::vector<std::byte>(1 << 20))});
    auto hive = spec.build();
    const auto cell = hive.data_cell("Software", u"bytes");
    const auto node = hive.key_cell("Software");
    hive.put32(node + nk::kValueList, BuiltHive::relative(cell));
    hive.put32(node + nk::kValueCount, (1 << 20) / 4);
    const Lookup lookup = find(hive, "Software", u"bytes");
    CHECK(answer(lookup) == "no value");
    CHECK(lookup.damage.size() == 65);
    CHECK(account(lookup.damage.back()) == at("limit-exceeded", cell));
}
