// verify() on what real hives have against the rules: one change, and the whole account of it. None
// of it is damage.
#include "tests/support/hive_builder.hpp"
#include "tests/support/regf_account.hpp"

#include <hivelint/regf/verify.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

using hivelint::regf::verify;
using namespace hivelint::test;

namespace {

std::string irregular(std::string_view problem, FileOffset offset) {
    return at("irregularity " + std::string(problem), offset);
}

/// verified(), and that it is all no damage.
std::string tolerated(const BuiltHive& hive) {
    CHECK(verify(hive.bytes).sound());
    return verified(hive);
}

} // namespace

TEST_CASE("verify irregular: dirty") {
    for (const std::uint32_t secondary : {6U, 8U, 0U, 0xFFFF'FFFFU}) {
        CHECK(tolerated(HiveSpec{.primary_sequence = 7, .secondary_sequence = secondary}.build()) ==
              irregular("dirty", 4));
    }
}

TEST_CASE("verify irregular: free cells that touch") {
    auto hive = HiveSpec{}.build();
    const auto cell = hive.free_cells().front();
    const auto size = hive.get32(cell);
    hive.put32(cell, 16);
    hive.put32(cell + 16, size - 16);
    CHECK(tolerated(hive) == irregular("free-cells-touch", cell + 16));
    hive.put32(cell + 16, 16);
    hive.put32(cell + 32, size - 32);
    CHECK(tolerated(hive) == all({irregular("free-cells-touch", cell + 16),
                                  irregular("free-cells-touch", cell + 32)}));
    // Not across bins.
    CHECK(tolerated(HiveSpec{.free_pages = 2}.build()) == "");
}

TEST_CASE("verify irregular: an allocated cell without a reference") {
    auto hive = HiveSpec{}.build();
    const auto cell = hive.free_cells().front();
    const auto size = hive.get32(cell);
    hive.put32(cell, 0 - size);
    CHECK(tolerated(hive) == irregular("unreferenced-cell", cell));
    // A leaked key leaves its record uncounted, but nothing else.
    hive.put32(cell, 0U - 88);
    hive.put_text(cell + nk::kSignature, "nk");
    hive.put32(cell + 88, size - 88);
    CHECK(tolerated(hive) == irregular("unreferenced-cell", cell));
}

TEST_CASE("verify irregular: names over 255 units") {
    const std::u16string longest(255, u'x');
    CHECK(tolerated(HiveSpec{}.with(Path{longest}).build()) == "");
    for (const auto unit : {u'x', u'\u96EA'}) {
        const std::u16string name(256, unit);
        const auto hive = HiveSpec{}.with(Path{name}).build();
        CHECK(tolerated(hive) == irregular("name-length", hive.key_cell(Path{name}) + 4));
    }
    // Of values there may be longer ones.
    CHECK(tolerated(HiveSpec{}.with("k", dword(std::u16string(16383, u'x'), 1)).build()) == "");
}

TEST_CASE("verify irregular: names in 16 bits that fit into 8") {
    auto spec = HiveSpec{}.with("k", {dword(u"a", 1), dword(u"caf\u00E9", 2), dword(u"", 3)});
    spec.key("k").wide_name = true;
    spec.key("k").values.at(1).wide_name = true;
    const auto hive = spec.build();
    CHECK(tolerated(hive) ==
          all({irregular("name-encoding", hive.key_cell("k") + 4),
               irregular("name-encoding", hive.value_cell("k", u"caf\u00E9") + 4)}));
}

TEST_CASE("verify irregular: an empty value name in an encoding") {
    for (const unsigned flags : {1U, 4U, 5U, 0x8001U}) {
        auto hive = HiveSpec{}.with("k", {dword(u"", 1), dword(u"a", 2)}).build();
        const auto value = hive.value_cell("k", u"");
        CHECK(tolerated(hive) == "");
        hive.put16(value + vk::kFlags, static_cast<std::uint16_t>(flags));
        CHECK(tolerated(hive) == irregular("name-encoding", value + 4));
    }
}

TEST_CASE("verify irregular: key names that start with NUL") {
    for (const auto& name :
         {std::u16string(1, u'\0'), std::u16string(u"\0Run", 4), std::u16string(u"\0\u96EA", 2)}) {
        const auto hive = HiveSpec{}.with(Path{name}).build();
        CHECK(tolerated(hive) == irregular("key-name", hive.key_cell(Path{name}) + 4));
    }
    // Anywhere else it is a character like any other; so it is in a value's name.
    const std::u16string inside(u"R\0n", 3);
    const std::u16string before(u"\0n", 2);
    CHECK(tolerated(HiveSpec{}.with(Path{inside}, dword(before, 1)).build()) == "");
}

TEST_CASE("verify irregular: lists out of order") {
    HiveSpec spec;
    spec.root.sorted = false;
    SUBCASE("in a list") {
        const auto hive = spec.with("b").with("a").with("c").build();
        CHECK(tolerated(hive) == irregular("list-order", hive.element("a")));
    }
    SUBCASE("across leaves of an ri") {
        spec.root.per_leaf = 1;
        const auto hive = spec.with("a").with("c").with("b").with("d").build();
        CHECK(tolerated(hive) == irregular("list-order", hive.element("b")));
    }
    SUBCASE("sorted as if in lower case") {
        const auto hive = spec.with("_").with("a").build();
        CHECK(tolerated(hive) == irregular("list-order", hive.element("a")));
    }
    SUBCASE("sorted by character, not by unit") {
        const auto hive = spec.with(Path{u"\uFF5E"}).with(Path{u"\xD83D\xDE00"}).build();
        CHECK(tolerated(hive) == irregular("list-order", hive.element(Path{u"\xD83D\xDE00"})));
    }
    SUBCASE("a prefix behind what it begins") {
        const auto hive = spec.with("ab").with("a").build();
        CHECK(tolerated(hive) == irregular("list-order", hive.element("a")));
    }
}

TEST_CASE("verify irregular: hints that are not those of the name") {
    HiveSpec spec;
    SUBCASE("a hash") {
        auto hive = spec.with("Software").with("x").build();
        hive.put32(hive.element("Software") + 4, 0xE9FE1464);
        CHECK(tolerated(hive) == irregular("list-hint", hive.element("Software")));
    }
    SUBCASE("a hash over lower case") {
        auto hive = spec.with("a").build();
        hive.put32(hive.element("a") + 4, 'a');
        CHECK(tolerated(hive) == irregular("list-hint", hive.element("a")));
    }
    SUBCASE("a hash over Latin-1 upcasing only ASCII") {
        auto hive = spec.with(Path{u"\u00E9"}).build();
        hive.put32(hive.element(Path{u"\u00E9"}) + 4, 0xE9);
        CHECK(tolerated(hive) == irregular("list-hint", hive.element(Path{u"\u00E9"})));
    }
    SUBCASE("four characters") {
        spec.root.list = ListKind::lf;
        auto hive = spec.with("Software").with("Sys").build();
        hive.put_text(hive.element("Software") + 4, "Sofx");
        CHECK(tolerated(hive) == irregular("list-hint", hive.element("Software")));
        hive.put_text(hive.element("Software") + 4, "soFT"); // in any letter case
        CHECK(tolerated(hive) == "");
        hive.put_text(hive.element("Sys") + 4, "Syst"); // more than the name has
        CHECK(tolerated(hive) == irregular("list-hint", hive.element("Sys")));
    }
}

TEST_CASE("verify irregular: lists that are empty") {
    for (const auto* kind : {"li", "lf", "lh", "ri"}) {
        CAPTURE(kind);
        HiveSpec spec;
        spec.root.per_leaf = 2;
        auto hive = spec.with("a").with("b").with("c").with("d").build();
        const auto leaf = hive.leaf_cells("").at(1);
        hive.put16(leaf + subkey_list::kCount, 0);
        hive.put_text(leaf + subkey_list::kSignature, kind);
        hive.put32(hive.key_cell("") + nk::kSubkeyCount, 2);
        const auto rest = all({irregular("security-count", hive.security_cell() + 4),
                               irregular("unreferenced-cell", hive.key_cell("c")),
                               irregular("unreferenced-cell", hive.key_cell("d"))});
        if (std::string_view(kind) == "ri") {
            CHECK(verified(hive) == all({at("damage subkey-list", leaf + 4),
                                         rest})); // an ri list in an ri list, however empty
        } else {
            CHECK(tolerated(hive) == all({irregular("list-type", leaf + 4), rest}));
        }
    }
}

TEST_CASE("verify irregular: kinds of lists that the version does not have") {
    for (const std::uint32_t minor : {3U, 4U, 5U}) {
        for (const auto kind : {ListKind::li, ListKind::lf, ListKind::lh}) {
            CAPTURE(minor);
            CAPTURE(static_cast<int>(kind));
            HiveSpec spec{.minor = minor};
            spec.root.list = kind;
            const auto hive = spec.with("a").build();
            const bool known = kind != ListKind::lh || minor >= 5;
            CHECK(tolerated(hive) == (known ? "" : irregular("list-type", hive.list_cell("") + 4)));
        }
    }
}

TEST_CASE("verify irregular: several subkeys or values of one name") {
    SUBCASE("subkeys") {
        const auto hive = HiveSpec{}.with("a").with("A").with("b").build();
        CHECK(tolerated(hive) == irregular("duplicate-name", hive.element("A")));
    }
    SUBCASE("subkeys, across leaves of an ri") {
        HiveSpec spec;
        spec.root.per_leaf = 1;
        const auto hive = spec.with(Path{u"\u00E9"}).with(Path{u"\u00C9"}).build();
        CHECK(tolerated(hive) == irregular("duplicate-name", hive.element(Path{u"\u00C9"})));
    }
    SUBCASE("values") {
        const auto hive =
            HiveSpec{}.with("k", {dword(u"v", 1), dword(u"x", 2), dword(u"V", 3)}).build();
        CHECK(tolerated(hive) == irregular("duplicate-name", hive.value_cell("k", u"V") + 4));
    }
    SUBCASE("three default values") {
        const auto hive =
            HiveSpec{}.with("k", {dword(u"", 1), dword(u"", 2), dword(u"", 3)}).build();
        const auto element = hive.value_list_cell("k") + 4;
        CHECK(tolerated(hive) == all({irregular("duplicate-name", hive.follow(element + 4) + 4),
                                      irregular("duplicate-name", hive.follow(element + 8) + 4)}));
    }
    SUBCASE("one name in two keys is none") {
        const auto hive =
            HiveSpec{}.with("a", dword(u"v", 1)).with("b", dword(u"v", 1)).with("a\\b").build();
        CHECK(tolerated(hive) == "");
    }
}

TEST_CASE("verify irregular: subkeys of one name that do not stand side by side") {
    HiveSpec spec;
    spec.root.sorted = false;
    const auto hive = spec.with("a").with("b").with("A").build();
    // Which of the two words is said of it matters less than that it is told.
    CHECK(verified(hive).find(fmt::format("{:#x}", hive.element("A"))) != std::string::npos);
}

TEST_CASE("verify irregular: fields that say less than the longest") {
    auto hive = HiveSpec{}
                    .with("k", {binary(u"data", pattern(100)), dword(u"a name of 20 units.", 1)})
                    .with("k\\subkey")
                    .build();
    const auto key = hive.key_cell("k");
    SUBCASE("subkey name") {
        hive.put16(key + nk::kLongestSubkeyName, 11);
        CHECK(tolerated(hive) == irregular("longest-name-field", key + 4));
    }
    SUBCASE("value name") {
        hive.put32(key + nk::kLongestValueName, 37);
        CHECK(tolerated(hive) == irregular("longest-name-field", key + 4));
    }
    SUBCASE("value data") {
        hive.put32(key + nk::kLongestValueData, 99);
        CHECK(tolerated(hive) == irregular("longest-name-field", key + 4));
    }
    SUBCASE("class name") {
        hive.put32(key + nk::kLongestClass, 0); // not checked: nothing reads by it
        CHECK(tolerated(hive) == "");
    }
}

TEST_CASE("verify irregular: long data in one cell") {
    auto hive = HiveSpec{.minor = 3}.with("k", binary(u"v", pattern(16345))).build();
    CHECK(tolerated(hive) == "");
    for (const std::uint32_t minor : {4U, 5U, 6U}) {
        hive.put32(header::kMinor, minor);
        hive.fix_checksum();
        CHECK(tolerated(hive) == irregular("big-data", hive.data_cell("k", u"v") + 4));
    }
}
