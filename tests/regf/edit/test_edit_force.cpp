// Replacing a value that is not the documented one, which takes force.
#include "tests/support/edited.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace hivelint::test;

namespace {

struct Odd {
    std::string what;
    ValueSpec value;
    std::uint32_t minor = 5;
};

std::vector<Odd> odd_values() {
    auto in_cell = [](ValueSpec value) {
        value.in_cell = true;
        return value;
    };
    const auto of = [](std::uint32_t type, std::vector<std::byte> data) {
        return raw(kEditedValue, type, std::move(data));
    };
    return {
        {"2 bytes", of(4, bytes_of({1, 0}))},
        {"2 bytes in a cell", in_cell(of(4, bytes_of({1, 0})))},
        {"8 bytes", of(4, bytes_of({1, 0, 0, 0, 0, 0, 0, 0}))},
        {"no bytes", of(4, {})},
        {"no bytes, not inline", in_cell(of(4, {}))},
        {"text", sz(kEditedValue, u"1")},
        {"longer text", sz(kEditedValue, u"yes, disabled")},
        {"big-endian", of(5, bytes_of({0, 0, 0, 1}))},
        {"big-endian in a cell", in_cell(of(5, bytes_of({0, 0, 0, 1})))},
        {"binary", of(3, bytes_of({1, 0, 0, 0}))},
        {"none", of(0, {})},
        {"a type without a name", of(0xFFFF'0012, bytes_of({1, 0, 0, 0}))},
        {"a number of 64 bits", qword(kEditedValue, 1)},
        {"as long as one cell gets", of(3, pattern(16'344))},
        {"big data", of(3, pattern(16'345))},
        {"1.2 MB", of(3, pattern(1'200'000))},
        {"a REG_DWORD of 1.2 MB", of(4, pattern(1'200'000))},
        {"20 KB in one cell", of(3, pattern(20'000)), 3},
    };
}

BuiltHive built(const Odd& odd) {
    auto spec = edited_spec(odd.value);
    spec.minor = odd.minor;
    // Siblings with shorter data, so that the longest-data field is of the odd value.
    return spec.with("Zoo", sz(u"z", u"text")).build();
}

} // namespace

TEST_CASE("edit: a value of another type becomes an inline REG_DWORD, and its cells are free") {
    for (const auto& odd : odd_values()) {
        CAPTURE(odd.what);
        const auto hive = built(odd);
        REQUIRE(verified(hive) == "");
        const auto after = edited(hive, edit_to(0x0403'0201));
        const auto value = hive.value_cell(kEditedKey, kEditedValue);
        CHECK(after.hex(value, 20) == hive.hex(value, 8) + "04000080" + "01020304" + "04000000");
        CHECK(after.hex(value + 20, 20) == hive.hex(value + 20, 20)); // flags and name
        CHECK(verified(after) == "");
        const auto old_line =
            line_of("Exchange", find(hive, kEditedKey, kEditedValue).value.value());
        CHECK(tree_changes(hive, after) ==
              key_changes(hive, 1, 1, old_line.substr(11), "MapiHttpDisabled REG_DWORD 01020304"));
        // No cell is lost: root, its security, the keys, lists and values without the data.
        const auto report = hivelint::regf::verify(after.bytes);
        const auto expected = built({"", dword(kEditedValue, 1), odd.minor});
        CHECK(report.allocated_cells == hivelint::regf::verify(expected.bytes).allocated_cells);
    }
}

TEST_CASE("edit: by force it is deleted, and its cells are free") {
    for (const auto& odd : odd_values()) {
        CAPTURE(odd.what);
        const auto hive = built(odd);
        const auto after = edited(hive, edit_to({}));
        CHECK(verified(after) == "");
        const auto old_line =
            line_of("Exchange", find(hive, kEditedKey, kEditedValue).value.value());
        CHECK(tree_changes(hive, after) == key_changes(hive, 1, 0, old_line.substr(11)));
    }
}

TEST_CASE("edit: the longest-data field is raised when it must be, never lowered") {
    struct Row {
        std::string what;
        std::size_t before; ///< bytes of the value that is replaced
        std::uint32_t stored;
        std::uint32_t expected;
    };
    const Row rows[] = {
        {"nothing", 0, 0, 4},
        {"two bytes", 2, 2, 4},
        {"three bytes", 3, 3, 4},
        {"enough", 2, 4, 4},
        {"more than enough", 2, 100, 100},
        {"long data", 100, 100, 100},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto hive = edited_spec(raw(kEditedValue, 3, pattern(row.before))).build();
        const auto field = hive.key_cell(kEditedKey) + nk::kLongestValueData;
        hive.put32(field, row.stored);
        CHECK(edited(hive, edit_to(0)).get32(field) == row.expected);
        CHECK(edited(hive, edit_to({})).get32(field) == row.stored);
        CHECK(verified(edited(hive, edit_to(0))) == "");
    }
}
