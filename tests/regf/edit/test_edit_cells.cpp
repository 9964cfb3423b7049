// The cells that a deleted value leaves: free, one with their free neighbours, never across the
// border of a bin; and the segments of big data.
#include "tests/support/edited.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace hivelint::test;
using hivelint::regf::Edit;

namespace {

Edit deletion_of(std::u16string name) {
    auto edit = edit_to({});
    edit.changes[0].value = std::move(name);
    return edit;
}

/// Four values side by side, then a key, so that no cell of theirs borders on free space.
BuiltHive row_of_values() {
    return HiveSpec{}
        .with(kEditedKey, {dword(u"a", 1), dword(u"b", 2), dword(u"c", 3), dword(u"d", 4)})
        .with("Zoo", sz(u"z", u"text"))
        .build();
}

/// The hive with the value's vk cell and, when it has one, its data cell ending exactly at the end
/// of a bin.
BuiltHive value_at_end_of_bin(const HiveSpec& spec) {
    auto padded = spec;
    padded.root.values.push_back(binary(u"pad", pattern(8 + 4)));
    const auto loose = padded.build();
    const auto last = loose.free_cells().front();
    padded.root.values.back().data = pattern(8 + 4 + loose.get32(last));
    return padded.build();
}

} // namespace

TEST_CASE("edit: freed cells join free neighbours before and behind") {
    const auto whole = row_of_values();
    const auto cell = [&](std::u16string_view name) { return whole.value_cell(kEditedKey, name); };
    const auto a = cell(u"a");
    const auto size = cell_size(whole, a);
    REQUIRE(cell(u"b") == a + size);
    REQUIRE(cell(u"c") == a + 2 * size);
    struct Row {
        std::string what;
        std::u16string order;                ///< of deletion
        std::vector<std::uint32_t> expected; ///< free sizes at a, b, c; 0: allocated
    };
    const Row rows[] = {
        {"none", u"b", {0, size, 0}},
        {"none, twice", u"ac", {size, 0, size}},
        {"before", u"ab", {2 * size, 0, 0}},
        {"behind", u"ba", {2 * size, 0, 0}},
        {"behind, further on", u"cb", {0, 2 * size, 0}},
        {"both", u"acb", {3 * size, 0, 0}},
        {"both, the other way", u"cab", {3 * size, 0, 0}},
        {"before, grown", u"abc", {3 * size, 0, 0}},
        {"behind, grown", u"cba", {3 * size, 0, 0}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto hive = whole;
        for (const char16_t name : row.order) {
            hive = edited(hive, deletion_of({name}));
            CHECK(verified(hive) == "");
            CHECK(find(hive, kEditedKey, std::u16string{name}).value.has_value() == false);
        }
        for (std::size_t i = 0; i < row.expected.size(); ++i) {
            CAPTURE(i);
            const auto at = a + i * size;
            if (row.expected[i] != 0) {
                CHECK(free_size(hive, at) == row.expected[i]);
            } else if (row.order.find(static_cast<char16_t>(u'a' + i)) == std::u16string::npos) {
                CHECK(cell_size(hive, at) == size);
            }
        }
        CHECK(hive.get64(a + 4 * size) == whole.get64(a + 4 * size));
    }
}

TEST_CASE("edit: value, data and list of the last value become one free cell") {
    HiveSpec spec = edited_spec(binary(kEditedValue, pattern(100)));
    spec.with("Zoo");
    const auto hive = spec.build();
    const auto list = hive.value_list_cell(kEditedKey);
    const auto value = hive.value_cell(kEditedKey, kEditedValue);
    const auto data = hive.data_cell(kEditedKey, kEditedValue);
    REQUIRE(value == list + cell_size(hive, list));
    REQUIRE(data == value + cell_size(hive, value));
    const auto after = edited(hive, edit_to({}));
    CHECK(free_size(after, list) == data + cell_size(hive, data) - list);
    CHECK(after.get32(after.key_cell(kEditedKey) + nk::kValueCount) == 0);
    CHECK(after.get32(after.key_cell(kEditedKey) + nk::kValueList) == kNone);
    CHECK(verified(after) == "");
    const auto report = hivelint::regf::verify(after.bytes);
    const auto before = hivelint::regf::verify(hive.bytes);
    CHECK(report.free_cells == before.free_cells + 1);
    CHECK(report.allocated_cells == before.allocated_cells - 3);
    CHECK(report.free_bytes == before.free_bytes + free_size(after, list));
}

TEST_CASE("edit: a freed cell at the end of a bin stays out of the next one") {
    for (const bool in_cell : {false, true}) {
        CAPTURE(in_cell);
        auto value = dword(kEditedValue, 1);
        value.in_cell = in_cell;
        auto spec = edited_spec(value);
        spec.free_pages = 1;
        const auto hive = value_at_end_of_bin(spec);
        REQUIRE(hive.bins().size() == 2);
        const auto next_bin = hive.bins()[1];
        const auto cell = in_cell ? hive.data_cell(kEditedKey, kEditedValue)
                                  : hive.value_cell(kEditedKey, kEditedValue);
        REQUIRE(cell + cell_size(hive, cell) == next_bin);
        const auto after = edited(hive, edit_to({}));
        CHECK(verified(after) == "");
        const auto list = hive.value_list_cell(kEditedKey);
        CHECK(free_size(after, list) == next_bin - list);
        CHECK(after.hex(next_bin, 64) == hive.hex(next_bin, 64));
    }
}

TEST_CASE("edit: a freed cell at the start of a bin stays out of the one before") {
    HiveSpec spec;
    spec.with(kEditedKey, {dword(u"a", 1), binary(u"fat", pattern(3000)), dword(kEditedValue, 1)});
    spec.with(kEditedKey, binary(u"fill", pattern(5000)));
    // Shift the value to the first cell of the second bin, behind what is left of the first one.
    const auto hive = [&] {
        for (std::size_t size = 3000;; size += 8) {
            REQUIRE(size < 4096);
            spec.key(kEditedKey).values[1].data = pattern(size);
            auto built = spec.build();
            if (built.value_cell(kEditedKey, kEditedValue) == built.bins()[1] + bin::kFirstCell) {
                return built;
            }
        }
    }();
    const auto left = hive.free_cells().front();
    REQUIRE(left + hive.get32(left) == hive.bins()[1]);
    const auto value = hive.value_cell(kEditedKey, kEditedValue);
    const auto after = edited(hive, edit_to({}));
    CHECK(verified(after) == "");
    CHECK(after.get32(left) == hive.get32(left));
    CHECK(after.hex(hive.bins()[1], 32) == hive.hex(hive.bins()[1], 32));
    CHECK(free_size(after, value) >= cell_size(hive, value));
}

TEST_CASE("edit: big data is deleted with its segments") {
    const auto data = pattern(1'200'000);
    HiveSpec spec;
    spec.with(kEditedKey, {dword(u"a", 1), binary(kEditedValue, data), sz(u"z", u"text")});
    const auto hive = spec.with("Zoo", sz(u"z", u"text")).build();
    const auto segments = hive.segment_cells(kEditedKey, kEditedValue);
    REQUIRE(segments.size() == 74);
    auto fields = edit_fields(hive);
    fields.push_back({"elements", hive.value_list_cell(kEditedKey) + 4, 12});
    std::vector<FileOffset> cells = {hive.value_cell(kEditedKey, kEditedValue),
                                     hive.data_cell(kEditedKey, kEditedValue),
                                     hive.segment_list_cell(kEditedKey, kEditedValue)};
    cells.insert(cells.end(), segments.begin(), segments.end());
    std::uint64_t freed = 0;
    for (const auto cell : cells) {
        fields.push_back({"cell", cell});
        freed += cell_size(hive, cell);
    }
    const auto free_before = hive.free_cells();
    for (const auto cell : free_before) {
        fields.push_back({"free", cell});
    }
    const auto ranges = ranges_of(hive, edit_to({}));
    const auto words = touched(ranges, fields);
    CHECK(words.starts_with("sequences key-time value-count elements cell"));
    CHECK(words.find("0x") == std::string::npos);
    CHECK(bytes_in(ranges) <= 48 + 4 * (1 + cells.size()));

    const auto after = patched(hive, ranges);
    CHECK(verified(after) == "");
    const auto old_report = hivelint::regf::verify(hive.bytes);
    const auto report = hivelint::regf::verify(after.bytes);
    CHECK(report.allocated_cells == old_report.allocated_cells - cells.size());
    CHECK(report.free_bytes == old_report.free_bytes + freed);
    CHECK(report.bins == old_report.bins);
    const auto changes = tree_changes(hive, after);
    REQUIRE(changes.size() == 3);
    CHECK(changes[1].starts_with("- Exchange : MapiHttpDisabled REG_BINARY 1200000 bytes"));
}

TEST_CASE("edit: long data in one cell is deleted as such") {
    struct Row {
        std::string what;
        std::uint32_t minor;
        std::size_t size;
    };
    const Row rows[] = {
        {"no big data in 1.3", 3, 20'000},
        {"the most that one cell has", 5, 16'344},
        {"as long as a cell gets", 3, 1'200'000},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto spec = edited_spec(binary(kEditedValue, pattern(row.size)));
        spec.minor = row.minor;
        const auto hive = spec.build();
        const auto after = edited(hive, edit_to({}));
        CHECK(verified(after) == "");
        CHECK(hivelint::regf::verify(after.bytes).allocated_cells ==
              hivelint::regf::verify(hive.bytes).allocated_cells - 3);
    }
}

TEST_CASE("edit: data that begins as a big data record does is not one") {
    // In a hive of 1.3 and in a short value, `db` is what somebody stored.
    struct Row {
        std::uint32_t minor;
        std::size_t size;
    };
    for (const auto& [minor, size] : {Row{3, 20'000}, Row{5, 100}}) {
        auto data = pattern(size);
        auto spec = edited_spec(binary(kEditedValue, data));
        spec.minor = minor;
        auto hive = spec.build();
        const auto cell = hive.data_cell(kEditedKey, kEditedValue);
        hive.put_text(cell + db::kSignature, "db");
        hive.put16(cell + db::kCount, 2);
        hive.put32(cell + db::kList, BuiltHive::relative(hive.key_cell("Software")));
        const auto after = edited(hive, edit_to({}));
        CHECK(verified(after) == "");
        CHECK(cell_size(after, hive.key_cell("Software")) ==
              cell_size(hive, hive.key_cell("Software")));
    }
}

TEST_CASE("edit: long data in one cell of a hive with big data is freed as one cell") {
    // Other programs write it so; verify() counts it as an irregularity, which goes with it.
    auto spec = edited_spec(binary(kEditedValue, pattern(20'000)));
    spec.minor = 3;
    auto hive = spec.build();
    hive.put32(header::kMinor, 5);
    hive.put_text(hive.list_cell("") + 4, "lf");
    hive.fix_checksum();
    CHECK(verified(hive) ==
          at("irregularity big-data", hive.data_cell(kEditedKey, kEditedValue) + 4));
    CHECK(verified(edited(hive, edit_to({}))) == "");
    CHECK(verified(edited(hive, edit_to(0))) == "");
}
