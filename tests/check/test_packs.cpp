// Files of rules: what they say becomes rules, and what is wrong with them is told, all of it, with
// its place.
#include <hivelint/rules.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace hivelint;

namespace {

constexpr std::string_view kFront = R"(
[[rule]]
id = "own"
title = "A title"
reference = "a policy"
)";

struct Read {
    RulePack pack;
    std::string problems; ///< `line:column: message`, one a line
};

Read read(const std::string& text) {
    std::vector<RuleProblem> problems;
    Read out = {.pack = parse_pack(text, problems), .problems = {}};
    for (const auto& problem : problems) {
        out.problems += fmt::format("{}:{}: {}\n", problem.line, problem.column, problem.message);
    }
    return out;
}

/// Of a rule that is right.
Rule rule_of(const std::string& fields) {
    const auto got = read(std::string(kFront) + fields);
    CHECK(got.problems == "");
    REQUIRE(got.pack.rules.size() == 1);
    return *got.pack.rules[0];
}

} // namespace

TEST_CASE("packs: the fields of a rule") {
    const auto got = read(R"(
[pack]
id = "mine"
title = "My rules"
revision = 3

[[rule]]
id = "a"
title = "A"
meaning = "It means."
hive = "system"
key = 'HKLM\SYSTEM\CurrentControlSet\Services\*'
value = "Start"
equals = [2, 3]
good = { range = [4, 5] }
severity = "info"
set = 4
delete = true
reference = "KB 1"
link = "https://example.org"
secret = true
since = 2
also = [
  { value = "Type", not = true, range = [1, 16] },
  { any = [ { value = "x", type = "REG_SZ", equals = "1" }, { key = 'Other', value = "y", absent = true } ] },
]
)");
    CHECK(got.problems == "");
    CHECK(got.pack.id == "mine");
    CHECK(got.pack.title == "My rules");
    CHECK(got.pack.revision == 3);
    REQUIRE(got.pack.rules.size() == 1);
    const Rule& rule = *got.pack.rules[0];
    CHECK(rule.id == "a");
    CHECK(rule.meaning == "It means.");
    CHECK(rule.hive == HiveKind::system);
    CHECK(rule.key == R"(CurrentControlSet\Services\*)");
    CHECK(rule.value == "Start");
    CHECK(std::get<NumberIs>(rule.condition).any_of == std::vector<NumberRange>{{2, 2}, {3, 3}});
    CHECK(std::get<NumberIs>(rule.good.value()).any_of == std::vector<NumberRange>{{4, 5}});
    CHECK(rule.severity == Severity::info);
    CHECK(rule.remedy.set_to == hivelint::regf::dword_data(4));
    CHECK(rule.remedy.may_delete);
    CHECK(rule.link == "https://example.org");
    CHECK(rule.secret);
    CHECK(rule.since == 2);
    REQUIRE(rule.also.size() == 2);
    REQUIRE(rule.also[0].size() == 1);
    CHECK(rule.also[0][0].negated);
    REQUIRE(rule.also[1].size() == 2);
    CHECK(std::get<TextIs>(rule.also[1][0].condition).any_of == std::vector<std::string>{"1"});
    CHECK(rule.also[1][1].key == "Other");
    CHECK(std::holds_alternative<IsAbsent>(rule.also[1][1].condition));
}

TEST_CASE("packs: each condition") {
    const auto condition = [](const std::string& fields) {
        return rule_of("key = 'Software'\nvalue = \"v\"\n" + fields).condition;
    };
    using Ranges = std::vector<NumberRange>;
    CHECK(std::get<NumberIs>(condition("equals = 1")).any_of == Ranges{{1, 1}});
    CHECK(std::get<NumberIs>(condition("equals = 0xFFFFFFFF")).any_of ==
          Ranges{{0xFFFF'FFFF, 0xFFFF'FFFF}});
    CHECK(std::get<NumberIs>(condition("not_equals = 1")).any_of ==
          Ranges{{0, 0}, {2, 0xFFFF'FFFF}});
    CHECK(std::get<NumberIs>(condition("not_equals = 0")).any_of == Ranges{{1, 0xFFFF'FFFF}});
    CHECK(std::get<NumberIs>(condition("range = [2, 5]")).any_of == Ranges{{2, 5}});
    const auto qword = std::get<NumberIs>(condition("type = \"REG_QWORD\"\nequals = 4294967296"));
    CHECK(qword.any_of == Ranges{{4'294'967'296, 4'294'967'296}});
    CHECK(qword.type == regf::kRegQword);
    const auto text = std::get<TextIs>(condition("type = \"REG_EXPAND_SZ\"\nequals = \"a\""));
    CHECK(text.type == regf::kRegExpandSz);
    CHECK(!text.exact);
    CHECK(std::get<TextIs>(condition("contains = \"a\"")).how == TextMatch::contains);
    CHECK(std::get<TextIs>(condition("contains = \"a\"")).type == regf::kRegSz);
    CHECK(std::get<TextIs>(condition("starts = \"a\"")).how == TextMatch::starts);
    CHECK(std::get<TextIs>(condition("ends = [\"a\", \"b\"]\nexact = true")).exact);
    CHECK(std::get<TextIs>(condition("type = \"REG_MULTI_SZ\"\nequals = \"a\"")).type ==
          regf::kRegMultiSz);
    CHECK(std::get<BytesAre>(condition("bytes = \"00ff\"")).bytes.size() == 2);
    CHECK(std::get<BytesAre>(condition("bytes = \"00ff\"")).type == regf::kRegBinary);
    CHECK(std::get<TypeIs>(condition("type_is = \"REG_NONE\"")).type == regf::kRegNone);
    CHECK(std::holds_alternative<IsPresent>(condition("present = true")));
    CHECK(std::holds_alternative<IsAbsent>(condition("absent = true")));
    CHECK(std::holds_alternative<KeyIsPresent>(condition("key_present = true")));
    CHECK(rule_of("key = 'Software'\nvalue = \"(default)\"\npresent = true").value == "");
    CHECK(rule_of("key = 'Software'\npresent = true").value == "");
}

TEST_CASE("packs: a key path as people copy it") {
    const std::pair<const char*, const char*> right[] = {
        {"hive = \"user\"\nkey = 'hkcu\\Software\\A'", "Software\\A"},
        {"hive = \"user\"\nkey = 'HKEY_CURRENT_USER\\Software'", "Software"},
        {"hive = \"software\"\nkey = 'HKLM\\SOFTWARE\\Microsoft'", "Microsoft"},
        {"hive = \"software\"\nkey = 'HKEY_LOCAL_MACHINE\\Software\\Microsoft'", "Microsoft"},
        {"hive = \"system\"\nkey = 'HKLM\\SYSTEM\\Select'", "Select"},
    };
    for (const auto& [fields, key] : right) {
        CHECK(rule_of(std::string(fields) + "\npresent = true").key == key);
    }
    const std::pair<const char*, const char*> wrong[] = {
        {"key = 'Software\\'", "key path"},
        {"key = '\\Software'", "key path"},
        {"key = 'Software\\\\A'", "key path"},
        {"key = 'HKLM\\SOFTWARE\\A'", "a path below the root key of a user hive was expected, not "
                                      "one that begins with HKLM"},
        {"hive = \"software\"\nkey = 'HKCU\\Software'", "not one that begins with HKCU"},
        {"hive = \"system\"\nkey = 'HKLM\\SOFTWARE\\A'", "not one that begins with HKLM"},
    };
    for (const auto& [fields, message] : wrong) {
        CAPTURE(fields);
        const auto got = read(std::string(kFront) + fields + "\npresent = true");
        CHECK(got.problems.find(std::string("'key': ")) != std::string::npos);
        CHECK(got.problems.find(message) != std::string::npos);
        CHECK(got.pack.rules.empty());
    }
}

TEST_CASE(
    "packs: five mistakes are five problems, each with its place and the nearest right word") {
    const auto got = read(R"([[rule]]
id = "a"
title = "A"
key = 'Software\A'
vlaue = "x"
equals = "1"
severity = "revew"
reference = "KB 1"

[[rule]]
id = "b"
title = 7
key = 'Software\A'
value = "x"
type = "DWORD"
equals = 1
reference = "KB 1"

[[rule]]
id = "c"
title = "C"
key = 'Software\A'
value = "x"
equals = 1
reference = "KB 1"
)");
    CHECK(got.problems ==
          "5:1: there is no field 'vlaue'; did you mean 'value'?\n"
          "6:10: 'equals' is a string, where a number of a REG_DWORD was expected\n"
          "7:12: 'severity' is 'revew'; did you mean 'review'?; known are finding, info, review\n"
          "12:9: 'title' is an integer, where a string was expected\n"
          "15:8: 'type' is 'DWORD'; did you mean 'REG_DWORD'?; known are REG_BINARY, REG_DWORD, "
          "REG_DWORD_BIG_ENDIAN, REG_EXPAND_SZ, REG_LINK, REG_MULTI_SZ, REG_NONE, REG_QWORD, "
          "REG_SZ\n");
    REQUIRE(got.pack.rules.size() == 1);
    CHECK(got.pack.rules[0]->id == "c");
}

TEST_CASE("packs: what else is refused") {
    const std::string key = "key = 'Software'\nvalue = \"v\"\n";
    const std::pair<std::string, const char*> rows[] = {
        {key, "there is no condition"},
        {key + "equals = 1\npresent = true", "'present' is a second condition"},
        {key + "equals = []", "'equals' is an empty array"},
        {key + "equals = -1", "'equals' is -1, where a number of a REG_DWORD was expected"},
        {key + "equals = 4294967296", "'equals' is 4294967296, where a number of a REG_DWORD"},
        {key + "equals = 1.5", "'equals' is a number with a point"},
        {key + "range = [5, 2]", "'range' ends before it begins"},
        {key + "range = 5", "'range' is not an array of two numbers"},
        {key + "bytes = \"0f0\"", "'bytes' is not an even number of hexadecimal digits"},
        {key + "present = false", "'present' can only be true"},
        {key + "type = \"REG_SZ\"\npresent = true", "'type' says nothing beside 'present'"},
        {key + "contains = \"\"", "every text begins with, ends with and holds no text"},
        {key + "type = \"REG_DWORD\"\ncontains = 1", "'contains' is for texts"},
        {key + "type = \"REG_BINARY\"\nequals = \"x\"", "REG_BINARY has no text"},
        {key + "equals = 1\nset = 1", "'set' is REG_DWORD 1, which is what the rule calls wrong"},
        {key + "type = \"REG_SZ\"\nequals = \"x\"\nset = 1",
         "'set' is 1, where data of a REG_SZ were expected"},
        {key + "type = \"REG_SZ\"\nequals = \"x\"\nset = \"X\"",
         "'set' is REG_SZ \"X\", which is what the rule calls wrong"},
        {key + "type = \"REG_MULTI_SZ\"\nequals = \"x\"\nset = [\"a\", 1]",
         "'set' is an array, where data of a REG_MULTI_SZ were expected"},
        {key + "bytes = \"00\"\nset = \"0g\"",
         "'set' is a string, where data of a REG_BINARY were expected"},
        {key + "equals = 1\nset = -1", "'set' is -1, where data of a REG_DWORD were expected"},
        {key + "equals = 1\nset = \"0\"",
         "'set' is a string, where data of a REG_DWORD were expected"},
        {key + "equals = 1\ngood = [\"0\"]", "'good' is a string, where a number of a REG_DWORD"},
        {key + "equals = 1\nalso = 7", "'also' is an integer, where an array of tables"},
        {key + "equals = 1\nalso = [7]", "a clause of 'also' is an integer"},
        {key + "equals = 1\nalso = [{ value = \"x\" }]", "a clause of 'also' has no condition"},
        {key + "equals = 1\nalso = [{ any = [] }]", "'also' has a list of no clauses"},
        {key + "equals = 1\nalso = [{ key = 'a\\*', present = true }]",
         "'*' is for the key of the"},
        {"value = \"v\"\nequals = 1", "'key' is missing"},
        {"key = ''\nequals = 1", "'key' is empty"},
        {"key = \"a\\u0000b\"\nequals = 1", "'key' holds a zero"},
        {"key = '" + std::string(1'000'000, 'x') + "'\nequals = 1", "a key path of 1000000 bytes"},
    };
    for (const auto& [fields, message] : rows) {
        CAPTURE(fields.substr(0, 100));
        const auto got = read(std::string(kFront) + fields);
        CHECK(got.problems.find(message) != std::string::npos);
        CHECK(got.pack.rules.empty());
    }
    CHECK(read("").problems == "1:1: there is no rule: [[rule]] was expected\n");
    CHECK(read("rule = 7").problems.find("'rule' is an integer, where [[rule]]") !=
          std::string::npos);
    CHECK(read("rule = [7]").problems.find("a rule is an integer") != std::string::npos);
    CHECK(read("pack = 7\n" + std::string(kFront) + key + "equals = 1")
              .problems.find("'pack' is an integer") != std::string::npos);
    CHECK(read("[[rule]\n").problems.starts_with("1:"));
    for (const char* text :
         {"a = [,]", "a = [ # x\n,]", "a = { b = , }", "a = ,", "a = ]", "a ="}) {
        CAPTURE(text);
        CHECK(!read(text).problems.empty());
    }
    CHECK(!read("a = " + std::string(100'000, '[')).problems.empty());
    // Letters for which toml++'s tables of characters have no answer.
    for (const char* letter :
         {"\xCE\xB4", "\xD0\xB0", "\xE0\xA4\x85", "\xE3\x81\x82", "\xF0\x9F\x98\x80"}) {
        for (const std::string front : {"", "a = ", "a = 1", "a", "[", "a = [1", "1"}) {
            CHECK(!read(front + letter).problems.empty());
        }
        CHECK(
            read("# " + std::string(letter) + "\n").problems.starts_with("1:1: there is no rule"));
    }
    CHECK(!read("a = \"\xFF\"").problems.empty());
    const auto one = std::string(kFront) + key + "equals = 1\n";
    CHECK(read(one + one).problems.find("'id' own comes twice") != std::string::npos);
    CHECK(read(std::string(kFront) + key + "equals = 1\nid2 = 'x'").pack.rules.empty());
    CHECK(read("[[rule]]\nid = 'A B'\n").problems.find("'id' has more than small letters") !=
          std::string::npos);
    CHECK(read(std::string(17 << 20, '#')).problems.find("a file of rules has at most") !=
          std::string::npos);
}

TEST_CASE("packs: ten thousand rules are read") {
    std::string text;
    for (int i = 0; i < 10'000; ++i) {
        text +=
            fmt::format("[[rule]]\nid = 'r{}'\ntitle = 't'\nkey = 'Software\\K{}'\nvalue = 'v'\n"
                        "equals = 1\nreference = 'x'\n",
                        i, i % 100);
    }
    const auto got = read(text);
    CHECK(got.problems == "");
    CHECK(got.pack.rules.size() == 10'000);
}
