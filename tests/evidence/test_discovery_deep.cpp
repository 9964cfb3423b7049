// The walk for hives: depth, number, mounts, permissions, and folders that move under it.
#include "platform/file.hpp"
#include "tests/support/found.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <functional>
#include <sched.h>
#include <sys/fanotify.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <tuple>

namespace fs = std::filesystem;
using hivelint::discover;
using hivelint::ErrorCode;
using hivelint::Target;
using hivelint::test::discover_both_ways;
using hivelint::test::found;
using hivelint::test::Lines;
using hivelint::test::lines;
using hivelint::test::put;
using hivelint::test::TempDir;

namespace {

/// Runs `body` in a process of its own, which it may ruin. Its result is the exit status.
int in_child(const std::function<int()>& body) {
    std::fflush(nullptr);
    const auto child = ::fork();
    if (child == 0) {
        ::_exit(body());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

constexpr int kSkip = 77;

/// Makes `depth` folders called `name`, each in the one before, below `top`; `at_each` may fill
/// them.
void dig(const fs::path& top, const std::string& name, int depth,
         const std::function<void(int folder, int level)>& at_each) {
    int folder = ::open(top.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int level = 1; level <= depth; ++level) {
        REQUIRE(::mkdirat(folder, name.c_str(), 0700) == 0);
        const int next = ::openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ::close(folder);
        folder = next;
        REQUIRE(folder >= 0);
        at_each(folder, level);
    }
    ::close(folder);
}

void put_at(int folder, const char* name) {
    const int file = ::openat(folder, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    REQUIRE(file >= 0);
    ::close(file);
}

/// Allows few descriptors while it lives.
class FewDescriptors {
public:
    FewDescriptors() {
        // The first time that UBSan meets an object of a type it looks at it through a pipe. These
        // are met when there is none to be had.
        REQUIRE(hivelint::system_error(std::errc::too_many_files_open, "x").code() ==
                ErrorCode::io_error);
        REQUIRE(!std::system_category().message(ENFILE).empty());
        ::getrlimit(RLIMIT_NOFILE, &before_);
        auto few = before_;
        few.rlim_cur = 64;
        ::setrlimit(RLIMIT_NOFILE, &few);
    }
    ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    struct rlimit before_ = {};
};

/// Holds up whoever opens `folder` first, until `meanwhile` has run.
class OnOpening {
public:
    OnOpening(const fs::path& folder, std::function<void()> meanwhile)
        : folder_(folder),
          events_(::fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY | O_CLOEXEC)),
          possible_(events_ >= 0 &&
                    ::fanotify_mark(events_, FAN_MARK_ADD, FAN_OPEN_PERM | FAN_ONDIR, AT_FDCWD,
                                    folder.c_str()) == 0) {
        if (possible_) {
            thread_ = std::thread([this, meanwhile = std::move(meanwhile)] {
                fanotify_event_metadata event = {};
                if (::read(events_, &event, sizeof event) == sizeof event) {
                    meanwhile();
                    const fanotify_response allow = {event.fd, FAN_ALLOW};
                    static_cast<void>(::write(events_, &allow, sizeof allow));
                    ::close(event.fd);
                }
                // Whoever comes later is not held up.
                ::close(events_);
            });
        }
    }
    ~OnOpening() {
        if (thread_.joinable()) {
            // Where nobody has opened it: the thread would wait for ever.
            ::close(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
            thread_.join();
        }
    }
    bool possible() const { return possible_; }

private:
    fs::path folder_;
    int events_;
    bool possible_;
    std::thread thread_;
};

} // namespace

TEST_CASE("folders that may not be read") {
    const TempDir dir;
    put(dir.path() / "closed/NTUSER.DAT");
    put(dir.path() / "no-search/sub/NTUSER.DAT");
    put(dir.path() / "no-search/NTUSER.DAT");
    put(dir.path() / "open/NTUSER.DAT");
    put(dir.path() / "zNTUSER.DAT/x");
    ::chmod((dir.path() / "closed").c_str(), 0);
    ::chmod((dir.path() / "zNTUSER.DAT").c_str(), 0);
    ::chmod((dir.path() / "no-search").c_str(), 0444);
    ::chmod(dir.path().c_str(), 0755);
    const auto status = in_child([&] {
        if (::geteuid() == 0 && ::seteuid(65534) != 0) {
            return kSkip;
        }
        const Lines expected = {
            "closed permission-denied", "no-search/NTUSER.DAT permission-denied",
            "no-search/sub permission-denied", "open/NTUSER.DAT", "zNTUSER.DAT permission-denied"};
        const bool as_place = lines(discover_both_ways({dir.path() / "closed"}), dir.path()) ==
                              Lines{"closed permission-denied"};
        const auto denied = discover_both_ways({dir.path() / "closed/NTUSER.DAT"});
        const bool words =
            denied.at(0).problem.value().message().find("Permission denied") != std::string::npos;
        return found(dir) == expected && as_place && words ? 0 : 1;
    });
    if (status == kSkip) {
        std::puts("SKIPPED: root cannot become another user here");
        return;
    }
    CHECK(status == 0);
}

TEST_CASE("a folder mounted in itself ends, and one mounted twice comes once") {
    const TempDir dir;
    put(dir.path() / "b/NTUSER.DAT");
    fs::create_directories(dir.path() / "b/loop");
    fs::create_directories(dir.path() / "b-/twice");
    const auto status = in_child([&] {
        const auto mount = [&](const char* from, const char* to) {
            return ::mount((dir.path() / from).c_str(), (dir.path() / to).c_str(), nullptr, MS_BIND,
                           nullptr) == 0;
        };
        if (::unshare(CLONE_NEWNS) != 0 ||
            ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            !mount("b", "b-/twice") || !mount(".", "b/loop")) {
            return kSkip;
        }
        return found(dir) == Lines{"b-/twice/NTUSER.DAT"} ? 0 : 1;
    });
    if (status == kSkip) {
        std::puts("SKIPPED: mounting is not allowed here");
        return;
    }
    CHECK(status == 0);
}

TEST_CASE("paths longer than PATH_MAX") {
    const TempDir dir;
    const std::string name(250, 'd');
    dig(dir.path(), name, 40, [](int folder, int level) {
        if (level % 20 == 0) {
            put_at(folder, "NTUSER.DAT");
        }
    });
    const auto targets = discover_both_ways({dir.path()});
    REQUIRE(targets.size() == 2);
    const auto& [middle, deepest] = std::tie(targets[0], targets[1]);
    CHECK(middle.path.size() > PATH_MAX);
    CHECK(deepest.path.size() > 2 * PATH_MAX);
    // The path leads back to the file, as a file and as a folder.
    const auto again =
        discover_both_ways({deepest.path, std::filesystem::path(deepest.path).parent_path()});
    REQUIRE(again.size() == 1);
    CHECK(again[0].id == deepest.id);
    CHECK(again[0].path == deepest.path);
}

TEST_CASE("a thousand levels, with folders to come back for, and few descriptors") {
    const TempDir dir;
    constexpr int kDepth = 1'000;
    dig(dir.path(), "b", kDepth, [](int folder, int level) {
        // One is entered before the way down, the other after.
        REQUIRE(::mkdirat(folder, "a", 0700) == 0);
        REQUIRE(::mkdirat(folder, "c", 0700) == 0);
        if (level == 1 || level == kDepth) {
            put_at(folder, "c/NTUSER.DAT");
        }
    });
    std::vector<Target> targets;
    {
        const FewDescriptors limit;
        targets = discover_both_ways({dir.path()});
    }
    REQUIRE(targets.size() == 2);
    CHECK(targets[0].path.size() == dir.path().native().size() + 2 * kDepth + 13);
    CHECK(targets[1].path == dir.path() / "b/c/NTUSER.DAT");
}

TEST_CASE("a hive on each of many levels does not fill the memory") {
    const TempDir dir;
    constexpr int kDepth = 260;
    dig(dir.path(), std::string(250, 'd'), kDepth,
        [](int folder, int) { put_at(folder, "NTUSER.DAT"); });
    put(dir.path() / "z/NTUSER.DAT");
    const auto targets = discover_both_ways({dir.path()});
    REQUIRE(targets.size() < kDepth);
    CHECK(targets.front().path == dir.path());
    REQUIRE(targets.front().problem);
    CHECK(targets.front().problem->code() == ErrorCode::limit_exceeded);
    CHECK(targets.back().path == dir.path() / "z/NTUSER.DAT");
}

TEST_CASE("2,000 profiles") {
    const TempDir dir;
    for (int i = 0; i < 2'000; ++i) {
        put(dir.path() / "Users" / ("user" + std::to_string(i)) / "NTUSER.DAT");
    }
    const auto targets = discover_both_ways({dir.path()});
    CHECK(targets.size() == 2'000);
    CHECK(std::ranges::is_sorted(targets, {}, &Target::path));
}

TEST_CASE("a folder that is moved away during the walk leads nowhere else") {
    const TempDir outside;
    put(outside.path() / "trap/z/NTUSER.DAT");
    const TempDir dir;
    put(dir.path() / "z/NTUSER.DAT");
    // Deep enough that the place and its first folders are closed again when the bottom is read.
    auto bottom = dir.path();
    for (int level = 0; level < 30; ++level) {
        bottom /= "b";
        put(bottom / "a/NTUSER.DAT");
    }
    put(dir.path() / "b/b/z/NTUSER.DAT");
    const OnOpening move(bottom, [&] {
        std::error_code failed; // shows in what is found
        fs::rename(dir.path() / "b/b/b", outside.path() / "trap/b", failed);
    });
    if (!move.possible()) {
        std::puts("SKIPPED: only root can hold up the walk (fanotify)");
        return;
    }
    const auto targets = discover({dir.path()});
    Lines expected;
    for (fs::path path = "b"; expected.size() < 30; path /= "b") {
        expected.push_back(path / "a/NTUSER.DAT");
    }
    // What is above the moved folder is told to be incomplete.
    expected.emplace_back("b/b changed-while-reading");
    expected.push_back(dir.path().native() + " changed-while-reading");
    std::ranges::sort(expected);
    CHECK(lines(targets, dir.path()) == expected);
}
