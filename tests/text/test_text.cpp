// Text of hives for people and terminals: UTF-8, UTF-16, escapes, key paths.
#include <hivelint/error.hpp>
#include <hivelint/regf/name.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using hivelint::Error;
using hivelint::ErrorCode;
using hivelint::regf::escaped;
using hivelint::regf::escaped_bytes;
using hivelint::regf::escaped_exactly;
using hivelint::regf::KeyPath;
using hivelint::regf::parse_key_path;
using hivelint::regf::to_utf16;
using hivelint::regf::to_utf8;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

/// The code and message of the Error that `act` throws.
template<typename Act>
std::string refusal(Act act) {
    try {
        act();
    } catch (const Error& error) {
        CHECK(!error.offset());
        return std::string(to_string(error.code())) + ": " + error.message();
    }
    return "no error";
}

} // namespace

TEST_CASE("text: UTF-16 to UTF-8") {
    struct Row {
        std::u16string_view utf16;
        std::string_view utf8;
    };
    const Row rows[] = {
        {u"", ""},
        {u"a\0b"sv, "a\0b"sv},
        {u"\x7F", "\x7F"},
        {u"\x80", "\xC2\x80"},
        {u"\u07FF", "\xDF\xBF"},
        {u"\u0800", "\xE0\xA0\x80"},
        {u"\uD7FF", "\xED\x9F\xBF"},
        {u"\uE000", "\xEE\x80\x80"},
        {u"\uFFFF", "\xEF\xBF\xBF"},
        {u"\U00010000", "\xF0\x90\x80\x80"},
        {u"\U0001F600", "\xF0\x9F\x98\x80"},
        {u"\U0010FFFF", "\xF4\x8F\xBF\xBF"},
    };
    for (const auto& [utf16, utf8] : rows) {
        CAPTURE(escaped(utf16));
        CHECK(to_utf8(utf16) == utf8);
        CHECK((to_utf16(utf8) == utf16));
    }
}

TEST_CASE("text: a lone surrogate has no UTF-8") {
    for (const auto lone : {u"\xD800"sv, u"\xDBFF"sv, u"\xDC00"sv, u"\xDFFF"sv}) {
        CHECK(to_utf8(lone) == "\xEF\xBF\xBD");
    }
    CHECK(to_utf8(u"a\xD83D"sv) == "a\xEF\xBF\xBD");
    CHECK(to_utf8(u"\xD83Dx"sv) == "\xEF\xBF\xBDx");
    CHECK(to_utf8(u"\xDE00\xD83D"sv) == "\xEF\xBF\xBD\xEF\xBF\xBD");
    CHECK(to_utf8(u"\xD83D\xD83D\xDE00"sv) == "\xEF\xBF\xBD\xF0\x9F\x98\x80");
}

TEST_CASE("text: what is not UTF-8") {
    const std::string_view rows[] = {
        "\x80"sv,             // a continuation byte alone
        "\xBF"sv,             //
        "\xC3"sv,             // cut after 1 of 2 bytes
        "\xE9\x9B"sv,         // 2 of 3
        "\xF0\x9F\x98"sv,     // 3 of 4
        "\xC3x"sv,            // cut by another character
        "\xE9\x9Bx"sv,        //
        "\xC0\x80"sv,         // overlong NUL
        "\xC1\xBF"sv,         //
        "\xE0\x9F\xBF"sv,     // overlong U+07FF
        "\xF0\x8F\xBF\xBF"sv, // overlong U+FFFF
        "\xED\xA0\x80"sv,     // surrogates
        "\xED\xBF\xBF"sv,     //
        "\xF4\x90\x80\x80"sv, // above U+10FFFF
        "\xF8\x88\x80\x80\x80"sv,
        "\xFE"sv,
        "\xFF"sv,
        "caf\xE9"sv, // Latin-1
    };
    for (const auto bytes : rows) {
        CAPTURE(escaped_bytes(bytes));
        const auto expected = "invalid-argument: '" + escaped_bytes(bytes) + "' is not UTF-8";
        CHECK(refusal([&] { to_utf16(bytes); }) == expected);
        CHECK(refusal([&] { parse_key_path(bytes); }) == expected);
    }
}

TEST_CASE("text: escaped() says all and moves no cursor") {
    struct Row {
        std::u16string_view text;
        std::string_view shown;
    };
    const Row rows[] = {
        {u"", ""},
        {u"Software 'x' \"y\"", "Software 'x' \"y\""},
        {u"caf\u00E9 \u96EA \U0001F600", "caf\u00E9 \u96EA \U0001F600"},
        {u"a\\b", R"(a\\b)"},
        {u"\\u{1B}", R"(\\u{1B})"}, // not to be taken for an escape
        {u"\0a"sv, R"(\u{0}a)"},
        {u"MapiHttpDisabled\0"sv, R"(MapiHttpDisabled\u{0})"},
        {u"\t\n\r", R"(\u{9}\u{A}\u{D})"},
        {u"\x1B[2J", R"(\u{1B}[2J)"},
        {u"\x1F \x7E\x7F", R"(\u{1F} ~\u{7F})"},
        {u"\u0080\u009B\u009F\u00A0", R"(\u{80}\u{9B}\u{9F}\u{A0})"}, // 9B: CSI in one unit
        {u"\u061C", R"(\u{61C})"},
        {u"\u200B\u200E\u200F", R"(\u{200B}\u{200E}\u{200F})"},
        {u"\u2028\u2029\u202A\u202E\u202F", R"(\u{2028}\u{2029}\u{202A}\u{202E}\u{202F})"},
        {u"a\u00AD\u180E\u3164\uFE0F", R"(a\u{AD}\u{180E}\u{3164}\u{FE0F})"},
        {u"\u115F\uFFA0\u2800\u034F", R"(\u{115F}\u{FFA0}\u{2800}\u{34F})"},
        {u"\U000E0041\U000E0100", R"(\u{E0041}\u{E0100})"}, // a tag, a variation selector
        {u"\u2066\u2069", R"(\u{2066}\u{2069})"},
        {u"\uFEFF\uFFF9\uFFFE\uFFFF", R"(\u{FEFF}\u{FFF9}\u{FFFE}\u{FFFF})"},
        {u"\uFFFD", "\uFFFD"},
        {u"\U0001FFFE\U0010FFFF", R"(\u{1FFFE}\u{10FFFF})"},
        {u"\xD800"sv, R"(\u{D800})"},
        {u"\xDC00\xD800"sv, R"(\u{DC00}\u{D800})"},
        {u"\xD83Dx\xDE00"sv, R"(\u{D83D}x\u{DE00})"},
    };
    for (const auto& [text, shown] : rows) {
        CHECK(escaped(text) == shown);
    }
}

TEST_CASE("text: escaped_bytes() shows every byte that is no text") {
    struct Row {
        std::string_view bytes;
        std::string_view shown;
    };
    const Row rows[] = {
        {"", ""},
        {R"(C:\Users\x)", R"(C:\Users\x)"},
        {"caf\u00E9/\u96EA/\U0001F600", "caf\u00E9/\u96EA/\U0001F600"},
        {"a\0b"sv, R"(a\u{0}b)"},
        {"\x1B]0;x\a\n", R"(\u{1B}]0;x\u{7}\u{A})"},
        {"\xC2\x9B", R"(\u{9B})"},
        {"\u202Ecod.tad", R"(\u{202E}cod.tad)"},
        {"caf\xE9", R"(caf\x{E9})"},
        {"\x80\xFF", R"(\x{80}\x{FF})"},
        {"\xC0\x80", R"(\x{C0}\x{80})"},
        {"\xED\xA0\x80", R"(\x{ED}\x{A0}\x{80})"},
        {"\xE9\x9B", R"(\x{E9}\x{9B})"},
        {"\xE9\x9B\x1B", R"(\x{E9}\x{9B}\u{1B})"}, // what cuts a character short is read anew
        {"\xC3\xC3\xA9", "\\x{C3}\u00E9"},
        {"\xF4\x90\x80\x80", R"(\x{F4}\x{90}\x{80}\x{80})"},
    };
    for (const auto& [bytes, shown] : rows) {
        CHECK(escaped_bytes(bytes) == shown);
    }
}

TEST_CASE("text: key paths") {
    struct Row {
        std::string_view text;
        KeyPath path;
    };
    const Row rows[] = {
        {"", {}},
        {"Software", {u"Software"}},
        {R"(Software\Microsoft\Exchange)", {u"Software", u"Microsoft", u"Exchange"}},
        {"a/b", {u"a/b"}}, // a slash is part of a name
        {" ", {u" "}},
        {R"(..\..)", {u"..", u".."}},
        {"caf\u00E9\\\u96EA\U0001F600", {u"caf\u00E9", u"\u96EA\U0001F600"}},
        {"a\0b\\\0"sv, {u"a\0b"s, u"\0"s}},
        {"\x1B[2J\n", {u"\x1B[2J\n"}},
    };
    for (const auto& [text, path] : rows) {
        CAPTURE(escaped_bytes(text));
        CHECK((parse_key_path(text) == path));
    }
}

TEST_CASE("text: key paths with an empty name") {
    for (const auto text : {"\\"sv, "\\a"sv, "a\\"sv, "a\\\\b"sv, "\\\\"sv}) {
        CAPTURE(text);
        CHECK(refusal([&] { parse_key_path(text); }) ==
              "invalid-argument: key path '" + std::string(text) + "' has an empty name in it");
    }
}

TEST_CASE("text: what differs is shown so that it differs") {
    const std::string_view names[] = {
        "a\tb", "a\tb "sv, "a\\u{9}b", "a\\u{5C}u{9}b", "a\\\\u{9}b", "a\\x{FF}",  "a\xFF",
        "a\\",  "a\\\\",   "a\\u{5C}", "\\u{5C}\\u{9}", "a",          "a\xC2\xAD", "a\xE2\x80\x8B",
    };
    for (const auto a : names) {
        CHECK(escaped_exactly(a).find('\t') == std::string::npos);
        for (const auto b : names) {
            CHECK((escaped_exactly(a) == escaped_exactly(b)) == (a == b));
        }
    }
    CHECK(escaped_exactly("C:\\Users\\x") == "C:\\Users\\x");
}
