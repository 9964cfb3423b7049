// What the shared library gives to programs is what the public headers declare, and no more.
#include "tests/support/tool_run.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <regex>
#include <set>
#include <string>

namespace fs = std::filesystem;

namespace hivelint::test {
namespace {

/// The names below namespace hivelint in `symbol`, as nm prints it: `regf`, `Walker`, `cost`.
std::vector<std::string> names_in(std::string symbol) {
    static const std::regex kOwn("^(?:vtable for |typeinfo for |typeinfo name for )?"
                                 "hivelint::((?:\\w+::)*~?\\w+)(?:\\[abi:cxx11\\])?(?:\\(.*)?$");
    std::smatch match;
    if (!std::regex_match(symbol, match, kOwn)) {
        return {};
    }
    static const std::regex kName("\\w+");
    const std::string path = match.str(1);
    return {std::sregex_token_iterator(path.begin(), path.end(), kName), {}};
}

/// Every word that stands in a public header, but for comments.
std::set<std::string> public_words() {
    static const std::regex kWord("\\w+");
    std::set<std::string> words;
    const auto headers = fs::path(HIVELINT_TESTDATA).parent_path() / "include";
    for (const auto& entry : fs::recursive_directory_iterator(headers)) {
        if (!entry.is_regular_file()) {
            continue;
        }
        for (const auto& line : lines_of(read_file(entry.path()))) {
            const auto code = line.substr(0, line.find("//"));
            words.insert(std::sregex_token_iterator(code.begin(), code.end(), kWord), {});
        }
    }
    return words;
}

} // namespace

TEST_CASE("names are found in what nm prints") {
    CHECK(names_in("hivelint::regf::Walker::cost() const") ==
          std::vector<std::string>{"regf", "Walker", "cost"});
    CHECK(names_in("vtable for hivelint::Error") == std::vector<std::string>{"Error"});
    CHECK(names_in("hivelint::Error::~Error()") == std::vector<std::string>{"Error", "Error"});
    CHECK(names_in("fmt::v9::vformat(int)").empty());
    CHECK(names_in("void std::sort<hivelint::Error*>(hivelint::Error*)").empty());
    CHECK(names_in("hivelint::Error* std::copy<hivelint::Error*>(hivelint::Error*)").empty());
}

TEST_CASE("the shared library exports what the public headers declare") {
    const auto listed =
        run({.program = "/usr/bin/nm",
             .arguments = {"-DC", "--defined-only", "-f", "posix", HIVELINT_SHARED}});
    REQUIRE(listed.status == 0);
    // `NAME TYPE VALUE SIZE`
    static const std::regex kLine("(.*) [A-Za-z] [0-9a-f]+ [0-9a-f]+");
    const auto declared = public_words();
    CHECK(declared.contains("plan_fix"));
    CHECK(!declared.contains("OpenLogs"));
    std::set<std::string> exported;
    for (const auto& line : lines_of(listed.out)) {
        CAPTURE(line);
        std::smatch match;
        REQUIRE(std::regex_match(line, match, kLine));
        const auto names = names_in(match.str(1));
        CHECK(!names.empty());
        for (const auto& name : names) {
            CAPTURE(name);
            CHECK(declared.contains(name));
        }
        exported.insert(names.begin(), names.end());
    }
    for (const auto* name : {"scan", "plan_fix", "Hive", "find_value", "verify", "edit_values"}) {
        CAPTURE(name);
        CHECK(exported.contains(name));
    }
    // Named in public headers, but the library's own.
    for (const auto* name : {"OpenHive", "PrivateImage", "KeyNode", "Impl"}) {
        CAPTURE(name);
        CHECK(!exported.contains(name));
    }
}

} // namespace hivelint::test
