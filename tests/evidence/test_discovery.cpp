// The walk for hives: places, names, and what stands where a hive could be (HOSTILE.md part A).
#include "tests/support/found.hpp"

#include <algorithm>
#include <cstdio>
#include <mutex>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <utility>

namespace fs = std::filesystem;
using hivelint::discover;
using hivelint::ErrorCode;
using hivelint::ListAhead;
using hivelint::PassedOver;
using hivelint::Target;
using hivelint::test::found;
using hivelint::test::Lines;
using hivelint::test::lines;
using hivelint::test::put;
using hivelint::test::TempDir;

namespace {

std::string message(const TempDir& dir) {
    const auto targets = discover({dir.path()});
    REQUIRE(targets.size() == 1);
    REQUIRE(targets[0].problem);
    return targets[0].problem->message();
}

} // namespace

TEST_CASE("hives are found by name, at any depth, in the order of their paths") {
    const TempDir dir;
    for (const auto* file :
         {"Users/bob/NTUSER.DAT", "Users/alice/NTUSER.DAT", "Users/alice/NTUSER.DAT.LOG1",
          "Users/alice/AppData/Local/Microsoft/Windows/UsrClass.dat", "Users/alice-2/ntuser.man",
          "Windows/System32/config/DEFAULT", "Windows/System32/config/RegBack/DEFAULT",
          "Windows/System32/config/SYSTEM", "Windows/System32/DEFAULT"}) {
        put(dir.path() / file);
    }
    const Lines expected = {"Users/alice-2/ntuser.man", "Users/alice/NTUSER.DAT",
                            "Users/bob/NTUSER.DAT", "Windows/System32/config/DEFAULT",
                            "Windows/System32/config/RegBack/DEFAULT"};
    CHECK(found(dir) == expected);
}

TEST_CASE("places: files whatever their name, folders, and what is not there") {
    const TempDir dir;
    put(dir.path() / "evidence.bin");
    put(dir.path() / "old.LOG1");
    put(dir.path() / "Users/a/NTUSER.DAT");
    const auto at = [&](std::string_view name) { return dir.path() / name; };
    const std::vector<fs::path> places = {at("missing"),  at("evidence.bin"),  at("Users/"),
                                          at("old.LOG1"), at("evidence.bin/"), ""};
    const Lines expected = {" not-found",        "Users/a/NTUSER.DAT",
                            "evidence.bin",      "evidence.bin/ not-found",
                            "missing not-found", "old.LOG1"};
    CHECK(lines(discover(places), dir.path()) == expected);
    CHECK(discover({}).empty());
    const auto nul = discover({fs::path(std::string("a\0b", 3))});
    REQUIRE(nul.size() == 1);
    CHECK(nul[0].problem.value().code() == ErrorCode::not_found);
}

TEST_CASE("a place that is called . has the folder's name") {
    const TempDir dir;
    put(dir.path() / "RegBack/DEFAULT");
    CHECK(lines(discover({dir.path() / "RegBack/."}), dir.path()) ==
          Lines{"RegBack/./DEFAULT if-hive"});
    CHECK(lines(discover({dir.path() / "RegBack/"}), dir.path()) ==
          Lines{"RegBack/DEFAULT if-hive"});
}

TEST_CASE("config/default outside of System32 is only looked at if it is a hive") {
    const TempDir dir;
    put(dir.path() / "App/config/default");
    put(dir.path() / "Windows/SYSTEM32/Config/default");
    std::filesystem::create_directories(dir.path() / "Other/config/default");
    CHECK(found(dir) == Lines{"App/config/default if-hive", "Windows/SYSTEM32/Config/default"});
}

TEST_CASE("one file comes once, under the first of its paths") {
    const TempDir dir;
    put(dir.path() / "b/NTUSER.DAT");
    fs::create_directory(dir.path() / "a");
    fs::create_hard_link(dir.path() / "b/NTUSER.DAT", dir.path() / "a/NTUSER.DAT");
    ::mkfifo((dir.path() / "b/NTUSER.MAN").c_str(), 0600);
    CHECK(found(dir) == Lines{"a/NTUSER.DAT", "b/NTUSER.MAN not-a-regular-file"});
    // The order of the places does not matter, nor how they are spelt.
    const std::vector<fs::path> places = {dir.path() / "b", dir.path() / "b/NTUSER.DAT", dir.path(),
                                          dir.path() / "a/../b", dir.path()};
    const Lines expected = {"a/../b/NTUSER.MAN not-a-regular-file", "a/NTUSER.DAT"};
    auto reversed = places;
    std::ranges::reverse(reversed);
    CHECK(lines(discover(reversed), dir.path()) == lines(discover(places), dir.path()));
    CHECK(lines(discover(places), dir.path()) == Lines{"a/../b/NTUSER.DAT", expected[0]});
}

TEST_CASE("all files: every regular file but logs") {
    const TempDir dir;
    put(dir.path() / "a/NTUSER.DAT");
    put(dir.path() / "a/NTUSER.DAT.LOG1");
    put(dir.path() / "a/ntuser.dat.log");
    put(dir.path() / "a/copy");
    ::mkfifo((dir.path() / "a/pipe").c_str(), 0600);
    fs::create_symlink("copy", dir.path() / "a/link");
    CHECK(found(dir, true) == Lines{"a/NTUSER.DAT", "a/copy if-hive"});
    // What is named is a target whatever it holds.
    const auto named = discover(
        {dir.path(), dir.path() / "a/copy", dir.path() / "a/ntuser.dat.log"}, {.all_files = true});
    CHECK(lines(named, dir.path()) == Lines{"a/NTUSER.DAT", "a/copy", "a/ntuser.dat.log"});
    // The name beside which the logs lie is the better one.
    fs::create_hard_link(dir.path() / "a/NTUSER.DAT", dir.path() / "a/0");
    CHECK(found(dir, true) == Lines{"a/NTUSER.DAT", "a/copy if-hive"});
}

TEST_CASE("a FIFO under a hive's name") {
    const TempDir dir;
    REQUIRE(::mkfifo((dir.path() / "NTUSER.DAT").c_str(), 0600) == 0);
    CHECK(found(dir) == Lines{"NTUSER.DAT not-a-regular-file"});
    CHECK(message(dir).find("FIFO") != std::string::npos);
    CHECK(lines(discover({dir.path() / "NTUSER.DAT"}), dir.path()) == found(dir));
}

TEST_CASE("a socket under a hive's name") {
    const TempDir dir;
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    const auto path = (dir.path() / "NTUSER.DAT").native();
    if (path.size() >= sizeof address.sun_path) {
        std::puts("SKIPPED: the path of the temporary folder is too long for a socket");
        ::close(socket);
        return;
    }
    std::ranges::copy(path, address.sun_path);
    REQUIRE(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    CHECK(found(dir) == Lines{"NTUSER.DAT not-a-regular-file"});
    CHECK(message(dir).find("socket") != std::string::npos);
    ::close(socket);
}

TEST_CASE("a device under a hive's name") {
    const TempDir dir;
    const auto path = dir.path() / "NTUSER.DAT";
    if (::mknod(path.c_str(), S_IFCHR | 0600, makedev(1, 5)) != 0) {
        std::puts("SKIPPED: only root can make a device");
        return;
    }
    CHECK(found(dir) == Lines{"NTUSER.DAT not-a-regular-file"});
    CHECK(message(dir).find("character device") != std::string::npos);
}

TEST_CASE("a folder under a hive's name is walked, and told of as no hive") {
    const TempDir dir;
    put(dir.path() / "NTUSER.DAT/ntuser.dat");
    CHECK(found(dir) == Lines{"NTUSER.DAT/ntuser.dat"});
    PassedOver passed;
    discover({dir.path()}, {.all_files = false, .passed_over = &passed});
    CHECK(passed.folders.count == 1);
    CHECK(passed.folders.first == std::vector{(dir.path() / "NTUSER.DAT").native()});
}

TEST_CASE("what is passed over is counted, and the first ones are named") {
    const TempDir dir;
    put(dir.path() / "Users/a/NTUSER.DAT");
    fs::create_directory_symlink("/etc", dir.path() / "Users/b");
    for (const auto* name : {"1.vhdx", "2.ZIP", "3.E01", "4.wim", "note.txt", ".zip", "zip"}) {
        put(dir.path() / "store" / name);
    }
    fs::create_directory(dir.path() / "folder.zip");
    PassedOver passed;
    for (const bool all_files : {false, true}) {
        passed = {};
        discover({dir.path() / "store", dir.path() / "Users", dir.path()},
                 {.all_files = all_files, .passed_over = &passed});
        // Each place on its own.
        CHECK(passed.links.count == 2);
        CHECK(passed.links.first.front() == (dir.path() / "Users/b").native());
        CHECK(passed.containers.count == 10);
        CHECK(passed.containers.first.size() == 3);
        CHECK(passed.folders.count == 0);
    }
}

TEST_CASE("a file beside which a journal lies is a target, whatever its name") {
    const TempDir dir;
    put(dir.path() / "golden.hiv");
    put(dir.path() / "golden.hiv.hivelint-journal");
    put(dir.path() / "NTUSER.DAT");
    put(dir.path() / "NTUSER.DAT.hivelint-journal");
    put(dir.path() / "gone/x.hivelint-journal");
    put(dir.path() / "none/.hivelint-journal");
    CHECK(found(dir) == Lines{"NTUSER.DAT", "golden.hiv", "gone/x not-found"});
}

TEST_CASE("symbolic links under a hive's name") {
    const TempDir elsewhere;
    put(elsewhere.path() / "real");
    const TempDir dir;
    for (const auto& [target, link] : {std::pair<fs::path, const char*>{"NTUSER.DAT", "self"},
                                       {"../ring2/NTUSER.DAT", "ring1"},
                                       {"../ring1/NTUSER.DAT", "ring2"},
                                       {"nowhere", "dangling"},
                                       {elsewhere.path() / "real", "outside"},
                                       {"/dev/zero", "device"},
                                       {elsewhere.path(), "folder"}}) {
        fs::create_directory(dir.path() / link);
        fs::create_symlink(target, dir.path() / link / "NTUSER.DAT");
    }
    Lines expected;
    for (const std::string link :
         {"dangling", "device", "folder", "outside", "ring1", "ring2", "self"}) {
        expected.push_back(link + "/NTUSER.DAT symbolic-link");
    }
    CHECK(found(dir) == expected);
    CHECK(found(dir, true) == expected);
    const auto place = discover({dir.path() / "outside/NTUSER.DAT"});
    CHECK(lines(place, dir.path()) == Lines{"outside/NTUSER.DAT symbolic-link"});
    CHECK(place[0].problem->message().find("ELOOP") != std::string::npos);
}

TEST_CASE("linked folders are passed") {
    const TempDir dir;
    put(dir.path() / "Users/alice/NTUSER.DAT");
    fs::create_directory_symlink("Users", dir.path() / "Documents and Settings");
    fs::create_directory_symlink(".", dir.path() / "Users/alice/Application Data");
    fs::create_directory_symlink("/", dir.path() / "Users/alice/root");
    CHECK(found(dir) == Lines{"Users/alice/NTUSER.DAT"});
    // A place is no exception, unless its spelling says that the folder is meant.
    const auto link = dir.path() / "Documents and Settings";
    CHECK(lines(discover({link}), dir.path()) == Lines{"Documents and Settings symbolic-link"});
    CHECK(lines(discover({link / ""}), dir.path()) ==
          Lines{"Documents and Settings/alice/NTUSER.DAT"});
    CHECK(lines(discover({link / "alice"}), dir.path()) ==
          Lines{"Documents and Settings/alice/NTUSER.DAT"});
}

TEST_CASE("a ring of links on the way to a place") {
    const TempDir dir;
    fs::create_symlink("loop", dir.path() / "loop");
    CHECK(lines(discover({dir.path() / "loop/NTUSER.DAT"}), dir.path()) ==
          Lines{"loop/NTUSER.DAT symbolic-link"});
}

TEST_CASE("case variants are files of their own") {
    const TempDir dir;
    put(dir.path() / "ntuser.dat");
    put(dir.path() / "NTUSER.DAT");
    put(dir.path() / "NtUser.Dat");
    CHECK(found(dir) == Lines{"NTUSER.DAT", "NtUser.Dat", "ntuser.dat"});
}

TEST_CASE("odd names of folders and files") {
    const TempDir dir;
    Lines expected;
    for (const std::string name : {"-rf", "a\nb", "\x1B[2J", "\xFF\xFE", "\xE2\x80\x8Fmark", " ",
                                   "%5C..%5C..", "\\..\\..", "...", "50%"}) {
        put(dir.path() / name / "NTUSER.DAT");
        expected.push_back(name + "/NTUSER.DAT");
    }
    for (const std::string& prefix :
         {std::string("\n-\xFF\x1B\xE2\x80\xAE"), std::string(255 - 10, 'x')}) {
        put(dir.path() / (prefix + "NTUSER.DAT"));
        expected.push_back(prefix + "NTUSER.DAT");
    }
    std::ranges::sort(expected);
    CHECK(found(dir) == expected);
}

TEST_CASE("files are handed on while folders are listed, but for the first few and for problems") {
    const TempDir dir;
    for (int i = 0; i < 20; ++i) {
        put(dir.path() / "Users" / ("user" + std::to_string(i)) / "NTUSER.DAT");
    }
    fs::create_directories(dir.path() / "Users/zoe");
    REQUIRE(::mkfifo((dir.path() / "Users/zoe/NTUSER.DAT").c_str(), 0600) == 0); // a problem
    put(dir.path() / "Users/zoe/config/default");
    std::mutex mutex;
    std::vector<Target> early;
    auto targets = discover({dir.path()}, {}, ListAhead::always, [&](const Target& target) {
        const std::lock_guard lock(mutex);
        early.push_back(target);
    });
    CHECK(targets.size() == 22);
    std::erase_if(targets, [](const Target& target) { return target.problem.has_value(); });
    constexpr int kFew = 4;
    targets.erase(targets.begin(), targets.begin() + kFew);
    std::ranges::sort(early, {}, &Target::path);
    REQUIRE(lines(early, dir.path()) == lines(targets, dir.path()));
    CHECK(early.back().only_if_hive);
    CHECK(std::ranges::equal(early, targets, {}, &Target::id, &Target::id));
}
