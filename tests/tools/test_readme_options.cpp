// The synopses in README.md and what --help says are the same options, with the same arguments.
#include "tests/support/tool_run.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <regex>
#include <set>
#include <string>
#include <string_view>

namespace fs = std::filesystem;

namespace hivelint::test {
namespace {

/// Options as `--name` or `--name ARGUMENT`, and what stands for the paths.
using Words = std::set<std::string>;

/// All that README.md says on how to call the tool: its indented lines that begin with its name,
/// and the lines that continue them.
std::string synopsis_of(const std::string& tool) {
    const std::string indent(4, ' ');
    std::string out;
    bool inside = false;
    for (const auto& line :
         lines_of(read_file(fs::path(HIVELINT_TESTDATA).parent_path() / "README.md"))) {
        inside =
            line.starts_with(indent + tool + ' ') || (inside && line.starts_with(indent + ' '));
        if (inside) {
            out += line + '\n';
        }
    }
    return out;
}

Words matches(const std::string& text, const std::regex& what) {
    Words out;
    for (std::sregex_iterator match(text.begin(), text.end(), what), end; match != end; ++match) {
        out.insert(match->str(1));
    }
    return out;
}

/// PATH is no option's argument, though it can stand behind one that has none.
Words words_of_synopsis(const std::string& text) {
    static const std::regex kOption("(--[a-z-]+(?: (?!PATH)[A-Za-z]+(?:\\|[a-z]+)*)?)");
    auto out = matches(text, kOption);
    out.merge(matches(std::regex_replace(text, kOption, ""), std::regex("([A-Z]+)")));
    return out;
}

Words words_of_help(const std::string& text) {
    // An argument is one blank away, a description more or on the next line.
    static const std::regex kOption(
        "\n  (?:-[a-z],)?(--[a-z-]+(?: (?!Excludes:|Needs:)[A-Za-z]+(?:\\|[a-z]+)*)?)"
        "(?:,--[a-z-]+)?(?=[ \n])"); // behind the comma: another spelling
    static const std::regex kPositional("\n  ([A-Z]+)(?=[ \n])");
    auto out = matches(text, kOption);
    out.merge(matches(text, kPositional));
    return out;
}

std::string joined(const Words& words) {
    std::string out;
    for (const auto& word : words) {
        out += word + '\n';
    }
    return out;
}

} // namespace

TEST_CASE("README.md's synopses are the options of --help") {
    for (const fs::path program :
         {HIVELINT_HIVESCAN, HIVELINT_HIVEINFO, HIVELINT_HIVEREPLAY, HIVELINT_HIVEFIX}) {
        const auto name = program.filename().native();
        CAPTURE(name);
        const auto help = run({.program = program.native(), .arguments = {"--help"}});
        CHECK(help.status == 0);
        auto offered = words_of_help(help.out);
        if (name == "hivefix") {
            for (const auto* mode : {"fix", "apply", "undo", "recover", "show"}) {
                offered.merge(words_of_help(
                    run({.program = program.native(), .arguments = {mode, "--help"}}).out));
            }
        }
        // Every tool has these two, and no synopsis needs them.
        CHECK(offered.erase("--help") == 1);
        CHECK(offered.erase("--version") == 1);
        CHECK(offered.size() >= 4);
        CHECK(joined(words_of_synopsis(synopsis_of(name))) == joined(offered));
    }
}

} // namespace hivelint::test
