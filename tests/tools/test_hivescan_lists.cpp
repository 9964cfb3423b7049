// hivescan --files-from: lists of paths from files and standard input.
#include "tests/support/tool_run.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace hivelint::test;

namespace {

using Arguments = std::vector<std::string>;

/// One hive of each verdict.
class Evidence {
public:
    Evidence() {
        write_file(at("affected/NTUSER.DAT"), affected_bytes());
        write_file(at("clear/NTUSER.DAT"), clear_hive());
        write_file(at("nonstandard/NTUSER.DAT"), nonstandard_hive());
    }
    std::filesystem::path at(const char* name) const { return dir_.path() / name; }
    /// hivescan, run where the evidence lies.
    Finished scan(Arguments arguments, std::string input = {}) const {
        return hivescan(std::move(arguments),
                        {.program = {}, .input = std::move(input), .folder = dir_.path()});
    }
    /// The paths on the JSON Lines of a run.
    Arguments paths(Arguments arguments, std::string input = {}) const {
        arguments.emplace_back("--format=jsonl");
        Arguments out;
        for (const auto& record : records_of(scan(std::move(arguments), std::move(input)).out)) {
            out.push_back(record.at("path"));
        }
        return out;
    }

private:
    TempDir dir_;
};

} // namespace

TEST_CASE("hivescan: --files-from a file or standard input") {
    const Evidence evidence;
    struct Row {
        std::string list;
        Arguments paths;
    };
    const Row rows[] = {
        {"clear\nnonstandard\n", {"clear/NTUSER.DAT", "nonstandard/NTUSER.DAT"}},
        {"clear\nnonstandard", {"clear/NTUSER.DAT", "nonstandard/NTUSER.DAT"}},
        {"\n\nclear\n\n", {"clear/NTUSER.DAT"}},
        {std::string("clear\0nonstandard\0", 18), {"clear/NTUSER.DAT", "nonstandard/NTUSER.DAT"}},
        {std::string("clear/NTUSER.DAT\0no\nsuch", 24), {"clear/NTUSER.DAT", "no\nsuch"}},
        {"missing\nclear\nmissing too\n", {"clear/NTUSER.DAT", "missing", "missing too"}},
        {"clear\nclear/NTUSER.DAT\nclear\n", {"clear/NTUSER.DAT"}},
        {"", {}},
        {"\n", {}},
    };
    for (const auto& [list, paths] : rows) {
        CAPTURE(list);
        write_text(evidence.at("list"), list);
        CHECK(evidence.paths({"--files-from", "list"}) == paths);
        CHECK(evidence.paths({"--files-from", "-"}, list) == paths);
    }
}

TEST_CASE("hivescan: --files-from goes together with places") {
    const Evidence evidence;
    CHECK(evidence.paths({"clear", "--files-from=-"}, "affected\n") ==
          Arguments{"affected/NTUSER.DAT", "clear/NTUSER.DAT"});
}

TEST_CASE("hivescan: entries of a list that are missing are reported, the others go on") {
    const Evidence evidence;
    const auto run = evidence.scan({"--files-from=-", "--format=jsonl"}, "gone\naffected\n");
    CHECK(run.status == 2);
    const auto records = records_of(run.out);
    REQUIRE(records.size() == 2);
    CHECK(records[0]["checks"][0]["verdict"] == "affected");
    CHECK(records[1]["path"] == "gone");
    CHECK(records[1]["error"]["code"] == "not-found");
    CHECK(records[1]["checks"].empty());
}

TEST_CASE("hivescan: a list of many entries") {
    const Evidence evidence;
    std::string list;
    Arguments paths;
    for (int i = 10'000; i < 20'000; ++i) {
        list += "missing/" + std::to_string(i) + '\n';
        paths.push_back("missing/" + std::to_string(i));
    }
    CHECK(evidence.paths({"--files-from=-"}, list) == paths);
}

TEST_CASE("hivescan: a list that cannot be read") {
    const Evidence evidence;
    for (const std::string list : {"no-such-list", "clear", "clear/NTUSER.DAT/list"}) {
        CAPTURE(list);
        const auto run = evidence.scan({"clear", "--files-from", list, "--output", "report"});
        CHECK(run.status == 2);
        CHECK(run.out == "");
        CHECK(run.err.find(list) != std::string::npos);
        CHECK_FALSE(std::filesystem::exists(evidence.at("report")));
    }
}

TEST_CASE("hivescan: an empty list is nothing to look at") {
    const Evidence evidence;
    CHECK(evidence.scan({"--files-from=-"}).status == 3);
}
