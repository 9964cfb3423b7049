// Completions: what the shells offer is what --help says, in each mode.
#include "tests/support/tool_run.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace hivelint::test {
namespace {

const fs::path kScript = fs::path(HIVELINT_TESTDATA).parent_path() / "tools" / "completions.sh";

struct Tool {
    const char* program;
    std::vector<std::string> modes;
};
const Tool kHivescan = {HIVELINT_HIVESCAN, {}};
const Tool kHivefix = {HIVELINT_HIVEFIX, {"fix", "apply", "undo", "recover", "show"}};
const Tool kHiveinfo = {HIVELINT_HIVEINFO, {}};
const Tool kHivereplay = {HIVELINT_HIVEREPLAY, {}};

std::string completions(const std::string& shell, const Tool& tool) {
    std::vector<std::string> arguments = {kScript, shell, tool.program};
    arguments.insert(arguments.end(), tool.modes.begin(), tool.modes.end());
    const auto done = run({.program = "/bin/sh", .arguments = arguments});
    CHECK(done.status == 0);
    CHECK(done.err.empty());
    return done.out;
}

/// What bash offers for the last of the words, the first of which is the tool's name.
std::vector<std::string> offered(const Tool& tool, const std::string& words) {
    const TempDir dir;
    write_text(dir.path() / "completion", completions("bash", tool));
    const auto done =
        run({.program = "/bin/bash",
             .arguments = {"-c",
                           "PATH=$2:$PATH; . \"$1\"; COMP_WORDS=($3); [ \"${3%% }\" = \"$3\" ] || "
                           "COMP_WORDS+=(''); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); "
                           "compopt() { :; }; _${COMP_WORDS[0]}; echo \"${COMPREPLY[@]}\"",
                           "bash", dir.path() / "completion", fs::path(tool.program).parent_path(),
                           words}});
    CHECK(done.err.empty());
    std::istringstream text(done.out);
    std::vector<std::string> all;
    for (std::string word; text >> word;) {
        all.push_back(word);
    }
    std::ranges::sort(all);
    return all;
}

using Words = std::vector<std::string>;

} // namespace

TEST_CASE("completions: bash offers options, their words, rules and modes") {
    CHECK(offered(kHivescan, "hivescan --fo") == Words{"--format"});
    CHECK(offered(kHivescan, "hivescan --format js") == Words{"json", "jsonl"});
    CHECK(offered(kHivescan, "hivescan --hash ") == Words{"md5", "sha1", "sha256"});
    CHECK(offered(kHivescan, "hivescan --check mapi-http-disabled") ==
          Words{"mapi-http-disabled", "mapi-http-disabled-policy"});
    CHECK(offered(kHivescan, "hivescan --pack out") == Words{"outlook-connectivity"});
    CHECK(offered(kHivescan, "hivescan --case ").empty());
    CHECK(offered(kHivefix, "hivefix un") == Words{"undo"});
    CHECK(offered(kHivefix, "hivefix undo --d") == Words{"--dry-run"});
    CHECK(offered(kHivefix, "hivefix recover --d") == Words{"--discard", "--dry-run"});
    CHECK(offered(kHivefix, "hivefix --se") == Words{"--set", "--set-zero"});
    CHECK(offered(kHiveinfo, "hiveinfo --ver") == Words{"--verify", "--version"});
    CHECK(offered(kHivereplay, "hivereplay --output") == Words{"--output", "--output-dir"});
}

TEST_CASE("completions: zsh and fish take theirs, and have every option of --help") {
    for (const auto& tool : {kHivescan, kHivefix, kHiveinfo, kHivereplay}) {
        CAPTURE(tool.program);
        const auto zsh = completions("zsh", tool);
        const auto fish = completions("fish", tool);
        std::size_t options = 0;
        for (const auto& line :
             lines_of(run({.program = tool.program, .arguments = {"--help"}}).out)) {
            const auto at = line.find("--");
            if (!line.starts_with("  -") || at == std::string::npos) {
                continue;
            }
            ++options;
            const auto name = line.substr(at, line.find_first_of(" ,", at) - at);
            CAPTURE(name);
            CHECK(zsh.find(name + "[") != std::string::npos);
            CHECK(fish.find(" -l " + name.substr(2) + ' ') != std::string::npos);
        }
        CHECK(options > 5);
        const TempDir dir;
        write_text(dir.path() / "zsh", zsh);
        write_text(dir.path() / "fish", fish);
        for (const auto& [program, flag] :
             {std::pair("/usr/bin/zsh", "-n"), std::pair("/usr/bin/fish", "--no-execute")}) {
            if (!fs::exists(program)) {
                MESSAGE("SKIPPED: " << program << " is not installed");
                continue;
            }
            const auto checked =
                run({.program = program,
                     .arguments = {flag, dir.path() / fs::path(program).filename()}});
            CHECK(checked.status == 0);
            CHECK(checked.err.empty());
        }
    }
}

} // namespace hivelint::test
