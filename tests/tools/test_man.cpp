// The man pages say what --help says, and their examples run.
#include "tests/support/tool_run.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fs = std::filesystem;

namespace hivelint::test {
namespace {

const fs::path kRoot = fs::path(HIVELINT_TESTDATA).parent_path();
const fs::path kTools = fs::path(HIVELINT_HIVESCAN).parent_path();
const std::vector<std::string> kNames = {"hivefix", "hiveinfo", "hivereplay", "hivescan"};

/// The text of a line of roff.
std::string plain(std::string line) {
    static const std::vector<std::pair<std::regex, const char*>> kMarks = {
        {std::regex("\\\\f[BIR]"), ""},
        {std::regex("\\\\-"), "-"},
        {std::regex("\\\\\\(aq"), "'"},
        {std::regex("\\\\e"), "\\"},
    };
    for (const auto& [mark, by] : kMarks) {
        line = std::regex_replace(line, mark, by);
    }
    return line;
}

std::vector<std::string> page_of(const std::string& tool) {
    std::vector<std::string> lines;
    for (const auto& line : lines_of(read_file(kRoot / "tools/man" / (tool + ".1")))) {
        lines.push_back(plain(line));
    }
    return lines;
}

/// The lines of a section.
std::vector<std::string> section(const std::vector<std::string>& page, const std::string& name) {
    const auto begin = std::ranges::find(page, ".SH " + name);
    REQUIRE(begin != page.end());
    const auto end = std::find_if(begin + 1, page.end(),
                                  [](const std::string& line) { return line.starts_with(".SH"); });
    return {begin + 1, end};
}

std::string help_of(const std::string& tool, std::vector<std::string> arguments = {}) {
    arguments.emplace_back("--help");
    auto done = run({.program = (kTools / tool).native(), .arguments = std::move(arguments)});
    CHECK(done.status == 0);
    return done.out;
}

/// A name and what is said of it: `--log FILE`, `a log of it`.
using Said = std::pair<std::string, std::string>;

/// The options in --help, without what excludes what.
std::vector<Said> options_in(const std::string& help) {
    static const std::regex kNoise(" (Excludes|Needs):( --[a-z-]+)+| \\.\\.\\.");
    static const std::regex kOption("  (-[^ ]+(?: [^ ]+)?)(?: +(.*))?");
    static const std::regex kHeading("[A-Z][A-Za-z ]*:");
    std::vector<Said> options;
    bool inside = false;
    for (const auto& line : lines_of(help)) {
        std::smatch match;
        const auto text = std::regex_replace(line, kNoise, "");
        if (std::regex_match(line, kHeading) && line != "Positionals:") {
            inside = true;
        } else if (line.empty()) {
            inside = false;
        } else if (inside && std::regex_match(text, match, kOption)) {
            options.emplace_back(match.str(1), match.str(2));
        } else if (inside) { // the words of a long name stand on a line of their own
            options.back().second = text.substr(text.find_first_not_of(' '));
        }
    }
    return options;
}

/// The paragraphs of a section whose name stands on a line of its own.
std::vector<Said> paragraphs(const std::vector<std::string>& lines) {
    std::vector<Said> all;
    for (std::size_t i = 0; i + 2 < lines.size(); i += 3) {
        REQUIRE(lines[i] == ".TP");
        all.emplace_back(lines[i + 1], lines[i + 2]);
    }
    CHECK(lines.size() % 3 == 0);
    return all;
}

} // namespace

void check_options(const std::vector<Said>& shown, const std::vector<Said>& described) {
    REQUIRE(described.size() == shown.size());
    for (std::size_t i = 0; i < shown.size(); ++i) {
        CHECK(replaced(described[i].first, ", ", ",") == shown[i].first);
        CHECK(described[i].second == shown[i].second);
    }
}

TEST_CASE("a man page has the options that --help has, and says the same of them") {
    for (const auto& tool : kNames) {
        CAPTURE(tool);
        const auto shown = options_in(help_of(tool));
        CHECK(shown.size() >= 5);
        check_options(shown, paragraphs(section(page_of(tool), "OPTIONS")));
    }
    const auto page = page_of("hivefix");
    check_options(options_in(help_of("hivefix", {"fix"})), paragraphs(section(page, "OPTIONS")));
    for (const std::string mode : {"apply", "undo", "recover", "show"}) {
        CAPTURE(mode);
        auto name = mode;
        std::ranges::transform(name, name.begin(),
                               [](char c) { return static_cast<char>(c - 'a' + 'A'); });
        check_options(options_in(help_of("hivefix", {mode})),
                      paragraphs(section(page, "\"OPTIONS OF " + name + '"')));
    }
}

TEST_CASE("a man page tells the exit status, the purpose and the version that the tool tells") {
    for (const auto& tool : kNames) {
        CAPTURE(tool);
        const auto page = page_of(tool);
        std::string status;
        for (const auto& [number, meaning] : paragraphs(section(page, "\"EXIT STATUS\""))) {
            status += (status.empty() ? "" : "; ") + replaced(number, ".B ", "") + ' ' + meaning;
        }
        const auto help = help_of(tool);
        CHECK(last_line(help) == "Exit status: " + status + '.');

        const auto name = section(page, "NAME");
        REQUIRE(name.size() == 1);
        auto purpose = replaced(name.front(), tool + " - ", "");
        purpose.front() = static_cast<char>(purpose.front() - 'a' + 'A');
        CHECK(lines_of(help).front() == purpose + '.');

        const auto version = run({.program = (kTools / tool).native(), .arguments = {"--version"}});
        const auto quoted = '"' + replaced(lines_of(version.out).front(), tool, "hivelint") + '"';
        CHECK(page.front().find(quoted) != std::string::npos);
    }
}

TEST_CASE("the examples of the man pages run") {
    for (const auto& tool : kNames) {
        CAPTURE(tool);
        const TempDir scratch;
        fs::copy(kRoot / "testdata/profiles", scratch.path() / "image",
                 fs::copy_options::recursive);
        std::size_t examples = 0;
        bool inside = false;
        for (const auto& line : section(page_of(tool), "EXAMPLES")) {
            if (line == ".EX" || line == ".EE") {
                inside = line == ".EX";
            } else if (inside) {
                CAPTURE(line);
                const auto done =
                    run({.program = "/bin/sh",
                         .arguments = {"-c", line},
                         .environment = {{"PATH", kTools.native() + ":/usr/bin:/bin"}},
                         .folder = scratch.path()});
                CHECK(done.err == "");
                CHECK(done.signal == 0);
                // The image holds findings, and a hive that cannot be read.
                CHECK(done.status >= 0);
                CHECK(done.status <= 2);
                ++examples;
            }
        }
        CHECK(examples >= 2);
        if (tool == "hivescan") {
            CHECK(lines_of(read_file(scratch.path() / "report.jsonl")).size() == 11);
        } else if (tool == "hivereplay") {
            CHECK(last_line(
                      hivescan({"--format=text", (scratch.path() / "recovered.dat").native()}).out)
                      .starts_with("1 hive: 1 affected"));
        } else if (tool == "hivefix") {
            CHECK(read_file(scratch.path() / "image/Users/alice/NTUSER.DAT") ==
                  read_file(kRoot / "testdata/profiles/Users/alice/NTUSER.DAT"));
        }
    }
}

} // namespace hivelint::test
