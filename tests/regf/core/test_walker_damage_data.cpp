// The walker on damaged data of values (HOSTILE.md D): one mutation, one row.
#include "tests/support/hive_builder.hpp"
#include "tests/support/regf_account.hpp"

#include <hivelint/regf/walker.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace hivelint::test;
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

FileOffset text(const BuiltHive& hive) { return hive.value_cell("k", u"Text"); }

const std::vector<Row>& bad_data() {
    static const std::vector<Row> rows = {
        {"none",
         [](BuiltHive& hive) {
             hive.put32(text(hive) + vk::kData, 0xFFFFFFFF);
             return at("bad-cell", text(hive) + vk::kData);
         }},
        {"behind the bins",
         [](BuiltHive& hive) {
             hive.put32(text(hive) + vk::kData, hive.get32(header::kBinsSize));
             return at("bad-cell", text(hive) + vk::kData);
         }},
        {"volatile",
         [](BuiltHive& hive) {
             hive.put32(text(hive) + vk::kData, hive.get32(text(hive) + vk::kData) | 0x8000'0000);
             return at("bad-cell", text(hive) + vk::kData);
         }},
        {"in a free cell",
         [](BuiltHive& hive) {
             const auto cell = hive.data_cell("k", u"Text");
             hive.put32(cell, 0 - hive.get32(cell));
             return at("bad-cell", cell);
         }},
        {"longer than its cell",
         [](BuiltHive& hive) {
             hive.put32(text(hive) + vk::kDataLength, 13); // 12 fit exactly
             return at("bad-data", hive.data_cell("k", u"Text"));
         }},
        {"the greatest length there is",
         [](BuiltHive& hive) {
             hive.put32(text(hive) + vk::kDataLength, 0x7FFF'FFFF);
             return at("bad-data", hive.data_cell("k", u"Text"));
         }},
        {"inline data said to be in a cell",
         [](BuiltHive& hive) {
             hive.put32(text(hive) + vk::kDataLength, 4);
             hive.put32(text(hive) + vk::kData, 1);
             return at("bad-cell", text(hive) + vk::kData);
         }},
    };
    return rows;
}

const std::vector<Row>& bad_big_data() {
    static const std::vector<Row> rows = {
        {"too few segments",
         [](BuiltHive& hive) {
             const auto header = hive.data_cell("k", u"Big");
             hive.put16(header + db::kCount, 2);
             return at("bad-data", header + db::kCount);
         }},
        {"too many segments",
         [](BuiltHive& hive) {
             const auto header = hive.data_cell("k", u"Big");
             hive.put16(header + db::kCount, 4);
             return at("bad-data", header + db::kCount);
         }},
        {"no segments",
         [](BuiltHive& hive) {
             const auto header = hive.data_cell("k", u"Big");
             hive.put16(header + db::kCount, 0);
             return at("bad-data", header + db::kCount);
         }},
        {"more data than the segments can hold",
         [](BuiltHive& hive) {
             hive.put32(hive.value_cell("k", u"Big") + vk::kDataLength, 3 * 16344 + 1);
             return at("bad-data", hive.data_cell("k", u"Big") + db::kCount);
         }},
        {"the greatest length there is",
         [](BuiltHive& hive) {
             hive.put32(hive.value_cell("k", u"Big") + vk::kDataLength, 0x7FFF'FFFF);
             return at("bad-data", hive.data_cell("k", u"Big") + db::kCount);
         }},
        {"more data than the bins hold",
         [](BuiltHive& hive) {
             hive.put32(hive.value_cell("k", u"Big") + vk::kDataLength, 16344 * 60000);
             hive.put16(hive.data_cell("k", u"Big") + db::kCount, 60000);
             return at("bad-data", hive.segment_list_cell("k", u"Big"));
         }},
        {"no list",
         [](BuiltHive& hive) {
             const auto header = hive.data_cell("k", u"Big");
             hive.put32(header + db::kList, 0xFFFFFFFF);
             return at("bad-cell", header + db::kList);
         }},
        {"list in a free cell",
         [](BuiltHive& hive) {
             const auto cell = hive.segment_list_cell("k", u"Big");
             hive.put32(cell, 0 - hive.get32(cell));
             return at("bad-cell", cell);
         }},
        {"list too short",
         [](BuiltHive& hive) {
             hive.put32(hive.segment_list_cell("k", u"Big"), 0U - 8);
             return at("bad-data", hive.segment_list_cell("k", u"Big"));
         }},
        {"its own list: signature and count read as a reference",
         [](BuiltHive& hive) {
             const auto header = hive.data_cell("k", u"Big");
             hive.put32(header + db::kList, BuiltHive::relative(header));
             return at("bad-cell", header + 4);
         }},
        {"a segment of none",
         [](BuiltHive& hive) {
             const auto element = hive.segment_list_cell("k", u"Big") + 4 + 4;
             hive.put32(element, 0xFFFFFFFF);
             return at("bad-cell", element);
         }},
        {"a segment in a free cell",
         [](BuiltHive& hive) {
             const auto cell = hive.segment_cells("k", u"Big").at(2);
             hive.put32(cell, 0 - hive.get32(cell));
             return at("bad-cell", cell);
         }},
        {"a segment that is the record itself",
         [](BuiltHive& hive) {
             const auto header = hive.data_cell("k", u"Big");
             hive.put32(hive.segment_list_cell("k", u"Big") + 4, BuiltHive::relative(header));
             return at("bad-data", header);
         }},
        {"a short segment before the last",
         [](BuiltHive& hive) {
             const auto cell = hive.segment_cells("k", u"Big").at(0);
             hive.put32(cell, 0U - 16344); // 16340 bytes of data
             return at("bad-data", cell);
         }},
        {"a short last segment",
         [](BuiltHive& hive) {
             const auto cell = hive.segment_cells("k", u"Big").at(2);
             hive.put32(cell, 0U - 7312); // 7308 of 7312 bytes
             return at("bad-data", cell);
         }},
    };
    return rows;
}

} // namespace

TEST_CASE("walker damage: data that cannot be read") {
    for (const auto& row : bad_data()) {
        CAPTURE(row.what);
        auto hive = typical();
        const auto expected = row.spoil(hive);
        CHECK(find_error(hive, "k", u"Text") == expected);
        // Another value is found, without a word of data that was not needed.
        CHECK(answer(find(hive, "k", kName)) == "REG_DWORD 01000000");
        CHECK(account(find(hive, "k", kName).damage).empty());
    }
}

TEST_CASE("walker damage: a listing says of data what an answer says") {
    for (const auto& row : bad_data()) {
        CAPTURE(row.what);
        auto hive = typical();
        const auto expected = row.spoil(hive);
        const auto listing = list(hive, "k");
        REQUIRE(listing);
        CHECK(listing->values.size() == 3);
        CHECK(account(listing->damage) == expected);
    }
}

TEST_CASE("walker damage: data of length 0 refers to nothing") {
    for (const std::uint32_t reference : {0xFFFFFFFFU, 0U, 0x12345678U}) {
        auto hive = typical();
        hive.put32(text(hive) + vk::kDataLength, 0);
        hive.put32(text(hive) + vk::kData, reference);
        CHECK(answer(find(hive, "k", u"Text")) == "REG_SZ ");
    }
}

TEST_CASE("walker damage: big data that cannot be read") {
    for (const auto& row : bad_big_data()) {
        CAPTURE(row.what);
        auto hive = typical();
        const auto expected = row.spoil(hive);
        CHECK(find_error(hive, "k", u"Big") == expected);
        CHECK(answer(find(hive, "k", kName)) == "REG_DWORD 01000000");
        CHECK(account(find(hive, "k", kName).damage).empty());
    }
}

TEST_CASE("walker damage: a listing says of big data what an answer says") {
    for (const auto& row : bad_big_data()) {
        CAPTURE(row.what);
        auto hive = typical();
        const auto expected = row.spoil(hive);
        const auto listing = list(hive, "k");
        REQUIRE(listing);
        CHECK(listing->values.size() == 3);
        CHECK(account(listing->damage) == expected);
    }
}

// In 1.3 there are no big data records: what is found in the cell is the data, and it is short.
TEST_CASE("walker damage: big data in a version without it") {
    auto hive = typical();
    hive.put32(header::kMinor, 3);
    hive.fix_checksum();
    CHECK(find_error(hive, "k", u"Big") == at("bad-data", hive.data_cell("k", u"Big")));
}
