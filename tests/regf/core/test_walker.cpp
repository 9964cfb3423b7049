// The walker on sound hives: it finds what is there, and says what is not.
#include "tests/support/hive_builder.hpp"
#include "tests/support/regf_account.hpp"

#include <hivelint/regf/walker.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using hivelint::regf::KeyListing;
using hivelint::regf::Lookup;
using namespace hivelint::test;
using namespace std::string_view_literals;

namespace {

constexpr const char* kExchange = "Software\\Microsoft\\Exchange";
constexpr auto kName = u"MapiHttpDisabled"sv;

HiveSpec typical() {
    HiveSpec spec;
    for (const auto* sibling : {"Console", "Environment", "Software\\Adobe", "Software\\Zoom",
                                "Software\\Microsoft\\Office", "Software\\Microsoft\\Excel"}) {
        spec.with(sibling, sz(u"x", u"y"));
    }
    spec.with(kExchange,
              {sz(u"Before", u"text"), dword(std::u16string(kName), 1), sz(u"After", u"text")});
    return spec;
}

/// Applies to the key and everything below it.
void set_lists(KeySpec& key, ListKind kind, std::size_t per_leaf) {
    key.list = kind;
    key.per_leaf = per_leaf;
    for (auto& subkey : key.subkeys) {
        set_lists(subkey, kind, per_leaf);
    }
}

std::string names_of(const KeyListing& listing) {
    std::vector<std::string> names;
    for (const auto& subkey : listing.subkeys) {
        names.push_back(hivelint::regf::escaped(subkey.name));
    }
    names.emplace_back("|");
    for (const auto& value : listing.values) {
        names.push_back(hivelint::regf::escaped(value.name));
    }
    return all(names);
}

} // namespace

TEST_CASE("walker: everything that an answer says") {
    auto spec = typical();
    spec.key(kExchange).last_written = file_time(2021, 3, 2);
    const auto hive = spec.build();
    const Lookup lookup = find(hive, kExchange, kName);
    CHECK(lookup.key_found);
    CHECK(lookup.key_offset == hive.key_cell(kExchange));
    CHECK(lookup.key_last_written.ticks == file_time(2021, 3, 2));
    REQUIRE(lookup.value);
    CHECK((lookup.value->name == kName));
    CHECK(lookup.value->type == hivelint::regf::kRegDword);
    CHECK(lookup.value->data == bytes_of({1, 0, 0, 0}));
    CHECK(lookup.value->offset == hive.value_cell(kExchange, kName));
    CHECK(lookup.duplicate_values.empty());
    CHECK(lookup.duplicate_keys.empty());
    CHECK(!lookup.name_is_also_a_key);
    CHECK(account(lookup.damage).empty());
}

TEST_CASE("walker: every kind of subkey list") {
    for (const std::uint32_t minor : {3U, 4U, 5U, 6U}) {
        for (const auto kind : {ListKind::li, ListKind::lf, ListKind::lh}) {
            for (const std::size_t per_leaf : {0U, 1U, 2U, 100U}) { // 0: no ri
                CAPTURE(minor);
                CAPTURE(static_cast<int>(kind));
                CAPTURE(per_leaf);
                auto spec = typical();
                spec.minor = minor;
                set_lists(spec.root, kind, per_leaf);
                const auto hive = spec.build();
                const Lookup lookup = find(hive, kExchange, kName);
                CHECK(answer(lookup) == "REG_DWORD 01000000");
                CHECK(lookup.duplicate_keys.empty());
                CHECK(account(lookup.damage).empty());
                for (const auto* path : {"Console", "Environment", "Software\\Adobe",
                                         "Software\\Zoom", "Software\\Microsoft\\Excel"}) {
                    CHECK(answer(find(hive, path, u"x")) == "REG_SZ 79000000");
                }
                CHECK(answer(find(hive, "Software\\Microsoft\\Exchang", kName)) == "no key");
                CHECK(answer(find(hive, "Software\\Microsoft\\Exchange2", kName)) == "no key");
            }
        }
    }
}

TEST_CASE("walker: names as Windows compares them") {
    struct Row {
        std::u16string_view stored;
        bool wide; ///< in 16 bits although 8 would do
        std::u16string_view asked;
        bool found;
    };
    const Row rows[] = {
        {u"Exchange", false, u"EXCHANGE", true},
        {u"EXCHANGE", false, u"exchange", true},
        {u"Exchange", true, u"eXCHANGE", true},
        {u"Exchange", false, u"Exchang", false},
        {u"Exchang", false, u"Exchange", false},
        {u"caf\u00E9", false, u"CAF\u00C9", true},
        {u"CAF\u00C9", true, u"caf\u00E9", true},
        {u"cafe", false, u"caf\u00E9", false},
        {u"\u00FF", false, u"\u0178", true}, // 8 bits stored, 16 asked, and the reverse
        {u"\u0178", false, u"\u00FF", true},
        {u"abcd\u00FF", false, u"ABCD\u0178", true}, // behind the hint of an lf
        {u"\u042F\u0437\u044B\u043A", false, u"\u044F\u0417\u042B\u041A", true},
        {u"\u0131", false, u"I", false},
        {u"\u0130", false, u"i", false},
        {u"\u00DF", false, u"SS", false},
        {u"\u96EA", false, u"\u96EA", true},
        {u"a\u96EAbcde", false, u"A\u96EABCDE", true}, // an lf hint has no place for the second
        {u"\xD83D\xDE00"sv, false, u"\xD83D\xDE00"sv, true},
        {u"\xD800"sv, false, u"\xD800"sv, true},
        {u"\xD800"sv, false, u"\xD801"sv, false},
        {u"\xD800"sv, false, u"\uFFFD", false},
        {u"\0x"sv, false, u"\0X"sv, true},
        {u"\0x"sv, false, u"x", false},
        {u"back\\slash", false, u"BACK\\SLASH", true},
        {u"../..", false, u"../..", true},
        {u" ", false, u" ", true},
        {u" ", false, u"", false},
    };
    for (const auto& row : rows) {
        for (const auto kind : {ListKind::li, ListKind::lf, ListKind::lh}) {
            CAPTURE(hivelint::regf::escaped(row.stored));
            CAPTURE(hivelint::regf::escaped(row.asked));
            CAPTURE(static_cast<int>(kind));
            HiveSpec spec;
            spec.root.list = kind;
            auto value = dword(std::u16string(row.stored), 1);
            value.wide_name = row.wide;
            spec.root.subkeys.push_back(
                {.name = std::u16string(row.stored), .values = {value}, .wide_name = row.wide});
            const auto hive = spec.build();
            const auto expected = row.found ? "REG_DWORD 01000000" : "no key";
            CHECK(answer(find(hive, Path{std::u16string(row.asked)}, row.stored)) == expected);
            CHECK(answer(find(hive, Path{std::u16string(row.stored)}, row.asked)) ==
                  (row.found ? "REG_DWORD 01000000" : "no value"));
        }
    }
}

TEST_CASE("walker: names of every length up to what their field can say") {
    for (const std::size_t length : {1U, 255U, 256U, 16383U, 32767U}) {
        CAPTURE(length);
        const std::u16string wide(length, u'\u0436');
        const std::u16string asked(length, u'\u0416');
        const auto hive = HiveSpec{}.with(Path{wide}, dword(wide, 1)).build();
        CHECK(answer(find(hive, Path{asked}, asked)) == "REG_DWORD 01000000");
        CHECK(answer(find(hive, Path{asked}, asked.substr(1))) == "no value");
    }
}

TEST_CASE("walker: lists out of order") {
    HiveSpec spec;
    spec.root.sorted = false;
    for (const auto* name : {"m", "z", "a", "q", "b"}) {
        spec.with(name, dword(u"v", 1));
    }
    for (const std::size_t per_leaf : {0U, 2U}) {
        spec.root.per_leaf = per_leaf;
        const auto hive = spec.build();
        for (const auto* name : {"m", "z", "a", "q", "b"}) {
            CAPTURE(name);
            CHECK(answer(find(hive, name, u"v")) == "REG_DWORD 01000000");
        }
        CHECK(answer(find(hive, "c", u"v")) == "no key");
    }
}

TEST_CASE("walker: several keys of one name") {
    HiveSpec spec;
    spec.with("top\\a", dword(u"v", 1)).with("top\\A", dword(u"v", 2));
    spec.with("TOP\\a", dword(u"v", 3)).with("Top\\x", dword(u"v", 4));
    const auto hive = spec.build();
    const Lookup lookup = find(hive, "tOp\\a", u"v");
    // The first of each list, which is stable here.
    CHECK(answer(lookup) == "REG_DWORD 01000000");
    CHECK(lookup.key_offset == hive.key_cell("top\\a"));
    CHECK(lookup.duplicate_keys == std::vector<std::uint64_t>{hive.key_cell("TOP"),
                                                              hive.key_cell("Top"),
                                                              hive.key_cell("top\\A")});
    CHECK(account(lookup.damage).empty());
}

TEST_CASE("walker: several values of one name") {
    const auto hive = HiveSpec{}
                          .with("k", {dword(u"a", 0), dword(u"v", 1), dword(u"V", 2),
                                      dword(u"b", 0), sz(u"v", u"x")})
                          .build();
    const Lookup lookup = find(hive, "k", u"V");
    CHECK(answer(lookup) == "REG_DWORD 01000000");
    CHECK(lookup.value.value().offset == hive.value_cell("k", u"v"));
    const auto element = hive.value_list_cell("k") + 4;
    CHECK(lookup.duplicate_values ==
          std::vector<std::uint64_t>{hive.value_cell("k", u"V"), hive.follow(element + 4 * 4)});
}

TEST_CASE("walker: the default value") {
    const auto hive = HiveSpec{}
                          .with("with", {dword(u"x", 1), sz(u"", u"d")})
                          .with("without", dword(u"x", 1))
                          .with("", sz(u"", u"r"))
                          .build();
    CHECK(answer(find(hive, "with", u"")) == "REG_SZ 64000000");
    CHECK(answer(find(hive, "without", u"")) == "no value");
    CHECK(answer(find(hive, "", u"")) == "REG_SZ 72000000");
}

TEST_CASE("walker: what is not there is absent, without damage") {
    const auto hive = typical().build();
    struct Row {
        std::string path;
        const char16_t* name;
        std::string answer;
    };
    const Row rows[] = {
        {"Softwar", u"v", "no key"},
        {"Software\\Nobody", u"v", "no key"},
        {"Software\\Nobody\\Exchange", u"v", "no key"},
        {"Software\\Microsoft\\Exchange\\Deeper", u"v", "no key"}, // a key without subkeys
        {"Software\\Microsoft\\Exchange", u"MapiHttpDisable", "no value"},
        {"Software\\Microsoft\\Exchange", u"", "no value"},
        {"Software\\Microsoft", u"MapiHttpDisabled", "no value"}, // a key without values
        {"", u"MapiHttpDisabled", "no value"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.path);
        const Lookup lookup = find(hive, row.path, row.name);
        CHECK(answer(lookup) == row.answer);
        CHECK(account(lookup.damage).empty());
        CHECK(lookup.key_offset == (lookup.key_found ? hive.key_cell(row.path) : 0));
    }
    CHECK(!list(hive, "Software\\Nobody"));
}

TEST_CASE("walker: a subkey with the value's name") {
    const auto hive = HiveSpec{}
                          .with("k", dword(u"MapiHttpDisabled", 1))
                          .with("k\\MAPIHTTPDISABLED")
                          .with("k\\other", dword(u"MapiHttpDisabled", 1))
                          .with("empty\\MapiHttpDisabled")
                          .build();
    CHECK(find(hive, "k", kName).name_is_also_a_key);
    CHECK(answer(find(hive, "k", kName)) == "REG_DWORD 01000000");
    CHECK(!find(hive, "k", u"other2").name_is_also_a_key);
    CHECK(!find(hive, "k\\other", kName).name_is_also_a_key);
    CHECK(find(hive, "empty", kName).name_is_also_a_key);
    CHECK(answer(find(hive, "empty", kName)) == "no value");
}

TEST_CASE("walker: a listing has everything in the order of the lists") {
    HiveSpec spec;
    spec.with("k", {sz(u"z", u"1"), dword(u"", 2), dword(u"A", 3), dword(u"\xD800", 4)});
    spec.with("k\\b\\deep").with("k\\B2", {dword(u"x", 1), dword(u"y", 1)}).with("k\\a");
    spec.with(Path{u"k", u"\x1B[2J"}).with(Path{u"k", u"\xDC00"});
    spec.key("k").last_written = file_time(2020, 1, 1);
    spec.key("k\\B2").last_written = file_time(2020, 2, 2);
    const auto hive = spec.build();
    const auto listing = list(hive, "K");
    REQUIRE(listing);
    CHECK(names_of(*listing) == R"(\u{1B}[2J, a, b, B2, \u{DC00}, |, z, , A, \u{D800})");
    CHECK((listing->key.name == u"k"));
    CHECK(listing->key.last_written.ticks == file_time(2020, 1, 1));
    CHECK(listing->key.flags == 0x20);
    CHECK(listing->key.subkey_count == 5);
    CHECK(listing->key.value_count == 4);
    CHECK(listing->key.offset == hive.key_cell("k"));
    const auto& b2 = listing->subkeys.at(3);
    CHECK(b2.last_written.ticks == file_time(2020, 2, 2));
    CHECK(b2.subkey_count == 0);
    CHECK(b2.value_count == 2);
    CHECK(b2.offset == hive.key_cell("k\\B2"));
    CHECK(listing->subkeys.at(2).subkey_count == 1);
    CHECK(listing->values.at(2).type == 4);
    CHECK(listing->values.at(2).data == bytes_of({3, 0, 0, 0}));
    CHECK(listing->values.at(2).offset == hive.value_cell("k", u"A"));
    CHECK(account(listing->damage).empty());
}

TEST_CASE("walker: a listing of the root key, and of one with nothing in it") {
    const auto hive = typical().build();
    CHECK(names_of(list(hive, "").value()) == "Console, Environment, Software, |");
    CHECK(names_of(list(HiveSpec{}.build(), "").value()) == "|");
}

TEST_CASE("walker: volatile counts and stale lists of them mean nothing") {
    auto hive = typical().build();
    for (const auto* path : {"", "Software", "Software\\Microsoft", kExchange}) {
        hive.put32(hive.key_cell(path) + nk::kVolatileCount, 3);
        hive.put32(hive.key_cell(path) + nk::kVolatileList, 0x8000'0028);
    }
    const Lookup lookup = find(hive, kExchange, kName);
    CHECK(answer(lookup) == "REG_DWORD 01000000");
    CHECK(account(lookup.damage).empty());
    CHECK(names_of(list(hive, "").value()) == "Console, Environment, Software, |");
}

TEST_CASE("walker: the same answers from 8 walkers and from one") {
    const auto hive = typical().build();
    Walk one(hive);
    for (int i = 0; i < 4; ++i) {
        for (const auto* path : {"", "Console", "Software\\Zoom", kExchange}) {
            const auto names = Path(path).names();
            CHECK(answer(one.walker.find_value(names, kName)) == answer(find(hive, path, kName)));
            CHECK(names_of(one.walker.list_key(names).value()) ==
                  names_of(list(hive, path).value()));
        }
    }
}
