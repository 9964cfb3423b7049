// edit_values(): data of every kind into the place that there is, and many changes at once.
#include "tests/support/edited.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace hivelint::test;
using hivelint::regf::Edit;
using hivelint::regf::ValueData;
namespace regf = hivelint::regf;

namespace {

std::vector<std::byte> bytes(std::size_t size, unsigned char first = 1) {
    std::vector<std::byte> all(size);
    for (auto& one : all) {
        one = std::byte{first++};
    }
    return all;
}

Edit edit_of(ValueData data) {
    auto edit = edit_to({});
    edit.changes[0].becomes = std::move(data);
    return edit;
}

/// Of one value, as the walker sees it.
std::optional<ValueData> data_of(const BuiltHive& hive, const Path& key, std::u16string_view name) {
    const auto value = find(hive, key, std::u16string(name)).value;
    return value ? std::optional(ValueData{value->type, value->data}) : std::nullopt;
}

regf::ValueChange change(std::u16string name, std::optional<ValueData> becomes,
                         const Path& key = kEditedKey) {
    return {.key = key.names(), .value = std::move(name), .becomes = std::move(becomes)};
}

Edit edit_with(std::vector<regf::ValueChange> changes) {
    auto edit = edit_to({});
    edit.changes = std::move(changes);
    return edit;
}

} // namespace

TEST_CASE("edit values: what fits the cell gets into it, and what is short lies in the record") {
    struct Row {
        std::string what;
        ValueSpec stored;
        ValueData becomes;
    };
    const std::vector<Row> rows = {
        {"a number of 64 bits", qword(kEditedValue, 1), regf::qword_data(~std::uint64_t{0})},
        {"a text of the same length", sz(kEditedValue, u"https://a"), regf::text_data("http://ab")},
        {"a shorter text", sz(kEditedValue, u"a long text it is"), regf::text_data("short")},
        {"no text", sz(kEditedValue, u"a long text it is"), regf::text_data("")},
        {"a text as long as the cell, whose end was not used",
         raw(kEditedValue, 1, bytes(6)),
         {regf::kRegSz, bytes(12)}},
        {"bytes", raw(kEditedValue, 3, bytes(40)), {regf::kRegBinary, bytes(17, 9)}},
        {"no bytes", raw(kEditedValue, 3, bytes(40)), {regf::kRegBinary, {}}},
        {"four bytes of forty", raw(kEditedValue, 3, bytes(40)), {regf::kRegBinary, bytes(4, 7)}},
        {"a byte more, inline", raw(kEditedValue, 3, bytes(1)), {regf::kRegBinary, bytes(2, 7)}},
        {"a text where a number was in a cell", qword(kEditedValue, 1), regf::text_data("abc")},
        {"a number in place of a text", sz(kEditedValue, u"0"), regf::dword_data(5)},
        {"a number where nothing was", raw(kEditedValue, 4, {}), regf::dword_data(5)},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        const auto hive = edited_spec(row.stored).build();
        const auto after = edited(hive, edit_of(row.becomes));
        CHECK(verified(after) == "");
        CHECK(data_of(after, kEditedKey, kEditedValue) == row.becomes);
        CHECK(after.bytes.size() == hive.bytes.size());
        CHECK(ranges_of(after, edit_of(row.becomes)).empty()); // it is as it shall be
    }
}

TEST_CASE("edit values: nothing is moved to make room") {
    struct Row {
        std::string what;
        ValueSpec stored;
        std::size_t size;
        bool fits;
    };
    // A cell has a multiple of 8 bytes, 4 of them for its size.
    const std::vector<Row> rows = {
        {"an inline value", raw(kEditedValue, 3, bytes(4)), 5, false},
        {"to the cell's end", raw(kEditedValue, 3, bytes(9)), 12, true},
        {"a byte beyond it", raw(kEditedValue, 3, bytes(9)), 13, false},
        {"no data", raw(kEditedValue, 3, {}), 5, false},
        {"data in several cells", raw(kEditedValue, 3, bytes(20'000)), 100, false},
        {"these, to a few bytes", raw(kEditedValue, 3, bytes(20'000)), 3, true},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        const auto hive = edited_spec(row.stored).build();
        const auto edit = edit_of({regf::kRegBinary, bytes(row.size, 100)});
        if (row.fits) {
            CHECK(verified(edited(hive, edit)) == "");
        } else {
            CHECK(error_of([&] { ranges_of(hive, edit); }) ==
                  at("no-room", hive.value_cell(kEditedKey, kEditedValue)));
        }
    }
}

TEST_CASE("edit values: the longest-data field is never too small") {
    auto value = raw(kEditedValue, 3, bytes(5));
    const auto hive = edited_spec(value).build();
    const auto field = hive.key_cell(kEditedKey) + nk::kLongestValueData;
    REQUIRE(hive.get32(field) == 5);
    CHECK(edited(hive, edit_of({regf::kRegBinary, bytes(12)})).get32(field) == 12);
    CHECK(edited(hive, edit_of({regf::kRegBinary, bytes(3)})).get32(field) == 5);
}

TEST_CASE("edit values: many changes in one edit") {
    const auto hive = HiveSpec{}
                          .with(kEditedKey, {dword(u"a", 1), sz(u"b", u"some text"), qword(u"c", 3),
                                             dword(u"d", 4), sz(u"e", u"more of it")})
                          .with("Zoo", {dword(u"x", 1), dword(u"y", 2)})
                          .with("Zoo\\Only", dword(u"z", 1))
                          .build();
    const auto after = edited(
        hive, edit_with({change(u"d", {}), change(u"a", regf::dword_data(9)), change(u"b", {}),
                         change(u"c", regf::qword_data(7)), change(u"y", {}, "Zoo"),
                         change(u"z", {}, "Zoo\\Only"), change(u"none", {}, "Zoo"),
                         change(u"x", regf::dword_data(1), "Zoo\\No\\Such")}));
    CHECK(verified(after) == "");
    CHECK(data_of(after, kEditedKey, u"a") == regf::dword_data(9));
    CHECK(data_of(after, kEditedKey, u"c") == regf::qword_data(7));
    CHECK(data_of(after, kEditedKey, u"e") == regf::text_data("more of it"));
    CHECK(data_of(after, "Zoo", u"x") == regf::dword_data(1));
    for (const auto& [key, name] : {std::pair(kEditedKey, u"b"), std::pair(kEditedKey, u"d"),
                                    std::pair("Zoo", u"y"), std::pair("Zoo\\Only", u"z")}) {
        CHECK(!data_of(after, key, name));
    }
    for (const auto* key : {kEditedKey, "Zoo", "Zoo\\Only"}) {
        CHECK(after.get64(after.key_cell(key) + nk::kLastWritten) == kEditTime);
    }
    CHECK(after.get64(after.key_cell("") + nk::kLastWritten) ==
          hive.get64(hive.key_cell("") + nk::kLastWritten));
}

TEST_CASE("edit values: all values of a key, in any order") {
    const auto hive =
        HiveSpec{}
            .with(kEditedKey, {sz(u"a", u"longer than four"), dword(u"b", 2), qword(u"c", 3)})
            .build();
    std::vector<std::u16string> names = {u"a", u"b", u"c"};
    std::vector<std::byte> first;
    do {
        const auto after = edited(
            hive, edit_with({change(names[0], {}), change(names[1], {}), change(names[2], {})}));
        CHECK(verified(after) == "");
        CHECK(after.get32(after.key_cell(kEditedKey) + nk::kValueCount) == 0);
        first = first.empty() ? after.bytes : first;
        CHECK(after.bytes == first); // which comes first is of no matter
    } while (std::ranges::next_permutation(names).found);
}

TEST_CASE("edit values: one value has one change") {
    const auto hive = edited_spec(dword(kEditedValue, 1)).build();
    const auto edit =
        edit_with({change(kEditedValue, regf::dword_data(0)), change(u"MAPIHTTPDISABLED", {})});
    CHECK(error_of([&] { ranges_of(hive, edit); }) ==
          at("invalid-argument", hive.value_cell(kEditedKey, kEditedValue)));
}
