// hiveinfo --key: keys and values of every kind, shown so that nothing is lost.
#include "tests/support/odd_hives.hpp"
#include "tests/support/tool_run.hpp"

#include <hivelint/regf/lookup.hpp>
#include <hivelint/regf/name.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace hivelint::test;
using nlohmann::json;

namespace {

struct Listing {
    Finished text;
    int status;
    json key;

    /// The lines of the text from the key on.
    std::vector<std::string> lines() const {
        auto all = lines_of(text.out);
        all.erase(all.begin(), std::ranges::find_if(all, [](const std::string& line) {
                      return line.starts_with("key at ");
                  }));
        REQUIRE_FALSE(all.empty());
        return all;
    }
    std::string last_line() const { return hivelint::test::last_line(text.out); }
    bool says(const std::string& line) const {
        const auto all = lines();
        return std::ranges::find(all, line) != all.end();
    }
};

Listing list(const std::vector<std::byte>& hive, const std::string& key) {
    const TempDir dir;
    write_file(dir.path() / "NTUSER.DAT", hive);
    const auto run = hiveinfo({dir.path() / "NTUSER.DAT", "--format=json", "--key", key});
    const auto records = records_of(run.out);
    REQUIRE(records.size() == 1);
    Listing listing{hiveinfo({dir.path() / "NTUSER.DAT", "--key", key}), run.status,
                    records[0].at("key")};
    CHECK(listing.text.status == listing.status);
    CHECK(misleading(listing.text.out) == "");
    return listing;
}

std::string hex_of(const std::vector<std::byte>& bytes, std::string_view between = "") {
    BuiltHive digits;
    digits.bytes = bytes;
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        out += (i == 0 ? "" : std::string(between)) + digits.hex(i, 1);
    }
    return out;
}

} // namespace

TEST_CASE("hiveinfo --key: subkeys and values, every byte of the text") {
    HiveSpec spec;
    spec.with("k", {sz(u"", u"the default"), dword(u"Number", 0x1234)});
    spec.with("k\\Sub").with("k\\Sub two", dword(u"x", 1)).with("k\\Sub two\\deeper");
    spec.key("k\\Sub").last_written = 0;
    const auto listing = list(spec.build().bytes, "k");
    CHECK(listing.status == 0);
    CHECK(
        listing.text.out.ends_with("\n\nkey at 0x1138, last written 2013-04-25T21:11:34.0000000Z\n"
                                   "\n"
                                   "SUBKEY   LAST WRITTEN                  SUBKEYS  VALUES\n"
                                   "Sub      not set                       0        0\n"
                                   "Sub two  2013-04-25T21:11:34.0000000Z  1        1\n"
                                   "\n"
                                   "VALUE      TYPE       SIZE  DATA\n"
                                   "(default)  REG_SZ     24    \"the default\"\n"
                                   "Number     REG_DWORD  4     0x1234 (4660)\n"));
    CHECK(spec.build().key_cell("k") == 0x1138);
}

TEST_CASE("hiveinfo --key: every kind of value, nothing lost") {
    struct Row {
        ValueSpec value;
        std::string type;
        std::string shown; ///< in text; empty: the bytes
    };
    using namespace std::string_literals;
    const auto utf16 = [](std::u16string_view text) { return utf16_bytes(text); };
    const Row rows[] = {
        {sz(u"", u"text"), "REG_SZ", "\"text\""},
        {sz(u"", u""), "REG_SZ", "\"\""},
        {raw(u"", 1, {}), "REG_SZ", "\"\" without an end"},
        {raw(u"", 1, utf16(u"text")), "REG_SZ", "\"text\" without an end"},
        {raw(u"", 1, utf16(u"a\0b\0"s)), "REG_SZ", "\"a\\u{0}b\""},
        {raw(u"", 1, utf16(u"a\0\0"s)), "REG_SZ", "\"a\\u{0}\""},
        {raw(u"", 1, bytes_of({0x41, 0, 0x42})), "REG_SZ", "\"A\" and a byte 42"},
        {raw(u"", 1, bytes_of({0x41})), "REG_SZ", "\"\" and a byte 41"},
        {sz(u"", u"\x1B[31m\n\u202E"), "REG_SZ", "\"\\u{1B}[31m\\u{A}\\u{202E}\""},
        {sz(u"", u"half \xD800"), "REG_SZ", "\"half \\u{D800}\""},
        {sz(u"", u"say \"x\""), "REG_SZ", "\"say \\\"x\\\"\""},
        {sz(u"", u"C:\\x \u96EA\U0001F4A5"), "REG_SZ", "\"C:\\\\x \u96EA\U0001F4A5\""},
        {expand_sz(u"", u"%USERPROFILE%"), "REG_EXPAND_SZ", "\"%USERPROFILE%\""},
        {multi_sz(u"", {u"one", u"two"}), "REG_MULTI_SZ", "\"one\\u{0}two\\u{0}\""},
        {multi_sz(u"", {}), "REG_MULTI_SZ", "\"\""},
        {raw(u"", 7, utf16(u"one\0two"s)), "REG_MULTI_SZ", "\"one\\u{0}two\" without an end"},
        {binary(u"", bytes_of({0, 1, 0x1B, 0xFF})), "REG_BINARY", ""},
        {binary(u"", {}), "REG_BINARY", ""},
        {binary(u"", pattern(24)), "REG_BINARY", ""},
        {dword(u"", 0), "REG_DWORD", "0x0 (0)"},
        {dword(u"", 0xFFFF'FFFF), "REG_DWORD", "0xffffffff (4294967295)"},
        {raw(u"", 4, bytes_of({1, 2})), "REG_DWORD", ""},
        {raw(u"", 4, pattern(8)), "REG_DWORD", ""},
        {raw(u"", 5, bytes_of({0, 0, 0, 1})), "REG_DWORD_BIG_ENDIAN", ""},
        {qword(u"", 0x0102'0304'0506'0708), "REG_QWORD", ""},
        {raw(u"", 11, bytes_of({1})), "REG_QWORD", ""},
        {raw(u"", 0, bytes_of({1})), "REG_NONE", ""},
        {raw(u"", 6, utf16(u"x")), "REG_LINK", ""},
        {raw(u"", 8, bytes_of({8})), "REG_RESOURCE_LIST", ""},
        {raw(u"", 9, bytes_of({9})), "REG_FULL_RESOURCE_DESCRIPTOR", ""},
        {raw(u"", 10, bytes_of({10})), "REG_RESOURCE_REQUIREMENTS_LIST", ""},
        {raw(u"", 12, bytes_of({12})), "0x0000000C", ""},
        {raw(u"", 0xFFFF'0012, bytes_of({1, 0, 0, 0})), "0xFFFF0012", ""},
    };
    HiveSpec spec;
    for (std::size_t i = 0; i < std::size(rows); ++i) {
        auto value = rows[i].value;
        value.name = u"v" + std::u16string(1, static_cast<char16_t>(u'A' + i));
        spec.with("k", std::move(value));
    }
    const auto listing = list(spec.build().bytes, "k");
    CHECK(listing.status == 0);
    const auto& values = listing.key.at("value_list");
    REQUIRE(values.size() == std::size(rows));
    const auto lines = listing.lines();
    REQUIRE(lines.size() == std::size(rows) + 3);
    for (std::size_t i = 0; i < std::size(rows); ++i) {
        const auto& [value, type, shown] = rows[i];
        CAPTURE(i);
        CHECK(values[i]["type"] == type);
        CHECK(values[i]["type_id"] == value.type);
        CHECK(values[i]["size"] == value.data.size());
        CHECK(values[i]["data"] == hex_of(value.data));
        const bool is_number = value.type == 4 && value.data.size() == 4;
        CHECK(values[i]["number"].is_number() == is_number);
        const auto& line = lines[i + 3];
        CAPTURE(line);
        CHECK(line.find(type) == std::string_view("VALUE  ").size());
        CHECK(line.ends_with(' ' + (shown.empty() ? hex_of(value.data, " ") : shown)));
        CHECK(line.find(' ' + std::to_string(value.data.size()) + ' ') != std::string::npos);
    }
}

TEST_CASE("hiveinfo --key: long data is whole in JSON, and cut visibly in text") {
    for (const std::size_t size : {25U, 4096U, 16344U, 16345U, 40'000U}) {
        CAPTURE(size);
        const auto listing =
            list(spec_with(binary(u"long", pattern(size))).build().bytes, kExchange);
        REQUIRE(listing.key["value_list"].size() == 1);
        CHECK(listing.key["value_list"][0]["data"] == hex_of(pattern(size)));
        CHECK(listing.last_line().ends_with(hex_of(pattern(24), " ") + " …"));
    }
    const std::u16string text(30'000, u'\u96EA');
    const auto listing = list(spec_with(sz(u"long", text)).build().bytes, kExchange);
    CHECK(listing.last_line().ends_with('"' + hivelint::regf::to_utf8(text) + '"'));
}

TEST_CASE("hiveinfo --key: an odd string loses no byte in text") {
    auto data = utf16_bytes(u"A text of some length");
    data.push_back(std::byte{0x7A});
    const auto listing = list(spec_with(raw(u"odd", 1, data)).build().bytes, kExchange);
    CHECK(listing.last_line().find("7a") != std::string::npos);
}

TEST_CASE("hiveinfo --key: '' is the root key") {
    const auto built = HiveSpec{}.with("a").with("b", dword(u"x", 1)).build();
    const auto listing = list(built.bytes, "");
    CHECK(listing.key["offset"] == built.key_cell(""));
    CHECK(listing.key["name"] == "CMI-CreateHive{D43B12B8-09B5-40DB-B4F6-F6DFEB78DAEC}");
    CHECK(listing.key["subkey_list"].size() == 2);
}

TEST_CASE("hiveinfo --key: names are found as Windows finds them") {
    HiveSpec spec;
    spec.with(u"Software\\Stra\u00DFe\\\u00C9t\u00E9", dword(u"x", 1));
    const auto bytes = spec.build().bytes;
    for (const std::string key :
         {"software\\STRA\u00DFE\\\u00E9T\u00C9", "SOFTWARE\\Stra\u00DFe\\\u00C9t\u00E9"}) {
        CAPTURE(key);
        CHECK(list(bytes, key).key["value_list"].size() == 1);
    }
    CHECK(list(bytes, "Software\\Strasse").status == 3);
}

TEST_CASE("hiveinfo --key: a key that is not there") {
    const auto listing = list(affected_bytes(), "Software\\Nothing");
    CHECK(listing.status == 3);
    CHECK(listing.key.is_null());
}

TEST_CASE("hiveinfo --key: the text says that a key is not there") {
    const TempDir dir;
    write_file(dir.path() / "x", affected_bytes());
    const auto without = hiveinfo({dir.path() / "x"});
    const auto run = hiveinfo({dir.path() / "x", "--key", "Software\\Nothing"});
    CHECK(run.status == 3);
    CHECK(run.out + run.err != without.out);
}

TEST_CASE("hiveinfo --key: names that are no text") {
    const auto listing = list(hostile_hive(u"x"), "");
    CHECK(listing.status == 0);
    const auto& names = hostile_names();
    REQUIRE(listing.key["subkey_list"].size() == names.size() + 1);
    REQUIRE(listing.key["value_list"].size() == names.size());
    std::set<std::string> keys;
    std::set<std::string> values;
    for (const auto& key : listing.key["subkey_list"]) {
        keys.insert(key.at("name").get<std::string>());
    }
    for (const auto& value : listing.key["value_list"]) {
        values.insert(value.at("name").get<std::string>());
    }
    // No two of them look alike.
    CHECK(keys.size() == names.size() + 1);
    CHECK(values.size() == names.size());
    // They are the names themselves.
    for (const std::string& name :
         {std::string("\0before", 7), std::string("in\0side", 7), std::string("half \uFFFD"),
          std::string("\uFFFD half"), std::string("..\\.."), std::string("\"quoted\" \\u{1B}"),
          std::string("\u202Etxt.exe")}) {
        CAPTURE(name);
        CHECK(keys.contains(name));
        CHECK(values.contains(name));
    }
}

TEST_CASE("hiveinfo --key: a value called (default) is not the default value") {
    const auto of_name = [](std::u16string name) {
        return list(spec_with(dword(std::move(name), 1)).build().bytes, kExchange).last_line();
    };
    CHECK(of_name(u"") != of_name(u"(default)"));
}

TEST_CASE("hiveinfo --key: what is damaged is told, the rest is listed") {
    HiveSpec spec;
    spec.with("k", {dword(u"a", 1), dword(u"b", 2), dword(u"c", 3)});
    spec.with("k\\x").with("k\\y").with("k\\z");
    auto hive = spec.build();
    hive.put_text(hive.value_cell("k", u"b") + vk::kSignature, "\x1B[");
    hive.put_text(hive.key_cell("k\\y") + nk::kSignature, "\n\r");
    const auto listing = list(hive.bytes, "k");
    CHECK(listing.status == 2);
    REQUIRE(listing.key["value_list"].size() == 2);
    CHECK(listing.key["value_list"][0]["name"] == "a");
    CHECK(listing.key["value_list"][1]["name"] == "c");
    REQUIRE(listing.key["subkey_list"].size() == 2);
    CHECK(listing.key["subkey_list"][0]["name"] == "x");
    CHECK(listing.key["subkey_list"][1]["name"] == "z");
    REQUIRE(listing.key["damage"].size() == 2);
    std::set<std::string> codes;
    std::set<std::uint64_t> offsets;
    for (const auto& damage : listing.key["damage"]) {
        codes.insert(damage.at("code").get<std::string>());
        offsets.insert(damage.at("offset").get<std::uint64_t>());
    }
    CHECK(codes == std::set<std::string>{"bad-key-node", "bad-value"});
    CHECK(offsets.size() == 2);
    const auto lines = listing.lines();
    CHECK(std::ranges::count_if(lines, [](const std::string& line) {
              return line.starts_with("damaged: bad-");
          }) == 2);
    CHECK(listing.says("a      REG_DWORD  4     0x1 (1)"));
    CHECK(listing.says("c      REG_DWORD  4     0x3 (3)"));
}

TEST_CASE("hiveinfo --key: a way that is damaged is an error, not an absence") {
    auto hive = spec_with(dword(kMapiHttpDisabled, 1)).build();
    hive.put_text(hive.list_cell("Software") + subkey_list::kSignature, "xx");
    const auto listing = list(hive.bytes, kExchange);
    CHECK(listing.status == 2);
    CHECK(listing.key.is_null());
    CHECK(listing.text.out.find("error: bad-subkey-list at ") != std::string::npos);
}

TEST_CASE("hiveinfo --key: keys whose time is past all dates") {
    auto spec = spec_with(dword(kMapiHttpDisabled, 1));
    spec.key(kExchange).last_written = 0xFFFF'FFFF'FFFF'FFFF;
    const auto bytes = spec.build().bytes;
    const auto listing = list(bytes, kExchange);
    CHECK(listing.key["last_written"].is_null());
    CHECK(listing.lines().front().ends_with("last written 0xffffffffffffffff"));
}
TEST_CASE("hiveinfo --key: texts are in JSON as they read") {
    const TempDir dir;
    HiveSpec spec;
    spec.with("k", sz(u"a", u"say \"x\"")).with("k", expand_sz(u"b", u"%TEMP%\\y"));
    spec.with("k", multi_sz(u"c", {u"one", u"two"})).with("k", multi_sz(u"d", {}));
    spec.with("k", dword(u"e", 7)).with("k", raw(u"f", 1, bytes_of({0x41})));
    spec.with("k", raw(u"g", 1, {}));
    write_file(dir.path() / "NTUSER.DAT", spec.build().bytes);
    const auto info = info_of(dir.path() / "NTUSER.DAT", {"--key", "k"});
    std::vector<nlohmann::json> texts;
    for (const auto& value : info["key"]["value_list"]) {
        texts.push_back(value["text"]);
    }
    const std::vector<nlohmann::json> expected = {"say \"x\"",
                                                  "%TEMP%\\y",
                                                  nlohmann::json::array({"one", "two"}),
                                                  nlohmann::json::array(),
                                                  nullptr,
                                                  nullptr,
                                                  ""};
    CHECK(texts == expected);
}
