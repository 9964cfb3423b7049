// Real hives against reglookup, a reader of other authors: every key with its time, every value
// with its type and data. What the walker says is put into reglookup's form.
#include "tests/support/process.hpp"
#include "tests/support/real_hives.hpp"

#include <hivelint/file_source.hpp>
#include <hivelint/regf/base_block.hpp>
#include <hivelint/regf/lookup.hpp>
#include <hivelint/regf/walker.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace hivelint::test;
using hivelint::FileSource;
using hivelint::regf::FileTime;
using hivelint::regf::KeyPath;
using hivelint::regf::StoredValue;
using hivelint::regf::Walker;

namespace {

/// Hives of which the two cannot say the same, and why.
constexpr std::pair<std::string_view, std::string_view> kNotCompared[] = {
    {"odd/plaso-corrupt_sub_key_list.hiv", "reglookup ends at the key that is damaged"},
    {"odd/yarp-CompHive", "the walker, as Windows, does not find the key with the wrong hint"},
};

std::optional<std::string_view> reason_against(std::string_view name) {
    const auto* found =
        std::ranges::find(kNotCompared, name, [](const auto& row) { return row.first; });
    return found == std::end(kNotCompared) ? std::nullopt : std::optional(found->second);
}

/// As reglookup quotes: all but printable ASCII, and what it needs itself.
std::string quoted(std::span<const std::byte> bytes, std::string_view also) {
    std::string out;
    for (const auto byte : bytes) {
        const auto c = static_cast<char>(byte);
        if (c >= 0x20 && c < 0x7F && also.find(c) == std::string_view::npos) {
            out += c;
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned>(byte));
        }
    }
    return out;
}

std::vector<std::byte> narrow(std::u16string_view text) {
    std::vector<std::byte> out;
    for (const char16_t unit : text) {
        out.push_back(static_cast<std::byte>(unit));
    }
    return out;
}

bool below(std::u16string_view text, char16_t limit) {
    return std::ranges::all_of(text, [=](char16_t unit) { return unit < limit; });
}

/// reglookup knows ASCII; any other name comes as it is stored, which is in 8 bits where they do.
std::string name_of(std::u16string_view name) {
    return quoted(below(name, 0x100) ? narrow(name) : utf16_bytes(name), "%,\"/");
}

std::string path_of(const KeyPath& path) {
    std::string out;
    for (const auto& name : path) {
        out += '/' + name_of(name);
    }
    return out;
}

/// Cut to seconds. (Within a microsecond of the next one reglookup, which calculates in floating
/// point, shows that.)
std::string time_of(FileTime time) {
    auto text = time.iso8601().value_or("1970-01-01T00:00:00Z").substr(0, 19);
    text[10] = ' ';
    return text;
}

std::string type_of(std::uint32_t type) {
    constexpr std::array<std::string_view, 12> kTypes = {
        "NONE", "SZ",       "EXPAND_SZ", "BINARY",    "DWORD",         "DWORD_BE",
        "LINK", "MULTI_SZ", "RSRC_LIST", "RSRC_DESC", "RSRC_REQ_LIST", "QWORD"};
    return type < kTypes.size() ? std::string(kTypes.at(type)) : fmt::format("0x{:08X}", type);
}

/// Absent where reglookup shows the bytes: text that is not ASCII, or half a unit.
std::optional<std::u16string> ascii_text(const StoredValue& value) {
    if (value.data.size() % 2 != 0) {
        return std::nullopt;
    }
    std::u16string text;
    for (std::size_t at = 0; at < value.data.size(); at += 2) {
        text.push_back(static_cast<char16_t>(load(value.data, at, 2)));
    }
    return below(text, 0x80) ? std::optional(text) : std::nullopt;
}

std::string data_of(const StoredValue& value) {
    constexpr std::string_view kSpecial = "%,\"";
    constexpr std::string_view kSpecialInList = "%,\"|";
    if (value.data.empty()) {
        return "(null)";
    }
    // Of more bytes than the type has it shows the first; that there are more is compared by
    // test_real_hives.cpp.
    if (value.type == 4 && value.data.size() >= 4) {
        return fmt::format("0x{:08X}", load(value.data, 0, 4));
    }
    if (value.type == 5 && value.data.size() >= 4) {
        auto bytes = value.data;
        std::reverse(bytes.begin(), bytes.begin() + 4);
        return fmt::format("0x{:08X}", load(bytes, 0, 4));
    }
    if (value.type == 11 && value.data.size() >= 8) {
        return fmt::format("0x{:016X}", load(value.data, 0, 8));
    }
    if (value.type == 0 || value.type == 3) {
        return quoted(value.data, kSpecial);
    }
    const bool is_text = value.type == 1 || value.type == 2 || value.type == 6 || value.type == 7;
    const auto text = is_text ? ascii_text(value) : std::nullopt;
    if (!text) {
        return quoted(value.data, kSpecialInList);
    }
    if (value.type != 7) {
        return quoted(narrow(text->substr(0, text->find(u'\0'))), kSpecial);
    }
    auto rest = std::u16string_view(*text);
    while (rest.ends_with(u'\0')) {
        rest.remove_suffix(1);
    }
    std::string out;
    for (const char16_t unit : rest) {
        out += unit == 0 ? "|" : quoted(narrow({&unit, 1}), kSpecialInList);
    }
    return out;
}

using Lines = std::vector<std::string>;

/// Every key and value that the walker lists.
Lines walked(const FileSource& source) {
    Walker walker(source, hivelint::regf::read_base_block(source));
    Lines lines;
    std::vector<KeyPath> stack = {{}};
    while (!stack.empty()) {
        const auto path = std::move(stack.back());
        stack.pop_back();
        const auto listing = walker.list_key(path);
        REQUIRE(listing);
        const auto prefix = path.empty() ? "/" : path_of(path);
        for (const auto& value : listing->values) {
            lines.push_back(fmt::format("{}/{},{},{},", prefix, name_of(value.name),
                                        type_of(value.type), data_of(value)));
        }
        for (const auto& subkey : listing->subkeys) {
            auto below = path;
            below.push_back(subkey.name);
            lines.push_back(
                fmt::format("{},KEY,,{}", path_of(below), time_of(subkey.last_written)));
            // Of keys that have nothing below them, the parent's listing says all.
            if (subkey.subkey_count + subkey.value_count > 0) {
                stack.push_back(std::move(below));
            }
        }
        if (path.empty()) {
            lines.push_back("/,KEY,," + time_of(listing->key.last_written));
        }
    }
    std::ranges::sort(lines);
    return lines;
}

Lines lines_of(std::string_view text) {
    Lines lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    std::ranges::sort(lines);
    return lines;
}

/// What stands in `a` only, its first lines.
std::string beyond(const Lines& a, const Lines& b) {
    Lines only;
    std::ranges::set_difference(a, b, std::back_inserter(only));
    std::string out;
    for (std::size_t i = 0; i < std::min<std::size_t>(only.size(), 5); ++i) {
        out += "\n" + only[i].substr(0, 300);
    }
    return out;
}

/// `size` and the number, as a name.
std::u16string named(std::string_view word, std::size_t number) {
    const auto name = fmt::format("{} {}", word, number);
    return {name.begin(), name.end()};
}

bool reglookup_is_there() {
    if (run({.program = "/usr/bin/env", .arguments = {"reglookup"}}).status == 127) {
        say_skipped("reference: reglookup is not installed");
        return false;
    }
    return true;
}

void compare(const std::filesystem::path& hive) {
    const auto theirs = run({.program = "/usr/bin/env",
                             .arguments = {"reglookup", "-H", hive.native()},
                             .environment = {{"TZ", "UTC0"}, {"LC_ALL", "C"}}});
    REQUIRE(theirs.status == 0);
    const auto reference = lines_of(theirs.out);
    const auto ours = walked(FileSource(hive));
    CHECK(!reference.empty());
    CHECK(ours.size() == reference.size());
    CHECK(beyond(ours, reference) == "");
    CHECK(beyond(reference, ours) == "");
}

} // namespace

TEST_CASE("reference: reglookup lists the same of real hives") {
    const auto hives = real_hives();
    if (!reglookup_is_there()) {
        return;
    }
    for (const auto& hive : hives) {
        CAPTURE(hive.name);
        if (const auto reason = reason_against(hive.name)) {
            MESSAGE(fmt::format("{} not compared: {}", hive.name, *reason));
            continue;
        }
        compare(hive.path);
    }
}

TEST_CASE("reference: reglookup lists the same of hives of the builder") {
    if (!reglookup_is_there()) {
        return;
    }
    for (const auto list : {ListKind::li, ListKind::lf, ListKind::lh}) {
        for (const std::uint32_t minor : {3U, 5U}) {
            CAPTURE(minor);
            HiveSpec spec{.minor = minor};
            auto& values = spec.key("values").values;
            // No segment of big data may fill its cell: there reglookup, too, loses the end.
            for (const std::size_t size : {0U, 1U, 4U, 5U, 16344U, 16349U, 20000U, 40000U}) {
                values.push_back(binary(named("size", size), pattern(size)));
            }
            for (const std::uint32_t type :
                 {0U, 1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U, 11U, 0xFFFF'0012U}) {
                values.push_back(raw(named("type", type), type, pattern(9)));
            }
            values.push_back(dword(u"", 0xFFFF'FFFF));
            values.push_back(sz(u"a,b/c|d%\"", u"a,b/c|d%\"\\\n"));
            values.push_back(multi_sz(u"caf\u00E9", {u"a|b", u"c"}));
            values.push_back(qword(u"\u96EA", 0x8000'0000'0000'0001));
            for (std::size_t i = 0; i < 100; ++i) {
                spec.key({named("sub", i), u"\u00E9/"}).last_written += 12'345'678U * i;
            }
            spec.key("values").class_name = u"class";
            spec.root.list = list;
            spec.root.per_leaf = minor == 3 ? 0 : 7;
            const TempDir dir;
            compare(save(dir, spec.build()));
        }
    }
}
