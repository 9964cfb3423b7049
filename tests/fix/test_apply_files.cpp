// A fixed hive is the same file with some other bytes: what the file system says of it stays, on
// each kind of storage.
#include "tests/support/fix_scene.hpp"
#include "tests/support/hive_files.hpp"
#include "tests/support/regf_account.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <array>
#include <fcntl.h>
#include <fstream>
#include <iostream>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace fs = std::filesystem;
using namespace hivelint;
using namespace hivelint::test;

namespace {

struct stat status_of(const fs::path& file) {
    struct stat status = {};
    REQUIRE(::lstat(file.c_str(), &status) == 0);
    return status;
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

std::string kind_of(const fs::path& storage) {
    struct statfs status = {};
    REQUIRE(::statfs(storage.c_str(), &status) == 0);
    constexpr long kTmpfs = 0x01021994;
    constexpr long kExt = 0xEF53;
    return status.f_type == kTmpfs ? "tmpfs"
           : status.f_type == kExt ? "ext2/3/4"
                                   : fmt::format("file system {:#x}", status.f_type);
}

/// An ext4 file system of its own in a file, which only this process and its children see: however
/// the test ends, the mount and its loop device go with it.
class Ext4 {
public:
    Ext4() {
        if (::unshare(CLONE_NEWNS) != 0 ||
            ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
            problem_ = "no mount namespace of our own";
            return;
        }
        fs::create_directory(folder());
        const auto made =
            run({.program = "/bin/sh",
                 .arguments = {"-ec",
                               "PATH=$PATH:/usr/sbin:/sbin; truncate -s 16M \"$1\"; "
                               "mkfs.ext4 -q -F \"$1\"; "
                               "mount -t ext4 -o loop \"$1\" \"$2\"",
                               "sh", (dir_.path() / "image").native(), folder().native()}});
        mounted_ = made.status == 0;
        problem_ = mounted_ ? "" : "none was made: " + made.err.substr(0, made.err.find('\n'));
    }
    Ext4(const Ext4&) = delete;
    Ext4& operator=(const Ext4&) = delete;
    ~Ext4() {
        if (mounted_) {
            ::umount2(folder().c_str(), MNT_DETACH);
        }
    }

    fs::path folder() const { return dir_.path() / "ext4"; }
    /// Why there is none; empty when there is.
    const std::string& problem() const { return problem_; }

private:
    TempDir dir_;
    std::string problem_;
    bool mounted_ = false;
};

/// What a file has beside its bytes and times.
std::string belongings(const fs::path& file) {
    return fmt::format("{} note '{}' access list '{}'", identity(file),
                       attribute(file, "user.note"), attribute(file, "system.posix_acl_access"));
}

/// Fixes a hive in `storage` in each way, takes that back, and looks at what the file keeps.
/// Whether the storage could give the file everything that is looked at.
bool check_kept(const fs::path& storage) {
    std::cout << "storage: " << storage.native() << ", " << kind_of(storage) << std::endl;
    CAPTURE(storage);
    FixScene scene(storage);
    const auto link = scene.top() / "second name";
    fs::create_hard_link(scene.hive(), link);
    fs::permissions(scene.hive(), fs::perms(0604));
    const bool has_owner = ::chown(scene.hive().c_str(), 12345, 23456) == 0;
    const auto list = access_list();
    const bool has_note = ::setxattr(scene.hive().c_str(), "user.note", "kept", 4, 0) == 0;
    const bool has_list = ::setxattr(scene.hive().c_str(), "system.posix_acl_access", list.data(),
                                     list.size(), 0) == 0;
    if (!has_owner || !has_note || !has_list) {
        say_skipped(fmt::format("belongings of a hive on {}: owner {}, attribute {}, access list "
                                "{}",
                                kind_of(storage), has_owner, has_note, has_list));
    }
    const auto before = belongings(scene.hive());
    CHECK(before.find("links 2 ") != std::string::npos);
    CHECK((attribute(scene.hive(), "user.note") == "kept") == has_note);
    CHECK((attribute(scene.hive(), "system.posix_acl_access") == list) == has_list);
    for (const auto action : {Action::set_value, Action::delete_value}) {
        for (const bool keep_times : {false, true}) {
            CAPTURE(action);
            CAPTURE(keep_times);
            scene.reset();
            set_times(scene.hive());
            const auto time = modified(scene.hive());
            std::vector<std::string> more;
            if (action == Action::delete_value) {
                more.emplace_back("--delete");
            }
            if (keep_times) {
                more.emplace_back("--preserve-times");
            }
            const auto check_times = [&] {
                CHECK((modified(scene.hive()) == time) == keep_times);
                CHECK((status_of(scene.hive()).st_mtim.tv_sec > 1'000'000'002) != keep_times);
            };
            CHECK(run_hivefix(scene.arguments(more)).status == 0);
            CHECK(scene.is_fixed(scene.bytes(), action));
            CHECK(read_file(link) == scene.bytes());
            CHECK(belongings(scene.hive()) == before);
            check_times();

            REQUIRE(scene.undo_records().size() == 1);
            std::vector<std::string> undo = {"--undo", scene.undo_records().front().native()};
            if (keep_times) {
                undo.emplace_back("--preserve-times");
            }
            CHECK(run_hivefix(undo).status == 0);
            CHECK(scene.bytes() == scene.old_bytes());
            CHECK(read_file(link) == scene.old_bytes());
            CHECK(belongings(scene.hive()) == before);
            check_times();
        }
    }
    CHECK(scene.beside().empty());
    return has_owner && has_note && has_list;
}

} // namespace

TEST_CASE("files: a fixed hive keeps all that belongs to the file") {
    for (const auto& storage : storages()) {
        check_kept(storage);
    }
}

TEST_CASE("files: a fixed hive on ext4 keeps all that belongs to the file") {
    const Ext4 ext4;
    if (!ext4.problem().empty()) {
        say_skipped("a hive on ext4: " + ext4.problem());
        return;
    }
    CHECK(kind_of(ext4.folder()) == "ext2/3/4");
    CHECK(check_kept(ext4.folder())); // it can give a file everything
}

TEST_CASE("files: a rolled back change leaves the times as they were") {
    FixScene scene;
    const Patch patch = scene.plan();
    set_times(scene.hive());
    const auto before = modified(scene.hive());
    // A process that does not ask for the lock writes at the end: what is read again is not what
    // was planned. Its byte stays, what was ours to change is as it was; the journal stays too, as
    // the file is not what it was.
    const auto at = static_cast<std::streamoff>(scene.old_bytes().size()) - 1;
    const ApplyOptions options = {.before_change = [&] {
        std::fstream(scene.hive(), std::ios::binary | std::ios::in | std::ios::out).seekp(at)
            << '!';
    }};
    try {
        apply(patch, scene.hive(), options);
        FAIL("it was applied");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::failed_check);
        CHECK(error.message().find("the journal was left") != std::string::npos);
    }
    CHECK(scene.bytes() == scene.old_bytes().substr(0, scene.old_bytes().size() - 1) + '!');
    CHECK(scene.beside() == " NTUSER.DAT.hivelint-journal");
    CHECK(modified(scene.hive()) == before);
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
