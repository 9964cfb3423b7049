// An attacker who owns the folder swaps it for a link again and again, while root fixes, undoes,
// recovers and replays what lies below: a hive elsewhere is never touched.
#include "tests/support/fix_scene.hpp"
#include "tests/support/hive_files.hpp"
#include "tests/support/replay_scene.hpp"

#include "change/journal.hpp"

#include <hivelint/fix.hpp>
#include <hivelint/replay.hpp>
#include <hivelint/undo.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/fs.h>
#include <sys/syscall.h>

namespace fs = std::filesystem;
using namespace hivelint;
using namespace hivelint::test;

namespace {

constexpr ::uid_t kNobody = 65534;

/// Runs `work` as a user without rights, in a process of its own, until this is destroyed.
class Attacker {
public:
    explicit Attacker(const std::function<void()>& work) : child_(::fork()) {
        if (child_ == 0) {
            if (::setgid(kNobody) == 0 && ::setuid(kNobody) == 0) {
                while (true) {
                    work();
                }
            }
            ::_exit(1);
        }
    }
    ~Attacker() {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
    }
    Attacker(const Attacker&) = delete;
    Attacker& operator=(const Attacker&) = delete;

private:
    pid_t child_;
};

/// `image/Users` belongs to the attacker: `image/Users/a` is a folder with a hive, and
/// `image/Users/b` a link to the victim's folder. They change places all the time.
struct SwapScene {
    SwapScene() {
        fs::create_directories(users());
        write_file(users() / "a/NTUSER.DAT", hive_to_fix().bytes);
        write_file(victim(), hive_to_fix().bytes);
        old = read_file(victim());
        fs::create_directory_symlink(victim().parent_path(), users() / "b");
        give(users());
        give(users() / "a");
        fs::permissions(dir.path(), fs::perms(0755));
    }
    static void give(const fs::path& file) {
        REQUIRE(::lchown(file.c_str(), kNobody, kNobody) == 0);
    }
    fs::path users() const { return dir.path() / "image/Users"; }
    fs::path victim() const { return dir.path() / "victim/NTUSER.DAT"; }
    /// The attacker's folder, whatever it is called now, gets these files.
    void put(const std::string& hive, const std::string& journal) const {
        for (const auto* name : {"a", "b"}) {
            const int folder =
                ::open((users() / name).c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            if (folder >= 0) {
                const auto path = "/proc/self/fd/" + std::to_string(folder);
                for (const auto& entry : fs::directory_iterator(path)) {
                    fs::remove(entry.path());
                }
                if (!hive.empty()) {
                    put_text(fs::path(path) / "NTUSER.DAT", hive);
                }
                if (!journal.empty()) {
                    put_text(fs::path(path) / "NTUSER.DAT.hivelint-journal", journal);
                }
                ::close(folder);
            }
        }
    }
    void swap() const {
        ::syscall(SYS_renameat2, AT_FDCWD, (users() / "a").c_str(), AT_FDCWD,
                  (users() / "b").c_str(), RENAME_EXCHANGE);
    }
    std::string victim_state() const {
        std::string names;
        for (const auto& entry : fs::directory_iterator(victim().parent_path())) {
            names += entry.path().filename().native() + ' ';
        }
        return read_file(victim()) == old ? names : names + "(changed)";
    }

    TempDir dir;
    std::string old;
};

} // namespace

TEST_CASE("link swap: a hive that a link leads to is never touched") {
    if (::geteuid() != 0) {
        MESSAGE("SKIPPED: only root can run as another user");
        return;
    }
    constexpr int kRounds = 2500; // of each of four
    SwapScene scene;
    FixRun run;
    run.rules = {mapi_rule_ptr()};
    run.fix.time = kFixTime;
    // What a fix leaves, for those that take one back.
    const FixScene model;
    const auto fixed = model.fixed_bytes();
    REQUIRE(scene.old == model.old_bytes());
    const auto record_of = [&](const char* name) {
        const auto file = scene.dir.path() / name;
        RunRecord record(file, {.id = name, .tool = "test", .time = kFixTime, .arguments = {}});
        auto patch = model.plan();
        patch.path = scene.users() / name / "NTUSER.DAT";
        record.add(patch, scene.dir.path().native().size() + std::string("/image").size());
        record.seal({});
        return file;
    };
    const SavedRun record(record_of("a"));
    const auto journal = journal_text(model.plan());
    int done = 0;
    int refused = 0;
    const auto count = [&](bool is_done) { ++(is_done ? done : refused); };
    const Attacker attacker([&] { scene.swap(); });
    for (int round = 0; round < kRounds; ++round) {
        scene.put(scene.old, "");
        for (const auto& target : discover({scene.dir.path() / "image"})) {
            const auto hive = fix_target(target, run);
            count(hive && hive->outcome.result == FixResult::fixed);
        }
        // The victim holds what undo and recover look for, too.
        scene.put(fixed, "");
        undo(record, {}, [&](const UndoneHive& hive) { count(hive.result == UndoResult::undone); });
        scene.put(fixed, journal);
        for (const auto& target : discover({scene.dir.path() / "image"})) {
            count(recover(target).result == Recovery::rolled_back);
        }
        if (round % 64 == 0) {
            REQUIRE(scene.victim_state() == "NTUSER.DAT ");
        }
    }
    CHECK(scene.victim_state() == "NTUSER.DAT ");
    CHECK(done > kRounds / 10);
    MESSAGE("done: " << done << ", refused: " << refused);
}

TEST_CASE("link swap: undo and recovery, where the link leads to a hive that fits") {
    if (::geteuid() != 0) {
        MESSAGE("SKIPPED: only root can run as another user");
        return;
    }
    constexpr int kRounds = 2500;
    SwapScene scene;
    const FixScene model;
    const auto fixed = model.fixed_bytes();
    put_text(scene.victim(), fixed);
    scene.old = fixed;
    const auto file = scene.dir.path() / "record";
    {
        RunRecord record(file, {.id = "x", .tool = "test", .time = kFixTime, .arguments = {}});
        auto patch = model.plan();
        patch.path = scene.users() / "a/NTUSER.DAT";
        record.add(patch, scene.dir.path().native().size() + std::string("/image").size());
        record.seal({});
    }
    const SavedRun record(file);
    const auto journal = journal_text(model.plan());
    const Attacker attacker([&] { scene.swap(); });
    int undone = 0;
    for (int round = 0; round < kRounds; ++round) {
        scene.put(fixed, "");
        undo(record, {},
             [&](const UndoneHive& hive) { undone += hive.result == UndoResult::undone ? 1 : 0; });
        REQUIRE(read_file(scene.victim()) == fixed);
    }
    CHECK(undone > kRounds / 100);
    put_text(journal_of(scene.victim()), journal); // it would be refused to undo
    for (int round = 0; round < kRounds; ++round) {
        scene.put(fixed, journal);
        for (const auto& target : discover({scene.dir.path() / "image"})) {
            recover(target);
        }
        if (round % 64 == 0) {
            REQUIRE(read_file(scene.victim()) == fixed);
        }
    }
    CHECK(read_file(scene.victim()) == fixed);
    CHECK(read_file(journal_of(scene.victim())) == journal);
}

TEST_CASE("link swap: a recovered hive is written into the folder that was named, or nowhere") {
    if (::geteuid() != 0) {
        MESSAGE("SKIPPED: only root can run as another user");
        return;
    }
    constexpr int kRounds = 2500;
    SwapScene scene;
    const auto hive = scene.dir.path() / "hive/NTUSER.DAT";
    write_file(hive, hive_with(0).bytes);
    write_file(scene.dir.path() / "hive/NTUSER.DAT.LOG1", log_of(8, {1}).bytes);
    const auto victims = scene.victim_state();
    int written = 0;
    {
        const Attacker attacker([&] { scene.swap(); });
        for (int round = 0; round < kRounds; ++round) {
            // The name is free in the attacker's folder, and taken in the victim's.
            scene.put("", "");
            const auto report =
                replay_hive(hive, {.logs = {}, .output = scene.users() / "a" / "NTUSER.DAT"});
            written += report.written ? 1 : 0;
        }
    }
    CHECK(scene.victim_state() == victims);
    CHECK(written > kRounds / 100);
    MESSAGE("written: " << written);
}

#endif
