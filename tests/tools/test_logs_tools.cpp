// hivescan on dirty hives with logs, as a process: its text, its exit status, and which files it
// opens.
#include "tests/support/replay_scene.hpp"
#include "tests/support/syscalls.hpp"
#include "tests/support/tool_run.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace fs = std::filesystem;
using namespace hivelint::test;

namespace {

/// As stored 0; the logs make it 2, then 1.
void put_recovered(const fs::path& folder) {
    write_file(folder / "NTUSER.DAT", hive_with(0).bytes);
    write_file(folder / "ntuser.dat.LOG1", log_of(9, {1}).bytes);
    write_file(folder / "ntuser.dat.LOG2", log_of(8, {2}).bytes);
}

std::string below(const TempDir& dir, const std::string& out) {
    return replaced(out, dir.path().native() + "/", "");
}

Finished scan_in(const TempDir& dir, std::vector<std::string> arguments, Command rest = {}) {
    arguments.push_back(dir.path().native());
    return hivescan(std::move(arguments), std::move(rest));
}

/// Files that the program opened, by their names.
std::vector<std::string> opened_by(const std::vector<SeenCall>& calls) {
    std::vector<std::string> names;
    for (const auto& call : calls) {
        if (call.call == Call::open || call.call == Call::open_rw || call.call == Call::create) {
            names.push_back(fs::path(call.file).filename().native());
        }
    }
    return names;
}

bool has_log(const std::vector<std::string>& names) {
    return std::ranges::any_of(names, [](const std::string& name) {
        return name.find("LOG") != std::string::npos || name.find("log") != std::string::npos;
    });
}

} // namespace

TEST_CASE("hivescan with logs: the text") {
    const TempDir dir;
    put_recovered(dir.path() / "anna");
    write_file(dir.path() / "bert/NTUSER.DAT", hive_with(0).bytes);
    write_file(dir.path() / "bert/NTUSER.DAT.LOG1", log_of(3, {1}).bytes);
    const auto run = scan_in(dir, {"--check=mapi-http-disabled", "--history"});
    CHECK(run.status == 2); // bert's is not settled
    CHECK(run.err == "");
    CHECK(below(dir, run.out) ==
          R"(VERDICT   VALUE                              STATE      USER  PATH
affected  REG_DWORD 1 (stored: REG_DWORD 0)  recovered  test  anna/NTUSER.DAT
clear     REG_DWORD 0                        dirty      test  bert/NTUSER.DAT

anna/NTUSER.DAT
  note: recovered: 1 entry (8) of ntuser.dat.LOG2, 1 entry (9) of ntuser.dat.LOG1 applied
  log: ntuser.dat.LOG1, new format, 1 entry (9) applied
  log: ntuser.dat.LOG2, new format, 1 entry (8) applied
  mapi-http-disabled: as stored: clear REG_DWORD 0, key last written 2013-04-25T21:11:34.0000000Z
  mapi-http-disabled: after entry 8 of ntuser.dat.LOG2: nonstandard REG_DWORD 2, key last written 2013-04-25T21:11:34.0000000Z
  mapi-http-disabled: after entry 9 of ntuser.dat.LOG1: affected REG_DWORD 1, key last written 2013-04-25T21:11:34.0000000Z
bert/NTUSER.DAT
  note: dirty: the sequence numbers differ (primary 8, secondary 7); no log beside it can be applied, so newer data may be missing
  log: NTUSER.DAT.LOG1, new format, 1 entry (3), not applied; stale-log: the log starts at number 3, the hive is at 7 already
  mapi-http-disabled: as stored: clear REG_DWORD 0, key last written 2013-04-25T21:11:34.0000000Z

mapi-http-disabled (KB 2937684): Outlook cannot use MAPI over HTTP
  HKEY_CURRENT_USER\Software\Microsoft\Exchange : MapiHttpDisabled

2 hives: 1 affected, 1 clear, 0 nonstandard, 0 unknown; 0 errors, 1 dirty, 1 recovered
)");
}

TEST_CASE("hivescan --no-logs: the text") {
    const TempDir dir;
    put_recovered(dir.path() / "anna");
    const auto run = scan_in(dir, {"--check=mapi-http-disabled", "--no-logs"});
    CHECK(run.status == 2);
    CHECK(below(dir, run.out) == R"(VERDICT  VALUE        STATE  USER  PATH
clear    REG_DWORD 0  dirty  test  anna/NTUSER.DAT

anna/NTUSER.DAT
  note: dirty: the sequence numbers differ (primary 8, secondary 7); the transaction logs were not applied, so newer data may be missing

1 hive: 0 affected, 1 clear, 0 nonstandard, 0 unknown; 0 errors, 1 dirty, 0 recovered
)");
}

TEST_CASE("hivescan with logs: exit status, and what --quiet leaves out") {
    struct Row {
        std::uint32_t stored;
        std::vector<std::uint32_t> logs;
        std::vector<std::string> options;
        int status;
        bool quiet; ///< whether --quiet says nothing
    };
    const Row rows[] = {
        {0, {0}, {}, 0, true},
        {0, {1}, {}, 1, false},
        {1, {0}, {}, 0, false},            // what is stored there is a finding
        {1, {0}, {"--no-logs"}, 2, false}, // dirty
        {0, {1}, {"--no-logs"}, 2, false},
        {1, {0}, {"--no-logs", "--allow-dirty"}, 1, false},
        {0, {1}, {"--no-logs", "--allow-dirty"}, 0, false},
        {0, {1, 0}, {}, 0, true},
        {0, {2}, {}, 0, false},
        {0, {2}, {"--fail-on=nonstandard"}, 1, false},
    };
    for (const auto& row : rows) {
        const TempDir dir;
        write_file(dir.path() / "NTUSER.DAT", hive_with(row.stored).bytes);
        write_file(dir.path() / "NTUSER.DAT.LOG1", log_of(8, row.logs).bytes);
        auto options = row.options;
        options.emplace_back("--check=mapi-http-disabled");
        CHECK(scan_in(dir, options).status == row.status);
        options.emplace_back("--quiet");
        const auto quiet = scan_in(dir, options);
        CHECK(quiet.status == row.status);
        CHECK((quiet.out == "") == row.quiet);
    }
    // Logs that would damage the hive are something that could not be done.
    const TempDir dir;
    auto damaged = hive_with(1);
    damaged.put32(damaged.security_cell() + sk::kNext, 0x4444);
    write_file(dir.path() / "NTUSER.DAT", hive_with(0).bytes);
    write_file(dir.path() / "NTUSER.DAT.LOG1",
               new_log(hive_with(0), {entry_between(8, hive_with(0), damaged)}).bytes);
    const auto run = scan_in(dir, {});
    CHECK(run.status == 2);
    CHECK(run.out.find("  error: damaged: with its logs applied: damaged at 0x") !=
          std::string::npos);
    CHECK(scan_in(dir, {"--no-logs", "--allow-dirty"}).status == 0);
}

TEST_CASE("hivescan with logs: nothing is changed, whatever is asked") {
    const TempDir dir;
    put_recovered(dir.path() / "recovered");
    put_recovered(dir.path() / "healed");
    auto no_block = hive_with(0);
    no_block.put32(header::kSignature, 0);
    write_file(dir.path() / "healed/NTUSER.DAT", no_block.bytes);
    put_recovered(dir.path() / "ambiguous");
    write_file(dir.path() / "ambiguous/NTUSER.DAT.LOG1", {});
    put_recovered(dir.path() / "pipe");
    fs::remove(dir.path() / "pipe/ntuser.dat.LOG2");
    REQUIRE(::mkfifo((dir.path() / "pipe/ntuser.dat.LOG2").c_str(), 0600) == 0);
    put_recovered(dir.path() / "link");
    fs::remove(dir.path() / "link/ntuser.dat.LOG2");
    fs::create_symlink("../healed/ntuser.dat.LOG2", dir.path() / "link/ntuser.dat.LOG2");
    put_recovered(dir.path() / "old");
    write_file(dir.path() / "old/ntuser.dat.LOG1", old_log_of(8, 1).bytes);
    fs::remove(dir.path() / "old/ntuser.dat.LOG2");
    const std::vector<std::vector<std::string>> ways = {
        {}, {"--history"}, {"--no-logs"}, {"--confirm=always", "--history"}, {"--confirm=never"}};
    for (const auto& options : ways) {
        const Snapshot before(dir.path());
        const auto run = scan_in(dir, options);
        CHECK(run.out.find("6 hives: ") != std::string::npos);
        CHECK(before.changes() == "");
    }
    const auto text = scan_in(dir, {}).out;
    CHECK(text.find("; 2 errors, ") != std::string::npos); // the pipe and the link
    CHECK(text.find(", 3 dirty, 3 recovered") != std::string::npos);
}

TEST_CASE("hivescan with logs: which files are opened") {
    if (!can_trace()) {
        return; // and said so
    }
    const TempDir dir;
    const auto hive = dir.path() / "NTUSER.DAT";
    const auto opened = [&](std::vector<std::string> options) {
        options.push_back(hive.native());
        return opened_by(
            run_traced({.program = HIVELINT_HIVESCAN, .arguments = std::move(options)}).calls);
    };
    put_recovered(dir.path());
    auto names = opened({});
    CHECK(std::ranges::count(names, "NTUSER.DAT") == 1);
    CHECK(std::ranges::count(names, "ntuser.dat.LOG1") == 1);
    CHECK(std::ranges::count(names, "ntuser.dat.LOG2") == 1);
    CHECK(!has_log(opened({"--no-logs"})));
    // Of a clean hive none, however newer they are.
    write_file(hive, hive_with(0, 7, 7).bytes);
    for (const auto* option : {"--history", "--confirm=always", "--confirm=never"}) {
        names = opened({option});
        CHECK(std::ranges::count(names, "NTUSER.DAT") == 1);
        CHECK(!has_log(names));
    }
}

TEST_CASE("hivescan with logs: a folder of many dirty hives is not listed for each") {
    if (!can_trace()) {
        return; // and said so
    }
    const TempDir dir;
    const auto times_opened = [&](int hives) {
        const auto folder = dir.path() / std::to_string(hives);
        for (int i = 0; i < hives; ++i) {
            const auto hive = folder / (std::to_string(i) + "_NTUSER.DAT");
            write_file(hive, hive_with(0).bytes);
            write_file(hive.native() + ".LOG1", log_of(8, {1}).bytes);
        }
        const auto run =
            run_traced({.program = HIVELINT_HIVESCAN, .arguments = {"--jobs=1", folder.native()}});
        CHECK(run.out.find(fmt::format("\n{0} hives: {0} affected", hives)) != std::string::npos);
        return std::ranges::count_if(run.calls, [&](const SeenCall& call) {
            return call.call == Call::open && fs::path(call.file) == folder;
        });
    };
    const auto few = times_opened(2);
    CHECK(few > 0);
    CHECK(times_opened(20) == few);
}

TEST_CASE("hivescan with logs: a log that is written to meanwhile is not used") {
    if (!can_trace()) {
        return; // and said so
    }
    for (const std::string name : {"ntuser.dat.LOG1", "ntuser.dat.LOG2"}) {
        CAPTURE(name);
        const TempDir dir;
        put_recovered(dir.path());
        const Command command = {
            .program = HIVELINT_HIVESCAN,
            .arguments = {"--format=jsonl", "--check=mapi-http-disabled", dir.path().native()}};
        const auto calls = run_traced(command).calls;
        const auto is_read = [&](const SeenCall& call) {
            return call.call == Call::pread && call.file.ends_with(name);
        };
        const auto last = std::find_if(calls.rbegin(), calls.rend(), is_read);
        REQUIRE(last != calls.rend());
        const auto at = static_cast<std::size_t>(calls.rend() - last);
        const auto run = run_traced(command, {.pause_at = at, .meanwhile = [&] {
                                                  std::ofstream(dir.path() / name, std::ios::app)
                                                      << "more";
                                              }});
        CHECK(run.disturbed);
        const auto record = records_of(run.out).at(0);
        CHECK(record["state"] == "dirty");
        CHECK(record["checks"][0]["reason"] == "zero");
        CHECK(record["checks"][0]["primary"] == nullptr);
        for (const auto& log : record["logs"]) {
            CHECK(log["used"] == false);
            CHECK(log["applied"] == 0);
        }
        CHECK(record["error"]["code"] == "changed-while-reading");
        CHECK(record["error"]["message"].get<std::string>().starts_with("log " + name + ": "));
        CHECK(run.status == 2);
    }
}

TEST_CASE("hivescan with logs: a disk that cannot be read where a log lies") {
    if (!can_trace()) {
        return; // and said so
    }
    const TempDir dir;
    put_recovered(dir.path());
    const Command command = {
        .program = HIVELINT_HIVESCAN,
        .arguments = {"--format=jsonl", "--check=mapi-http-disabled", dir.path().native()}};
    std::vector<std::size_t> reads; // of a log, counted among all reads
    std::size_t count = 0;
    for (const auto& call : run_traced(command).calls) {
        count += call.call == Call::pread ? 1 : 0;
        if (call.call == Call::pread && call.file.find(".LOG") != std::string::npos) {
            reads.push_back(count);
        }
    }
    REQUIRE(reads.size() >= 4);
    for (const auto nth : reads) {
        CAPTURE(nth);
        const auto run = run_traced(command, {.call = Call::pread, .nth = nth, .error = EIO});
        CHECK(run.disturbed);
        CHECK(run.status == 2);
        const auto record = records_of(run.out).at(0);
        CHECK(record["state"] == "dirty");
        CHECK(record["checks"][0]["reason"] == "zero");
        CHECK(record["error"]["code"] == "io-error");
        CHECK(record["logs"][0]["used"] == false);
        CHECK(record["logs"][1]["used"] == false);
    }
}

TEST_CASE("hivescan with logs: one that may not be read") {
    const TempDir dir;
    fs::permissions(dir.path(), fs::perms(0755));
    put_recovered(dir.path());
    fs::permissions(dir.path() / "ntuser.dat.LOG2", fs::perms(0));
    const auto run = scan_in(dir, {"--format=jsonl", "--check=mapi-http-disabled"},
                             {.program = {}, .as_nobody = ::geteuid() == 0});
    if (!run.started) {
        say_skipped("hivescan cannot be run as nobody here");
        return;
    }
    const auto record = records_of(run.out).at(0);
    CHECK(record["state"] == "dirty");
    CHECK(record["logs"][0]["used"] == false);
    CHECK(record["logs"][1]["stopped"]["code"] == "permission-denied");
    CHECK(record["error"]["code"] == "permission-denied");
    CHECK(record["error"]["message"].get<std::string>().starts_with(
        "the log ntuser.dat.LOG2 cannot be taken into account: "));
    CHECK(run.status == 2);
    // The same beside a clean hive changes nothing.
    write_file(dir.path() / "NTUSER.DAT", hive_with(0, 7, 7).bytes);
    const auto clean = scan_in(dir, {"--format=jsonl", "--check=mapi-http-disabled"},
                               {.program = {}, .as_nobody = ::geteuid() == 0});
    CHECK(clean.status == 0);
    CHECK(records_of(clean.out).at(0)["logs"] == nlohmann::json::array());
}

TEST_CASE("hivescan with logs: names of logs cannot control a terminal") {
    const TempDir dir;
    const std::string name = "a\x1B[31m\n\xFFntuser.dat";
    write_file(dir.path() / name, hive_with(0).bytes);
    write_file(dir.path() / (name + ".LOG1"), log_of(8, {1}).bytes);
    write_file(dir.path() / (name + ".LOG2"), log_of(3, {1}).bytes);
    for (const auto* option : {"--history", "--no-logs"}) {
        const auto run = scan_in(dir, {"--all-files", option});
        CHECK(run.out.find("1 hive: ") != std::string::npos);
        CHECK(misleading(run.out) == "");
    }
    CHECK(misleading(hivereplay({dir.path() / name, "--info"}).out) == "");
}
