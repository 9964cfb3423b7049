// The walker on damaged roots and keys (HOSTILE.md B 30 and C): one mutation, one row. What stands
// in the way of an answer is thrown or accounted, never taken for 'absent'.
#include "tests/support/hive_builder.hpp"
#include "tests/support/regf_account.hpp"

#include <hivelint/regf/walker.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using hivelint::regf::Lookup;
using namespace hivelint::test;

namespace {

constexpr const char* kExchange = "Software\\Microsoft\\Exchange";
constexpr const char16_t* kName = u"MapiHttpDisabled";

/// Changes one thing and returns the account that must follow.
struct Row {
    std::string what;
    std::string (*spoil)(BuiltHive& hive);
};

HiveSpec typical() {
    HiveSpec spec;
    spec.with(kExchange, {dword(kName, 1), sz(u"Text", u"text")});
    spec.with("Software\\Adobe", dword(u"x", 2)).with("Software\\Zoom", dword(u"x", 3));
    return spec;
}

/// As typical(), with li lists: every sibling on the way is compared.
HiveSpec without_hints() {
    auto spec = typical();
    spec.root.list = ListKind::li;
    spec.key("Software").list = ListKind::li;
    return spec;
}

void set_root(BuiltHive& hive, std::uint32_t relative) {
    hive.put32(header::kRoot, relative);
    hive.fix_checksum();
}

std::uint32_t bins_size(const BuiltHive& hive) { return hive.get32(header::kBinsSize); }

} // namespace

TEST_CASE("walker damage: the root") {
    const Row rows[] = {
        {"none",
         [](BuiltHive& hive) {
             set_root(hive, 0xFFFFFFFF);
             return at("bad-root", header::kRoot);
         }},
        {"behind the bins",
         [](BuiltHive& hive) {
             set_root(hive, bins_size(hive));
             return at("bad-root", header::kRoot);
         }},
        {"the last 4 bytes of the bins",
         [](BuiltHive& hive) {
             set_root(hive, bins_size(hive) - 4);
             return at("bad-root", header::kRoot);
         }},
        {"in the header of the first bin",
         [](BuiltHive& hive) {
             set_root(hive, 0x18);
             return at("bad-root", header::kRoot);
         }},
        {"unaligned",
         [](BuiltHive& hive) {
             set_root(hive, 0x24);
             return at("bad-root", header::kRoot);
         }},
        {"volatile",
         [](BuiltHive& hive) {
             set_root(hive, 0x8000'0020);
             return at("bad-root", header::kRoot);
         }},
        {"a free cell",
         [](BuiltHive& hive) {
             set_root(hive, BuiltHive::relative(hive.free_cells().front()));
             return at("bad-root", hive.free_cells().front());
         }},
        {"a value",
         [](BuiltHive& hive) {
             const auto value = hive.value_cell(kExchange, kName);
             set_root(hive, BuiltHive::relative(value));
             return at("bad-root", value + 4);
         }},
        {"a key that is not the root",
         [](BuiltHive& hive) {
             set_root(hive, BuiltHive::relative(hive.key_cell("Software")));
             return at("bad-root", hive.key_cell("Software"));
         }},
        {"without the root flag",
         [](BuiltHive& hive) {
             hive.put16(hive.key_cell("") + nk::kFlags, 0x28);
             return at("bad-root", hive.key_cell(""));
         }},
        {"in a cell of size 0",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell(""), 0);
             return at("bad-root", hive.key_cell(""));
         }},
        {"name longer than its cell",
         [](BuiltHive& hive) {
             hive.put16(hive.key_cell("") + nk::kNameLength, 57); // 52 and 4 of padding fit
             return at("bad-root", hive.key_cell("") + 4);
         }},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto hive = typical().build();
        const auto expected = row.spoil(hive);
        CHECK(find_error(hive, kExchange, kName) == expected);
        CHECK(find_error(hive, "", u"") == expected);
        CHECK(error_of([&] { list(hive, kExchange); }) == expected);
    }
}

TEST_CASE("walker damage: a key on the path") {
    const Row rows[] = {
        {"element none",
         [](BuiltHive& hive) {
             hive.put32(hive.element("Software\\Microsoft"), 0xFFFFFFFF);
             return at("bad-cell", hive.element("Software\\Microsoft"));
         }},
        {"element 0",
         [](BuiltHive& hive) {
             hive.put32(hive.element("Software\\Microsoft"), 0);
             return at("bad-cell", hive.element("Software\\Microsoft"));
         }},
        {"element behind the bins",
         [](BuiltHive& hive) {
             hive.put32(hive.element("Software\\Microsoft"), bins_size(hive));
             return at("bad-cell", hive.element("Software\\Microsoft"));
         }},
        {"element unaligned",
         [](BuiltHive& hive) {
             const auto element = hive.element("Software\\Microsoft");
             hive.put32(element, hive.get32(element) + 4);
             return at("bad-cell", element);
         }},
        {"element volatile",
         [](BuiltHive& hive) {
             const auto element = hive.element("Software\\Microsoft");
             hive.put32(element, hive.get32(element) | 0x8000'0000);
             return at("bad-cell", element);
         }},
        {"element refers to a free cell",
         [](BuiltHive& hive) {
             const auto cell = hive.free_cells().front();
             hive.put32(hive.element("Software\\Microsoft"), BuiltHive::relative(cell));
             return at("bad-cell", cell);
         }},
        {"element refers to a value",
         [](BuiltHive& hive) {
             const auto cell = hive.value_cell(kExchange, kName);
             hive.put32(hive.element("Software\\Microsoft"), BuiltHive::relative(cell));
             return at("bad-key-node", cell + 4);
         }},
        {"cell freed",
         [](BuiltHive& hive) {
             const auto cell = hive.key_cell("Software\\Microsoft");
             hive.put32(cell, 0 - hive.get32(cell));
             return at("bad-cell", cell);
         }},
        {"cell size 0",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("Software\\Microsoft"), 0);
             return at("bad-cell", hive.key_cell("Software\\Microsoft"));
         }},
        {"cell size INT_MIN",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("Software\\Microsoft"), 0x8000'0000);
             return at("bad-cell", hive.key_cell("Software\\Microsoft"));
         }},
        {"cell size no multiple of 8",
         [](BuiltHive& hive) {
             const auto cell = hive.key_cell("Software\\Microsoft");
             hive.put32(cell, hive.get32(cell) - 4);
             return at("bad-cell", cell);
         }},
        {"cell past the bins",
         [](BuiltHive& hive) {
             const auto cell = hive.key_cell("Software\\Microsoft");
             const auto room = static_cast<std::uint32_t>(hive.bytes.size() - cell);
             hive.put32(cell, 0 - (room + 8));
             return at("bad-cell", cell);
         }},
        {"cell too small for a key node",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("Software\\Microsoft"), 0U - 72);
             return at("bad-key-node", hive.key_cell("Software\\Microsoft") + 4);
         }},
        {"cell of 8 bytes",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("Software\\Microsoft"), 0U - 8);
             return at("bad-key-node", hive.key_cell("Software\\Microsoft") + 4);
         }},
        {"signature",
         [](BuiltHive& hive) {
             hive.put16(hive.key_cell("Software\\Microsoft") + nk::kSignature, 0);
             return at("bad-key-node", hive.key_cell("Software\\Microsoft") + 4);
         }},
        {"name longer than the cell",
         [](BuiltHive& hive) {
             hive.put16(hive.key_cell("Software\\Microsoft") + nk::kNameLength, 0xFFFF);
             return at("bad-key-node", hive.key_cell("Software\\Microsoft") + 4);
         }},
    };
    for (const auto& row : rows) {
        for (const bool hints : {true, false}) {
            CAPTURE(row.what);
            CAPTURE(hints);
            auto hive = (hints ? typical() : without_hints()).build();
            const auto expected = row.spoil(hive);
            const Lookup lookup = find(hive, kExchange, kName);
            CHECK(answer(lookup) == "no key");
            CHECK(account(lookup.damage) == expected);
            CHECK(error_of([&] { list(hive, kExchange); }) == expected);
            // It hides nothing beside it, and is told of where it was met.
            const Lookup beside = find(hive, "Software\\Zoom", u"x");
            CHECK(answer(beside) == "REG_DWORD 03000000");
            CHECK(account(beside.damage) == (hints ? "" : expected));
            const auto listing = list(hive, "Software");
            REQUIRE(listing);
            CHECK(listing->subkeys.size() == 2);
            CHECK(account(listing->damage) == expected);
        }
    }
}

TEST_CASE("walker damage: a file that ends early") {
    auto spec = typical();
    spec.with("Software\\Zoom", binary(u"long", pattern(10000)));
    const auto whole = spec.build();
    const auto data = whole.data_cell("Software\\Zoom", u"long");
    struct Cut {
        std::string what;
        FileOffset size;
        std::string wanted; ///< of Zoom's long data
    };
    const Cut cuts[] = {
        {"nothing", whole.bytes.size(), "no error"},
        {"slack behind the data", data + 4 + 10000, "no error"},
        {"the data's last byte", data + 4 + 9999, at("truncated", data + 4 + 9999)},
        {"the data's cell", data, at("truncated", data)},
        {"the bin it is in", data / kPage * kPage, at("truncated", data / kPage * kPage)},
    };
    for (const auto& cut : cuts) {
        CAPTURE(cut.what);
        auto hive = whole;
        hive.truncate(cut.size);
        CHECK(find_error(hive, "Software\\Zoom", u"long") == cut.wanted);
        CHECK(answer(find(hive, kExchange, kName)) == "REG_DWORD 01000000");
    }
}
