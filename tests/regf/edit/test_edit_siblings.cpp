// Siblings of the edited value that a rewrite of the key damages (HIVEX.md, 'Writing'): here they
// stay as they are, byte for byte.
#include "tests/support/edited.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace hivelint::test;

namespace {

struct Siblings {
    std::string what;
    std::vector<ValueSpec> values;
    std::uint32_t minor = 5;
};

std::vector<Siblings> all_siblings() {
    auto wide = dword(u"wide", 1);
    wide.wide_name = true;
    auto in_cell = dword(u"cell", 3);
    in_cell.in_cell = true;
    auto flagged = sz(u"flags", u"text");
    flagged.flags = 0x11;
    auto empty_in_cell = sz(u"empty", u"");
    empty_in_cell.data.clear();
    empty_in_cell.in_cell = true;
    std::vector<ValueSpec> many;
    for (char16_t c = u'a'; c < u'a' + 25; ++c) {
        many.push_back(sz({c}, std::u16string(c - u'a', c)));
    }
    return {
        {"20 KB in segments", {binary(u"fat", pattern(20'000))}},
        {"20 KB in one cell", {binary(u"fat", pattern(20'000))}, 3},
        {"1.2 MB", {binary(u"fat", pattern(1'200'000))}},
        {"a name in 16 bits", {sz(u"\u96EA\u30E6", u"text"), dword(u"\u00C9t\u00E9", 1)}},
        {"a name in 16 bits that needs 8", {wide}},
        {"a name with NUL", {sz({u"a\0b", 3}, u"text"), sz({u"\0", 1}, u"text")}},
        {"a name that is the value's, and NUL", {dword({u"MapiHttpDisabled\0x", 18}, 1)}},
        {"a lone surrogate", {sz({u'x', 0xD800}, u"text")}},
        {"no data", {raw(u"zero", 0, {}), raw(u"zero2", 1, {})}},
        {"no data, not inline", {empty_in_cell}},
        {"a number in a cell", {in_cell}},
        {"flags", {flagged}},
        {"the default value", {sz(u"", u"text")}},
        {"odd text",
         {raw(u"odd", 1, bytes_of({'a', 0, 'b'})), raw(u"multi", 7, utf16_bytes(u"a"))}},
        {"26 values", many},
    };
}

} // namespace

TEST_CASE("edit: siblings stay byte for byte, wherever the value stands among them") {
    for (const auto& siblings : all_siblings()) {
        CAPTURE(siblings.what);
        const std::size_t count = siblings.values.size();
        for (const std::size_t place : {std::size_t{0}, count / 2, count}) {
            CAPTURE(place);
            auto values = siblings.values;
            values.insert(values.begin() + static_cast<std::ptrdiff_t>(place),
                          dword(kEditedValue, 1));
            HiveSpec spec{.minor = siblings.minor};
            const auto hive = spec.with(kEditedKey, values).with("Zoo").build();
            auto fields = edit_fields(hive);
            fields.push_back({"elements", hive.value_list_cell(kEditedKey) + 4, 4 * values.size()});
            const auto cell = hive.value_cell(kEditedKey, kEditedValue);
            const auto account = verified(hive);

            auto set_fields = fields;
            set_fields.push_back({"number", cell + vk::kData});
            const auto set = ranges_of(hive, edit_to(0));
            CHECK(touched(set, set_fields) == "sequences key-time number");
            CHECK(verified(patched(hive, set)) == account);
            CHECK(tree_changes(hive, patched(hive, set)) ==
                  key_changes(hive, count + 1, count + 1, "MapiHttpDisabled REG_DWORD 01000000",
                              "MapiHttpDisabled REG_DWORD 00000000"));

            auto free_fields = fields;
            free_fields.push_back({"freed", cell});
            for (const auto free : hive.free_cells()) {
                free_fields.push_back({"free", free});
            }
            const auto deletion = ranges_of(hive, edit_to({}));
            CHECK(bytes_in(deletion) <= 48 + 4 * (count - place));
            CHECK(touched(deletion, free_fields) ==
                  (place == count ? "sequences key-time value-count freed"
                                  : "sequences key-time value-count elements freed"));
            CHECK(verified(patched(hive, deletion)) == account);
            CHECK(tree_changes(hive, patched(hive, deletion)) ==
                  key_changes(hive, count + 1, count, "MapiHttpDisabled REG_DWORD 01000000"));
        }
    }
}
