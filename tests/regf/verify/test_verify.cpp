// verify() on sound hives of every shape, its counts, and how it reports.
#include "tests/support/hive_builder.hpp"
#include "tests/support/regf_account.hpp"

#include <hivelint/regf/verify.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

using hivelint::regf::Problem;
using hivelint::regf::verify;
using hivelint::regf::VerifyReport;
using hivelint::regf::Weight;
using hivelint::regf::weight_of;
using namespace hivelint::test;

namespace {

struct Shape {
    std::string what;
    std::function<void(HiveSpec&)> make;
};

KeySpec numbered_keys(std::size_t count, std::u16string name) {
    KeySpec key{.name = std::move(name)};
    for (std::size_t i = 0; i < count; ++i) {
        const auto text = fmt::format("key {:06}", i);
        key.subkeys.push_back({.name = {text.begin(), text.end()}});
    }
    return key;
}

/// Shapes that are sound in every version.
std::vector<Shape> shapes() {
    return {
        {"a root key only", [](HiveSpec&) {}},
        {"a typical hive",
         [](HiveSpec& spec) {
             spec.with("Software\\Microsoft\\Exchange", dword(u"MapiHttpDisabled", 1));
             spec.with("Environment", {expand_sz(u"TEMP", u"%USERPROFILE%\\Temp"), sz(u"", u"d")});
         }},
        {"every kind of data",
         [](HiveSpec& spec) {
             for (const std::size_t size : {0U, 1U, 4U, 5U, 4064U, 16344U, 16345U, 50000U}) {
                 const auto text = fmt::format("{}", size);
                 spec.with("k", binary({text.begin(), text.end()}, pattern(size)));
             }
             auto in_cell = dword(u"in a cell", 1);
             in_cell.in_cell = true;
             auto nil = binary(u"nil", {});
             nil.in_cell = true;
             spec.with("k", {in_cell, nil, raw(u"type", 0xFFFF0012, {})});
         }},
        {"names of 8 and 16 bits",
         [](HiveSpec& spec) {
             for (const auto* name : {u"caf\u00E9", u"\u96EA", u"\u0131", u"\u00FF", u"\u0178a",
                                      u"\x1B[2J", u"a\u96EA", u"\u042F"}) {
                 spec.with(Path{name}, dword(name, 1));
             }
             spec.with(Path{std::u16string{0xD800}}, dword({0xDC00}, 1));
         }},
        {"a name of 255 units",
         [](HiveSpec& spec) { spec.with(Path{std::u16string(255, u'\u96EA')}); }},
        {"class names", [](HiveSpec& spec) { spec.key("k").class_name = u"Class"; }},
        {"ri lists",
         [](HiveSpec& spec) {
             spec.root.subkeys.push_back(numbered_keys(20, u"few"));
             spec.root.subkeys.back().per_leaf = 3;
         }},
        {"lf lists",
         [](HiveSpec& spec) {
             spec.root.subkeys.push_back(numbered_keys(20, u"few"));
             spec.root.subkeys.back().list = ListKind::lf;
             spec.with(Path{u"few", u"\u96EA"}).with("few\\a").with("few\\abc").with("few\\abcd");
         }},
        {"li lists",
         [](HiveSpec& spec) {
             spec.root.subkeys.push_back(numbered_keys(20, u"few"));
             spec.root.subkeys.back().list = ListKind::li;
             spec.root.list = ListKind::li;
         }},
        {"80,000 subkeys",
         [](HiveSpec& spec) { spec.root.subkeys.push_back(numbered_keys(80000, u"many")); }},
        {"512 levels below the root", [](HiveSpec& spec) { spec.root.chain = 512; }},
        {"several security records",
         [](HiveSpec& spec) {
             spec.security.resize(4, HiveSpec::default_descriptor());
             spec.key("a").security = 1;
             spec.key("b").security = 3;
             spec.key("b\\c").security = 3;
         }},
        {"free bins", [](HiveSpec& spec) { spec.free_pages = 3; }},
        {"no sequence number",
         [](HiveSpec& spec) {
             spec.primary_sequence = 0;
             spec.secondary_sequence = 0;
             spec.last_written = 0;
         }},
    };
}

} // namespace

TEST_CASE("verify: sound hives of every shape and version have no issue") {
    for (const std::uint32_t minor : {3U, 4U, 5U, 6U}) {
        for (const auto& shape : shapes()) {
            CAPTURE(minor);
            CAPTURE(shape.what);
            HiveSpec spec{.minor = minor};
            shape.make(spec);
            const auto hive = spec.build();
            const auto report = verify(hive.bytes);
            CHECK(account(report) == "");
            CHECK(report.damage == 0);
            CHECK(report.irregularities == 0);
            CHECK(report.sound());
            CHECK(report.first_damage() == nullptr);
        }
    }
}

TEST_CASE("verify: what follows the bins is not looked at") {
    auto hive = HiveSpec{}.with("k", dword(u"v", 1)).build();
    const auto second = hive.bytes;
    hive.append(pattern(1000));
    hive.append(second);
    CHECK(verified(hive) == "");
}

TEST_CASE("verify: what it leaves alone") {
    auto hive = HiveSpec{}.with("k", dword(u"v", 1)).build();
    const auto key = hive.key_cell("k");
    hive.put32(key + nk::kVolatileCount, 5); // means nothing on disk
    hive.put32(key + nk::kVolatileList, 0x8000'0028);
    hive.put32(hive.bins().front() + bin::kTime, 0x12345678);
    hive.put64(key + nk::kLastWritten, ~std::uint64_t{0});
    hive.put32(key + nk::kLongestValueName, 1000); // too large is harmless
    hive.put32(key + nk::kLongestValueData, 1000);
    hive.put16(hive.key_cell("") + nk::kLongestSubkeyName, 1000);
    hive.put32(header::kFlags, 3);
    hive.fix_checksum();
    CHECK(verified(hive) == "");
}

TEST_CASE("verify: a predefined-handle key's value count is a handle") {
    auto hive = HiveSpec{}.with("k").build();
    hive.put16(hive.key_cell("k") + nk::kFlags, 0x60);
    hive.put32(hive.key_cell("k") + nk::kValueCount, 0x8000'0001);
    CHECK(verified(hive) == "");
}

TEST_CASE("verify: counts") {
    SUBCASE("the hive whose cells test_hive_builder.cpp lists") {
        const auto hive =
            HiveSpec{}.with("Software\\Microsoft\\Exchange", dword(u"MapiHttpDisabled", 1)).build();
        const auto report = verify(hive.bytes);
        CHECK(report.bins == 1);
        CHECK(report.keys == 4);
        CHECK(report.values == 1);
        CHECK(report.security_records == 1);
        CHECK(report.allocated_cells == 10); // 4 nk, 3 lists, sk, value list, vk
        CHECK(report.free_cells == 1);
        CHECK(report.free_bytes == 0xD68);
    }
    SUBCASE("big data, an ri list, a class name, free bins") {
        HiveSpec spec;
        spec.with("a", {binary(u"big", pattern(40000)), binary(u"small", pattern(8))});
        spec.with("b").with("c");
        spec.root.per_leaf = 2;
        spec.key("c").class_name = u"c";
        spec.security.resize(2, HiveSpec::default_descriptor());
        spec.free_pages = 2;
        const auto hive = spec.build();
        const auto report = verify(hive.bytes);
        CHECK(report.bins == hive.bins().size());
        CHECK(report.keys == 4);
        CHECK(report.values == 2);
        CHECK(report.security_records == 2);
        // 4 nk, 2 sk, ri and 2 leaves, value list, 2 vk, db, its list, 3 segments, data, class
        CHECK(report.allocated_cells == 4 + 2 + 3 + 1 + 2 + 1 + 1 + 3 + 1 + 1);
        CHECK(report.free_cells == hive.free_cells().size());
        std::uint64_t free_bytes = 0;
        for (const auto cell : hive.free_cells()) {
            free_bytes += hive.get32(cell);
        }
        CHECK(report.free_bytes == free_bytes);
    }
    SUBCASE("a root key") {
        const auto report = verify(HiveSpec{}.build().bytes);
        CHECK(report.keys == 1);
        CHECK(report.values == 0);
        CHECK(report.allocated_cells == 2);
    }
    SUBCASE("no hive") {
        const auto report = verify({});
        CHECK(report.bins == 0);
        CHECK(report.keys == 0);
    }
}

TEST_CASE("verify: words and weights") {
    struct Row {
        Problem problem;
        Weight weight;
        std::string word;
    };
    const Row rows[] = {
        {Problem::base_block, Weight::damage, "base-block"},
        {Problem::file_size, Weight::damage, "file-size"},
        {Problem::bin, Weight::damage, "bin"},
        {Problem::cell_size, Weight::damage, "cell-size"},
        {Problem::cell_reference, Weight::damage, "cell-reference"},
        {Problem::key_node, Weight::damage, "key-node"},
        {Problem::key_depth, Weight::damage, "key-depth"},
        {Problem::subkey_list, Weight::damage, "subkey-list"},
        {Problem::value_list, Weight::damage, "value-list"},
        {Problem::value, Weight::damage, "value"},
        {Problem::data, Weight::damage, "data"},
        {Problem::security, Weight::damage, "security"},
        {Problem::dirty, Weight::irregularity, "dirty"},
        {Problem::free_cells_touch, Weight::irregularity, "free-cells-touch"},
        {Problem::unreferenced_cell, Weight::irregularity, "unreferenced-cell"},
        {Problem::name_length, Weight::irregularity, "name-length"},
        {Problem::key_name, Weight::irregularity, "key-name"},
        {Problem::name_encoding, Weight::irregularity, "name-encoding"},
        {Problem::list_order, Weight::irregularity, "list-order"},
        {Problem::list_hint, Weight::irregularity, "list-hint"},
        {Problem::list_type, Weight::irregularity, "list-type"},
        {Problem::duplicate_name, Weight::irregularity, "duplicate-name"},
        {Problem::longest_name_field, Weight::irregularity, "longest-name-field"},
        {Problem::big_data, Weight::irregularity, "big-data"},
        {Problem::security_count, Weight::irregularity, "security-count"},
    };
    std::set<std::string> words;
    for (const auto& row : rows) {
        CAPTURE(row.word);
        CHECK(std::string(to_string(row.problem)) == row.word);
        CHECK((weight_of(row.problem) == row.weight));
        words.insert(row.word);
    }
    CHECK(words.size() == std::size(rows));
    CHECK(to_string(Weight::damage) == "damage");
    CHECK(to_string(Weight::irregularity) == "irregularity");
}

TEST_CASE("verify: past the limit issues are counted only, but damage shows") {
    // 1,500 keys whose names are in 16 bits for no reason, and a root key that says it has none.
    HiveSpec spec;
    spec.root.subkeys = numbered_keys(1500, u"").subkeys;
    for (auto& subkey : spec.root.subkeys) {
        subkey.wide_name = true;
    }
    SUBCASE("irregularities only") {
        const auto report = verify(spec.build().bytes);
        CHECK(report.issues.size() == VerifyReport::kMaxIssues);
        CHECK(report.irregularities == 1500);
        CHECK(report.damage == 0);
        CHECK(report.sound());
        CHECK(report.first_damage() == nullptr);
    }
    SUBCASE("damage behind them") {
        auto hive = spec.build();
        hive.put32(hive.key_cell("") + nk::kSubkeyCount, 1501);
        const auto report = verify(hive.bytes);
        CHECK(report.irregularities == 1500);
        CHECK(report.damage == 1);
        CHECK(!report.sound());
        REQUIRE(report.first_damage() != nullptr);
        CHECK((report.first_damage()->problem == Problem::subkey_list));
    }
    SUBCASE("more damage than the limit") {
        auto hive = spec.build();
        for (std::size_t i = 0; i < 1500; ++i) {
            hive.put16(hive.key_cell("key 000000") + nk::kSignature, 0);
        }
        for (const auto& subkey : spec.root.subkeys) {
            hive.put16(hive.key_cell(Path{subkey.name}) + nk::kSignature, 0);
        }
        const auto report = verify(hive.bytes);
        CHECK(report.issues.size() == VerifyReport::kMaxIssues);
        CHECK(report.damage == 1500);
    }
}

TEST_CASE("verify: the limit holds when damage comes last") {
    HiveSpec spec;
    spec.root.subkeys = numbered_keys(VerifyReport::kMaxIssues, u"").subkeys;
    for (auto& subkey : spec.root.subkeys) {
        subkey.wide_name = true;
    }
    auto hive = spec.build();
    hive.put32(hive.key_cell("") + nk::kSubkeyCount, 1);
    CHECK(verify(hive.bytes).issues.size() <= VerifyReport::kMaxIssues);
}

TEST_CASE("verify: a verified image is its bytes and their report") {
    auto hive = HiveSpec{}.with("k", dword(u"v", 1)).build();
    hive.put32(hive.key_cell("k") + nk::kParent, 0);
    const hivelint::regf::VerifiedImage image(hive.bytes);
    CHECK((std::vector<std::byte>(image.bytes().begin(), image.bytes().end()) == hive.bytes));
    CHECK(account(image.report()) == at("damage key-node", hive.key_cell("k") + 4));
    CHECK(!image.report().issues.at(0).message.empty());
}
