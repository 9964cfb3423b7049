// Value: data, types and the typed accessors; and hivelint::find_value(), hivex's answer in the
// walker's form.
#include "tests/support/hive_files.hpp"
#include "tests/support/regf_account.hpp"

#include <hivelint/hive.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace hivelint::test;
using hivelint::Value;
using hivelint::regf::Lookup;

namespace {

/// The only value of a hive that has one, called `v`.
Value made(ValueSpec spec, std::uint32_t minor = 5) {
    HiveSpec hive{.minor = minor};
    hive.with("k", std::move(spec));
    return opened(hive.build()).find({u"k"}).value().value(u"v").value();
}

Value made(std::uint32_t type, std::vector<std::byte> data) {
    return made(raw(u"v", type, std::move(data)));
}

/// What an accessor says, or the Error's word.
template<typename Accessor>
std::string said(const Value& value, Accessor accessor) {
    std::string out;
    const auto error = error_of([&] { out = fmt::format("{:#x}", (value.*accessor)()); });
    return error == "no error" ? out : error.substr(0, error.find(' '));
}

std::string text_of(const Value& value) {
    std::string out;
    const auto error =
        error_of([&] { out = fmt::format("\"{}\"", hivelint::regf::escaped(value.string())); });
    return error == "no error" ? out : error.substr(0, error.find(' '));
}

std::string texts_of(const Value& value) {
    std::string out;
    const auto error = error_of([&] {
        for (const auto& one : value.strings()) {
            out += hivelint::regf::escaped(one) + '|';
        }
    });
    return error == "no error" ? out : error.substr(0, error.find(' '));
}

std::vector<std::byte> units(std::u16string_view text) { return utf16_bytes(text); }

/// All of a Lookup in one line.
std::string told(const Lookup& lookup) {
    std::string out =
        fmt::format("{}, key {:#x} {}, value at {:#x} '{}'", answer(lookup), lookup.key_offset,
                    lookup.key_last_written.ticks, lookup.value ? lookup.value->offset : 0,
                    lookup.value ? hivelint::regf::escaped(lookup.value->name) : "");
    for (const auto offset : lookup.duplicate_values) {
        out += fmt::format(", again {:#x}", offset);
    }
    for (const auto offset : lookup.duplicate_keys) {
        out += fmt::format(", key again {:#x}", offset);
    }
    return out + (lookup.name_is_also_a_key ? ", also a key" : "") + account(lookup.damage);
}

} // namespace

TEST_CASE("value: data of every size comes back whole") {
    for (const std::uint32_t minor : {3U, 5U}) {
        for (const std::size_t size :
             {0U,     1U,     2U,     3U,     4U,     5U,     7U,      8U,
              9U,     4055U,  16343U, 16344U, 16345U, 16346U, 16347U,  16348U,
              16349U, 20001U, 32688U, 32689U, 32692U, 32693U, 1000000U}) {
            CAPTURE(minor);
            CAPTURE(size);
            const auto value = made(binary(u"v", pattern(size)), minor);
            CHECK(value.type() == 3);
            CHECK(value.data() == pattern(size));
        }
    }
    auto in_cell = dword(u"v", 77);
    in_cell.in_cell = true;
    CHECK(made(in_cell).dword() == 77);
}

TEST_CASE("value: types are the numbers that stand there") {
    for (const std::uint32_t type : {0U, 1U, 4U, 8U, 11U, 12U, 0xFFFF'0012U, 0xFFFF'FFFFU}) {
        CAPTURE(type);
        const auto value = made(type, pattern(4));
        CHECK(value.type() == type);
        CHECK(value.data() == pattern(4));
    }
}

TEST_CASE("value: numbers are given for their type and size only") {
    struct Row {
        std::uint32_t type;
        std::vector<std::byte> data;
        std::string dword;
        std::string qword;
    };
    const std::string wrong = "wrong-type";
    const Row rows[] = {
        {4, bytes_of({1, 0, 0, 0}), "0x1", wrong},
        {4, bytes_of({0xFF, 0xFF, 0xFF, 0xFF}), "0xffffffff", wrong},
        {4, bytes_of({0x78, 0x56, 0x34, 0x12}), "0x12345678", wrong},
        {5, bytes_of({0x12, 0x34, 0x56, 0x78}), "0x12345678", wrong},
        {4, {}, wrong, wrong},
        {4, bytes_of({1, 0}), wrong, wrong},
        {4, bytes_of({1, 0, 0}), wrong, wrong},
        {4, bytes_of({1, 0, 0, 0, 0}), wrong, wrong},
        {4, bytes_of({1, 0, 0, 0, 0, 0, 0, 0}), wrong, wrong},
        {5, bytes_of({0, 1}), wrong, wrong},
        {3, bytes_of({1, 0, 0, 0}), wrong, wrong},
        {1, units(u"1\0"), wrong, wrong},
        {0xFFFF'0012, bytes_of({1, 0, 0, 0}), wrong, wrong},
        {11, bytes_of({1, 2, 3, 4, 5, 6, 7, 8}), wrong, "0x807060504030201"},
        {11, bytes_of({255, 255, 255, 255, 255, 255, 255, 255}), wrong, "0xffffffffffffffff"},
        {11, bytes_of({1, 0, 0, 0}), wrong, wrong},
        {11, {}, wrong, wrong},
        {3, pattern(8), wrong, wrong},
    };
    for (const auto& row : rows) {
        CAPTURE(row.type);
        CAPTURE(row.data.size());
        const auto value = made(row.type, row.data);
        CHECK(said(value, &Value::dword) == row.dword);
        CHECK(said(value, &Value::qword) == row.qword);
        CHECK((row.type == 1 || text_of(value) == wrong));
        CHECK(texts_of(value) == wrong);
    }
}

TEST_CASE("value: the wrong-type error has the value's place") {
    const auto value = made(3, pattern(4));
    CHECK(error_of([&] { value.dword(); }) == at("wrong-type", value.offset()));
}

TEST_CASE("value: strings with and without their end") {
    struct Row {
        std::uint32_t type;
        std::vector<std::byte> data;
        std::string text;
    };
    const Row rows[] = {
        {1, units({u"text\0", 5}), "\"text\""},
        {2, units({u"%text%\0", 7}), "\"%text%\""},
        {1, units(u"no end"), "\"no end\""},
        {1, units({u"a\0b\0", 4}), "\"a\""},
        {1, units({u"\0", 1}), "\"\""},
        {1, units({u"\0a", 2}), "\"\""},
        {1, {}, "\"\""},
        {1, units(u"a\xD800z"), "\"a\\u{D800}z\""},
        {1, units(u"\xD83D\xDE00"), "\"\xF0\x9F\x98\x80\""},
        {1, units(u"caf\u00E9 \u96EA"), "\"caf\u00E9 \u96EA\""},
        {1, bytes_of({'a', 0, 'b'}), "wrong-type"},
        {1, bytes_of({'a'}), "wrong-type"},
        {6, units(u"link"), "wrong-type"},
        {7, units({u"a\0\0", 3}), "wrong-type"},
        {4, units(u"ab"), "wrong-type"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CAPTURE(row.type);
        CHECK(text_of(made(row.type, row.data)) == row.text);
    }
    const std::u16string long_text(1 << 19, u'\u96EA');
    CHECK(made(sz(u"v", long_text)).string() == long_text);
}

TEST_CASE("value: lists of strings in every shape") {
    struct Row {
        std::vector<std::byte> data;
        std::string texts;
    };
    const Row rows[] = {
        {multi_sz(u"", {u"a", u"bc"}).data, "a|bc|"},
        {multi_sz(u"", {}).data, ""},
        {{}, ""},
        {units({u"a\0bc\0", 5}), "a|bc|"},
        {units({u"a\0bc", 4}), "a|bc|"},
        {units(u"a"), "a|"},
        {units({u"a\0\0b\0\0", 6}), "a|"},
        {units({u"\0a\0\0", 4}), ""},
        {units({u"a\0\xD800\0\0", 5}), "a|\\u{D800}|"},
        {bytes_of({'a', 0, 0, 0, 0}), "wrong-type"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.data.size());
        CAPTURE(row.texts);
        CHECK(texts_of(made(7, row.data)) == row.texts);
        CHECK(texts_of(made(1, row.data)) == "wrong-type");
    }
}

TEST_CASE("find_value: hivex's answer has the walker's form") {
    HiveSpec spec;
    spec.with("a\\b", {dword(u"one", 1), dword(u"twice", 2), dword(u"TWICE", 3), sz(u"s", u"x"),
                       dword(u"", 9), binary(u"big", pattern(20001))});
    spec.with("a\\b\\One").with("other");
    spec.root.subkeys.push_back({.name = u"A", .values = {dword(u"hidden", 4)}});
    spec.key("a\\b").last_written = 0xFFFF'0000'1111'2222;
    const auto built = spec.build();
    const auto hive = opened(built);
    const auto first = built.value_cell("a\\b", u"twice");
    const auto second = built.value_cell("a\\b", u"TWICE");
    const auto key = built.key_cell("a\\b");
    const auto again = built.key_cell("A");
    struct Row {
        Path path;
        std::u16string name;
        std::string told;
    };
    const auto in_b = [&](std::string_view what, std::size_t offset, std::string_view name,
                          std::string_view rest = "") {
        return fmt::format("{}, key {:#x} {}, value at {:#x} '{}'{}, key again {:#x}{}", what, key,
                           0xFFFF'0000'1111'2222, offset, name,
                           name == "twice" ? fmt::format(", again {:#x}", second) : "", again,
                           rest);
    };
    const Row rows[] = {
        {"a\\b", u"ONE",
         in_b("REG_DWORD 01000000", built.value_cell("a\\b", u"one"), "one", ", also a key")},
        {"A\\B", u"Twice", in_b("REG_DWORD 02000000", first, "twice")},
        {"a\\b", u"", in_b("REG_DWORD 09000000", built.value_cell("a\\b", u""), "")},
        {"a\\b", u"none", in_b("no value", 0, "")},
        {"a\\none", u"one",
         fmt::format("no key, key 0x0 0, value at 0x0 '', key again {:#x}", again)},
        {"none", u"", "no key, key 0x0 0, value at 0x0 ''"},
        {"other", u"one",
         fmt::format("no value, key {:#x} {}, value at 0x0 ''", built.key_cell("other"),
                     kDefaultTime)},
    };
    for (const auto& row : rows) {
        CAPTURE(row.path.text());
        CHECK(told(hivelint::find_value(hive, row.path.names(), row.name)) == row.told);
        CHECK(told(find(built, row.path, row.name)) == row.told);
    }
    CHECK(hivelint::find_value(hive, {u"a", u"b"}, u"big").value.value().data == pattern(20001));
}
