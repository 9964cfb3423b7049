// hivereplay as a process: its options, its exit status, and what it reports of a hive and its
// logs.
#include "tests/support/replay_scene.hpp"
#include "tests/support/syscalls.hpp"
#include "tests/support/tool_run.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace fs = std::filesystem;
using namespace hivelint::test;

namespace {

/// hivereplay in the folder.
Finished replay_in(const TempDir& dir, std::vector<std::string> arguments) {
    return hivereplay(std::move(arguments), {.program = {}, .folder = dir.path()});
}

void put_case(const TempDir& dir) {
    write_file(dir.path() / "NTUSER.DAT", hive_with(0).bytes);
    write_file(dir.path() / "ntuser.dat.LOG1", log_of(8, {2, 1}).bytes);
    write_file(dir.path() / "ntuser.dat.LOG2", log_of(3, {1}).bytes);
}

constexpr const char* kReport =
    R"(hive     NTUSER.DAT
numbers  primary 8, secondary 7
state    recovered: 2 entries (8 to 9) of ntuser.dat.LOG1
log      ntuser.dat.LOG1, new format, 2 entries (8 to 9) applied
log      ntuser.dat.LOG2, new format, 1 entry (3), not applied; stale-log: the log starts at number 3, the hive is at 7 already
result   8192 bytes, hive bins 0x1000, sequence number 10; verify and hivex agree on 4 keys and 1 value
written  no, --output was not given
)";

} // namespace

TEST_CASE("hivereplay: help, version, and wrong options") {
    const auto help = hivereplay({"--help"});
    CHECK(help.status == 0);
    CHECK(help.err == "");
    for (const std::string word : {"hivereplay", "PATH", "--log", "--output", "-o,", "--info",
                                   "--version", "Exit status: 0 clean; 1 findings; 2 "}) {
        CAPTURE(word);
        CHECK(help.out.find(word) != std::string::npos);
    }
    const auto version = hivereplay({"--version"});
    CHECK(version.status == 0);
    CHECK(version.out.starts_with("hivereplay "));
    const std::vector<std::vector<std::string>> wrong = {
        {},
        {"a", "b", "-o", "c"},
        {"a", "--log"},
        {"a", "--log="},
        {"a", "-o", ""},
        {"a", "--what"},
    };
    for (const auto& arguments : wrong) {
        CAPTURE(joined(arguments));
        const auto run = hivereplay(arguments);
        CHECK(run.status == 64);
        CHECK(run.out == "");
        CHECK(run.err.starts_with("hivereplay: "));
    }
}

TEST_CASE("hivereplay: the report, and that nothing is changed") {
    const TempDir dir;
    put_case(dir);
    const Snapshot before(dir.path());
    const auto run = replay_in(dir, {"NTUSER.DAT"});
    CHECK(run.status == 0);
    CHECK(run.err == "");
    CHECK(run.out == kReport);
    const auto info = replay_in(dir, {"--info", "NTUSER.DAT"});
    CHECK(info.status == 0);
    CHECK(info.out == std::string(kReport) + R"(
ntuser.dat.LOG1
  NUMBER  OFFSET  SIZE    HIVE BINS  PAGES  PAGE BYTES
  8       0x200   0x1200  0x1000     1      0x1000
  9       0x1400  0x1200  0x1000     1      0x1000

ntuser.dat.LOG2
  NUMBER  OFFSET  SIZE    HIVE BINS  PAGES  PAGE BYTES
  3       0x200   0x1200  0x1000     1      0x1000
)");
    CHECK(before.changes() == "");
}

TEST_CASE("hivereplay: a clean hive has nothing to apply, whatever lies beside it") {
    const TempDir dir;
    put_case(dir);
    write_file(dir.path() / "NTUSER.DAT", hive_with(0, 7, 7).bytes);
    fs::create_directory(dir.path() / "NTUSER.DAT.log2");
    REQUIRE(::mkfifo((dir.path() / "ntuser.dat.LOG").c_str(), 0600) == 0);
    const auto expected = "hive     NTUSER.DAT\n"
                          "numbers  primary 7, secondary 7\n"
                          "state    clean: there is nothing to apply\n";
    const std::vector<std::vector<std::string>> ways = {
        {}, {"--info"}, {"--log", "missing"}, {"--log", "ntuser.dat.LOG1"}};
    for (auto arguments : ways) {
        arguments.emplace_back("NTUSER.DAT");
        const auto run = replay_in(dir, arguments);
        CHECK(run.status == 0);
        CHECK(run.out == expected);
        CHECK(run.err == "");
    }
}

TEST_CASE("hivereplay: dirty, and nothing can be applied") {
    struct Row {
        std::string what;
        std::vector<std::pair<std::string, std::vector<std::byte>>> beside;
        std::string reason;
    };
    auto damaged = hive_with(1);
    damaged.put32(damaged.security_cell() + sk::kNext, 0x4444);
    const Row rows[] = {
        {"no log", {}, "error    dirty-hive: no transaction log lies beside it\n"},
        {"stale",
         {{"NTUSER.DAT.LOG1", log_of(3, {1}).bytes}},
         "error    dirty-hive: no log beside it can be applied\n"},
        {"differing twins",
         {{"NTUSER.DAT.LOG1", log_of(8, {1}).bytes}, {"NTUSER.DAT.LOG2", log_of(8, {2}).bytes}},
         "error    ambiguous-logs: two logs start at number 8 and differ: which one counts is not "
         "certain\n"},
        {"names",
         {{"NTUSER.DAT.LOG1", log_of(8, {1}).bytes}, {"ntuser.dat.log1", log_of(8, {1}).bytes}},
         "error    ambiguous-logs: the log NTUSER.DAT.LOG1 cannot be taken into account: "},
        {"damaging",
         {{"NTUSER.DAT.LOG1",
           new_log(hive_with(0), {entry_between(8, hive_with(0), damaged)}).bytes}},
         "error    failed-check at 0x"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        const TempDir dir;
        write_file(dir.path() / "NTUSER.DAT", hive_with(0).bytes);
        for (const auto& [name, bytes] : row.beside) {
            write_file(dir.path() / name, bytes);
        }
        const Snapshot before(dir.path());
        const auto run = replay_in(dir, {"NTUSER.DAT", "--info"});
        CHECK(run.status == 2);
        CHECK(run.err == "");
        CHECK(run.out.find(row.reason) != std::string::npos);
        CHECK(run.out.find("result ") == std::string::npos);
        CHECK(run.out.find("written") == std::string::npos);
        CHECK(before.changes() == "");
        // Nor is anything left of an output file.
        const auto output = replay_in(dir, {"NTUSER.DAT", "-o", "out"});
        CHECK(output.status == 2);
        CHECK(output.out.find(row.reason) != std::string::npos);
        CHECK(std::distance(fs::directory_iterator(dir.path()), {}) == std::ssize(row.beside) + 1);
    }
}

TEST_CASE("hivereplay: what is no hive, or cannot be read") {
    const TempDir dir;
    write_text(dir.path() / "text", "this is no hive");
    write_file(dir.path() / "empty", {});
    write_file(dir.path() / "zeros", std::vector<std::byte>(9000));
    write_file(dir.path() / "log", log_of(8, {1}).bytes);
    fs::create_symlink("log", dir.path() / "link");
    REQUIRE(::mkfifo((dir.path() / "pipe").c_str(), 0600) == 0);
    struct Row {
        std::string name;
        std::string code;
    };
    for (const auto& [name, code] :
         {Row{"missing", "not-found"}, Row{"text", "not-a-hive"}, Row{"empty", "too-short"},
          Row{"zeros", "not-a-hive"}, Row{"log", "wrong-file-type"},
          Row{"pipe", "not-a-regular-file"}, Row{"link", "symbolic-link"}}) {
        CAPTURE(name);
        const auto run = replay_in(dir, {name, "-o", "out"});
        CHECK(run.status == 2);
        CHECK(run.err == "");
        CHECK(run.out.starts_with("hive   " + name + "\nerror  " + code));
        CHECK(lines_of(run.out).size() == 2);
        CHECK(!fs::exists(dir.path() / "out"));
    }
}

TEST_CASE("hivereplay: the journal of an interrupted fix comes first") {
    if (!can_trace()) {
        return; // and said so
    }
    const TempDir dir;
    const TempDir undo;
    const auto hive = dir.path() / "NTUSER.DAT";
    const auto bytes = hive_with(1, 7, 7).bytes;
    write_file(hive, bytes);
    const Command fix = {
        .program = HIVELINT_HIVEFIX, .arguments = {hive.native()}, .folder = undo.path()};
    const auto calls = run_traced(fix).calls;
    const auto write = std::ranges::find_if(calls, [&](const SeenCall& call) {
        return call.call == Call::pwrite && call.file == hive.native();
    });
    REQUIRE(write != calls.end());
    write_file(hive, bytes);
    for (const auto& entry : fs::directory_iterator(undo.path())) {
        fs::remove(entry.path());
    }
    const auto run =
        run_traced(fix, {.kill_at = static_cast<std::size_t>(write - calls.begin()) + 2});
    CHECK(run.signal == SIGKILL);
    const auto replay = replay_in(dir, {"NTUSER.DAT", "-o", "out"});
    CHECK(replay.status == 2);
    CHECK(replay.out == "hive   NTUSER.DAT\nerror  interrupted-fix: the journal of an interrupted "
                        "fix, NTUSER.DAT.hivelint-journal, "
                        "lies beside the hive; recover it first\n");
    CHECK(!fs::exists(dir.path() / "out"));
}

TEST_CASE("hivereplay: a healed hive") {
    const TempDir dir;
    auto hive = hive_with(0);
    hive.put32(header::kChecksum, 77);
    write_file(dir.path() / "NTUSER.DAT", hive.bytes);
    write_file(dir.path() / "NTUSER.DAT.LOG1", log_of(8, {1}).bytes);
    const auto run = replay_in(dir, {"NTUSER.DAT"});
    CHECK(run.status == 0);
    CHECK(run.out ==
          "hive     NTUSER.DAT\n"
          "state    healed, with the base block of the log: 1 entry (8) of NTUSER.DAT.LOG1\n"
          "log      NTUSER.DAT.LOG1, new format, 1 entry (8) applied\n"
          "result   8192 bytes, hive bins 0x1000, sequence number 9; verify and hivex agree on 4 "
          "keys and 1 value\n"
          "written  no, --output was not given\n");
}

TEST_CASE("hivereplay --log: in any order, from another folder, under any name") {
    const TempDir dir;
    const TempDir elsewhere;
    write_file(dir.path() / "hive", hive_with(0).bytes);
    write_file(elsewhere.path() / "first", log_of(8, {2}).bytes);
    write_file(elsewhere.path() / "second.LOG1", log_of(9, {1}).bytes);
    const std::string first = elsewhere.path() / "first";
    const std::string second = elsewhere.path() / "second.LOG1";
    const std::string summary = "recovered: 1 entry (8) of first, 1 entry (9) of second.LOG1\n";
    const auto forth = replay_in(dir, {"hive", "--log", first, "--log", second});
    const auto back = replay_in(dir, {"--log", second, "--log", first, "hive"});
    for (const auto& run : {forth, back}) {
        CHECK(run.status == 0);
        CHECK(run.out.find(summary) != std::string::npos);
    }
    CHECK(last_line(forth.out) == last_line(back.out));
    // The one that lies beside it does not count then.
    write_file(dir.path() / "hive.LOG1", log_of(8, {7, 8}).bytes);
    CHECK(replay_in(dir, {"hive", "--log", first, "--log", second}).out == forth.out);
    // The same one twice, also by another path.
    const auto twice = replay_in(dir, {"hive", "--log", first, "--log", first});
    CHECK(twice.status == 0);
    CHECK(twice.out.find("recovered: 1 entry (8) of first\n") != std::string::npos);
    // One that is not there must not be left out silently.
    const auto missing = replay_in(dir, {"hive", "--log", first, "--log", "missing"});
    CHECK(missing.status == 2);
    CHECK(missing.out.find("error    not-found: the log missing cannot be taken into account") !=
          std::string::npos);
    // The hive itself is no log of it.
    const auto itself = replay_in(dir, {"hive", "--log", "hive"});
    CHECK(itself.status == 2);
    CHECK(itself.out.find("file type 0 where a transaction log has") != std::string::npos);
}

TEST_CASE("hivereplay: a log that may not be read, and a folder that may not be listed") {
    const TempDir dir;
    put_case(dir);
    fs::permissions(dir.path(), fs::perms(0755));
    fs::permissions(dir.path() / "ntuser.dat.LOG2", fs::perms(0));
    const Command nobody = {.program = {}, .folder = dir.path(), .as_nobody = ::geteuid() == 0};
    const auto run = hivereplay({"NTUSER.DAT"}, nobody);
    if (!run.started) {
        say_skipped("hivereplay cannot be run as nobody here");
        return;
    }
    CHECK(run.status == 2);
    CHECK(run.out.find("error    permission-denied: the log ntuser.dat.LOG2 cannot be taken into "
                       "account") != std::string::npos);
    // By name, the good one is enough.
    CHECK(hivereplay({"NTUSER.DAT", "--log", "ntuser.dat.LOG1"}, nobody).status == 0);

    fs::permissions(dir.path(), fs::perms(0711));
    const auto unlisted = hivereplay({"NTUSER.DAT"}, nobody);
    CHECK(unlisted.status == 2);
    CHECK(unlisted.out.find("error    permission-denied") != std::string::npos);
    // Of a clean hive nobody needs to know what lies beside it.
    write_file(dir.path() / "NTUSER.DAT", hive_with(0, 7, 7).bytes);
    CHECK(hivereplay({"NTUSER.DAT"}, nobody).status == 0);
}

TEST_CASE("hivereplay: a report that nobody can be given") {
    const TempDir dir;
    put_case(dir);
    CHECK(hivereplay({"NTUSER.DAT"}, {.program = {}, .folder = dir.path(), .out = Stdout::full})
              .status == 2);
}
