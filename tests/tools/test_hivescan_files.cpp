// What hivescan and hiveinfo meet in a file system: objects that are no files, files that cannot be
// read, huge ones; and that they leave no trace in any of it.
#include "tests/support/odd_hives.hpp"
#include "tests/support/tool_run.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

namespace fs = std::filesystem;
using namespace hivelint::test;
using namespace std::chrono_literals;

namespace {

void make_fifo(const fs::path& path) {
    fs::create_directories(path.parent_path());
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
}

/// Whether the path was short enough for a socket.
bool make_socket(const fs::path& path) {
    fs::create_directories(path.parent_path());
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    if (path.native().size() >= sizeof address.sun_path) {
        return false;
    }
    std::ranges::copy(path.native(), address.sun_path);
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool made =
        ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(socket);
    return made;
}

Command brief() { return {.program = {}, .timeout = 20s}; }

/// The command of a user who may not read everything.
Command unprivileged() { return {.program = {}, .as_nobody = ::geteuid() == 0}; }

/// What is said of each path below `root`: the error's code, or the verdict.
std::map<std::string, std::string> said(const Finished& run, const fs::path& root) {
    std::map<std::string, std::string> out;
    for (const auto& record : records_of(run.out)) {
        const std::string path = record.at("path");
        out[path.substr(root.native().size() + 1)] = record["error"].is_null()
                                                         ? record["checks"][0].value("verdict", "")
                                                         : record["error"].value("code", "");
    }
    return out;
}

} // namespace

TEST_CASE("tools: evidence is not touched") {
    const TempDir dir;
    for (const auto& odd : odd_hives()) {
        write_file(dir.path() / "odd" / odd.name / "NTUSER.DAT", odd.bytes);
    }
    write_file(dir.path() / "Users/anna/NTUSER.DAT", affected_bytes());
    write_file(dir.path() / "Users/anna/ntuser.dat.LOG1", affected_bytes());
    write_file(dir.path() / "Users/anna/ntuser.dat.LOG2", {});
    write_file(dir.path() / "Users/bert/NTUSER.DAT", clear_hive());
    fs::create_hard_link(dir.path() / "Users/bert/NTUSER.DAT", dir.path() / "Users/NTUSER.DAT");
    fs::create_symlink("NTUSER.DAT", dir.path() / "Users/link");
    fs::create_symlink("../Users", dir.path() / "Users/ntuser.man");
    make_fifo(dir.path() / "fifo/NTUSER.DAT");
    fs::permissions(dir.path() / "Users/anna/NTUSER.DAT", fs::perms(0400));

    for (const std::string option :
         {"--format=text", "--format=jsonl", "--all-files", "--confirm=always"}) {
        CAPTURE(option);
        const Snapshot before(dir.path());
        CHECK(hivescan({dir.path(), option}).status == 2);
        CHECK(before.changes() == "");
    }
    for (const std::string name :
         {"Users/anna/NTUSER.DAT", "Users/bert/NTUSER.DAT", "Users", "Users/link",
          "fifo/NTUSER.DAT", "odd/checksum/NTUSER.DAT", "odd/cut/NTUSER.DAT"}) {
        CAPTURE(name);
        const Snapshot before(dir.path());
        hiveinfo({dir.path() / name, "--verify", "--counts", "--key", kExchange}, brief());
        CHECK(before.changes() == "");
    }
}

TEST_CASE("tools: a snapshot notices a reading") {
    const TempDir dir;
    write_file(dir.path() / "file", affected_bytes());
    CHECK(Snapshot(dir.path()).changes() == "");
    const Snapshot before(dir.path());
    read_file(dir.path() / "file");
    if (before.changes() == "") {
        say_skipped("the temporary folder keeps no access times");
    }
}

TEST_CASE("tools: what is no file under a hive's name is reported and not opened") {
    const TempDir dir;
    make_fifo(dir.path() / "fifo/NTUSER.DAT");
    fs::create_directories(dir.path() / "folder/NTUSER.DAT");
    fs::create_directories(dir.path() / "self");
    fs::create_symlink("NTUSER.DAT", dir.path() / "self/NTUSER.DAT");
    fs::create_directories(dir.path() / "ring");
    fs::create_symlink("ntuser.dat", dir.path() / "ring/NTUSER.DAT");
    fs::create_symlink("NTUSER.DAT", dir.path() / "ring/ntuser.dat");
    fs::create_directories(dir.path() / "dangling");
    fs::create_symlink("nothing", dir.path() / "dangling/NTUSER.DAT");
    fs::create_directories(dir.path() / "outside");
    fs::create_symlink("/etc/shadow", dir.path() / "outside/NTUSER.DAT");
    fs::create_symlink("../good/NTUSER.DAT", dir.path() / "outside/NTUSER.MAN");
    write_file(dir.path() / "good/NTUSER.DAT", affected_bytes());
    std::map<std::string, std::string> expected = {
        {"fifo/NTUSER.DAT", "not-a-regular-file"}, {"self/NTUSER.DAT", "symbolic-link"},
        {"ring/NTUSER.DAT", "symbolic-link"},      {"ring/ntuser.dat", "symbolic-link"},
        {"dangling/NTUSER.DAT", "symbolic-link"},  {"outside/NTUSER.DAT", "symbolic-link"},
        {"outside/NTUSER.MAN", "symbolic-link"},   {"good/NTUSER.DAT", "affected"},
    };
    if (make_socket(dir.path() / "socket/NTUSER.DAT")) {
        expected["socket/NTUSER.DAT"] = "not-a-regular-file";
    }
    fs::create_directories(dir.path() / "device");
    for (const auto& [name, minor] : {std::pair{"NTUSER.DAT", 5U}, {"ntuser.dat", 7U}}) {
        if (::mknod((dir.path() / "device" / name).c_str(), S_IFCHR | 0600, ::makedev(1, minor)) ==
            0) {
            expected[std::string("device/") + name] = "not-a-regular-file";
        }
    }
    // All together, then each by its name.
    const auto run = hivescan({dir.path(), "--format=jsonl"}, brief());
    CHECK(run.status == 2);
    CHECK(said(run, dir.path()) == expected);
    for (const auto& [name, code] : expected) {
        CAPTURE(name);
        const auto path = dir.path() / name;
        const auto alone = hivescan({path, "--format=jsonl"}, brief());
        CHECK(alone.status == (code == "affected" ? 1 : 2));
        const auto info = hiveinfo({path, "--format=json"}, brief());
        CHECK(info.status == (code == "affected" ? 0 : 2));
        const auto error = nlohmann::json::parse(info.out)["error"];
        CHECK((error.is_null() ? "affected" : error.value("code", "")) == code);
    }
}

TEST_CASE("hivescan: a log under the name of a hive, and folders under the names of logs") {
    const TempDir dir;
    auto log = spec_with(dword(kMapiHttpDisabled, 1)).build();
    log.put32(header::kFileType, 1);
    log.fix_checksum();
    write_file(dir.path() / "a/NTUSER.DAT", log.bytes);
    write_file(dir.path() / "b/NTUSER.DAT", affected_bytes());
    fs::create_directories(dir.path() / "b/NTUSER.DAT.LOG1");
    make_fifo(dir.path() / "b/NTUSER.DAT.LOG2");
    const auto run = hivescan({dir.path(), "--format=jsonl", "--all-files"}, brief());
    CHECK(said(run, dir.path()) ==
          std::map<std::string, std::string>{{"a/NTUSER.DAT", "wrong-file-type"},
                                             {"b/NTUSER.DAT", "affected"}});
}

TEST_CASE("tools: what may not be read is told, and is never clear") {
    const TempDir dir;
    fs::permissions(dir.path(), fs::perms(0755));
    write_file(dir.path() / "file/NTUSER.DAT", affected_bytes());
    write_file(dir.path() / "folder/NTUSER.DAT", affected_bytes());
    write_file(dir.path() / "good/NTUSER.DAT", clear_hive());
    fs::permissions(dir.path() / "file/NTUSER.DAT", fs::perms(0));
    fs::permissions(dir.path() / "folder", fs::perms(0));
    const auto run = hivescan({dir.path(), "--format=jsonl"}, unprivileged());
    if (!run.started) {
        say_skipped("hivescan cannot be run as nobody here");
        return;
    }
    CHECK(run.status == 2);
    CHECK(said(run, dir.path()) ==
          std::map<std::string, std::string>{{"file/NTUSER.DAT", "permission-denied"},
                                             {"folder", "permission-denied"},
                                             {"good/NTUSER.DAT", "clear"}});
    const auto text = hivescan({dir.path() / "file/NTUSER.DAT"}, unprivileged());
    CHECK(text.status == 2);
    CHECK(text.out.find("unknown  permission-denied  unreadable") != std::string::npos);
    CHECK(text.out.find("Permission denied") != std::string::npos);
    const auto info = hiveinfo({dir.path() / "file/NTUSER.DAT"}, unprivileged());
    CHECK(info.status == 2);
    CHECK(info.out.find("permission-denied") != std::string::npos);
}

TEST_CASE("tools: files of three gibibytes") {
    constexpr std::uintmax_t kSize = std::uintmax_t{3} << 30;
    constexpr std::uint64_t kMemory = std::uint64_t{512} << 20;
    const TempDir dir;
    const auto make = [&](const char* name, const std::vector<std::byte>& front) {
        write_file(dir.path() / name, front);
        fs::resize_file(dir.path() / name, kSize);
    };
    make("good/NTUSER.DAT", affected_bytes());
    make("zeros/NTUSER.DAT", {});
    auto wrong = spec_with(dword(kMapiHttpDisabled, 1)).build();
    wrong.put32(header::kBinsSize, 0xBFFF'F000);
    wrong.fix_checksum();
    make("wrong/NTUSER.DAT", wrong.bytes);
    const auto run = hivescan({dir.path(), "--format=jsonl"}, brief());
    CHECK(run.status == 2);
    CHECK(said(run, dir.path()) ==
          std::map<std::string, std::string>{{"good/NTUSER.DAT", "affected"},
                                             {"wrong/NTUSER.DAT", "bad-base-block"},
                                             {"zeros/NTUSER.DAT", "not-a-hive"}});
    CHECK(run.peak_memory < kMemory);
    for (const std::string name : {"zeros/NTUSER.DAT", "wrong/NTUSER.DAT"}) {
        const auto info = hiveinfo({dir.path() / name, "--key", ""}, brief());
        CHECK(info.status == 2);
        CHECK(info.peak_memory < kMemory);
    }
}

TEST_CASE("hivescan: a file that claims two gibibytes of bins it does not have costs no memory") {
    const TempDir dir;
    auto hive = spec_with(dword(kMapiHttpDisabled, 1)).build();
    hive.put32(header::kBinsSize, 0x7FFF'F000);
    hive.fix_checksum();
    write_file(dir.path() / "NTUSER.DAT", hive.bytes);
    const auto run = hivescan({dir.path(), "--format=jsonl"}, brief());
    CHECK(run.status == 2);
    CHECK(said(run, dir.path()).at("NTUSER.DAT") == "truncated");
    CHECK(run.peak_memory < (std::uint64_t{256} << 20));
}
