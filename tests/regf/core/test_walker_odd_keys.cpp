// The walker on keys that are not damaged, but not what a reader expects either: special keys,
// names that are hard to say, hints that hide, lists that lead back (HOSTILE.md C).
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

HiveSpec typical() {
    HiveSpec spec;
    spec.with(kExchange, {dword(kName, 1), sz(u"Text", u"text")});
    spec.with("Software\\Adobe", dword(u"x", 2)).with("Software\\Zoom", dword(u"x", 3));
    return spec;
}

} // namespace

TEST_CASE("walker odd keys: a wrong hint hides a key, as it does in Windows") {
    for (const auto kind : {ListKind::lh, ListKind::lf}) {
        CAPTURE(static_cast<int>(kind));
        auto spec = typical();
        spec.key("Software").list = kind;
        auto hive = spec.build();
        const auto hint = hive.element("Software\\Microsoft") + 4;
        hive.put32(hint, hive.get32(hint) ^ 0x0100);
        const Lookup lookup = find(hive, kExchange, kName);
        CHECK(answer(lookup) == "no key");
        CHECK(account(lookup.damage).empty());
        CHECK(list(hive, "Software").value().subkeys.size() == 3);
        // lf: the hint of a shorter name may stand there, or of one that is not 8-bit.
        hive.put32(hint, 0);
        CHECK(answer(find(hive, kExchange, kName)) ==
              (kind == ListKind::lf ? "REG_DWORD 01000000" : "no key"));
    }
}

TEST_CASE("walker odd keys: link keys and predefined keys are not followed") {
    struct Special {
        std::uint16_t flags;
        std::string word;
    };
    for (const auto& [flags, word] : {Special{0x30, "link-key"}, {0x60, "predefined-key"}}) {
        CAPTURE(word);
        auto hive = typical().build();
        const auto key = hive.key_cell("Software\\Microsoft");
        hive.put16(key + nk::kFlags, flags);
        // On the path, and as its end.
        CHECK(find_error(hive, kExchange, kName) == at(word, key));
        CHECK(find_error(hive, "Software\\Microsoft", kName) == at(word, key));
        CHECK(error_of([&] { list(hive, "Software\\Microsoft"); }) == at(word, key));
        // Beside it.
        CHECK(answer(find(hive, "Software\\Zoom", u"x")) == "REG_DWORD 03000000");
        CHECK(account(find(hive, "Software", u"Microsoft").damage).empty());
        CHECK(find(hive, "Software", u"Microsoft").name_is_also_a_key);
        CHECK(list(hive, "Software").value().subkeys.at(1).flags == flags);

        auto root = typical().build();
        root.put16(root.key_cell("") + nk::kFlags, static_cast<std::uint16_t>(flags | 0x0C));
        CHECK(find_error(root, kExchange, kName) == at(word, root.key_cell("")));
    }
}

TEST_CASE("walker odd keys: key names that are none") {
    HiveSpec spec;
    spec.root.subkeys.push_back({.name = u"\u96EA", .raw_name = bytes_of({0xEA, 0x96, 0x41})});
    spec.root.subkeys.push_back({.name = u"", .values = {dword(u"v", 1)}});
    spec.root.subkeys.push_back({.name = u"z", .values = {dword(u"v", 2)}});
    const auto hive = spec.build();
    const auto odd = hive.key_cell(Path{u"\u96EA"});
    const auto listing = list(hive, "");
    REQUIRE(listing);
    CHECK(listing->subkeys.size() == 2);
    CHECK(listing->subkeys.at(0).name.empty());
    CHECK(account(listing->damage) == at("bad-key-node", odd + nk::kName));
    CHECK(answer(find(hive, "z", u"v")) == "REG_DWORD 02000000");
    CHECK(answer(find(hive, Path{u""}, u"v")) == "REG_DWORD 01000000");
    // No name that can be asked for is as long as it.
    CHECK(answer(find(hive, Path{u"\u96EA"}, u"v")) == "no key");
}

TEST_CASE("walker odd keys: siblings with hostile names hide nothing") {
    using namespace std::string_view_literals;
    HiveSpec spec;
    for (const auto name : {u"\xD800"sv, u"\xDFFF\xD800"sv, u"\0MapiHttpDisabled"sv,
                            u"\x1B]0;x\n"sv, u"../.."sv, u"a\\b"sv, u"\u202Ecod.tad"sv}) {
        spec.root.subkeys.push_back(
            {.name = std::u16string(name), .values = {dword(std::u16string(name), 2)}});
        spec.root.values.push_back(dword(std::u16string(name), 3));
    }
    spec.with("Exchange", dword(kName, 1)).with("", dword(kName, 1));
    for (const auto kind : {ListKind::li, ListKind::lf, ListKind::lh}) {
        spec.root.list = kind;
        const auto hive = spec.build();
        for (const auto* path : {"Exchange", ""}) {
            CHECK(answer(find(hive, path, kName)) == "REG_DWORD 01000000");
            CHECK(account(find(hive, path, kName).damage).empty());
        }
        for (const auto& subkey : spec.root.subkeys) {
            CAPTURE(hivelint::regf::escaped(subkey.name));
            CHECK(find(hive, Path{subkey.name}, u"").key_found);
        }
        CHECK(list(hive, "").value().subkeys.size() == spec.root.subkeys.size());
    }
}

TEST_CASE("walker odd keys: a key whose subkey list is that of a key above it") {
    auto hive = typical().build();
    const auto list_of_software = hive.get32(hive.key_cell("Software") + nk::kList);
    hive.put32(hive.key_cell("Software\\Microsoft") + nk::kList, list_of_software);
    hive.put32(hive.key_cell("Software\\Microsoft") + nk::kSubkeyCount, 3);
    for (const std::string& path :
         {std::string("Software\\Microsoft\\Microsoft\\Zoom"), std::string(kExchange)}) {
        CAPTURE(path);
        try {
            find(hive, path, kName);
            FAIL("no error");
        } catch (const hivelint::Error& error) {
            CHECK(error.code() == hivelint::ErrorCode::bad_subkey_list);
            CHECK(error.offset() == hive.key_cell("Software\\Microsoft"));
        }
    }
}
