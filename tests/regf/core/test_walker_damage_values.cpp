// The walker on damaged value lists and values (HOSTILE.md D): one mutation, one row.
#include "tests/support/hive_builder.hpp"
#include "tests/support/regf_account.hpp"

#include <hivelint/regf/walker.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using hivelint::regf::Lookup;
using namespace hivelint::test;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

constexpr auto kName = u"MapiHttpDisabled"sv;

/// Changes one thing and returns the account that must follow.
struct Row {
    std::string what;
    std::string (*spoil)(BuiltHive& hive);
};

/// `k` with four values: what is asked for stands between others.
BuiltHive typical() {
    return HiveSpec{}
        .with("k", {sz(u"Before", u"b"), dword(std::u16string(kName), 1), sz(u"Text", u"text"),
                    binary(u"Big", pattern(40000))})
        .build();
}

FileOffset target(const BuiltHive& hive) { return hive.value_cell("k", kName); }

} // namespace

TEST_CASE("walker damage: a value list that cannot be read at all") {
    const Row rows[] = {
        {"none",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("k") + nk::kValueList, 0xFFFFFFFF);
             return at("bad-cell", hive.key_cell("k") + nk::kValueList);
         }},
        {"behind the bins",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("k") + nk::kValueList, hive.get32(header::kBinsSize));
             return at("bad-cell", hive.key_cell("k") + nk::kValueList);
         }},
        {"unaligned",
         [](BuiltHive& hive) {
             const auto field = hive.key_cell("k") + nk::kValueList;
             hive.put32(field, hive.get32(field) + 4);
             return at("bad-cell", field);
         }},
        {"volatile",
         [](BuiltHive& hive) {
             const auto field = hive.key_cell("k") + nk::kValueList;
             hive.put32(field, hive.get32(field) | 0x8000'0000);
             return at("bad-cell", field);
         }},
        {"in a free cell",
         [](BuiltHive& hive) {
             const auto cell = hive.value_list_cell("k");
             hive.put32(cell, 0 - hive.get32(cell));
             return at("bad-cell", cell);
         }},
        {"the largest free cell",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("k") + nk::kValueList,
                        BuiltHive::relative(hive.free_cells().front()));
             return at("bad-cell", hive.free_cells().front());
         }},
        {"more values than it has room for",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("k") + nk::kValueCount, 6); // 20 bytes, 5 references
             return at("bad-value-list", hive.value_list_cell("k"));
         }},
        {"a count that wraps in 32 bits to one that fits",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("k") + nk::kValueCount, 0x4000'0001);
             return at("bad-value-list", hive.value_list_cell("k"));
         }},
        {"the largest count",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("k") + nk::kValueCount, 0xFFFFFFFF);
             return at("bad-value-list", hive.value_list_cell("k"));
         }},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto hive = typical();
        const auto expected = row.spoil(hive);
        CHECK(find_error(hive, "k", kName) == expected);
        CHECK(find_error(hive, "k", u"Nothing") == expected);
        const auto listing = list(hive, "k");
        REQUIRE(listing);
        CHECK(listing->values.empty());
        CHECK(account(listing->damage) == expected);
        CHECK(answer(find(hive, "", kName)) == "no value");
    }
}

TEST_CASE("walker damage: a value that cannot be read") {
    const Row rows[] = {
        {"element none",
         [](BuiltHive& hive) {
             const auto element = hive.value_list_cell("k") + 4 + 4;
             hive.put32(element, 0xFFFFFFFF);
             return at("bad-cell", element);
         }},
        {"element 0",
         [](BuiltHive& hive) {
             const auto element = hive.value_list_cell("k") + 4 + 4;
             hive.put32(element, 0);
             return at("bad-cell", element);
         }},
        {"element volatile",
         [](BuiltHive& hive) {
             const auto element = hive.value_list_cell("k") + 4 + 4;
             hive.put32(element, hive.get32(element) | 0x8000'0000);
             return at("bad-cell", element);
         }},
        {"element refers to a key",
         [](BuiltHive& hive) {
             hive.put32(hive.value_list_cell("k") + 4 + 4, BuiltHive::relative(hive.key_cell("k")));
             return at("bad-value", hive.key_cell("k") + 4);
         }},
        {"cell freed",
         [](BuiltHive& hive) {
             hive.put32(target(hive), 0 - hive.get32(target(hive)));
             return at("bad-cell", target(hive));
         }},
        {"cell size INT_MIN",
         [](BuiltHive& hive) {
             hive.put32(target(hive), 0x8000'0000);
             return at("bad-cell", target(hive));
         }},
        {"cell too small for a value",
         [](BuiltHive& hive) {
             hive.put32(target(hive), 0U - 16);
             return at("bad-value", target(hive) + 4);
         }},
        {"cell too small for its name",
         [](BuiltHive& hive) {
             hive.put32(target(hive), 0U - 32);
             return at("bad-value", target(hive) + 4);
         }},
        {"signature",
         [](BuiltHive& hive) {
             hive.put_text(target(hive) + vk::kSignature, "nk");
             return at("bad-value", target(hive) + 4);
         }},
        {"name longer than the cell",
         [](BuiltHive& hive) {
             hive.put16(target(hive) + vk::kNameLength, 17); // 16 fit exactly
             return at("bad-value", target(hive) + 4);
         }},
        {"the longest name",
         [](BuiltHive& hive) {
             hive.put16(target(hive) + vk::kNameLength, 0xFFFF);
             return at("bad-value", target(hive) + 4);
         }},
        {"16-bit name of odd length",
         [](BuiltHive& hive) {
             hive.put16(target(hive) + vk::kFlags, 0);
             hive.put16(target(hive) + vk::kNameLength, 15);
             return at("bad-value", target(hive) + vk::kName);
         }},
        {"inline length 5",
         [](BuiltHive& hive) {
             hive.put32(target(hive) + vk::kDataLength, 0x8000'0005);
             return at("bad-data", target(hive) + vk::kDataLength);
         }},
        {"inline length 0x7fffffff",
         [](BuiltHive& hive) {
             hive.put32(target(hive) + vk::kDataLength, 0xFFFFFFFF);
             return at("bad-data", target(hive) + vk::kDataLength);
         }},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto hive = typical();
        const auto expected = row.spoil(hive);
        const Lookup lookup = find(hive, "k", kName);
        CHECK(answer(lookup) == "no value");
        CHECK(account(lookup.damage) == expected);
        // Others are found, and what was passed over is still told.
        for (const auto* other : {u"Before", u"Text"}) {
            const Lookup beside = find(hive, "k", other);
            CHECK(beside.value.has_value());
            CHECK(account(beside.damage) == expected);
        }
        const auto listing = list(hive, "k");
        REQUIRE(listing);
        CHECK(listing->values.size() == 3);
        CHECK(account(listing->damage) == expected);
    }
}

TEST_CASE("walker damage: a tombstone is not 'absent'") {
    auto hive = typical();
    hive.put16(target(hive) + vk::kFlags, 0x03);
    CHECK(find_error(hive, "k", kName) == at("tombstone", target(hive)));
    CHECK(answer(find(hive, "k", u"Text")) == "REG_SZ 74006500780074000000");
    CHECK(account(find(hive, "k", u"Text").damage).empty());
    const auto listing = list(hive, "k");
    REQUIRE(listing);
    CHECK(listing->values.size() == 3);
    CHECK(account(listing->damage) == at("tombstone", target(hive)));
}

TEST_CASE("walker damage: a name with a NUL is another name") {
    const auto hive = HiveSpec{}
                          .with("k", {dword(u"MapiHttpDisabled\0x"s, 2),
                                      dword(u"MapiHttpDisabled\0"s, 3), dword(u"\0"s, 4)})
                          .build();
    CHECK(answer(find(hive, "k", kName)) == "no value");
    CHECK(answer(find(hive, "k", u"")) == "no value");
    CHECK(answer(find(hive, "k", u"MapiHttpDisabled\0X"sv)) == "REG_DWORD 02000000");
    CHECK(answer(find(hive, "k", u"MapiHttpDisabled\0"sv)) == "REG_DWORD 03000000");
    CHECK(answer(find(hive, "k", u"\0"sv)) == "REG_DWORD 04000000");
}

TEST_CASE("walker damage: the first of two values is damaged") {
    auto hive = HiveSpec{}.with("k", {dword(u"v", 1), dword(u"V", 2), dword(u"v", 3)}).build();
    const auto first = hive.value_cell("k", u"v");
    hive.put32(first + vk::kDataLength, 0x8000'0005);
    const Lookup lookup = find(hive, "k", u"v");
    CHECK(answer(lookup) == "REG_DWORD 02000000");
    CHECK(account(lookup.damage) == at("bad-data", first + vk::kDataLength));
    CHECK(lookup.duplicate_values.size() == 1);
}

TEST_CASE("walker damage: what is found twice is found where it is shared") {
    auto hive = HiveSpec{}.with("a", dword(u"v", 1)).with("b", dword(u"w", 2)).build();
    hive.put32(hive.key_cell("b") + nk::kValueList,
               hive.get32(hive.key_cell("a") + nk::kValueList));
    CHECK(answer(find(hive, "b", u"v")) == "REG_DWORD 01000000");
    CHECK(answer(find(hive, "b", u"w")) == "no value");
    // Data in the cell of the root key.
    hive.put32(hive.value_cell("a", u"v") + vk::kDataLength, 4);
    hive.put32(hive.value_cell("a", u"v") + vk::kData, BuiltHive::relative(hive.key_cell("")));
    CHECK(answer(find(hive, "a", u"v")) == "REG_DWORD 6e6b2c00");
}
