// A fixed hive is the same file with some other bytes: what the file system says of it stays, on
// each kind of storage; and files that must not be written are refused.
#include "tests/child.hpp"
#include "tests/fix_scene.hpp"
#include "tests/hive_files.hpp"
#include "tests/regf_account.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <linux/fs.h>

namespace fs = std::filesystem;
using namespace hivelint;
using namespace hivelint::test;

namespace {

struct stat status_of(const fs::path& file) {
    struct stat status = {};
    REQUIRE(::lstat(file.c_str(), &status) == 0);
    return status;
}

/// All that must not change: not the times.
std::string identity(const fs::path& file) {
    const auto status = status_of(file);
    return fmt::format("inode {} mode {:o} owner {}:{} links {} size {}", status.st_ino,
                       status.st_mode, status.st_uid, status.st_gid, status.st_nlink,
                       status.st_size);
}

std::string modified(const fs::path& file) {
    const auto time = status_of(file).st_mtim;
    return fmt::format("{}.{:09}", time.tv_sec, time.tv_nsec);
}

std::string times(const fs::path& file) {
    const auto status = status_of(file);
    return fmt::format("accessed {}.{:09} modified {}.{:09}", status.st_atim.tv_sec,
                       status.st_atim.tv_nsec, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

void set_times(const fs::path& file) {
    const timespec both[] = {{.tv_sec = 1'000'000'001, .tv_nsec = 123'456'789},
                             {.tv_sec = 1'000'000'002, .tv_nsec = 987'654'321}};
    REQUIRE(::utimensat(AT_FDCWD, file.c_str(), both, 0) == 0);
}

std::string attribute(const fs::path& file, const char* name) {
    std::array<char, 256> value = {};
    const auto length = ::getxattr(file.c_str(), name, value.data(), value.size());
    return length < 0 ? "none" : std::string(value.data(), static_cast<std::size_t>(length));
}

/// An access list: the owner reads and writes, user 12345 reads, nobody else does anything.
std::string access_list() {
    std::string out("\2\0\0\0", 4);
    const auto entry = [&](char tag, char permissions, std::uint32_t id) {
        out += {tag, '\0', permissions, '\0'};
        for (int i = 0; i < 4; ++i) {
            out += static_cast<char>(id >> (8 * i));
        }
    };
    entry(0x01, 6, 0xFFFFFFFF);
    entry(0x02, 4, 12345);
    entry(0x04, 0, 0xFFFFFFFF);
    entry(0x10, 4, 0xFFFFFFFF);
    entry(0x20, 0, 0xFFFFFFFF);
    return out;
}

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

std::string kind_of(const fs::path& storage) {
    struct statfs status = {};
    REQUIRE(::statfs(storage.c_str(), &status) == 0);
    constexpr long kTmpfs = 0x01021994;
    constexpr long kExt = 0xEF53;
    return status.f_type == kTmpfs ? "tmpfs"
           : status.f_type == kExt ? "ext2/3/4"
                                   : fmt::format("file system {:#x}", status.f_type);
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

TEST_CASE("files: a fixed hive keeps all that belongs to the file") {
    for (const auto& storage : storages()) {
        std::cout << "storage: " << storage.native() << ", " << kind_of(storage) << std::endl;
        CAPTURE(storage);
        FixScene scene(storage);
        const auto link = scene.top() / "second name";
        fs::create_hard_link(scene.hive(), link);
        fs::permissions(scene.hive(), fs::perms(0604));
        if (::chown(scene.hive().c_str(), 12345, 23456) != 0) {
            say_skipped("owner of a fixed hive: only root can give files away");
        }
        const auto& list = access_list();
        const bool has_attribute = ::setxattr(scene.hive().c_str(), "user.note", "kept", 4, 0) == 0;
        const bool has_list = ::setxattr(scene.hive().c_str(), "system.posix_acl_access",
                                         list.data(), list.size(), 0) == 0;
        if (!has_attribute || !has_list) {
            say_skipped(fmt::format("attributes on {}: user {}, access list {}", kind_of(storage),
                                    has_attribute, has_list));
        }
        const auto before = identity(scene.hive());
        for (const bool keep : {false, true}) {
            CAPTURE(keep);
            scene.reset();
            set_times(scene.hive());
            const auto time = modified(scene.hive());
            const auto more =
                keep ? std::vector<std::string>{"--preserve-times"} : std::vector<std::string>();
            CHECK(run_hivefix(scene.arguments(more)).status == 0);
            CHECK(scene.is_fixed(scene.bytes()));
            CHECK(read_file(link) == scene.bytes());
            CHECK(identity(scene.hive()) == before);
            if (keep) {
                CHECK(modified(scene.hive()) == time);
            } else {
                CHECK(status_of(scene.hive()).st_mtim.tv_sec > 1'000'000'002);
            }
            CHECK(attribute(scene.hive(), "user.note") == (has_attribute ? "kept" : "none"));
            CHECK(attribute(scene.hive(), "system.posix_acl_access") == (has_list ? list : "none"));

            REQUIRE(scene.undo_records().size() == 1);
            CHECK(run_hivefix({"--undo", scene.undo_records().front().native(), "--preserve-times"})
                      .status == 0);
            CHECK(scene.bytes() == scene.old_bytes());
            CHECK(identity(scene.hive()) == before);
        }
        CHECK(scene.beside().empty());
    }
}

TEST_CASE("files: a rolled back change leaves the times as they were") {
    FixScene scene;
    Patch patch = scene.plan();
    patch.sha256_after.clear();
    set_times(scene.hive());
    const auto before = modified(scene.hive());
    CHECK(error_of([&] { apply(patch, scene.hive()); }) == "failed-check");
    CHECK(modified(scene.hive()) == before);
}

TEST_CASE("files: read-only is read-only, for root too") {
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

TEST_CASE("files: immutable and append-only files") {
    for (const auto& storage : storages()) {
        for (const int flag : {FS_IMMUTABLE_FL, FS_APPEND_FL}) {
            FixScene scene(storage);
            for (const auto& place : {scene.hive(), scene.folder()}) {
                if (flag == FS_APPEND_FL && place == scene.folder()) {
                    continue; // see below
                }
                CAPTURE(place);
                if (!set_flag(place, flag, true)) {
                    say_skipped("immutable files on " + kind_of(storage) + ": not permitted");
                    continue;
                }
                check_refused(scene, scene.arguments());
                CHECK(set_flag(place, flag, false));
            }
        }
    }
}

TEST_CASE("files: in an append-only folder a journal cannot be removed, and recovery mends it") {
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

TEST_CASE("files: a folder that cannot be written to") {
    FixScene scene;
    fs::permissions(scene.top(), fs::perms(0755));
    fs::permissions(scene.folder(), fs::perms(0755));
    fs::permissions(scene.undo_folder(), fs::perms(0777));
    fs::permissions(scene.hive(), fs::perms(0666));
    const bool can = run({.program = "/bin/true", .as_nobody = true}).started;
    if (!can || ::access(HIVELINT_HIVEFIX, X_OK) != 0) {
        say_skipped("a folder that cannot be written to: only root can become another user");
        return;
    }
    check_refused(scene, scene.arguments(), {.program = "", .as_nobody = true});
    // Nor without a way to a file that can be written.
    fs::permissions(scene.folder(), fs::perms(0777));
    fs::permissions(scene.hive(), fs::perms(0644));
    check_refused(scene, scene.arguments(), {.program = "", .as_nobody = true});
}

TEST_CASE("files: what is no regular file of its own is refused") {
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

TEST_CASE("files: a hive that another process has locked") {
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

TEST_CASE("files: names as long as the file system takes") {
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

TEST_CASE("files: a path longer than PATH_MAX, fixed, refused and taken back") {
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

TEST_CASE("files: a dry run touches nothing at all") {
    FixScene scene;
    for (const auto& file : {scene.hive(), scene.folder(), scene.undo_folder(), scene.top()}) {
        set_times(file);
    }
    const auto all = [&] {
        std::string out;
        for (const auto& file : {scene.hive(), scene.folder(), scene.undo_folder(), scene.top()}) {
            const auto status = status_of(file);
            out += fmt::format("{} {} changed {}.{}\n", identity(file), times(file),
                               status.st_ctim.tv_sec, status.st_ctim.tv_nsec);
        }
        return out;
    };
    const auto before = all();
    const auto run = run_hivefix(scene.arguments({"--dry-run"}));
    CHECK(run.status == 1);
    CHECK(run.out.find("00000004  - 07\n") != std::string::npos);
    CHECK(all() == before);
    CHECK(scene.bytes() == scene.old_bytes());
}

TEST_CASE("files: reports that nobody can read change nothing about what was done") {
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
