// hivescan's reports as files: several at once, whole or not there, and what Ctrl-C leaves.
#include "tests/support/tool_run.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace fs = std::filesystem;
using namespace hivelint::test;
using nlohmann::json;

namespace {

class Evidence {
public:
    explicit Evidence(int hives = 2) {
        const auto bytes = affected_bytes();
        for (int i = 0; i < hives; ++i) {
            write_file(dir_.path() / "Users" / ("u" + std::to_string(i)) / "NTUSER.DAT", bytes);
        }
    }
    const fs::path& folder() const { return dir_.path(); }
    Finished scan(std::vector<std::string> arguments) const {
        return hivescan(std::move(arguments), {.program = {}, .input = {}, .folder = dir_.path()});
    }
    std::string text(const char* name) const { return read_file(folder() / name); }
    /// Beside the hives' folder.
    std::vector<std::string> files() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(folder())) {
            if (!entry.is_directory()) {
                names.push_back(entry.path().filename().native());
            }
        }
        std::ranges::sort(names);
        return names;
    }

private:
    TempDir dir_;
};

} // namespace

TEST_CASE("reports: several at once, and the table is printed") {
    const Evidence evidence;
    const auto run =
        evidence.scan({"--output", "csv=a.csv", "--output", "html=a.html", "--output",
                       "sarif=a.sarif", "--case", "K-7", "--examiner", "<Eve>", "Users"});
    CHECK(run.status == 1);
    CHECK(lines_of(run.out).at(0).starts_with("VERDICT"));
    CHECK(evidence.files() == std::vector<std::string>{"a.csv", "a.html", "a.sarif"});
    CHECK(evidence.text("a.csv").starts_with("HivePath,"));
    CHECK(evidence.text("a.html").find("K-7") != std::string::npos);
    CHECK(evidence.text("a.html").find("&lt;Eve&gt;") != std::string::npos);
    CHECK(json::parse(evidence.text("a.sarif")).at("version") == "2.1.0");
    // One without a format is what would be printed.
    const auto silent = evidence.scan({"--format=json", "--output", "b.json", "Users"});
    CHECK(silent.out == "");
    CHECK(json::parse(evidence.text("b.json")).at("records").size() == 2);
    // A path may have an equals sign.
    CHECK(evidence.scan({"--output", "x=y", "Users"}).out == "");
    CHECK(evidence.text("x=y").starts_with("VERDICT"));
    CHECK(evidence.scan({"--output", "-", "Users"}).out == evidence.scan({"Users"}).out);
    for (const char* wrong : {"csv=", ""}) {
        CHECK(evidence.scan({"--output", wrong, "Users"}).status == 64);
    }
    CHECK(evidence.scan({"--output", "a", "--output", "b", "Users"}).status == 64);
}

TEST_CASE("reports: --reproducible leaves out the times of the run") {
    const Evidence evidence;
    for (const char* format :
         {"json", "sarif", "html", "jsonl", "csv", "junit", "bodyfile", "text"}) {
        CAPTURE(format);
        const auto once = evidence.scan({"--reproducible", "--format", format, "Users"}).out;
        CHECK(once == evidence.scan({"--reproducible", "--format", format, "Users"}).out);
    }
    const auto told = json::parse(evidence.scan({"--format=json", "Users"}).out);
    CHECK(told.at("run").at("start").is_string());
    CHECK(told.at("end").at("time").is_string());
    const auto left = json::parse(evidence.scan({"--reproducible", "--format=json", "Users"}).out);
    CHECK(left.at("run").at("start").is_null());
    CHECK(left.at("end").at("time").is_null());
}

TEST_CASE("reports: a file has its name when it is whole, whatever happens on the way") {
    const Evidence evidence;
    write_text(evidence.folder() / "report", "earlier");
    // What cannot be opened ends the run before anything is replaced.
    CHECK(evidence.scan({"--output", "json=report", "--output", "nowhere/x", "Users"}).status == 2);
    CHECK(evidence.text("report") == "earlier");
    CHECK(evidence.files() == std::vector<std::string>{"report"});
    // A hive is never written over.
    const auto hive = read_file(evidence.folder() / "Users/u0/NTUSER.DAT");
    CHECK(evidence.scan({"--output", "csv=Users/u0/NTUSER.DAT", "Users"}).status == 2);
    CHECK(read_file(evidence.folder() / "Users/u0/NTUSER.DAT") == hive);
    // A link leads to the file that is replaced.
    fs::create_symlink("report", evidence.folder() / "link");
    CHECK(evidence.scan({"--output", "json=link", "Users"}).status == 1);
    CHECK(fs::is_symlink(evidence.folder() / "link"));
    CHECK(json::parse(evidence.text("report")).at("records").size() == 2);
}

TEST_CASE("reports: Ctrl-C leaves the earlier report whole, and says so") {
    const Evidence evidence(400);
    write_text(evidence.folder() / "report", "earlier");
    bool cut = false;
    for (const char* after : {"0.005", "0.01", "0.02", "0.04", "0.08", "0.16", "0.32", "0.64"}) {
        const auto killed = run({.program = "/usr/bin/timeout",
                                 .arguments = {"--preserve-status", "-s", "INT", after,
                                               HIVELINT_HIVESCAN, "--confirm=always", "--jobs=1",
                                               "--format=jsonl", "--output=report", "Users"},
                                 .folder = evidence.folder()});
        const auto now = evidence.text("report");
        if (now == "earlier") {
            cut =
                cut || (killed.status > 128 && killed.err.find("interrupted") != std::string::npos);
        } else {
            CHECK(lines_of(now).size() == 401);
            write_text(evidence.folder() / "report", "earlier");
        }
        CHECK(evidence.files() == std::vector<std::string>{"report"});
    }
    CHECK(cut);
}

TEST_CASE("reports: a hive is an artifact in SARIF, with its hash") {
    const Evidence evidence;
    CHECK(evidence.scan({"--hash", "sha256", "--output", "sarif=a.sarif", "Users"}).status == 1);
    const auto run = json::parse(evidence.text("a.sarif")).at("runs").at(0);
    const auto records =
        records_of(evidence.scan({"--hash", "sha256", "--format", "jsonl", "Users"}).out);
    const auto& artifacts = run.at("artifacts");
    REQUIRE(artifacts.size() == 2);
    for (std::size_t i = 0; i < artifacts.size(); ++i) {
        const auto& place = run.at("results").at(i).at("locations").at(0).at("physicalLocation");
        CHECK(place.at("artifactLocation").at("index") == i);
        CHECK(place.at("artifactLocation").at("uri") == artifacts[i].at("location").at("uri"));
        CHECK(artifacts[i].at("length") == 8192);
        CHECK(artifacts[i].at("hashes").at("sha-256") ==
              records.at(i).at("files").at(0).at("sha256"));
    }
}
