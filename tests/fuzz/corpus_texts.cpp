#include "change/journal.hpp"
#include "fix/saved_change.hpp"
#include "tests/fuzz/corpus.hpp"

#include <span>
#include <string_view>

namespace hivelint::fuzz {
namespace {

Seed seed(std::string name, std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    return {std::move(name), {bytes.begin(), bytes.end()}};
}

/// A change of a few bytes; `grown`: which makes the file longer.
Patch change_of(bool grown) {
    Patch patch;
    patch.size = 8192;
    patch.sha256_before = std::string(64, 'a');
    patch.sha256_after = std::string(64, 'b');
    patch.ranges = {{4, {std::byte{7}}, {std::byte{8}}},
                    {4200, {std::byte{1}, std::byte{0}}, {std::byte{0}, std::byte{1}}}};
    if (grown) {
        patch.new_size = 8194;
        patch.fix.emplace();
        patch.tail = {std::byte{1}, std::byte{2}};
    }
    patch.path = "/Users/anna/NTUSER.DAT";
    patch.fixes = {{.rule = "mapi-http-disabled",
                    .hive = HiveKind::user,
                    .key = "Software\\Microsoft\\Exchange",
                    .value = "MapiHttpDisabled",
                    .becomes = regf::dword_data(0)}};
    return patch;
}

} // namespace

std::vector<Seed> journal_seeds() {
    std::vector<Seed> seeds;
    for (const bool grown : {false, true}) {
        const auto text = journal_text(change_of(grown));
        seeds.push_back(seed("whole", text));
        seeds.push_back(seed("cut", std::string_view(text).substr(0, text.size() / 2)));
        seeds.push_back(seed("longer", text + std::string(50, '\0')));
        seeds.push_back(seed("back", journal_text(reversed(change_of(grown)))));
    }
    return seeds;
}

std::vector<Seed> record_seeds() {
    std::vector<Seed> seeds;
    for (const bool grown : {false, true}) {
        auto line = change_json(change_of(grown), 7);
        line["type"] = "change";
        seeds.push_back(seed("line", line.dump()));
    }
    return seeds;
}

std::vector<Seed> list_seeds() {
    using namespace std::string_view_literals;
    return {
        seed("lines", "a\nUsers/anna\n\nb"),
        seed("windows", "a\r\nb\r\n"),
        seed("nul", "a\0b\nc\0"sv),
        seed("mark", "\xEF\xBB\xBF/x\n"),
        seed("utf16", "\xFF\xFE/\0x\0\n\0"sv),
        seed("utf16-bare", "/\0x\0\n\0/\0y\0"sv),
        seed("utf16-big", "\xFE\xFF\0/\0x"sv),
        seed("one", "/"),
        seed("half", "\xFF\xFE\x00\xD8/\0"sv),
        seed("none", ""),
    };
}

std::vector<Seed> word_seeds() {
    return {seed("id", "mapi-http-disabled"), seed("path", "Software\\Microsoft\\Exchange"),
            seed("empty", "a\\\\b"), seed("unicode", "\xC3\x84\\\xF0\x9F\x98\x80")};
}

std::vector<Seed> rule_seeds() {
    constexpr std::string_view kOne = R"([[rule]]
id = "own"
title = "t"
key = 'HKCU\Software\Own'
value = "Level"
type = "REG_DWORD"
equals = [0, 1]
good = { range = [2, 5] }
set = 3
also = [{ value = "x", not = true, type = "REG_SZ", equals = "1" }, { any = [{ absent = true }] }]
severity = "review"
reference = "r"
)";
    return {
        seed("one", kOne), seed("pack", "[pack]\nid = \"p\"\nrevision = 2\n" + std::string(kOne)),
        seed(
            "texts",
            "[[rule]]\nid = \"a\"\ntitle = \"t\"\nkey = 'A\\*'\nends = \"x\"\nreference = \"r\"\n"),
        seed("bytes", "[[rule]]\nid = \"a\"\ntitle = \"t\"\nkey = 'A'\nbytes = \"00ff\"\nreference "
                      "= \"r\"\n")};
}

std::vector<Seed> overlay_seeds() {
    return {seed("ranges", "\x03\x04\x02zzz\x10\x01yy\x00\x05xxxxxx0123456789012345678901234567"),
            seed("many", std::string(7, '\x07') + std::string(200, 'q')),
            seed("none", "\x08"
                         "abc")};
}

} // namespace hivelint::fuzz
