// Names as Windows compares them: upcasing, comparison, hashes.
#include "tests/support/temp_dir.hpp"

#include <hivelint/regf/name.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

using hivelint::regf::compare_names;
using hivelint::regf::name_hash;
using hivelint::regf::same_name;
using hivelint::regf::upcase;
using hivelint::test::TempDir;

namespace {

/// Whether a shell finds `program`, in the administrators' folders too.
bool installed(const std::string& program) {
    // Windows' shell would say yes to anything.
    constexpr bool kHasShell = std::filesystem::path::preferred_separator == '/';
    const auto command = "PATH=$PATH:/usr/sbin:/sbin command -v " + program + " >/dev/null";
    return kHasShell && std::system(command.c_str()) == 0; // NOLINT: the text is the test's own
}

/// The $UpCase file (number 10) of a volume that mkntfs makes; empty when that fails.
std::string upcase_file(const TempDir& dir) {
    const auto volume = dir.path() / "volume";
    std::ofstream(volume).close();
    std::filesystem::resize_file(volume, 4 << 20);
    const auto command = "cd '" + dir.path().string() +
                         "' && PATH=$PATH:/usr/sbin:/sbin && mkntfs -F -Q -q volume >log 2>&1 && "
                         "ntfscat -i 10 volume >upcase 2>>log";
    if (std::system(command.c_str()) != 0) { // NOLINT: the text is the test's own
        return {};
    }
    std::ifstream file(dir.path() / "upcase", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

TEST_CASE("names: upcase() is the $UpCase table of NTFS volumes, for every unit") {
    for (const auto* program : {"mkntfs", "ntfscat"}) {
        if (!installed(program)) {
            std::printf("SKIPPED: upcase() against a $UpCase file: no %s\n", program);
            return;
        }
    }
    const TempDir dir;
    const std::string table = upcase_file(dir);
    REQUIRE(table.size() == 2 * 0x10000);
    for (std::size_t unit = 0; unit < 0x10000; ++unit) {
        const auto low = static_cast<unsigned char>(table[2 * unit]);
        const auto high = static_cast<unsigned char>(table[2 * unit + 1]);
        CAPTURE(unit);
        CHECK(static_cast<unsigned>(upcase(static_cast<char16_t>(unit))) == (high << 8 | low));
    }
}

// What must hold where there is no mkntfs.
TEST_CASE("names: upcase() at the ends of its runs") {
    struct Row {
        char16_t unit;
        char16_t upcased;
    };
    const Row rows[] = {
        {u'\0', u'\0'},   {u'@', u'@'},     {u'`', u'`'},     {u'a', u'A'},     {u'z', u'Z'},
        {u'{', u'{'},     {u'A', u'A'},     {0xB5, 0xB5},     {0xDF, 0xDF},     {0xE0, 0xC0},
        {0xF6, 0xD6},     {0xF7, 0xF7},     {0xF8, 0xD8},     {0xFE, 0xDE},     {0xFF, 0x178},
        {0x100, 0x100},   {0x101, 0x100},   {0x130, 0x130},   {0x131, 0x131},   {0x138, 0x138},
        {0x17F, 0x17F},   {0x1C5, 0x1C5},   {0x1C6, 0x1C4},   {0x3C2, 0x3C2},   {0x3C3, 0x3A3},
        {0x44F, 0x42F},   {0x586, 0x556},   {0x587, 0x587},   {0x1D79, 0xA77D}, {0x1E9E, 0x1E9E},
        {0x1F51, 0x1F59}, {0x1F52, 0x1F52}, {0x212A, 0x212A}, {0x24E9, 0x24CF}, {0xD800, 0xD800},
        {0xDFFF, 0xDFFF}, {0xFF41, 0xFF21}, {0xFF5A, 0xFF3A}, {0xFF5B, 0xFF5B}, {0xFFFF, 0xFFFF},
    };
    for (const auto& row : rows) {
        CAPTURE(static_cast<unsigned>(row.unit));
        CHECK(static_cast<unsigned>(upcase(row.unit)) == static_cast<unsigned>(row.upcased));
    }
}

TEST_CASE("names: which are one, and which come first") {
    using namespace std::string_view_literals;
    struct Row {
        std::u16string_view a;
        std::u16string_view b;
        int order;
    };
    const Row rows[] = {
        {u"", u"", 0},
        {u"", u"a", -1},
        {u"MapiHttpDisabled", u"mapihttpDISABLED", 0},
        {u"a", u"b", -1},
        {u"a", u"B", -1},
        {u"A", u"b", -1},
        {u"ab", u"a", 1},
        {u"_", u"a", 1}, // upcased, letters stand before the underscore
        {u"[", u"z", 1},
        {u"0", u"a", -1},
        {u"\u00E9", u"\u00C9", 0},
        {u"e\u0301", u"\u00E9", -1}, // nothing is composed
        {u"\u00FF", u"\u0178", 0},   // an 8-bit unit and a 16-bit one
        {u"\u00DF", u"SS", 1},
        {u"\u00DF", u"\u1E9E", -1},
        {u"\u0131", u"i", 1}, // dotless i: no case pair of i
        {u"\u0131", u"I", 1},
        {u"\u0130", u"i", 1}, // I with a dot
        {u"\u0130", u"\u0131", -1},
        {u"\u212A", u"k", 1}, // the Kelvin sign
        {u"\u017F", u"s", 1}, // the long s
        {u"\u03C3", u"\u03A3", 0},
        {u"\u03C2", u"\u03C3", 1}, // final sigma is its own
        {u"\u0436", u"\u0416", 0},
        {u"\uFF41", u"\uFF21", 0},
        {u"\uFF41", u"a", 1},
        {u"\xD801\xDC28"sv, u"\xD801\xDC00"sv, 1}, // case pairs above U+FFFF are none here
        {u"\xD800"sv, u"\xD800"sv, 0},
        {u"\xD800"sv, u"\xDC00"sv, -1},
        {u"\xD83D\xDE00"sv, u"\uFF5E", -1}, // by unit, not by character
        {u"a\0"sv, u"a", 1},
        {u"a\0x"sv, u"A\0X"sv, 0},
        {u"\0a"sv, u"\0b"sv, -1},
    };
    for (const auto& [a, b, order] : rows) {
        CAPTURE(hivelint::regf::escaped(a));
        CAPTURE(hivelint::regf::escaped(b));
        CHECK(compare_names(a, b) == order);
        CHECK(compare_names(b, a) == -order);
        CHECK(same_name(a, b) == (order == 0));
        CHECK(same_name(b, a) == (order == 0));
    }
}

// Computed from the formula of REGF.md section 4 and a $UpCase file, by another program.
TEST_CASE("names: hashes") {
    using namespace std::string_view_literals;
    struct Row {
        std::u16string_view name;
        std::uint32_t hash;
    };
    const std::u16string long_name(300, u'x');
    const Row rows[] = {
        {u"", 0},
        {u"a", 0x41},
        {u"Software", 0xE9FE1463},
        {u"SOFTWARE", 0xE9FE1463},
        {u"Microsoft", 0x7F00CD26},
        {u"Exchange", 0xCB37EBE3},
        {u"MapiHttpDisabled", 0xB9550F53},
        {u"caf\u00E9", 0x00352F57},
        {u"CAF\u00C9", 0x00352F57},
        {u"\u00FF", 0x178},
        {u"\u0131", 0x131},
        {u"\u00DF", 0xDF},
        {u"\u0430", 0x410},
        {u"\u96EA", 0x96EA},
        {u"\xD83D\xDE00"sv, 0x00201ED1},
        {u"\xD800"sv, 0xD800},
        {u"\0a"sv, 0x41},
        {long_name, 0x073CE5E0},
    };
    for (const auto& [name, hash] : rows) {
        CAPTURE(hivelint::regf::escaped(name));
        CHECK(name_hash(name) == hash);
    }
}
