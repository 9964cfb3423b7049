// Hive and Key: opening, finding and listing, names and times. The traps of hivex are
// test_hive_traps.cpp's, values test_hive_values.cpp's.
#include "tests/support/hive_files.hpp"
#include "tests/support/regf_account.hpp"

#include <hivelint/hive.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace hivelint::test;
using hivelint::Error;
using hivelint::Hive;
using hivelint::Key;
using hivelint::Value;
using hivelint::regf::KeyPath;

namespace {

const KeyPath kExchangePath = {u"Software", u"Microsoft", u"Exchange"};

BuiltHive affected() { return HiveSpec{}.with(kExchange, dword(u"MapiHttpDisabled", 1)).build(); }

std::vector<std::u16string> names_of(const auto& all) {
    std::vector<std::u16string> names;
    std::ranges::transform(all, std::back_inserter(names),
                           [](const auto& one) { return one.name(); });
    return names;
}

/// Every unit of a name, so that a failure can be read.
std::string units(std::u16string_view name) {
    std::string out;
    for (const char16_t unit : name) {
        out += fmt::format("{:04x} ", static_cast<unsigned>(unit));
    }
    return out;
}

} // namespace

TEST_CASE("hive: opened by its path and from memory, it says the same") {
    const TempDir dir;
    const auto built = affected();
    const auto file = save(dir, built);
    for (const auto& hive : {Hive::open(file), opened(built)}) {
        CHECK(hive.root().name() == u"CMI-CreateHive{D43B12B8-09B5-40DB-B4F6-F6DFEB78DAEC}");
        CHECK(hive.root().offset() == built.key_cell(""));
        const auto key = hive.find(kExchangePath);
        REQUIRE(key);
        CHECK(key->offset() == built.key_cell(kExchange));
        const auto value = key->value(u"MapiHttpDisabled");
        REQUIRE(value);
        CHECK(value->dword() == 1);
        CHECK(value->offset() == built.value_cell(kExchange, u"MapiHttpDisabled"));
    }
}

TEST_CASE("hive: a tail behind the bins and a dirty hive are opened") {
    HiveSpec spec{.primary_sequence = 8};
    auto built = spec.with("k", dword(u"v", 3)).build();
    built.append(pattern(5000));
    CHECK(opened(built).find({u"k"}).value().value(u"v").value().dword() == 3);
    const TempDir dir;
    CHECK(Hive::open(save(dir, built)).find({u"k"}).value().value(u"v").value().dword() == 3);
}

TEST_CASE("hive: what is no sound hive is refused, with the place") {
    struct Row {
        std::string_view what;
        std::function<void(BuiltHive&)> spoil;
        std::string expected;
    };
    const auto put32 = [](std::size_t where, std::uint32_t number) {
        return [=](BuiltHive& hive) {
            hive.put32(where, number);
            hive.fix_checksum();
        };
    };
    const auto sound = affected();
    const auto value = sound.value_cell(kExchange, u"MapiHttpDisabled");
    const auto in_list = sound.value_list_cell(kExchange) + 4;
    const Row rows[] = {
        {"empty", [](BuiltHive& hive) { hive.truncate(0); }, "too-short 0x0"},
        {"no bin", [](BuiltHive& hive) { hive.truncate(4096); }, "too-short 0x1000"},
        {"noise", [](BuiltHive& hive) { hive.bytes = pattern(8192); }, "not-a-hive 0x0"},
        {"a log", put32(header::kFileType, 6), "wrong-file-type 0x1c"},
        {"version 1.1", put32(header::kMinor, 1), "unsupported-version 0x14"},
        {"bins size 0", put32(header::kBinsSize, 0), "bad-base-block 0x28"},
        {"checksum", [](BuiltHive& hive) { hive.put8(508, hive.get8(508) ^ 1); }, "damaged 0x1fc"},
        {"root", put32(header::kRoot, 0x28), "damaged 0x24"},
        {"bin", put32(4096, 0), "damaged 0x1000"},
        {"free cell", put32(value, 0x28), at("damaged", in_list)},
        {"value's name", put32(value + vk::kNameLength - 2, 0x00FF'6B76), at("damaged", value + 4)},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto hive = sound;
        row.spoil(hive);
        const TempDir dir;
        const auto file = save(dir, hive);
        CHECK(error_of([&] { Hive::open(file); }) == row.expected);
        if (row.expected.starts_with("damaged")) {
            CHECK(error_of([&] { opened(hive); }) == row.expected);
        }
    }
}

TEST_CASE("hive: a refusal names the problem") {
    auto hive = affected();
    hive.put32(hive.value_cell(kExchange, u"MapiHttpDisabled"), 0x28);
    try {
        opened(hive);
        FAIL("damage was not noticed");
    } catch (const Error& error) {
        CHECK(error.message().starts_with("cell-reference: "));
    }
}

TEST_CASE("hive: a path to no file, to a folder, to a link") {
    const TempDir dir;
    const auto file = save(dir, affected());
    const auto link = dir.path() / "link";
    std::filesystem::create_symlink(file, link);
    CHECK(error_of([&] { Hive::open(dir.path() / "none"); }) == "not-found");
    CHECK(error_of([&] { Hive::open(dir.path()); }) == "not-a-regular-file");
    CHECK(error_of([&] { Hive::open(link); }) == "symbolic-link");
}

TEST_CASE("hive: keys are found by path in any letter case") {
    HiveSpec spec;
    spec.with(kExchange).with(u"\u00C9\u0160\\caf\u00E9\\\u0444");
    const auto hive = opened(spec.build());
    struct Row {
        KeyPath path;
        bool found;
    };
    const Row rows[] = {
        {{}, true},
        {{u"Software"}, true},
        {{u"SOFTWARE", u"microsoft", u"eXCHANGE"}, true},
        {{u"Software", u"Microsoft", u"Exchange", u"none"}, false},
        {{u"none", u"Microsoft"}, false},
        {{u"Microsoft"}, false},
        {{u"Software\\Microsoft"}, false},
        {{u"Softwar"}, false},
        {{std::u16string(u"Software\0", 9)}, false},
        {{u""}, false},
        {{u"\u00E9\u0161", u"CAF\u00C9", u"\u0424"}, true},
        {{u"\u00E9s"}, false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.path.size());
        CHECK(hive.find(row.path).has_value() == row.found);
    }
    CHECK(hive.find({}).value().offset() == hive.root().offset());
}

TEST_CASE("hive: keys and values are listed in the order of their lists") {
    HiveSpec spec;
    spec.with("k", {dword(u"b", 1), dword(u"", 2), dword(u"A", 3)});
    for (const auto* name : {"k\\b", "k\\_", "k\\C", "k\\a"}) {
        spec.with(name);
    }
    spec.key("k").per_leaf = 3;
    const auto key = opened(spec.build()).find({u"k"});
    REQUIRE(key);
    CHECK(names_of(key->subkeys()) == std::vector<std::u16string>{u"a", u"b", u"C", u"_"});
    CHECK(names_of(key->values()) == std::vector<std::u16string>{u"b", u"", u"A"});
    const auto leaf = key->subkey(u"c");
    REQUIRE(leaf);
    CHECK(leaf->subkeys().empty());
    CHECK(leaf->values().empty());
    CHECK(!leaf->subkey(u"c"));
    CHECK(!leaf->value(u""));
}

TEST_CASE("hive: of several of one name the first is meant") {
    HiveSpec spec;
    spec.with("k", {dword(u"v", 1), dword(u"V", 2)});
    spec.root.subkeys.push_back({.name = u"K", .values = {dword(u"v", 3)}});
    const auto hive = opened(spec.build());
    CHECK(hive.root().subkeys().size() == 2);
    CHECK(hive.find({u"K"}).value().value(u"V").value().dword() == 1);
}

TEST_CASE("hive: names keep every unit") {
    const std::u16string names[] = {
        u"plain",
        u"caf\u00E9",                       // 8 bits
        u"\u0080\u009F\u00FF",              // 8 bits: Latin-1, not Windows' code page
        u"\u96EA\u20AC",                    // 16 bits
        u"\xD83D\xDE00",                    // a pair of surrogates
        u"a\xD800z",                        // lone surrogates
        u"\xDC00",                          //
        u"\xDE00\xD83D",                    //
        u"\xFEFF" + std::u16string(u"x"),   // a byte order mark is a unit like others
        u"\xFFFF\xFFFE",                    //
        {u"MapiHttpDisabled\0x", 18},       // NUL, in 8 bits
        {u"\u96EA\0", 2},                   // NUL, in 16 bits
        {u"\0x", 2},                        //
        u"back\\slash/and\x1B[2J\r\n",      //
        std::u16string(255, u'n'),          //
        std::u16string(255, u'\u0416'),     //
        u"dotless \u0131 and dotted \u0130" //
    };
    HiveSpec spec;
    for (const auto& name : names) {
        spec.with({name}, dword(name, 1));
    }
    spec.root.values.push_back(dword(u"", 5));
    const auto hive = opened(spec.build());
    CHECK(hive.root().value(u"").value().dword() == 5);
    CHECK(hive.root().value(u"").value().name().empty());
    CHECK(hive.root().subkeys().size() == std::size(names));
    for (const auto& name : names) {
        CAPTURE(units(name));
        const auto key = hive.root().subkey(name);
        REQUIRE(key);
        CHECK(units(key->name()) == units(name));
        REQUIRE(key->values().size() == 1);
        CHECK(units(key->values()[0].name()) == units(name));
        CHECK(key->value(name).has_value());
    }
}

TEST_CASE("hive: a name in 16 bits that fits 8, and value names beyond 255 units") {
    HiveSpec spec;
    spec.key("k").wide_name = true;
    spec.key("k").values = {{.name = u"wide", .type = 4, .data = pattern(4), .wide_name = true},
                            dword(std::u16string(16383, u'v'), 1),
                            dword(std::u16string(16383, u'\u0416'), 2)};
    const auto key = opened(spec.build()).find({u"K"});
    REQUIRE(key);
    CHECK(key->name() == u"k");
    CHECK(key->value(u"WIDE").value().data() == pattern(4));
    CHECK(key->value(std::u16string(16383, u'V')).value().dword() == 1);
    CHECK(key->value(std::u16string(16383, u'\u0436')).value().dword() == 2);
    CHECK(!key->value(std::u16string(16382, u'v')));
}

TEST_CASE("hive: last-written times, all 64 bits") {
    for (const std::uint64_t ticks :
         {kDefaultTime, std::uint64_t{0}, std::uint64_t{1},
          static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()),
          static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) + 1,
          std::numeric_limits<std::uint64_t>::max()}) {
        CAPTURE(ticks);
        HiveSpec spec;
        spec.key("k").last_written = ticks;
        CHECK(opened(spec.build()).find({u"k"}).value().last_written().ticks == ticks);
    }
}

TEST_CASE("hive: keys and values outlive their hive") {
    std::optional<Key> key;
    std::vector<Value> values;
    {
        const TempDir dir;
        const auto hive = Hive::open(save(dir, affected()));
        key = hive.find(kExchangePath);
        REQUIRE(key);
        values = key->values();
    }
    CHECK(key->name() == u"Exchange");
    CHECK(key->value(u"MapiHttpDisabled").value().dword() == 1);
    key.reset();
    REQUIRE(values.size() == 1);
    const Value copy = values[0];
    values.clear();
    CHECK(copy.name() == u"MapiHttpDisabled");
    CHECK(copy.dword() == 1);
}

TEST_CASE("hive: a tree of 512 levels") {
    HiveSpec spec;
    spec.root.chain = 512;
    Key key = opened(spec.build()).root();
    std::size_t depth = 0;
    while (const auto below = key.subkey(u"chain")) {
        key = *below;
        ++depth;
    }
    CHECK(depth == 512);
    spec.root.chain = 513;
    CHECK(error_of([&] { opened(spec.build()); }).starts_with("damaged "));
}
