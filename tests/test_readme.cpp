// README.md shows what a user sees: each command in it is run, in one scratch folder, and must
// print what stands there, but for what depends on the time.
#include "tests/process.hpp"
#include "tests/temp_dir.hpp"
#include "tests/tool_run.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace hivelint::test {
namespace {

/// A command of README.md and the output that stands below it.
struct Shown {
    std::string command;
    std::string output;
};

std::vector<Shown> commands_of(const fs::path& readme) {
    std::ifstream file(readme);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    std::vector<Shown> all;
    bool in_block = false;
    bool in_command = false;
    for (const auto& line : lines_of(text)) {
        if (line.starts_with("```")) {
            in_block = !in_block;
            in_command = false;
        } else if (in_block && line.starts_with("$ ")) {
            all.push_back({line.substr(2), ""});
            in_command = true;
        } else if (in_block && in_command) {
            all.back().output += line + '\n';
        }
    }
    return all;
}

/// Without what the time of the edit changes: hashes, new bytes, and how many of them differ.
std::string without_time(const std::string& output) {
    static const std::regex kHexdump("(^|\n)(          \\+|[0-9a-f]{8}  -) [0-9a-f ]*");
    static const std::regex kHash("[0-9a-f]{16,}");
    static const std::regex kCount("(fixed|would-fix) +[0-9]+|[0-9]+ bytes in [0-9]+ ranges");
    return std::regex_replace(
        std::regex_replace(std::regex_replace(output, kHexdump, ""), kHash, "#"), kCount, "#");
}

} // namespace

TEST_CASE("every command in README.md prints what stands there") {
    const TempDir scratch;
    const fs::path testdata = HIVELINT_TESTDATA;
    fs::copy(testdata, scratch.path() / "testdata", fs::copy_options::recursive);
    const auto shown = commands_of(testdata.parent_path() / "README.md");
    CHECK(shown.size() >= 8);
    const std::string tools = fs::path(HIVELINT_HIVESCAN).parent_path().native();
    for (const auto& [command, output] : shown) {
        CAPTURE(command);
        const auto done = run({.program = "/bin/sh",
                               .arguments = {"-c", command},
                               .environment = {{"PATH", tools + ":/usr/bin:/bin"}},
                               .folder = scratch.path()});
        CHECK(without_time(done.out + done.err) == without_time(output));
    }
}

} // namespace hivelint::test
