// Where hivescan's report goes: files, terminals, and places that do not take it. What it must not
// depend on: locale, time zone, folder, and the run before.
#include "tests/support/tool_run.hpp"
#include "tests/support/turkish_locale.hpp"

#include <doctest/doctest.h>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace fs = std::filesystem;
using namespace hivelint::test;

namespace {

const std::string kTestdata = HIVELINT_TESTDATA;

/// Enough hives for a report that no page holds.
void put_many(const TempDir& dir, int count) {
    for (int i = 1000; i < 1000 + count; ++i) {
        write_file(dir.path() / fmt::format("Users/user{}/NTUSER.DAT", i), affected_bytes());
    }
}

Command into(Stdout out) { return {.program = {}, .out = out}; }

} // namespace

TEST_CASE("hivescan: --output writes what standard output would get") {
    const TempDir dir;
    const auto file = dir.path() / "report";
    for (const std::string format : {"--format=text", "--format=jsonl"}) {
        CAPTURE(format);
        const auto shown = hivescan({kTestdata, format});
        const auto written = hivescan({kTestdata, format, "--output", file});
        CHECK(written.status == shown.status);
        CHECK(written.out == "");
        CHECK(written.err == "");
        CHECK(shown.out != "");
        CHECK(read_file(file) == shown.out);
    }
}

TEST_CASE("hivescan: --output replaces a longer report") {
    const TempDir dir;
    const auto file = dir.path() / "report";
    write_text(file, std::string(100'000, 'x'));
    hivescan({kTestdata, "--output", file});
    CHECK(read_file(file) == hivescan({kTestdata}).out);
}

TEST_CASE("hivescan: wrong options leave the file of --output alone") {
    const TempDir dir;
    write_text(dir.path() / "report", "the report of yesterday");
    CHECK(hivescan({kTestdata, "--output", dir.path() / "report", "--format=x"}).status == 64);
    CHECK(read_file(dir.path() / "report") == "the report of yesterday");
}

TEST_CASE("hivescan: --output never falls on a hive") {
    const TempDir dir;
    write_file(dir.path() / "NTUSER.DAT", affected_bytes());
    auto log = affected_bytes();
    log[header::kFileType] = std::byte{6};
    write_file(dir.path() / "NTUSER.DAT.LOG1", log);
    write_text(dir.path() / "short", "regf");
    fs::create_symlink("NTUSER.DAT", dir.path() / "link");
    fs::create_hard_link(dir.path() / "NTUSER.DAT", dir.path() / "report.txt");
    for (const std::string name :
         {"NTUSER.DAT", "NTUSER.DAT.LOG1", "short", "link", "report.txt"}) {
        CAPTURE(name);
        const auto file = dir.path() / name;
        const auto bytes = read_file(file);
        const auto written = fs::last_write_time(file);
        const auto run = hivescan({kTestdata, "--output", file});
        CHECK(run.status == 2);
        CHECK(run.out == "");
        CHECK(run.err.find(name) != std::string::npos);
        CHECK(read_file(file) == bytes);
        CHECK(fs::last_write_time(file) == written);
    }
}

TEST_CASE("hivescan: --output never falls on a hive whose signature is damaged") {
    const TempDir dir;
    auto bytes = affected_bytes();
    bytes[0] = std::byte{0};
    for (const std::string name : {"NTUSER.DAT", "user-17.bin"}) {
        CAPTURE(name);
        const auto file = dir.path() / name;
        write_file(file, bytes);
        const auto before = read_file(file);
        CHECK(hivescan({kTestdata, "--output", file}).status == 2);
        CHECK(read_file(file) == before);
    }
}

TEST_CASE("hivescan: --output never falls on what is being scanned") {
    const TempDir dir;
    for (const std::string name : {"NTUSER.DAT", "user-17.bin"}) {
        CAPTURE(name);
        const auto file = dir.path() / name;
        for (const auto& arguments : std::vector<std::vector<std::string>>{
                 {file}, {dir.path()}, {dir.path(), "--all-files"}}) {
            if (arguments.front() == dir.path() && name == "user-17.bin") {
                continue; // nobody would take it for a hive
            }
            write_text(file, "what a copy left");
            auto with_output = arguments;
            with_output.insert(with_output.end(), {"--output", file});
            const auto run = hivescan(with_output);
            CHECK(run.status == 2);
            CHECK(run.err != "");
            CHECK(read_file(file) == "what a copy left");
        }
    }
}

TEST_CASE("hivescan: --output never falls on a hive that cannot be read") {
    const TempDir dir;
    fs::permissions(dir.path(), fs::perms::all);
    const auto file = dir.path() / "NTUSER.DAT";
    write_file(file, affected_bytes());
    fs::permissions(file, fs::perms(0222));
    const auto run =
        hivescan({kTestdata, "--output", file}, {.program = {}, .as_nobody = ::geteuid() == 0});
    if (!run.started) {
        say_skipped("hivescan cannot be run as nobody here");
        return;
    }
    CHECK(run.status == 2);
    CHECK(fs::file_size(file) == affected_bytes().size()); // nobody here may read it
}

TEST_CASE("hivescan: --output where nothing can be written") {
    const TempDir dir;
    fs::create_directory(dir.path() / "folder");
    for (const auto& file : {dir.path() / "missing/report", dir.path() / "folder",
                             fs::path("/dev/full"), fs::path("/proc/report")}) {
        CAPTURE(file.native());
        for (const std::string format : {"--format=text", "--format=jsonl"}) {
            const auto run = hivescan({kTestdata, format, "--output", file});
            CHECK(run.status == 2);
            CHECK(run.out == "");
            CHECK(run.err.starts_with("hivescan: "));
            CHECK(lines_of(run.err).size() == 1);
        }
    }
}

TEST_CASE("hivescan: a closed pipe is a clean end") {
    const TempDir dir;
    put_many(dir, 150);
    for (const std::string format : {"--format=text", "--format=jsonl"}) {
        for (const auto out : {Stdout::closed_pipe, Stdout::one_page}) {
            CAPTURE(format);
            const auto run = hivescan({dir.path(), format}, into(out));
            CHECK(run.signal == 0);
            CHECK_FALSE(run.timed_out);
            CHECK(run.status == 2);
            CHECK(run.out.empty() == (out == Stdout::closed_pipe));
            CHECK(run.err == ""); // as in `hivescan … | head`: nobody to tell
        }
    }
}

TEST_CASE("hivescan: no space left") {
    for (const auto& arguments :
         {std::vector<std::string>{kTestdata}, {kTestdata, "--format=jsonl"}}) {
        const auto run = hivescan(arguments, into(Stdout::full));
        CHECK(run.status == 2);
        CHECK(run.err.starts_with("hivescan: "));
        CHECK(run.err.find("No space left") != std::string::npos);
    }
}

TEST_CASE("tools: help that cannot be written is not a success") {
    CHECK(hivescan({"--help"}, into(Stdout::full)).status == 2);
    CHECK(hiveinfo({"--version"}, into(Stdout::full)).status == 2);
}

TEST_CASE("hivescan: no standard output at all") {
    const TempDir dir;
    write_file(dir.path() / "NTUSER.DAT", affected_bytes());
    const Snapshot before(dir.path());
    for (const std::string format : {"--format=text", "--format=jsonl"}) {
        CAPTURE(format);
        const auto run = hivescan({dir.path(), format}, into(Stdout::none));
        CHECK(run.status == 2);
        CHECK(run.err.starts_with("hivescan: "));
        CHECK(hivescan({dir.path(), format, "--output", "/dev/null"}, into(Stdout::none)).status ==
              1);
    }
    CHECK(before.changes() == "");
}

TEST_CASE("tools: the environment has no say") {
    const TurkishLocale turkish; // in a folder that LOCPATH leads to
    if (!turkish.in_force()) {
        say_skipped(TurkishLocale::kSkipped);
    }
    const std::string alice = kTestdata + "/profiles/Users/alice/NTUSER.DAT";
    const auto outputs = [&](Command rest) {
        return hivescan({kTestdata}, rest).out + hivescan({kTestdata, "--format=jsonl"}, rest).out +
               hiveinfo({alice, "--verify", "--key", ""}, rest).out +
               hiveinfo({alice, "--format=json", "--key=SOFTWARE\\MICROSOFT"}, rest).out +
               hivescan({kTestdata + "/missing"}, rest).out + hivescan({"--help"}, rest).out;
    };
    const auto expected = outputs({});
    CHECK(expected.size() > 10'000);
    const std::pair<std::string, std::string> rows[] = {
        {"LC_ALL", "C"},          {"LC_ALL", "tr_TR.UTF-8"}, {"LC_ALL", "no_SUCH"},
        {"LANG", "tr_TR.UTF-8"},  {"LANGUAGE", "tr:de"},     {"LC_ALL", "POSIX"},
        {"TZ", "Asia/Kathmandu"}, {"TZ", "XXX-14"},          {"COLUMNS", "30"},
        {"TERM", "dumb"},         {"HOME", "/nonexistent"},  {"TMPDIR", "/nonexistent"},
        {"NO_COLOR", "1"},        {"CLICOLOR_FORCE", "1"},   {"POSIXLY_CORRECT", "1"},
    };
    for (const auto& [name, value] : rows) {
        CAPTURE(name);
        CAPTURE(value);
        CHECK(outputs({.program = {}, .environment = {{name, value}}}) == expected);
    }
    const TempDir dir;
    CHECK(outputs({.program = {}, .folder = dir.path()}) == expected);
    CHECK(outputs({}) == expected);
}

TEST_CASE("hivescan: relative paths are shown as they were given") {
    const TempDir dir;
    write_file(dir.path() / "a/NTUSER.DAT", affected_bytes());
    struct Row {
        std::string folder;
        std::string place;
        std::string path;
    };
    const Row rows[] = {
        {"", ".", "./a/NTUSER.DAT"},    {"", "a", "a/NTUSER.DAT"},
        {"", "a/", "a/NTUSER.DAT"},     {"", "./a/NTUSER.DAT", "./a/NTUSER.DAT"},
        {"a", "..", "../a/NTUSER.DAT"}, {"a", "NTUSER.DAT", "NTUSER.DAT"},
    };
    for (const auto& [folder, place, path] : rows) {
        CAPTURE(place);
        const auto run =
            hivescan({place, "--format=jsonl"}, {.program = {}, .folder = dir.path() / folder});
        const auto records = records_of(run.out);
        REQUIRE(records.size() == 1);
        CHECK(records[0]["path"] == path);
    }
}
