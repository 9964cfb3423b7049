// Tests of the builder of test hives: values, their data, and the bins that hold them.
#include "tests/support/hive_builder.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using namespace hivelint::test;

TEST_CASE("hive builder: names are 8-bit where they can be") {
    HiveSpec spec;
    spec.with({u"\u00C9a"}, dword(u"\u00E9", 1)).with({u"\u00C9a\u96EA"}, dword(u"\u96EA", 1));
    spec.with("wide", {dword(u"", 1), {.name = u"w", .type = 0, .data = {}, .wide_name = true}});
    spec.key("wide").wide_name = true;
    spec.with("raw", {.name = u"r", .raw_name = bytes_of({1, 2, 3}), .flags = 0x40});
    const auto hive = spec.build();

    const auto narrow = hive.key_cell({u"\u00C9a"});
    CHECK(hive.get16(narrow + nk::kFlags) == 0x20);
    CHECK(hive.hex(narrow + nk::kNameLength, 6) == "02000000c961");
    CHECK(hive.hex(hive.value_cell({u"\u00C9a"}, u"\u00E9") + vk::kFlags, 5) == "01000000e9");

    const Path wide_path{u"\u00C9a\u96EA"};
    const auto wide = hive.key_cell(wide_path);
    CHECK(hive.get16(wide + nk::kFlags) == 0);
    CHECK(hive.hex(wide + nk::kNameLength, 10) == "06000000c9006100ea96");
    CHECK(hive.hex(hive.value_cell(wide_path, u"\u96EA") + vk::kFlags, 6) == "00000000ea96");
    CHECK(hive.get32(hive.element(wide_path) + 4) == 0x0004'D330);

    CHECK(hive.hex(hive.key_cell("wide") + nk::kNameLength, 12) == "080000007700690064006500");
    CHECK(hive.get16(hive.value_cell("wide", u"") + vk::kNameLength) == 0);
    CHECK(hive.get16(hive.value_cell("wide", u"") + vk::kFlags) == 0);
    CHECK(hive.hex(hive.value_cell("wide", u"w") + vk::kFlags, 6) == "000000007700");

    const auto raw_name = hive.value_cell("raw", u"r");
    CHECK(hive.get16(raw_name + vk::kNameLength) == 3);
    CHECK(hive.hex(raw_name + vk::kFlags, 7) == "40000000010203");
}

TEST_CASE("hive builder: where data goes") {
    HiveSpec spec;
    spec.with("k", {binary(u"none", {}), binary(u"inline", bytes_of({1, 2, 3})),
                    binary(u"five", bytes_of({1, 2, 3, 4, 5}))});
    auto forced = dword(u"forced", 0xAABBCCDD);
    forced.in_cell = true;
    auto nil = binary(u"nil", {});
    nil.in_cell = true;
    spec.with("k", {forced, nil});
    const auto hive = spec.build();
    const auto fields = [&](std::u16string_view name) {
        return hive.hex(hive.value_cell("k", name) + vk::kDataLength, 8);
    };
    CHECK(fields(u"none") == "0000008000000000");
    CHECK(fields(u"inline") == "0300008001020300");
    CHECK(fields(u"five").substr(0, 8) == "05000000");
    CHECK(fields(u"forced").substr(0, 8) == "04000000");
    CHECK(fields(u"nil") == "00000000ffffffff");

    const auto five = hive.data_cell("k", u"five");
    CHECK(hive.follow(hive.value_cell("k", u"five") + vk::kData) == five);
    CHECK(hive.hex(five, 9) == "f0ffffff0102030405");
    CHECK(hive.hex(hive.data_cell("k", u"forced"), 8) == "f8ffffffddccbbaa");
    CHECK(hive.get32(hive.key_cell("k") + nk::kLongestValueData) == 5);
    CHECK(hive.get32(hive.key_cell("k") + nk::kLongestValueName) == 12);
}

TEST_CASE("hive builder: data over 16344 bytes") {
    struct Row {
        std::uint32_t minor;
        std::size_t size;
        std::vector<std::size_t> segments; ///< bytes in each; none: one cell
    };
    const Row rows[] = {
        {3, 16345, {}},
        {5, 16344, {}},
        {4, 16345, {16344, 1}},
        {5, 32688, {16344, 16344}},
        {6, 40000, {16344, 16344, 7312}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.minor);
        CAPTURE(row.size);
        const auto data = pattern(row.size);
        const auto hive = HiveSpec{.minor = row.minor}.with("k", binary(u"v", data)).build();
        const auto value = hive.value_cell("k", u"v");
        const auto cell = hive.data_cell("k", u"v");
        CHECK(hive.get32(value + vk::kDataLength) == row.size);
        CHECK(hive.follow(value + vk::kData) == cell);

        std::vector<FileOffset> parts{cell};
        std::vector<std::size_t> sizes{row.size};
        if (row.segments.empty()) {
            CHECK_THROWS_AS(hive.segment_cells("k", u"v"), std::invalid_argument);
        } else {
            parts = hive.segment_cells("k", u"v");
            sizes = row.segments;
            const auto list = hive.segment_list_cell("k", u"v");
            CHECK(hive.text(cell + 4, 2) == "db");
            CHECK(hive.get16(cell + 6) == sizes.size());
            CHECK(hive.follow(cell + 8) == list);
            REQUIRE(parts.size() == sizes.size());
            for (std::size_t i = 0; i < parts.size(); ++i) {
                CHECK(hive.follow(list + 4 + 4 * i) == parts[i]);
            }
        }
        std::vector<std::byte> joined;
        for (std::size_t i = 0; i < parts.size(); ++i) {
            CHECK(0U - hive.get32(parts[i]) == (sizes[i] + 4 + 7) / 8 * 8);
            const auto from = hive.bytes.begin() + static_cast<std::ptrdiff_t>(parts[i] + 4);
            joined.insert(joined.end(), from, from + static_cast<std::ptrdiff_t>(sizes[i]));
        }
        CHECK(joined == data);
    }
}

TEST_CASE("hive builder: bins") {
    HiveSpec spec;
    spec.with("k", {binary(u"a", pattern(3000)), binary(u"b", pattern(5000)),
                    binary(u"c", pattern(4060))});
    spec.free_pages = 2;
    const auto hive = spec.build();
    // Data that leaves no room opens a bin of its own size; c fills one to the last byte.
    CHECK(hive.bins() == std::vector<FileOffset>{0x1000, 0x2000, 0x4000, 0x5000, 0x6000});
    CHECK(hive.free_cells() == std::vector<FileOffset>{0x1DA0, 0x33D0, 0x5020, 0x6020});
}

TEST_CASE("hive builder: bins follow one another and cells fill them") {
    HiveSpec spec;
    for (char16_t i = 0; i < 300; ++i) {
        const Path path{u"key", {static_cast<char16_t>(0x4E00 + i)}};
        spec.with(path, binary(u"v", pattern(i * std::size_t{37})));
    }
    spec.free_pages = 1;
    const auto hive = spec.build();
    CHECK(hive.get32(header::kBinsSize) == hive.bytes.size() - 4096);
    std::vector<FileOffset> free_cells;
    FileOffset next_bin = 4096;
    for (const FileOffset bin : hive.bins()) {
        CHECK(bin == next_bin);
        CHECK(hive.text(bin, 4) == "hbin");
        CHECK(hive.get32(bin + bin::kOffset) == bin - 4096);
        CHECK(hive.get32(bin + bin::kSize) % 4096 == 0);
        next_bin += hive.get32(bin + bin::kSize);
        for (FileOffset cell = bin + bin::kFirstCell; cell != next_bin;) {
            const auto size = static_cast<std::int32_t>(hive.get32(cell));
            REQUIRE(size != 0);
            REQUIRE(size % 8 == 0);
            if (size > 0) {
                free_cells.push_back(cell);
                CHECK(cell + static_cast<FileOffset>(size) == next_bin);
            }
            cell += static_cast<FileOffset>(size > 0 ? size : -size);
            REQUIRE(cell <= next_bin);
        }
    }
    CHECK(next_bin == hive.bytes.size());
    CHECK(free_cells == hive.free_cells());
}

TEST_CASE("hive builder: special results of the checksum") {
    auto hive = HiveSpec{}.build();
    const auto sum = hive.get32(header::kChecksum);
    hive.put32(504, sum);
    hive.fix_checksum();
    CHECK(hive.get32(header::kChecksum) == 1);
    hive.put32(504, ~sum);
    hive.fix_checksum();
    CHECK(hive.get32(header::kChecksum) == 0xFFFF'FFFE);
}

TEST_CASE("hive builder: makers of values") {
    const auto check = [](const ValueSpec& value, std::uint32_t type, std::vector<std::byte> data) {
        CHECK(value.type == type);
        CHECK(value.data == data);
    };
    check(dword(u"", 0x01020304), 4, bytes_of({4, 3, 2, 1}));
    check(qword(u"", 0x0102030405060708), 11, bytes_of({8, 7, 6, 5, 4, 3, 2, 1}));
    check(sz(u"", u"1"), 1, bytes_of({0x31, 0, 0, 0}));
    check(expand_sz(u"", u"\u96EA"), 2, bytes_of({0xEA, 0x96, 0, 0}));
    check(multi_sz(u"", {u"a", u"b"}), 7, bytes_of({0x61, 0, 0, 0, 0x62, 0, 0, 0, 0, 0}));
    check(binary(u"", bytes_of({0xFF})), 3, bytes_of({0xFF}));
    check(raw(u"", 0xFFFF0012, utf16_bytes(u"a")), 0xFFFF0012, bytes_of({0x61, 0}));
    CHECK(file_time(1601, 1, 1) == 0);
    CHECK(file_time(1970, 1, 1) == 116'444'736'000'000'000);
    CHECK(file_time(2013, 4, 25, 21, 11, 34) == 0x01CE'41F9'7708'0700);
}

TEST_CASE("hive builder: same spec, same bytes") {
    HiveSpec spec;
    spec.with("Software", {dword(u"MapiHttpDisabled", 1), binary(u"big", pattern(50000))});
    CHECK(spec.build().bytes == spec.build().bytes);
}
