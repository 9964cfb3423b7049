// Tests of the builder of test hives, against bytes worked out by hand: base block, keys, lists.
#include "tests/support/hive_builder.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using namespace hivelint::test;

namespace {

constexpr const char* kExchange = "Software\\Microsoft\\Exchange";

BuiltHive affected() { return HiveSpec{}.with(kExchange, dword(u"MapiHttpDisabled", 1)).build(); }

/// The root key's subkeys in the order of its list, by the first character of their names.
std::string listed(const BuiltHive& hive) {
    std::string out;
    for (const FileOffset leaf : hive.leaf_cells("")) {
        const std::size_t width = hive.text(leaf + 4, 2) == "li" ? 4 : 8;
        for (std::size_t i = 0; i < hive.get16(leaf + 6); ++i) {
            out += hive.text(hive.follow(leaf + 8 + i * width) + 80, 1);
        }
        out += '|';
    }
    return out;
}

} // namespace

TEST_CASE("hive builder: base block") {
    const auto hive = HiveSpec{.minor = 3,
                               .primary_sequence = 0x11223344,
                               .secondary_sequence = 0x55667788,
                               .last_written = 0x0102'0304'0506'0708}
                          .build();
    CHECK(hive.bytes.size() == 8192);
    CHECK(hive.hex(0, 48) == "72656766" // regf
                             "4433221188776655"
                             "0807060504030201"
                             "0100000003000000" // 1.3
                             "0000000001000000" // primary file
                             "20000000"         // root
                             "0010000001000000");
    CHECK(hive.hex(48, 12) == "5c003f003f005c0043003a00");
    CHECK(hive.get32(508) == 0x2603'3591U);
    CHECK(hive.hex(4096, 32) == "6862696e"
                                "0000000000100000"
                                "0000000000000000"
                                "0807060504030201"
                                "00000000");
}

TEST_CASE("hive builder: the file name field keeps the tail of a path") {
    HiveSpec spec;
    spec.file_name = u"\\SystemRoot\\System32\\Config\\DEFAULT";
    const auto hive = spec.build();
    CHECK(hive.get16(48) == 't');
    CHECK(hive.get16(48 + 60) == 'T');
    CHECK(hive.get16(48 + 62) == 0);
}

TEST_CASE("hive builder: every cell of a small hive") {
    const auto hive = affected();
    CHECK(hive.key_cell("") == 0x1020);
    CHECK(hive.security_cell() == 0x10A8);
    CHECK(hive.list_cell("") == 0x1128);
    CHECK(hive.key_cell("Software") == 0x1138);
    CHECK(hive.list_cell("Software") == 0x1190);
    CHECK(hive.key_cell("Software\\Microsoft") == 0x11A0);
    CHECK(hive.list_cell("Software\\Microsoft") == 0x1200);
    CHECK(hive.key_cell(kExchange) == 0x1210);
    CHECK(hive.value_list_cell(kExchange) == 0x1268);
    CHECK(hive.value_cell(kExchange, u"MapiHttpDisabled") == 0x1270);
    CHECK(hive.free_cells() == std::vector<FileOffset>{0x1298});

    // root: parent none, one subkey, no values, the longest subkey name is 16 bytes of UTF-16
    CHECK(hive.hex(0x1020, 80) == "78ffffff"
                                  "6e6b2c00"
                                  "00070877f941ce01"
                                  "00000000"
                                  "ffffffff"
                                  "0100000000000000"
                                  "28010000ffffffff"
                                  "00000000ffffffff"
                                  "a8000000"
                                  "ffffffff"
                                  "10000000"
                                  "00000000"
                                  "0000000000000000"
                                  "00000000"
                                  "34000000");
    CHECK(hive.text(0x1070, 52) == "CMI-CreateHive{D43B12B8-09B5-40DB-B4F6-F6DFEB78DAEC}");
    CHECK(hive.hex(0x1128, 16) == "f0ffffff"
                                  "6c680100"
                                  "38010000"
                                  "6314fee9"); // the hash of SOFTWARE
    // Exchange: below Microsoft, one value with a name of 32 bytes of UTF-16 and 4 bytes of data
    CHECK(hive.hex(0x1210, 88) == "a8ffffff"
                                  "6e6b2000"
                                  "00070877f941ce01"
                                  "00000000"
                                  "a0010000"
                                  "0000000000000000"
                                  "ffffffffffffffff"
                                  "0100000068020000"
                                  "a8000000"
                                  "ffffffff"
                                  "00000000"
                                  "00000000"
                                  "2000000004000000"
                                  "00000000"
                                  "08000000"
                                  "45786368616e6765");
    CHECK(hive.hex(0x1268, 8) == "f8ffffff70020000");
    CHECK(hive.hex(0x1270, 24) == "d8ffffff"
                                  "766b1000"
                                  "04000080"
                                  "01000000"
                                  "04000000"
                                  "01000000");
    CHECK(hive.text(0x1288, 16) == "MapiHttpDisabled");
    CHECK(hive.hex(0x1298, 8) == "680d000000000000");
}

TEST_CASE("hive builder: security records form a ring and count their keys") {
    const auto one = affected();
    CHECK(one.hex(0x10A8, 24) == "80ffffff"
                                 "736b0000"
                                 "a8000000"
                                 "a8000000"
                                 "04000000"
                                 "64000000");
    CHECK(one.hex(0x10C0, 20) == "0100048048000000580000000000000014000000");

    HiveSpec spec;
    spec.security.resize(3, HiveSpec::default_descriptor());
    spec.key("a").security = 1;
    spec.key("b").security = 2;
    spec.key("c").security = 2;
    const auto hive = spec.build();
    for (std::size_t i = 0; i < 3; ++i) {
        CAPTURE(i);
        const FileOffset cell = hive.security_cell(i);
        CHECK(hive.follow(cell + sk::kNext) == hive.security_cell((i + 1) % 3));
        CHECK(hive.follow(cell + sk::kPrevious) == hive.security_cell((i + 2) % 3));
        CHECK(hive.get32(cell + sk::kReferences) == (i == 2 ? 2 : 1));
    }
    CHECK(hive.follow(hive.key_cell("c") + nk::kSecurity) == hive.security_cell(2));
}

TEST_CASE("hive builder: lists are sorted by upcased name unless told otherwise") {
    HiveSpec spec;
    for (const auto* name : {"b", "_", "C", "a", "D"}) {
        spec.with(name);
    }
    CHECK(listed(spec.build()) == "abCD_|");
    spec.root.sorted = false;
    CHECK(listed(spec.build()) == "b_CaD|");
}

TEST_CASE("hive builder: kinds of subkey lists") {
    struct Row {
        ListKind kind;
        std::uint32_t minor;
        std::size_t per_leaf;
        std::string_view list;
        std::string_view leaf;
        std::string_view order;
    };
    const Row rows[] = {
        {ListKind::automatic, 3, 0, "lf", "lf", "abc|"},
        {ListKind::automatic, 4, 0, "lf", "lf", "abc|"},
        {ListKind::automatic, 5, 0, "lh", "lh", "abc|"},
        {ListKind::automatic, 6, 0, "lh", "lh", "abc|"},
        {ListKind::li, 5, 0, "li", "li", "abc|"},
        {ListKind::lf, 5, 0, "lf", "lf", "abc|"},
        {ListKind::automatic, 5, 1, "ri", "lh", "a|b|c|"},
        {ListKind::lh, 5, 2, "ri", "lh", "ab|c|"},
        {ListKind::lf, 3, 2, "ri", "lf", "ab|c|"},
        {ListKind::li, 3, 2, "ri", "li", "ab|c|"},
        {ListKind::li, 3, 3, "ri", "li", "abc|"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.leaf);
        CAPTURE(row.per_leaf);
        HiveSpec spec{.minor = row.minor};
        spec.with("cc").with("a").with("b");
        spec.root.list = row.kind;
        spec.root.per_leaf = row.per_leaf;
        const auto hive = spec.build();
        const auto list = hive.list_cell("");
        const auto leaves = hive.leaf_cells("");
        CHECK(hive.text(list + 4, 2) == row.list);
        CHECK(hive.follow(hive.key_cell("") + nk::kList) == list);
        CHECK(hive.get32(hive.key_cell("") + nk::kSubkeyCount) == 3);
        CHECK(listed(hive) == row.order);
        for (std::size_t i = 0; i < leaves.size(); ++i) {
            CHECK(hive.text(leaves[i] + 4, 2) == row.leaf);
            if (row.list == "ri") {
                CHECK(hive.get16(list + 6) == leaves.size());
                CHECK(hive.follow(list + 8 + 4 * i) == leaves[i]);
            } else {
                CHECK(leaves[i] == list);
            }
        }
        const auto element = hive.element("cc");
        CHECK(hive.follow(element) == hive.key_cell("cc"));
        if (row.leaf == "lh") {
            CHECK(hive.get32(element + 4) == 37 * 'C' + 'C');
        } else if (row.leaf == "lf") {
            CHECK(hive.hex(element + 4, 4) == "63630000");
        }
    }
}

TEST_CASE("hive builder: an lf hint is four characters, or none for a 16-bit name") {
    HiveSpec spec{.minor = 3};
    spec.with("Software").with({u"\u96EA"});
    const auto hive = spec.build();
    CHECK(hive.text(hive.element("Software") + 4, 4) == "Soft");
    CHECK(hive.get32(hive.element({u"\u96EA"}) + 4) == 0);
}

TEST_CASE("hive builder: a list that does not fit a page becomes an ri") {
    HiveSpec spec;
    for (char16_t i = 0; i < 508; ++i) {
        spec.root.subkeys.push_back({.name = {static_cast<char16_t>(0x4E00 + i)}});
    }
    const auto hive = spec.build();
    const auto leaves = hive.leaf_cells("");
    CHECK(hive.text(hive.list_cell("") + 4, 2) == "ri");
    REQUIRE(leaves.size() == 2);
    CHECK(hive.get16(leaves[0] + 6) == 507);
    CHECK(hive.get16(leaves[1] + 6) == 1);
    CHECK(leaves[0] % 4096 == 32);
    CHECK(hive.get32(leaves[0]) == 0U - (4096 - 32));
}

TEST_CASE("hive builder: class names and flags") {
    HiveSpec spec;
    spec.key("k").class_name = u"Cl";
    spec.key("k").flags = 0x60;
    const auto hive = spec.build();
    const auto key = hive.key_cell("k");
    CHECK(hive.get16(key + nk::kFlags) == 0x60);
    CHECK(hive.get16(key + nk::kClassLength) == 4);
    CHECK(hive.follow(key + nk::kClass) == hive.class_cell("k"));
    CHECK(hive.hex(hive.class_cell("k"), 8) == "f8ffffff43006c00");
}

TEST_CASE("hive builder: a chain may be deeper than any stack") {
    HiveSpec spec;
    spec.key("a").chain = 100000;
    const auto hive = spec.build();
    const auto third = hive.key_cell("a\\chain\\chain\\chain");
    CHECK(hive.follow(third + nk::kParent) == hive.key_cell("a\\chain\\chain"));
    CHECK(hive.get32(hive.security_cell() + sk::kReferences) == 100002);
}

TEST_CASE("hive builder: a test that asks for what was not built is told so") {
    const auto hive = affected();
    CHECK_THROWS_AS(hive.key_cell("software"), std::invalid_argument);
    CHECK_THROWS_AS(hive.value_cell(kExchange, u"x"), std::invalid_argument);
    CHECK_THROWS_AS(hive.data_cell(kExchange, u"MapiHttpDisabled"), std::invalid_argument);
    CHECK_THROWS_AS(hive.list_cell(kExchange), std::invalid_argument);
    CHECK_THROWS_AS(hive.value_list_cell("Software"), std::invalid_argument);
    CHECK_THROWS_AS(hive.class_cell("Software"), std::invalid_argument);
    CHECK_THROWS_AS(hive.element(""), std::invalid_argument);
    CHECK_THROWS_AS(hive.get32(hive.bytes.size() - 3), std::out_of_range);
}

TEST_CASE("hive builder: changes reach the bytes") {
    auto hive = affected();
    hive.put8(0x1000, 0x01);
    hive.put16(0x1001, 0x0302);
    hive.put32(0x1003, 0x07060504);
    hive.put64(0x1007, 0x0F0E0D0C0B0A0908);
    CHECK(hive.hex(0x1000, 15) == "0102030405060708090a0b0c0d0e0f");
    CHECK(hive.get64(0x1007) == 0x0F0E0D0C0B0A0908);
    hive.put_text(0x1000, "hbin");
    CHECK(hive.text(0x1000, 4) == "hbin");
    hive.append(bytes_of({0xAB}));
    CHECK(hive.bytes.size() == 0x2001);
    CHECK(hive.get8(0x2000) == 0xAB);
    hive.truncate(5);
    CHECK(hive.bytes.size() == 5);
    CHECK_THROWS_AS(hive.truncate(6), std::invalid_argument);
    CHECK(BuiltHive::relative(0x1020) == 0x20);
}
