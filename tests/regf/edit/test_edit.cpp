// The edit of one value: setting and deleting it, and what else of the hive changes. Cells that
// are freed are test_edit_cells.cpp's, replacing a value by force test_edit_force.cpp's.
#include "tests/support/edited.hpp"

#include <hivelint/source.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace hivelint::test;
using hivelint::ByteRange;
using hivelint::regf::Edit;

namespace {

/// `0x4: 07 -> 08 00`
std::string text_of(const std::vector<ByteRange>& ranges) {
    const auto hex = [](const std::vector<std::byte>& bytes) {
        std::string out;
        for (const auto byte : bytes) {
            out += fmt::format(" {:02x}", static_cast<unsigned>(byte));
        }
        return out;
    };
    std::string out;
    for (const auto& range : ranges) {
        out += fmt::format("{:#x}:{} ->{}\n", range.offset, hex(range.before), hex(range.after));
    }
    return out;
}

/// Keeps the base block's time up too.
Edit stamping(Edit edit) {
    edit.stamp_base_block = true;
    return edit;
}

ValueSpec in_cell(ValueSpec value) {
    value.in_cell = true;
    return value;
}

} // namespace

// The two edits of the smallest hive, byte for byte. The time of the edit is 0x01da6b0bb36e1807,
// the key's was 0x01ce41f977080700; the hive's cells are those of test_hive_builder.cpp.
TEST_CASE("edit: an inline value is set, byte for byte") {
    const auto hive = edited_spec(dword(kEditedValue, 1)).build();
    CHECK(text_of(ranges_of(hive, edit_to(0))) == "0x4: 07 00 00 00 07 00 00 00 ->"
                                                  " 04 03 02 01 04 03 02 01\n"
                                                  "0x1218: 00 07 08 77 f9 41 ce ->"
                                                  " 07 18 6e b3 0b 6b da\n"
                                                  "0x127c: 01 -> 00\n");
}

TEST_CASE("edit: an inline value is deleted, byte for byte") {
    const auto hive = edited_spec(dword(kEditedValue, 1)).build();
    // Value, value list and what is left of the bin become one free cell at 0x1268; what stands at
    // 0x1270 is then inside it.
    CHECK(text_of(ranges_of(hive, edit_to({}))) == "0x4: 07 00 00 00 07 00 00 00 ->"
                                                   " 04 03 02 01 04 03 02 01\n"
                                                   "0x1218: 00 07 08 77 f9 41 ce ->"
                                                   " 07 18 6e b3 0b 6b da\n"
                                                   "0x1238: 01 -> 00\n"
                                                   "0x123c: 68 02 00 00 -> ff ff ff ff\n"
                                                   "0x1268: f8 ff ff ff -> 98 0d 00 00\n"
                                                   "0x1270: d8 ff ff ff -> 90 0d 00 00\n");
}

TEST_CASE("edit: what changes when a value is set, and nothing else") {
    struct Row {
        std::string what;
        ValueSpec value;
        std::uint32_t number;
        std::string data;
    };
    const Row rows[] = {
        {"inline", dword(kEditedValue, 1), 0, "00000000"},
        {"in a cell", in_cell(dword(kEditedValue, 1)), 0, "00000000"},
        {"every byte", dword(kEditedValue, 1), 0xFFEE'DDCC, "ccddeeff"},
        {"every byte, in a cell", in_cell(dword(kEditedValue, 1)), 0xFFEE'DDCC, "ccddeeff"},
        {"from another number", dword(kEditedValue, 0xFFFF'FFFF), 0, "00000000"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        const auto hive = edited_spec(row.value).build();
        const auto value = hive.value_cell(kEditedKey, kEditedValue);
        const auto number =
            row.value.in_cell ? hive.data_cell(kEditedKey, kEditedValue) + 4 : value + vk::kData;
        auto fields = edit_fields(hive);
        fields.push_back({"number", number});
        const auto old_line =
            line_of("Exchange", find(hive, kEditedKey, kEditedValue).value.value());
        for (const bool stamp : {false, true}) {
            CAPTURE(stamp);
            auto edit = edit_to(row.number);
            edit.stamp_base_block = stamp;
            const auto ranges = ranges_of(hive, edit);
            CHECK(touched(ranges, fields) ==
                  (stamp ? "sequences stamp checksum bin-stamp key-time number"
                         : "sequences key-time number"));
            CHECK(bytes_in(ranges) <= 40);
            const auto after = patched(hive, ranges);
            CHECK(verified(after) == "");
            CHECK(tree_changes(hive, after) ==
                  key_changes(hive, 1, 1, old_line.substr(std::string("Exchange : ").size()),
                              "MapiHttpDisabled REG_DWORD " + row.data));
        }
    }
}

TEST_CASE("edit: what changes when a value is deleted, and nothing else") {
    struct Row {
        std::string what;
        std::size_t values;
        std::size_t target;
        bool in_cell;
        std::string touched;
    };
    const Row rows[] = {
        {"the only one", 1, 0, false, "value-count value-list list-cell target"},
        {"the only one, in a cell", 1, 0, true, "value-count value-list list-cell target data"},
        {"the first of two", 2, 0, false, "value-count elements target"},
        {"the last of two", 2, 1, false, "value-count target"},
        {"the first of 26", 26, 0, false, "value-count elements target"},
        {"in the middle of 26", 26, 12, false, "value-count elements target"},
        {"in the middle of 26, in a cell", 26, 12, true, "value-count elements target data"},
        {"the last of 26", 26, 25, false, "value-count target"},
        {"the last of 26, in a cell", 26, 25, true, "value-count target data"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        HiveSpec spec;
        for (std::size_t i = 0; i < row.values; ++i) {
            auto value = i == row.target ? dword(kEditedValue, 1)
                                         : sz({u'v', static_cast<char16_t>(u'a' + i)}, u"text");
            value.in_cell = row.in_cell;
            spec.with(kEditedKey, std::move(value));
        }
        // Something behind, so that what is freed has no free neighbour.
        const auto hive = spec.with("Zoo", sz(u"z", u"the next cell")).build();
        const auto cell = hive.value_cell(kEditedKey, kEditedValue);
        const auto list = hive.value_list_cell(kEditedKey);
        auto fields = edit_fields(hive);
        fields.push_back({"list-cell", list});
        fields.push_back({"elements", list + 4, 4 * row.values});
        fields.push_back({"target", cell});
        if (row.in_cell) {
            fields.push_back({"data", hive.data_cell(kEditedKey, kEditedValue)});
        }
        const auto ranges = ranges_of(hive, edit_to({}));
        CHECK(touched(ranges, fields) == "sequences key-time " + row.touched);
        CHECK(bytes_in(ranges) <= 48 + 4 * (row.values - 1 - row.target));

        const auto after = patched(hive, ranges);
        CHECK(verified(after) == "");
        CHECK(tree_changes(hive, after) ==
              key_changes(hive, row.values, row.values - 1, "MapiHttpDisabled REG_DWORD 01000000"));
        // The gap is closed, in order; what stands behind the last element has no meaning.
        std::vector<std::uint32_t> expected;
        std::vector<std::uint32_t> found;
        for (std::size_t i = 0; i < row.values; ++i) {
            if (i != row.target) {
                expected.push_back(hive.get32(list + 4 + 4 * i));
            }
            if (i + 1 < row.values) {
                found.push_back(after.get32(list + 4 + 4 * i));
            }
        }
        CHECK(found == expected);
    }
}

TEST_CASE("edit: the key, the value and the base block get time and number") {
    const auto hive = edited_spec(dword(kEditedValue, 1)).build();
    for (const auto& edit : {edit_to(0), edit_to({})}) {
        const auto after = edited(hive, edit);
        CHECK(after.get32(header::kPrimarySequence) == kEditSequence);
        CHECK(after.get32(header::kSecondarySequence) == kEditSequence);
        CHECK(after.get64(header::kLastWritten) == kDefaultTime);
        CHECK(after.get64(kPage + bin::kTime) == kDefaultTime);
        CHECK(after.get64(after.key_cell(kEditedKey) + nk::kLastWritten) == kEditTime);
        for (const auto* path : {"", "Software", "Software\\Microsoft"}) {
            CHECK(after.get64(after.key_cell(path) + nk::kLastWritten) == kDefaultTime);
        }
        const auto stamped = edited(hive, stamping(edit));
        CHECK(stamped.get64(header::kLastWritten) == kEditTime);
        CHECK(stamped.get64(kPage + bin::kTime) == kEditTime);
        for (const auto* one : {&after, &stamped}) {
            CHECK(one->get32(header::kChecksum) == base_block_checksum(one->bytes));
        }
    }
}

TEST_CASE("edit: the first bin's time is kept up only where it is a copy") {
    const auto sound = edited_spec(dword(kEditedValue, 1)).build();
    struct Row {
        std::string what;
        std::uint64_t stored;
        std::uint64_t expected;
    };
    const Row rows[] = {
        {"a copy", kDefaultTime, kEditTime},
        {"never set", 0, 0},
        {"lower half differs", kDefaultTime + 1, kDefaultTime + 1},
        {"upper half differs", kDefaultTime + (1ULL << 32), kDefaultTime + (1ULL << 32)},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto hive = sound;
        hive.put64(kPage + bin::kTime, row.stored);
        const auto after = edited(hive, stamping(edit_to(0)));
        CHECK(after.get64(kPage + bin::kTime) == row.expected);
        CHECK(after.get64(header::kLastWritten) == kEditTime);
        CHECK(edited(hive, edit_to(0)).get64(kPage + bin::kTime) == row.stored);
    }
}

TEST_CASE("edit: the two checksums that are stored otherwise") {
    constexpr FileOffset kSpare = 480; // a word of the base block without a meaning
    for (const bool stamp : {false, true}) {
        for (const std::uint32_t sum : {0U, 0xFFFF'FFFFU}) {
            CAPTURE(stamp);
            CAPTURE(sum);
            auto edit = edit_to(0);
            edit.stamp_base_block = stamp;
            auto hive = edited_spec(dword(kEditedValue, 1)).build();
            // The word shifts the sum after the edit as much as the sum before it.
            hive.put32(kSpare, edited(hive, edit).get32(header::kChecksum) ^ sum);
            hive.fix_checksum();
            const auto after = edited(hive, edit);
            CHECK(after.get32(header::kChecksum) == (sum == 0 ? 1 : 0xFFFF'FFFE));
            CHECK(verified(after) == "");
        }
    }
}

TEST_CASE("edit: times and numbers of any size") {
    const auto hive = edited_spec(dword(kEditedValue, 1)).build();
    for (const std::uint64_t time : {std::uint64_t{0}, ~std::uint64_t{0}}) {
        for (const std::uint32_t sequence : {0U, 8U, 0xFFFF'FFFFU}) {
            auto edit = stamping(edit_to(0));
            edit.time = {time};
            edit.sequence = sequence;
            const auto after = edited(hive, edit);
            CHECK(after.get64(after.key_cell(kEditedKey) + nk::kLastWritten) == time);
            CHECK(after.get64(header::kLastWritten) == time);
            CHECK(after.get32(header::kSecondarySequence) == sequence);
            CHECK(verified(after) == "");
        }
    }
}

TEST_CASE("edit: nothing to do") {
    const auto set = [](BuiltHive hive) { return ranges_of(hive, edit_to(0)).size(); };
    const auto del = [](BuiltHive hive) { return ranges_of(hive, edit_to({})).size(); };
    struct Row {
        std::string what;
        HiveSpec spec;
    };
    const Row absent[] = {
        {"no key at all", {}},
        {"no key", HiveSpec{}.with("Software\\Microsoft")},
        {"a longer name",
         HiveSpec{}.with("Software\\Microsoft\\Exchange2", dword(kEditedValue, 1))},
        {"no value", HiveSpec{}.with(kEditedKey)},
        {"another value", edited_spec(dword(u"MapiHttpDisabled2", 1))},
        {"a name that goes on behind a NUL", edited_spec(dword({u"MapiHttpDisabled\0x", 18}, 1))},
        {"a key of the value's name",
         HiveSpec{}.with({u"Software", u"Microsoft", u"Exchange", kEditedValue}, dword(u"", 1))},
        {"in the key above",
         HiveSpec{}.with("Software\\Microsoft", dword(kEditedValue, 1)).with(kEditedKey)},
    };
    for (const auto& row : absent) {
        CAPTURE(row.what);
        CHECK(set(row.spec.build()) == 0);
        CHECK(del(row.spec.build()) == 0);
    }
    CHECK(set(edited_spec(dword(kEditedValue, 0)).build()) == 0);
    CHECK(set(edited_spec(in_cell(dword(kEditedValue, 0))).build()) == 0);
    CHECK(del(edited_spec(dword(kEditedValue, 0)).build()) != 0);
    // What is right already is no reason to complain of what would be refused.
    auto dirty = edited_spec(dword(kEditedValue, 0));
    dirty.primary_sequence = 8;
    CHECK(set(dirty.build()) == 0);
}

TEST_CASE("edit: zeros of another type or size are not the number 0") {
    for (const auto& value : {raw(kEditedValue, 3, std::vector<std::byte>(4)),
                              raw(kEditedValue, 5, std::vector<std::byte>(4)),
                              raw(kEditedValue, 4, std::vector<std::byte>(2)),
                              raw(kEditedValue, 4, std::vector<std::byte>(8))}) {
        const auto hive = edited_spec(value).build();
        CHECK(!ranges_of(hive, edit_to(0)).empty());
    }
}

TEST_CASE("edit: key and value are found in any letter case, and at the root") {
    const auto hive = HiveSpec{}
                          .with(u"SOFTWARE\\microsoft\\\u00C9xchange", dword(u"mapi\u00E9", 1))
                          .with("", dword(u"", 1))
                          .build();
    auto edit = edit_to(0);
    edit.changes[0].key = {u"Software", u"Microsoft", u"\u00E9XCHANGE"};
    edit.changes[0].value = u"MAPI\u00C9";
    CHECK(edited(hive, edit)
              .get32(hive.value_cell(u"SOFTWARE\\microsoft\\\u00C9xchange", u"mapi\u00E9") +
                     vk::kData) == 0);
    edit.changes[0] = {.key = {}, .value = u""};
    const auto after = edited(hive, edit);
    CHECK(verified(after) == "");
    CHECK(find(after, "", u"").value.has_value() == false);
    CHECK(after.get64(after.key_cell("") + nk::kLastWritten) == kEditTime);
}
