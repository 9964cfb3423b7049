// What hivereplay writes: the recovered hive as a new file, or nothing at all.
#include "tests/support/real_hives.hpp"
#include "tests/support/replay_scene.hpp"
#include "tests/support/syscalls.hpp"
#include "tests/support/tool_run.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

namespace fs = std::filesystem;
using namespace hivelint::test;

namespace {

std::string text_of(const std::vector<std::byte>& bytes) {
    std::string text;
    for (const auto byte : bytes) {
        text.push_back(static_cast<char>(byte));
    }
    return text;
}

/// The naive replay, made clean with that number.
std::string expected(const BuiltHive& hive, const std::vector<BuiltLog>& logs,
                     std::uint32_t number) {
    auto bytes = Scene(hive, logs).naive_image();
    store(bytes, header::kPrimarySequence, number, 4);
    store(bytes, header::kSecondarySequence, number, 4);
    store(bytes, header::kChecksum, base_block_checksum(bytes), 4);
    return text_of(bytes);
}

void put_logs(const TempDir& dir, const std::vector<BuiltLog>& logs) {
    for (std::size_t i = 0; i < logs.size(); ++i) {
        write_file(dir.path() / ("NTUSER.DAT.LOG" + std::to_string(i + 1)), logs[i].bytes);
    }
}

/// Names in the folder, with a space behind each.
std::string names_in(const fs::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) {
        names.push_back(entry.path().filename().native());
    }
    std::ranges::sort(names);
    return joined(names);
}

} // namespace

TEST_CASE("hivereplay -o: the naive replay, byte for byte, under a number above all others") {
    const auto dirty = hive_with(0);
    auto checksum = hive_with(0);
    checksum.put32(header::kChecksum, 77);
    auto tail = hive_with(0);
    tail.append(pattern(777));
    auto grown_spec = HiveSpec{.primary_sequence = 8, .secondary_sequence = 7};
    grown_spec.with(kReplayKey, dword(kReplayValue, 1));
    grown_spec.with("More", binary(u"data", pattern(9000)));
    const auto grown = grown_spec.build();
    struct Row {
        std::string what;
        BuiltHive hive;
        std::vector<BuiltLog> logs;
        std::uint32_t number;
    };
    const Row rows[] = {
        {"one log", dirty, {log_of(8, {1})}, 9},
        {"two logs", dirty, {log_of(9, {1}), log_of(8, {5})}, 10},
        {"remnants with a higher number", dirty, {log_of(8, {1}).remnants(log_of(60, {5, 6}))}, 62},
        {"a broken chain with a higher number", dirty, {log_of(8, {1}), log_of(20, {5})}, 21},
        {"the number of the hive is the highest", hive_with(0, 90, 7), {log_of(8, {1})}, 91},
        {"numbers that wrap",
         hive_with(0, 0xFFFF'FFFF, 0xFFFF'FFFE),
         {log_of(0xFFFF'FFFE, {3, 2, 1})},
         1},
        {"old format", dirty, {old_log_of(8, 1)}, 9},
        {"healed", checksum, {log_of(30, {1})}, 31},
        {"bytes behind the bins", tail, {log_of(8, {1})}, 9},
        {"a hive that grows", dirty, {new_log(dirty, {entry_between(8, dirty, grown)})}, 9},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        const TempDir dir;
        write_file(dir.path() / "NTUSER.DAT", row.hive.bytes);
        put_logs(dir, row.logs);
        const Snapshot before(dir.path());
        const TempDir out;
        const auto run = hivereplay({dir.path() / "NTUSER.DAT", "-o", out.path() / "recovered"});
        CHECK(run.status == 0);
        CHECK(run.err == "");
        CHECK(last_line(run.out) == "written  " + (out.path() / "recovered").native());
        const bool same =
            read_file(out.path() / "recovered") == expected(row.hive, row.logs, row.number);
        CHECK(same);
        CHECK(before.changes() == "");
        CHECK(names_in(out.path()) == "recovered");
        const auto info = info_of(out.path() / "recovered", {"--verify"});
        CHECK(info["state"] == "clean");
        CHECK(info["verify"]["damage"] == 0);
        CHECK(info["base_block"]["primary_sequence"] == row.number);
        // Nothing is left to apply, even beside the very same logs.
        for (const auto& entry : fs::directory_iterator(dir.path())) {
            if (entry.path().filename() != "NTUSER.DAT") {
                fs::copy(entry.path(),
                         out.path() / ("recovered" + entry.path().extension().native()));
            }
        }
        CHECK(hivereplay({out.path() / "recovered"}).out.find("clean: there is nothing to apply") !=
              std::string::npos);
    }
}

TEST_CASE("hivereplay -o: never over what is there") {
    const TempDir dir;
    write_file(dir.path() / "NTUSER.DAT", hive_with(0).bytes);
    put_logs(dir, {log_of(8, {1})});
    write_text(dir.path() / "other", "something");
    write_text(dir.path() / "empty", "");
    fs::create_directory(dir.path() / "folder");
    fs::create_symlink("nothing", dir.path() / "link");
    const Snapshot before(dir.path());
    for (const std::string output : {"NTUSER.DAT", "./NTUSER.DAT", "folder/../NTUSER.DAT",
                                     "NTUSER.DAT.LOG1", "other", "empty", "folder", "link"}) {
        CAPTURE(output);
        const auto run =
            hivereplay({"NTUSER.DAT", "--output", output}, {.program = {}, .folder = dir.path()});
        CHECK(run.status == 2);
        CHECK(run.out.find("error    already-exists: the output file exists already\n") !=
              std::string::npos);
        CHECK(run.out.find("written") == std::string::npos);
    }
    for (const std::string output : {"missing/out", "other/out", "/dev/null/out"}) {
        CAPTURE(output);
        const auto run =
            hivereplay({"NTUSER.DAT", "-o", output}, {.program = {}, .folder = dir.path()});
        CHECK(run.status == 2);
        CHECK(run.out.find("\nerror    ") != std::string::npos);
    }
    // No partial file was made and removed either.
    CHECK(before.changes() == "");
    CHECK(names_in(dir.path()) == "NTUSER.DAT NTUSER.DAT.LOG1 empty folder link other");
}

TEST_CASE("hivereplay -o: a hive in a folder that may not be written to") {
    const TempDir dir;
    const TempDir out;
    write_file(dir.path() / "NTUSER.DAT", hive_with(0).bytes);
    put_logs(dir, {log_of(8, {1})});
    fs::permissions(dir.path(), fs::perms(0555));
    fs::permissions(out.path(), fs::perms(0777));
    const Command nobody = {.program = {}, .as_nobody = ::geteuid() == 0};
    const auto run =
        hivereplay({dir.path() / "NTUSER.DAT", "-o", out.path() / "recovered"}, nobody);
    if (!run.started) {
        say_skipped("hivereplay cannot be run as nobody here");
        return;
    }
    CHECK(run.status == 0);
    CHECK((read_file(out.path() / "recovered") == expected(hive_with(0), {log_of(8, {1})}, 9)));
    const auto inside = hivereplay({dir.path() / "NTUSER.DAT", "-o", dir.path() / "out"}, nobody);
    CHECK(inside.status == 2);
    CHECK(inside.out.find("error    permission-denied: ") != std::string::npos);
    CHECK(names_in(dir.path()) == "NTUSER.DAT NTUSER.DAT.LOG1");
}

TEST_CASE("hivereplay -o: nothing is left of a file that could not be made") {
    if (!can_trace()) {
        return; // and said so
    }
    const TempDir dir;
    const auto hive = dir.path() / "NTUSER.DAT";
    write_file(hive, hive_with(0).bytes);
    put_logs(dir, {log_of(8, {1})});
    const TempDir out;
    const auto output = out.path() / "recovered";
    const Command command = {.program = HIVELINT_HIVEREPLAY,
                             .arguments = {hive.native(), "-o", output.native()}};
    SUBCASE("a disk that is full, or fails") {
        for (const auto call : {Call::pwrite, Call::sync, Call::rename, Call::create}) {
            for (const int error : {ENOSPC, EIO}) {
                const auto run = run_traced(command, {.call = call, .nth = 1, .error = error});
                CHECK(run.disturbed);
                CHECK(run.status == 2);
                CHECK(run.out.find("\nerror    ") != std::string::npos);
                CHECK(names_in(out.path()) == "");
            }
        }
    }
    SUBCASE("a log, or the hive, that is written to while it is read") {
        for (const auto& changed : {dir.path() / "NTUSER.DAT.LOG1", hive}) {
            const auto run = run_traced(command, {.pause_before = Call::sync, .meanwhile = [&] {
                                                      std::ofstream(changed, std::ios::app)
                                                          << "more";
                                                  }});
            CHECK(run.disturbed);
            CHECK(run.status == 2);
            CHECK(run.out.find("error    changed-while-reading: ") != std::string::npos);
            CHECK(names_in(out.path()) == "");
        }
    }
    SUBCASE("killed at any call: the whole file, or none of that name") {
        const auto whole = expected(hive_with(0), {log_of(8, {1})}, 9);
        const auto calls = run_traced(command).calls;
        fs::remove(output);
        for (std::size_t at = 1; at <= calls.size(); ++at) {
            const auto kind = calls[at - 1].call;
            if (kind == Call::other || kind == Call::pread || kind == Call::open) {
                continue;
            }
            static_cast<void>(run_traced(command, {.kill_at = at}));
            if (fs::exists(output)) {
                CHECK((read_file(output) == whole));
                fs::remove(output);
            }
        }
        // What a crash left behind is in nobody's way.
        CHECK(hivereplay(command.arguments).status == 0);
        CHECK((read_file(output) == whole));
    }
}

TEST_CASE("hivereplay -o: real hives, as Windows 10 recovered one") {
    if (real_hives().empty()) {
        return; // and said so
    }
    const fs::path root = std::getenv("HIVELINT_REAL_HIVES");
    const TempDir out;
    const auto run = hivereplay({root / "dirty-new/NewDirtyHive", "-o", out.path() / "recovered"});
    CHECK(run.status == 0);
    CHECK((read_file(out.path() / "recovered") ==
           read_file(root / "dirty-new/RecoveredHive_Windows10")));
    for (const auto& name : {"dirty-old/OldDirtyHive", "dirty-real/NTUSER.DAT"}) {
        CAPTURE(name);
        const auto file = out.path() / fs::path(name).filename();
        CHECK(hivereplay({root / name, "-o", file}).status == 0);
        CHECK(info_of(file, {"--verify"})["state"] == "clean");
        CHECK(info_of(file, {"--verify"})["verify"]["damage"] == 0);
    }
}
