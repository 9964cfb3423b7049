// verify() on damaged value lists, values and data: one change, and the whole account of it.
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

BuiltHive typical() {
    return HiveSpec{}
        .with("k",
              {dword(u"number", 1), binary(u"data", pattern(100)), binary(u"big", pattern(40000))})
        .with("last", dword(u"x", 1)) // what is freed does not touch the free end of the bin
        .build();
}

std::string unreferenced(FileOffset cell) { return at("irregularity unreferenced-cell", cell); }

FileOffset number(const BuiltHive& hive) { return hive.value_cell("k", u"number"); }
FileOffset data(const BuiltHive& hive) { return hive.value_cell("k", u"data"); }
FileOffset segment(const BuiltHive& hive, std::size_t index) {
    return hive.segment_cells("k", u"big").at(index);
}

template<std::size_t Count>
void check(const Row (&rows)[Count]) {
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto hive = typical();
        const auto expected = row.spoil(hive);
        CHECK(verified(hive) == expected);
    }
}

} // namespace

TEST_CASE("verify values: the hive that is spoiled here is sound") {
    CHECK(verified(typical()) == "");
}

TEST_CASE("verify values: value lists") {
    const Row rows[] = {
        {"more values than the list has room for",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("last") + nk::kValueCount, 2);
             return all({at("damage value-list", hive.value_list_cell("last") + 4),
                         unreferenced(hive.value_cell("last", u"x"))});
         }},
        {"a count that wraps in 32 bits to one that fits",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("last") + nk::kValueCount, 0x4000'0001);
             return all({at("damage value-list", hive.value_list_cell("last") + 4),
                         unreferenced(hive.value_cell("last", u"x"))});
         }},
        {"count too small",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("last") + nk::kValueCount, 0);
             return all({unreferenced(hive.value_list_cell("last")),
                         unreferenced(hive.value_cell("last", u"x"))});
         }},
        {"an element of 0",
         [](BuiltHive& hive) {
             hive.put32(hive.value_list_cell("last") + 4, 0);
             return all({at("damage cell-reference", hive.value_list_cell("last") + 4),
                         unreferenced(hive.value_cell("last", u"x"))});
         }},
    };
    check(rows);
}

TEST_CASE("verify values: value records") {
    const Row rows[] = {
        {"signature",
         [](BuiltHive& hive) {
             hive.put16(number(hive) + vk::kSignature, 0);
             return at("damage value", number(hive) + 4);
         }},
        {"name longer than the cell",
         [](BuiltHive& hive) {
             hive.put16(number(hive) + vk::kNameLength, 9); // 8 bytes fit
             return at("damage value", number(hive) + 4);
         }},
        {"16-bit name of odd length",
         [](BuiltHive& hive) {
             hive.put16(number(hive) + vk::kFlags, 0);
             hive.put16(number(hive) + vk::kNameLength, 5);
             return at("damage value", number(hive) + vk::kName);
         }},
        {"inline data of 5 bytes",
         [](BuiltHive& hive) {
             hive.put32(number(hive) + vk::kDataLength, 0x8000'0005);
             return at("damage data", number(hive) + vk::kDataLength);
         }},
    };
    check(rows);
    // They are counted all the same: verify() says how many a reader has to do with.
    auto hive = typical();
    hive.put16(number(hive) + vk::kSignature, 0);
    CHECK(verify(hive.bytes).values == 4);
}

TEST_CASE("verify values: a cell too small for a value") {
    auto hive = HiveSpec{}.with("k", dword(u"", 1)).build();
    const auto value = hive.value_cell("k", u"");
    REQUIRE(hive.get32(value) == 0U - 24);
    hive.put32(value, 0U - 16);
    hive.put32(value + 16, 0U - 8); // what is cut off becomes a cell of its own
    CHECK(verified(hive) == all({at("damage value", value + 4), unreferenced(value + 16)}));
}

TEST_CASE("verify values: data") {
    const Row rows[] = {
        {"longer than its cell",
         [](BuiltHive& hive) {
             hive.put32(data(hive) + vk::kDataLength, 101); // 100 bytes fit
             return at("damage data", hive.data_cell("k", u"data") + 4);
         }},
        {"the greatest length there is",
         [](BuiltHive& hive) {
             hive.put32(data(hive) + vk::kDataLength, 0x7FFF'FFFF);
             // Over 16344 bytes, and no big data record; longer than its key has any.
             return all({at("irregularity big-data", hive.data_cell("k", u"data") + 4),
                         at("damage data", hive.data_cell("k", u"data") + 4),
                         at("irregularity longest-name-field", hive.key_cell("k") + 4)});
         }},
        {"said to be inline",
         [](BuiltHive& hive) {
             hive.put32(data(hive) + vk::kDataLength, 0x8000'0004);
             return unreferenced(hive.data_cell("k", u"data"));
         }},
        {"of no length",
         [](BuiltHive& hive) {
             hive.put32(data(hive) + vk::kDataLength, 0);
             return unreferenced(hive.data_cell("k", u"data"));
         }},
    };
    check(rows);
}

TEST_CASE("verify values: big data") {
    const Row rows[] = {
        {"too few segments",
         [](BuiltHive& hive) {
             const auto cell = hive.data_cell("k", u"big");
             hive.put16(cell + db::kCount, 2);
             return all({at("damage data", cell + db::kCount),
                         unreferenced(hive.segment_list_cell("k", u"big")),
                         unreferenced(segment(hive, 0)), unreferenced(segment(hive, 1)),
                         unreferenced(segment(hive, 2))});
         }},
        {"too many segments",
         [](BuiltHive& hive) {
             const auto cell = hive.data_cell("k", u"big");
             hive.put16(cell + db::kCount, 4);
             return all({at("damage data", cell + db::kCount),
                         unreferenced(hive.segment_list_cell("k", u"big")),
                         unreferenced(segment(hive, 0)), unreferenced(segment(hive, 1)),
                         unreferenced(segment(hive, 2))});
         }},
        {"no list",
         [](BuiltHive& hive) {
             const auto field = hive.data_cell("k", u"big") + db::kList;
             hive.put32(field, 0xFFFFFFFF);
             return all({at("damage cell-reference", field),
                         unreferenced(hive.segment_list_cell("k", u"big")),
                         unreferenced(segment(hive, 0)), unreferenced(segment(hive, 1)),
                         unreferenced(segment(hive, 2))});
         }},
        {"the record is its own list",
         [](BuiltHive& hive) {
             const auto cell = hive.data_cell("k", u"big");
             hive.put32(cell + db::kList, BuiltHive::relative(cell));
             return all({at("damage cell-reference", cell + db::kList),
                         unreferenced(hive.segment_list_cell("k", u"big")),
                         unreferenced(segment(hive, 0)), unreferenced(segment(hive, 1)),
                         unreferenced(segment(hive, 2))});
         }},
        {"the list is a cell of 8 bytes",
         [](BuiltHive& hive) {
             const auto field = hive.data_cell("k", u"big") + db::kList;
             hive.put32(field, BuiltHive::relative(hive.value_list_cell("last")));
             // The key that owns it is looked at before k.
             return all({at("damage cell-reference", field),
                         unreferenced(hive.segment_list_cell("k", u"big")),
                         unreferenced(segment(hive, 0)), unreferenced(segment(hive, 1)),
                         unreferenced(segment(hive, 2))});
         }},
        {"a segment twice",
         [](BuiltHive& hive) {
             const auto element = hive.segment_list_cell("k", u"big") + 4;
             hive.put32(element + 4, hive.get32(element));
             return all({at("damage cell-reference", element + 4), unreferenced(segment(hive, 1))});
         }},
        {"the last segment too short",
         [](BuiltHive& hive) {
             const auto list_cell = hive.segment_list_cell("k", u"big");
             const auto spare = hive.data_cell("k", u"data"); // 100 bytes
             hive.put32(list_cell + 12, BuiltHive::relative(spare));
             hive.put32(data(hive) + vk::kDataLength, 0x8000'0000);
             return all({at("damage data", spare + 4), unreferenced(segment(hive, 2))});
         }},
    };
    check(rows);
}

TEST_CASE("verify values: the list of segments is too short") {
    auto hive = HiveSpec{}.with("k", binary(u"big", pattern(40000))).build();
    const auto list_cell = hive.segment_list_cell("k", u"big");
    REQUIRE(hive.get32(list_cell) == 0U - 16); // 3 references
    hive.put32(list_cell, 0U - 8);
    hive.put32(list_cell + 8, 0U - 8); // what is cut off becomes a cell of its own
    CHECK(verified(hive) == all({at("damage data", list_cell + 4), unreferenced(list_cell + 8),
                                 unreferenced(segment(hive, 0)), unreferenced(segment(hive, 1)),
                                 unreferenced(segment(hive, 2))}));
}

TEST_CASE("verify values: big data in a version without it") {
    HiveSpec spec;
    spec.root.list = ListKind::lf;
    auto hive = spec.with("k", binary(u"big", pattern(40000))).build();
    hive.put32(header::kMinor, 3);
    hive.fix_checksum();
    CHECK(verified(hive) ==
          all({at("damage data", hive.data_cell("k", u"big") + 4),
               unreferenced(hive.segment_list_cell("k", u"big")), unreferenced(segment(hive, 0)),
               unreferenced(segment(hive, 1)), unreferenced(segment(hive, 2))}));
}
