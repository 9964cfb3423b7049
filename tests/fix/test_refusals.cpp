// Hives that must not be written, or cannot be: nothing of them changes, and nothing is left.
#include "tests/support/fix_scene.hpp"
#include "tests/support/hive_files.hpp"
#include "tests/support/regf_account.hpp"

#include <doctest/doctest.h>

#include <climits>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <linux/fs.h>

namespace fs = std::filesystem;
using namespace hivelint;
using namespace hivelint::test;

namespace {

/// Sets or takes away a flag of the file; whether that was possible.
bool set_flag(const fs::path& file, int flag, bool on) {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    int flags = 0;
    bool done = ::ioctl(descriptor, FS_IOC_GETFLAGS, &flags) == 0;
    flags = on ? flags | flag : flags & ~flag;
    done = done && ::ioctl(descriptor, FS_IOC_SETFLAGS, &flags) == 0;
    ::close(descriptor);
    return done;
}

void check_refused(const FixScene& scene, std::vector<std::string> arguments, Command rest = {}) {
    const auto before = identity(scene.hive());
    const auto time = modified(scene.hive());
    const auto run = run_hivefix(std::move(arguments), std::move(rest));
    CAPTURE(run.out);
    CAPTURE(run.err);
    REQUIRE(run.started);
    CHECK(run.signal == 0);
    CHECK(run.status == 2);
    CHECK(scene.bytes() == scene.old_bytes());
    CHECK(scene.beside().empty());
    CHECK(scene.undo_records().empty());
    CHECK(identity(scene.hive()) == before);
    CHECK(modified(scene.hive()) == time);
}

} // namespace

TEST_CASE("refusals: read-only is read-only, for root too") {
    FixScene scene;
    for (const unsigned mode : {0444U, 0400U, 0000U}) {
        CAPTURE(mode);
        if (mode == 0 && ::geteuid() != 0) {
            continue;
        }
        fs::permissions(scene.hive(), fs::perms(mode));
        check_refused(scene, scene.arguments());
        CHECK(recover(scene.hive()) == Recovery::nothing_to_do);
    }
}

TEST_CASE("refusals: immutable and append-only files") {
    for (const auto& storage : storages()) {
        for (const int flag : {FS_IMMUTABLE_FL, FS_APPEND_FL}) {
            FixScene scene(storage);
            for (const auto& place : {scene.hive(), scene.folder()}) {
                if (flag == FS_APPEND_FL && place == scene.folder()) {
                    continue; // the next test
                }
                CAPTURE(place);
                if (!set_flag(place, flag, true)) {
                    say_skipped("immutable files in " + storage.native() + ": not permitted");
                    continue;
                }
                check_refused(scene, scene.arguments());
                CHECK(set_flag(place, flag, false));
            }
        }
    }
}

TEST_CASE("refusals: in an append-only folder a journal cannot be removed, and recovery mends it") {
    FixScene scene(storages().back());
    if (!set_flag(scene.folder(), FS_APPEND_FL, true)) {
        say_skipped("append-only folders: not permitted");
        return;
    }
    CHECK(run_hivefix(scene.arguments()).status == 2);
    CHECK(set_flag(scene.folder(), FS_APPEND_FL, false));
    CHECK(run_hivefix({"--recover", scene.folder().native()}).status == 0);
    CHECK(scene.bytes() == scene.old_bytes());
    CHECK(scene.beside().empty());
}

TEST_CASE("refusals: a folder that cannot be written to") {
    FixScene scene;
    fs::permissions(scene.top(), fs::perms(0755));
    fs::permissions(scene.folder(), fs::perms(0755));
    fs::permissions(scene.undo_folder(), fs::perms(0777));
    fs::permissions(scene.hive(), fs::perms(0666));
    // Only root can become another user, who may not reach the program in root's home either.
    if (!run_hivefix({"--version"}, {.program = "", .as_nobody = true}).started) {
        say_skipped("a folder that cannot be written to: hivefix cannot be run as nobody here");
        return;
    }
    check_refused(scene, scene.arguments(), {.program = "", .as_nobody = true});
    // Nor without a way to a file that can be written.
    fs::permissions(scene.folder(), fs::perms(0777));
    fs::permissions(scene.hive(), fs::perms(0644));
    check_refused(scene, scene.arguments(), {.program = "", .as_nobody = true});
}

TEST_CASE("refusals: what is no regular file of its own is refused") {
    FixScene scene;
    const auto link = scene.top() / "NTUSER.DAT";
    fs::create_symlink(scene.hive(), link);
    const auto patch = scene.plan();
    CHECK(error_of([&] { apply(patch, link); }) == "symbolic-link");
    check_refused(scene, {"--undo-dir", scene.undo_folder().native(), link.native()});
    CHECK(error_of([&] { apply(patch, scene.folder()); }) == "not-a-regular-file");
    CHECK(error_of([&] { apply(patch, "/dev/null"); }) == "not-a-regular-file");
    CHECK(error_of([&] { apply(patch, scene.top() / "missing"); }) == "not-found");
    CHECK(fs::is_symlink(link));
}

TEST_CASE("refusals: a hive that another process has locked") {
    FixScene scene;
    const auto patch = scene.plan();
    const int descriptor = ::open(scene.hive().c_str(), O_RDONLY | O_CLOEXEC);
    REQUIRE(::flock(descriptor, LOCK_EX) == 0);
    check_refused(scene, scene.arguments());
    CHECK(error_of([&] { apply(patch, scene.hive()); }) == "locked");
    put_text(scene.journal(), "");
    CHECK(error_of([&] { recover(scene.hive()); }) == "locked");
    fs::remove(scene.journal());
    ::close(descriptor);
    apply(patch, scene.hive());
    CHECK(scene.bytes() == scene.fixed_bytes());
}

TEST_CASE("refusals: names as long as the file system takes") {
    FixScene scene;
    const auto deny = [&](const fs::path& hive) {
        // There is no room for the journal's name: the hive is scanned all the same.
        CHECK(scanned(hive) == "affected");
        const auto run = run_hivefix({"--undo-dir", scene.undo_folder().native(), hive.native()});
        CAPTURE(run.out);
        CHECK(run.signal == 0);
        CHECK(run.status == 2);
        CHECK(read_file(hive) == scene.old_bytes());
        CHECK(scene.undo_records().empty());
    };
    const auto fits = scene.folder() / (std::string(255 - 17, 'n'));
    put_text(fits, scene.old_bytes());
    CHECK(run_hivefix({"--no-undo-record", fits.native()}).status == 0);
    CHECK(scene.is_fixed(read_file(fits)));
    const auto longest = scene.folder() / std::string(255, 'n');
    put_text(longest, scene.old_bytes());
    deny(longest);
}

TEST_CASE("refusals: a path longer than PATH_MAX, fixed, refused and taken back") {
    FixScene scene;
    fs::path deep = scene.top();
    int folder = ::open(scene.top().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::string name(200, 'd');
    while (deep.native().size() < PATH_MAX + 500) {
        REQUIRE(::mkdirat(folder, name.c_str(), 0755) == 0);
        const int next = ::openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ::close(folder);
        folder = next;
        deep /= name;
    }
    const int hive = ::openat(folder, "NTUSER.DAT", O_RDWR | O_CREAT | O_CLOEXEC, 0444);
    const auto& old = scene.old_bytes();
    REQUIRE(::write(hive, old.data(), old.size()) == static_cast<ssize_t>(old.size()));
    const auto bytes = [&] {
        std::string now(old.size(), '\0');
        REQUIRE(::pread(hive, now.data(), now.size(), 0) == static_cast<ssize_t>(now.size()));
        return now;
    };
    const std::vector<std::string> arguments = {"--undo-dir", scene.undo_folder().native(),
                                                (deep / "NTUSER.DAT").native()};
    const auto refused = run_hivefix(arguments);
    CHECK(refused.signal == 0);
    CHECK(refused.status == 2);
    CHECK(bytes() == old);
    CHECK(scene.undo_records().empty());

    ::fchmod(hive, 0644);
    for (const auto& record : scene.undo_records()) {
        fs::remove(record);
    }
    const auto fixed = run_hivefix(arguments);
    CHECK(fixed.status == 0);
    CHECK(scene.is_fixed(bytes()));
    REQUIRE(scene.undo_records().size() == 1);
    CHECK(run_hivefix({"--undo", scene.undo_records().front().native()}).status == 0);
    CHECK(bytes() == old);

    // Beside the hive, however long the way there is.
    const auto beside = run_hivefix({"--undo-dir", deep.native(), arguments.back()});
    CHECK(beside.status == 2);
    CHECK(bytes() == old);
    ::close(hive);
    ::close(folder);
}

TEST_CASE("two hives that are the same to the last byte are both in the record") {
    FixScene scene;
    const auto copy = scene.folder() / "copy.DAT";
    put_text(copy, scene.old_bytes());
    const auto run = run_hivefix(
        {"--undo-dir", scene.undo_folder().native(), scene.hive().native(), copy.native()});
    CAPTURE(run.out);
    CHECK(run.status == 0);
    CHECK(scene.is_fixed(scene.bytes()));
    CHECK(scene.is_fixed(read_file(copy)));
    const auto records = scene.undo_records();
    REQUIRE(records.size() == 1);
    CHECK(run_hivefix({"undo", records.front().native()}).status == 0);
    CHECK(scene.bytes() == scene.old_bytes());
    CHECK(read_file(copy) == scene.old_bytes());
}

TEST_CASE("refusals: reports that nobody can read change nothing about what was done") {
    FixScene scene;
    const auto quiet = run_hivefix(scene.arguments(), {.program = "", .out = Stdout::full});
    CHECK(quiet.status == 2);
    CHECK(scene.is_fixed(scene.bytes()));
    CHECK(scene.undo_records().size() == 1);
    scene.reset();
    const auto both =
        run({.program = "/bin/sh",
             .arguments = {"-c", "exec \"$@\" >/dev/full 2>&1", "sh", HIVELINT_HIVEFIX,
                           "--undo-dir", scene.undo_folder().native(), scene.folder().native()}});
    CHECK(both.signal == 0);
    CHECK(both.status == 2);
    CHECK(scene.is_fixed(scene.bytes()));
}
