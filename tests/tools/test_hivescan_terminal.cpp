// What hivescan is like at a terminal: colour, progress, the summary, words that were nearly right.
#include "tests/support/hive_files.hpp"
#include "tests/support/tool_run.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hivelint::test {
namespace {

using Environment = std::map<std::string, std::optional<std::string>>;

Command at_terminal(Environment environment = {}) {
    environment.try_emplace("NO_COLOR", std::nullopt);
    return {.program = {}, .environment = std::move(environment), .out = Stdout::terminal};
}

std::vector<std::byte> hive_with(std::uint32_t number) {
    return HiveSpec{}
        .with("Software\\Microsoft\\Exchange", dword(u"MapiHttpDisabled", number))
        .build()
        .bytes;
}

/// What a terminal shows of a text of one line.
std::string line_on_screen(const std::string& text) {
    std::string line;
    std::size_t at = 0;
    for (const char c : text) {
        if (c == '\r') {
            at = 0;
        } else if (c == '\b') {
            --at;
        } else {
            line.resize(std::max(line.size(), at + 1), ' ');
            line[at++] = c;
        }
    }
    return line;
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("terminal: verdicts are coloured there and nowhere else") {
    const TempDir dir;
    write_file(dir.path() / "NTUSER.DAT", hive_with(1));
    constexpr std::string_view kRed = "\x1B[31maffected\x1B[0m  REG_DWORD 1";
    CHECK(has(hivescan({dir.path()}, at_terminal()).out, kRed));
    CHECK(has(hivescan({dir.path()}, at_terminal({{"NO_COLOR", ""}})).out, kRed));
    CHECK(!has(hivescan({dir.path()}, at_terminal({{"NO_COLOR", "1"}})).out, "\x1B"));
    CHECK(!has(hivescan({dir.path(), "--color", "never"}, at_terminal()).out, "\x1B"));
    CHECK(!has(hivescan({dir.path()}).out, "\x1B"));
    CHECK(has(hivescan({dir.path(), "--color", "always"}).out, kRed));
    // A file is not the terminal, whatever stands beside it.
    hivescan({dir.path(), "--output", dir.path() / "report"}, at_terminal());
    CHECK(!has(read_file(dir.path() / "report"), "\x1B"));
    write_file(dir.path() / "NTUSER.DAT", hive_with(0));
    CHECK(has(hivescan({dir.path()}, at_terminal()).out, "\x1B[32mclear\x1B[0m  "));
}

TEST_CASE("terminal: the summary counts by rule, state, user and folder") {
    const TempDir dir;
    for (int i = 0; i < 25; ++i) {
        const auto folder = dir.path() / "Users" / fmt::format("u{:02}", i);
        std::filesystem::create_directories(folder);
        write_file(folder / "NTUSER.DAT", hive_with(i == 7 ? 1 : 0));
    }
    const auto run = hivescan({"Users", "--summary"}, {.program = {}, .folder = dir.path()});
    CHECK(run.status == 1);
    CHECK(has(run.out,
              "HIVES  AFFECTED  NONSTANDARD  UNKNOWN  CLEAR  KNOWN  RULE\n"
              "25     1         -            -        24     -      mapi-http-disabled\n"));
    CHECK(
        has(run.out, "KNOWN  STATE\n25     1         -            -        24     -      clean\n"));
    CHECK(has(run.out, "KNOWN  USER\n1      1         -            -        -      -      u07\n"));
    CHECK(has(run.out, "and 5 more, with no more findings each\n"));
    CHECK(has(run.out,
              "KNOWN  FOLDER\n25     1         -            -        24     -      Users\n"));
    CHECK(last_line(run.out) ==
          "25 hives: 1 affected, 24 clear, 0 nonstandard, 0 unknown; 0 errors, 0 dirty, 0 "
          "recovered");
    CHECK(hivescan({"Users", "--summary", "--format", "csv"}, {.program = {}, .folder = dir.path()})
              .status == 64);
}

TEST_CASE("terminal: what is nearly an option, a value, a rule or a pack is told") {
    const auto said = [](const std::vector<std::string>& words) {
        const auto run = hivescan(words);
        CHECK(run.status == 64);
        CHECK(run.out.empty());
        return run.err;
    };
    CHECK(has(said({"--fromat", "x"}), "there is no option --fromat; did you mean '--format'?"));
    CHECK(has(said({"--list-rule=x"}),
              "there is no option --list-rule; did you mean '--list-rules'?"));
    CHECK(has(said({"--xyzzy"}), "there is no option --xyzzy\n"));
    CHECK(has(said({"--format", "jsno", "x"}), "did you mean 'json'?"));
    CHECK(has(said({"--check", "mapi-http-disable", "x"}), "did you mean 'mapi-http-disabled'?"));
    CHECK(has(said({"--pack", "outlook", "x"}), "did you mean 'outlook-connectivity'?"));
    CHECK(
        has(said({"--output", "csv=x", "--output", "json=./x", "."}), "two reports for one file"));
}

TEST_CASE("terminal: a scan tells how far it is, and takes that away") {
    const TempDir dir;
    write_file(dir.path() / "NTUSER.DAT", hive_with(1));
    const auto told = [&](const std::vector<std::string>& more) {
        std::vector<std::string> words = {dir.path(), "--jobs", "1"};
        words.insert(words.end(), more.begin(), more.end());
        return hivescan(words).err;
    };
    const auto always = told({"--progress", "always"});
    CAPTURE(always);
    CHECK(has(always, "\r1 of 1 hive, 1 finding, "));
    CHECK(has(always, " a second, 0 s left"));
    CHECK(line_on_screen(always).find_first_not_of(' ') == std::string::npos); // it is gone
    CHECK(always.ends_with('\r'));
    CHECK(told({"--progress", "always", "--quiet"}).empty());
    CHECK(told({"--progress", "never"}).empty());
    CHECK(told({}).empty()); // no terminal
    CHECK(hivescan({dir.path(), "--progress", "sometimes"}).status == 64);
}

} // namespace hivelint::test
