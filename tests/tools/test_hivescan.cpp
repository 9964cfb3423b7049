// hivescan as a process: its options and its exit status.
#include "tests/support/as_built.hpp"
#include "tests/support/tool_run.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace hivelint::test;

namespace {

using Arguments = std::vector<std::string>;

/// One hive of each verdict, and places that hold none.
class Evidence {
public:
    Evidence() {
        write_file(at("affected/NTUSER.DAT"), affected_bytes());
        write_file(at("clear/NTUSER.DAT"), clear_hive());
        write_file(at("nonstandard/NTUSER.DAT"), nonstandard_hive());
        write_file(at("cut/NTUSER.DAT"), std::vector<std::byte>(3));
        auto dirty = spec_with(dword(kMapiHttpDisabled, 0));
        dirty.primary_sequence = 8;
        write_file(at("dirty/NTUSER.DAT"), dirty.build().bytes);
        write_file(at("renamed/user-17.bin"), affected_bytes());
        write_text(at("nothing/readme.txt"), "No hive here.\n");
        write_file(at("logs/NTUSER.DAT.LOG1"), affected_bytes());
    }
    std::filesystem::path at(const char* name) const { return dir_.path() / name; }
    /// hivescan, run where the evidence lies.
    Finished scan(Arguments arguments) const {
        return hivescan(std::move(arguments), {.program = {}, .folder = dir_.path()});
    }

private:
    TempDir dir_;
};

} // namespace

TEST_CASE("hivescan: exit status") {
    struct Row {
        int status;
        Arguments arguments;
    };
    const Row rows[] = {
        {0, {"clear"}},
        {2, {"dirty"}}, // not settled
        {0, {"dirty", "--allow-dirty"}},
        {0, {"nonstandard"}},
        {0, {"clear", "nonstandard"}},
        {0, {"affected", "--fail-on", "never"}},
        {0, {"nonstandard", "--fail-on", "never"}},
        {0, {"clear", "--fail-on", "nonstandard"}},
        {1, {"affected"}},
        {1, {"affected", "clear", "nonstandard"}},
        {1, {"affected", "--fail-on", "affected"}},
        {1, {"affected", "--fail-on", "nonstandard"}},
        {1, {"nonstandard", "--fail-on", "nonstandard"}},
        {1, {"affected/NTUSER.DAT"}},
        {2, {"cut"}},
        {2, {"cut", "--fail-on", "never"}},
        {2, {"cut", "affected"}},
        {2, {"missing"}},
        {2, {"missing", "affected"}},
        {2, {"missing", "clear", "--quiet"}},
        {2, {"nothing/readme.txt"}},
        {3, {"nothing"}},
        {3, {"nothing", "--all-files"}},
        {3, {"nothing", "--fail-on", "never"}},
        {3, {"logs"}},
        {3, {"logs", "--all-files"}},
        {3, {"renamed"}},
        {1, {"renamed", "--all-files"}},
        {1, {"renamed/user-17.bin"}},
    };
    const Evidence evidence;
    for (const auto& [status, arguments] : rows) {
        for (const std::string format : {"--format=text", "--format=jsonl"}) {
            auto with_format = arguments;
            with_format.emplace_back(format);
            const auto run = evidence.scan(with_format);
            CAPTURE(joined(with_format));
            CHECK(run.status == status);
            CHECK(run.err == "");
        }
    }
}

TEST_CASE("hivescan: help") {
    for (const std::string option : {"--help", "-h"}) {
        const auto run = hivescan({option});
        CHECK(run.status == 0);
        CHECK(run.err == "");
        for (const std::string word :
             {"hivescan", "PATH", "--format", "jsonl", "--output", "--all-files", "--files-from",
              "--check", "--fail-on", "nonstandard", "never", "--confirm", "auto", "always",
              "--quiet", "--version", "Exit status: 0 clean; 1 findings; 2 "}) {
            CAPTURE(word);
            CHECK(run.out.find(word) != std::string::npos);
        }
    }
}

TEST_CASE("hivescan: help names the checks that --check takes") {
    CHECK(hivescan({"--help"}).out.find("mapi-http-disabled") != std::string::npos);
}

TEST_CASE("hivescan: help cannot control a terminal") {
    CHECK(misleading(hivescan({"--help"}).out) == "");
}

TEST_CASE("hivescan: version") {
    const auto run = hivescan({"--version"});
    CHECK(run.status == 0);
    CHECK(run.out.starts_with("hivescan "));
    CHECK(run.out.size() > 12);
    CHECK(run.out.ends_with('\n'));
    CHECK(run.err == "");
}

TEST_CASE("hivescan: wrong options are told and nothing is done") {
    const Arguments rows[] = {
        {},
        {"--no-such-option", "clear"},
        {"-x", "clear"},
        {"--format", "xml", "clear"},
        {"--format"},
        {"--format", "clear"},
        {"--fail-on", "clear", "clear"},
        {"--confirm", "maybe", "clear"},
        {"clear", "--check", "no-such-check"},
        {"clear", "--output"},
        {"clear", "--quiet=perhaps"},
        {"clear", "--format=text", "--format=jsonl"},
    };
    const Evidence evidence;
    for (const auto& arguments : rows) {
        CAPTURE(joined(arguments));
        const auto run = evidence.scan(arguments);
        CHECK(run.status == 64);
        CHECK(run.out == "");
        CHECK(run.err != "");
    }
}

TEST_CASE("hivescan: an enumeration is one of its words, not the number behind them") {
    const Evidence evidence;
    for (const std::string option : {"--format=\x01", "--fail-on=\x01", "--confirm=\x01"}) {
        CAPTURE(option);
        CHECK(evidence.scan({"clear", option}).status == 64);
    }
}

TEST_CASE("hivescan: an empty name is no file to write to or to read from") {
    const Evidence evidence;
    for (const std::string option : {"--output", "--files-from"}) {
        CAPTURE(option);
        const auto run = evidence.scan({"clear", option, ""});
        CHECK(run.status == 64);
        CHECK(run.out == "");
    }
}

TEST_CASE("hivescan: messages cannot control a terminal") {
    const Evidence evidence;
    // Such a name can come from a folder of evidence through the shell's `*`.
    const Arguments rows[] = {
        {"clear", "--output", "missing/\x1B[31m/report"},
        {"clear", "--files-from", "missing\x1B[31m"},
        {"--\x1B]0;title\a"},
        {"-\x1B[2J"},
        {"clear", "--format", "\x1B[31m"},
        {"clear", "--check", "\u202Etxt"},
    };
    for (const auto& arguments : rows) {
        CAPTURE(joined(arguments));
        const auto run = evidence.scan(arguments);
        CHECK(run.status == (joined(arguments).find("missing") == std::string::npos ? 64 : 2));
        CHECK(run.err != "");
        CHECK(misleading(run.err) == "");
    }
}

TEST_CASE("hivescan: messages of wrong words are whole and list the right ones") {
    const auto run = hivescan({".", "--format", "xml"});
    CHECK(run.err.find("--format") != std::string::npos);
    CHECK(run.err.find("xml") != std::string::npos);
    CHECK(run.err.find("jsonl") != std::string::npos);
    CHECK(run.err.find("text") != std::string::npos);
    CHECK(misleading(run.err) == "");
}

TEST_CASE("hivescan: options stand anywhere, with or without =") {
    const Evidence evidence;
    const auto expected = evidence.scan({"--format", "jsonl", "affected"});
    CHECK(records_of(expected.out).size() == 1);
    CHECK(evidence.scan({"affected", "--format", "jsonl"}).out == expected.out);
    CHECK(evidence.scan({"--format=jsonl", "--", "affected"}).out == expected.out);
}

TEST_CASE("hivescan: --check takes one check and leaves the places alone") {
    const Evidence evidence;
    const auto all = evidence.scan({"affected"});
    CHECK(evidence.scan({"affected", "--check", "mapi-http-disabled"}).out == all.out);
    CHECK(evidence.scan({"affected", "--check=mapi-http-disabled", "--check=mapi-http-disabled"})
              .out == all.out);
    CHECK(evidence.scan({"--check", "mapi-http-disabled", "affected"}).out == all.out);
    CHECK(evidence.scan({"--check", "affected"}).status == 64);
}

TEST_CASE("hivescan: --confirm says when hivex is asked") {
    struct Row {
        std::string confirm;
        std::string place;
        std::string by;
    };
    const Row rows[] = {
        {"auto", "affected", as_built(R"(["walker","hivex"])")},
        {"auto", "nonstandard", as_built(R"(["walker","hivex"])")},
        {"auto", "clear", R"(["walker"])"},
        {"always", "affected", as_built(R"(["walker","hivex"])")},
        {"always", "clear", as_built(R"(["walker","hivex"])")},
        {"never", "affected", R"(["walker"])"},
        {"never", "clear", R"(["walker"])"},
        {"always", "cut", R"([])"},
    };
    const Evidence evidence;
    for (const auto& [confirm, place, by] : rows) {
        CAPTURE(confirm);
        CAPTURE(place);
        const auto run = evidence.scan({place, "--format=jsonl", "--confirm", confirm});
        const auto records = records_of(run.out);
        REQUIRE(records.size() == 1);
        CHECK(records[0]["checks"][0]["confirmed_by"].dump() == by);
    }
}

TEST_CASE("hivescan: --confirm=always finds what the walker passes over" *
          doctest::skip(hivelint::second_parser().empty())) {
    auto hive = spec_with(dword(kMapiHttpDisabled, 1)).build();
    hive.put32(hive.element("Software") + 4, 0x1234'5678);
    const TempDir dir;
    write_file(dir.path() / "NTUSER.DAT", hive.bytes);
    const auto run = hivescan({dir.path(), "--confirm=always", "--format=jsonl"});
    CHECK(run.status == 2);
    const auto records = records_of(run.out);
    REQUIRE(records.size() == 1);
    CHECK(records[0]["error"]["code"] == "parsers-disagree");
    CHECK(records[0]["checks"][0]["confirmed_by"].dump() == R"(["walker"])");
}
