// verify() on damaged base blocks, bins and cells: one change, and the whole account of it.
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

HiveSpec typical() {
    HiveSpec spec;
    spec.with("a", {dword(u"number", 1), binary(u"data", pattern(100))});
    spec.with("b\\c", sz(u"text", u"some text"));
    return spec;
}

template<std::size_t Count>
void check(const Row (&rows)[Count], const HiveSpec& spec) {
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto hive = spec.build();
        const auto expected = row.spoil(hive);
        CHECK(verified(hive) == expected);
    }
}

/// Three bins, of which the middle one holds the data of `large` and nothing else, and two of free
/// pages.
HiveSpec with_bins() {
    HiveSpec spec;
    spec.with("a", binary(u"large", pattern(8156))).with("b", binary(u"next", pattern(3000)));
    spec.free_pages = 2;
    return spec;
}

} // namespace

TEST_CASE("verify damage: base block") {
    const Row rows[] = {
        {"checksum",
         [](BuiltHive& hive) {
             hive.put32(header::kChecksum, hive.get32(header::kChecksum) ^ 2);
             return at("damage base-block", header::kChecksum);
         }},
        {"a wrong checksum hides that the numbers differ",
         [](BuiltHive& hive) {
             hive.put32(header::kPrimarySequence, 99);
             return at("damage base-block", header::kChecksum);
         }},
        {"signature",
         [](BuiltHive& hive) {
             hive.put32(header::kSignature, 0);
             return at("damage base-block", 0);
         }},
        {"file type",
         [](BuiltHive& hive) {
             hive.put32(header::kFileType, 6);
             hive.fix_checksum();
             return at("damage base-block", header::kFileType);
         }},
        {"version",
         [](BuiltHive& hive) {
             hive.put32(header::kMinor, 2);
             hive.fix_checksum();
             return at("damage base-block", header::kMajor);
         }},
        {"format",
         [](BuiltHive& hive) {
             hive.put32(header::kFormat, 2);
             hive.fix_checksum();
             return at("damage base-block", header::kFormat);
         }},
        {"bins size",
         [](BuiltHive& hive) {
             hive.put32(header::kBinsSize, 0xFFFFF000);
             hive.fix_checksum();
             return at("damage base-block", header::kBinsSize);
         }},
        {"no room for a bin",
         [](BuiltHive& hive) {
             hive.truncate(4096);
             return at("damage base-block", 4096);
         }},
        {"nothing at all",
         [](BuiltHive& hive) {
             hive.truncate(0);
             return at("damage base-block", 0);
         }},
    };
    check(rows, typical());
}

TEST_CASE("verify damage: a file that ends before its bins") {
    auto spec = with_bins();
    SUBCASE("a whole free bin is missing") {
        auto hive = spec.build();
        const auto end = hive.bytes.size() - 4096;
        hive.truncate(end);
        CHECK(verified(hive) == at("damage file-size", end));
        CHECK(verify(hive.bytes).bins == hive.bins().size() - 1);
    }
    SUBCASE("part of it") {
        auto hive = spec.build();
        hive.truncate(hive.bytes.size() - 1);
        CHECK(verified(hive) == at("damage file-size", hive.bytes.size()));
    }
    SUBCASE("the end of a bin of two pages") {
        spec.free_pages = 0;
        spec.key("b").values.clear();
        auto hive = spec.build();
        const auto large = hive.bins().at(1);
        REQUIRE(hive.get32(large + bin::kSize) == 8192);
        hive.truncate(large + 4096);
        // Neither it nor what follows can be checked.
        CHECK(
            account(verify(hive.bytes))
                .starts_with(all({at("damage file-size", large + 4096), at("damage bin", large)})));
    }
    SUBCASE("nearly all of what it says") {
        auto hive = HiveSpec{}.with("k", dword(u"v", 1)).build();
        hive.put32(header::kBinsSize, 0x7FFF'F000);
        hive.fix_checksum();
        CHECK(verified(hive) == at("damage file-size", hive.bytes.size()));
    }
    SUBCASE("half of the first bin") {
        auto hive = HiveSpec{}.build();
        hive.truncate(4096 + 2048);
        CHECK(verified(hive) == all({at("damage file-size", 4096 + 2048),
                                     at("damage cell-reference", header::kRoot)}));
    }
}

TEST_CASE("verify damage: bins") {
    // The last bin but one is free: nothing refers to it.
    const Row rows[] = {
        {"signature",
         [](BuiltHive& hive) {
             const auto at_bin = hive.bins().end()[-2];
             hive.put_text(at_bin, "hbim");
             return at("damage bin", at_bin);
         }},
        {"all zeros",
         [](BuiltHive& hive) {
             const auto at_bin = hive.bins().end()[-2];
             hive.put64(at_bin, 0);
             return at("damage bin", at_bin);
         }},
        {"offset",
         [](BuiltHive& hive) {
             const auto at_bin = hive.bins().end()[-2];
             hive.put32(at_bin + bin::kOffset, hive.get32(at_bin + bin::kOffset) + 4096);
             return at("damage bin", at_bin);
         }},
        {"size 0",
         [](BuiltHive& hive) {
             const auto at_bin = hive.bins().end()[-2];
             hive.put32(at_bin + bin::kSize, 0);
             return at("damage bin", at_bin);
         }},
        {"size no multiple of a page",
         [](BuiltHive& hive) {
             const auto at_bin = hive.bins().end()[-2];
             hive.put32(at_bin + bin::kSize, 4096 + 512);
             return at("damage bin", at_bin);
         }},
        {"size past the bins",
         [](BuiltHive& hive) {
             const auto at_bin = hive.bins().end()[-2];
             hive.put32(at_bin + bin::kSize, 3 * 4096);
             return at("damage bin", at_bin);
         }},
        {"size 0x80001000",
         [](BuiltHive& hive) {
             const auto at_bin = hive.bins().end()[-2];
             hive.put32(at_bin + bin::kSize, 0x8000'1000);
             return at("damage bin", at_bin);
         }},
        {"size 0xfffff000",
         [](BuiltHive& hive) {
             const auto at_bin = hive.bins().end()[-2];
             hive.put32(at_bin + bin::kSize, 0xFFFF'F000);
             return at("damage bin", at_bin);
         }},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto hive = with_bins().build();
        const auto expected = row.spoil(hive);
        const auto report = verify(hive.bytes);
        CHECK(account(report) == expected);
        CHECK(report.bins == hive.bins().size() - 1);
    }
}

TEST_CASE("verify damage: a bin that takes in the next one") {
    auto hive = with_bins().build();
    const auto at_bin = hive.bins().end()[-2];
    hive.put32(at_bin + bin::kSize, 8192);
    // The free cell ends with the page; the next one would begin with the header of the last bin.
    CHECK(verified(hive) == at("damage cell-size", at_bin + 4096));
}

TEST_CASE("verify damage: a bad bin hides nothing behind it") {
    auto hive = with_bins().build();
    const auto large = hive.bins().at(1);
    REQUIRE(hive.data_cell("a", u"large") == large + 32);
    REQUIRE(hive.key_cell("b") > large);
    hive.put32(large + bin::kSize, 0);
    hive.put32(hive.key_cell("b") + nk::kParent, 0);
    const auto report = verify(hive.bytes);
    CHECK(account(report) ==
          all({at("damage bin", large), at("damage key-node", hive.key_cell("b") + 4),
               at("damage cell-reference", hive.value_cell("a", u"large") + vk::kData)}));
    CHECK(report.bins == hive.bins().size() - 1);
    CHECK(report.keys == 3);
}

TEST_CASE("verify damage: cell sizes") {
    struct Size {
        std::string what;
        std::uint32_t size;
    };
    const Size sizes[] = {
        {"0", 0},
        {"INT_MIN", 0x8000'0000},
        {"INT_MAX", 0x7FFF'FFFF},
        {"4", 4},
        {"-4", 0U - 4},
        {"-1", 0xFFFF'FFFF},
        {"no multiple of 8", 12},
        {"no multiple of 8, allocated", 0U - 12},
        {"past the bin", 0x1000},
        {"past the bin, allocated", 0U - 0x1000},
    };
    for (const auto& row : sizes) {
        CAPTURE(row.what);
        auto hive = with_bins().build();
        const auto cell = hive.free_cells().end()[-2]; // the bin behind it must not be reached
        hive.put32(cell, row.size);
        const auto report = verify(hive.bytes);
        CHECK(account(report) == at("damage cell-size", cell));
        CHECK(report.free_cells == hive.free_cells().size() - 1);
    }
}

TEST_CASE("verify damage: a cell that is 8 bytes too long") {
    auto hive = typical().build();
    const auto cell = hive.free_cells().front();
    hive.put32(cell, hive.get32(cell) + 8);
    CHECK(verified(hive) == at("damage cell-size", cell));
    hive.put32(cell, hive.get32(cell) - 16);
    CHECK(verified(hive) == at("damage cell-size", hive.bytes.size() - 8)); // 8 bytes of zeros
}
