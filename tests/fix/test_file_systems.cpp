// Fix and undo on the file systems that can be mounted here: each goes on safely, or is refused
// with its true reason.
#include "tests/support/fix_scene.hpp"
#include "tests/support/hive_files.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <unistd.h>
#include <vector>

namespace fs = std::filesystem;
using namespace hivelint;
using namespace hivelint::test;

namespace {

bool shell(const std::string& command) {
    return run({.program = "/bin/sh", .arguments = {"-c", command}}).status == 0;
}

/// A file system that is mounted while this lives.
class Mounted {
public:
    /// `make` and `mount` are commands for the shell, with {} for the folder of the test.
    Mounted(const std::string& make, const std::string& mount) {
        fs::create_directories(place());
        const auto here = dir_.path().native();
        is_mounted_ = shell(fmt::format(fmt::runtime(make), here)) &&
                      shell(fmt::format(fmt::runtime(mount), here));
    }
    ~Mounted() {
        if (is_mounted_) {
            shell("umount " + place().native() + " || umount -l " + place().native());
        }
    }
    Mounted(const Mounted&) = delete;
    Mounted& operator=(const Mounted&) = delete;

    bool is_mounted() const { return is_mounted_; }
    fs::path place() const { return dir_.path() / "mnt"; }
    const fs::path& top() const { return dir_.path(); }

private:
    TempDir dir_;
    bool is_mounted_ = false;
};

struct FileSystem {
    std::string name;
    std::string make;
    std::string mount;
};

const std::vector<FileSystem>& file_systems() {
    static const std::vector<FileSystem> all = {
        {"tmpfs", "true", "mount -t tmpfs none {}/mnt"},
        {"ext4", "truncate -s 16M {0}/disk && mkfs.ext4 -q {0}/disk",
         "mount -o loop {0}/disk {0}/mnt"},
        {"exfat-fuse", "truncate -s 16M {0}/disk && mkfs.exfat {0}/disk",
         "losetup -f --show {0}/disk > {0}/loop && mount.exfat-fuse $(cat {0}/loop) {0}/mnt"},
        {"ntfs-3g", "truncate -s 16M {0}/disk && mkfs.ntfs -q -F {0}/disk",
         "ntfs-3g {0}/disk {0}/mnt"},
        {"overlay", "mkdir {0}/lower {0}/upper {0}/work",
         "mount -t overlay -o lowerdir={0}/lower,upperdir={0}/upper,workdir={0}/work none {0}/mnt"},
    };
    return all;
}

} // namespace

TEST_CASE("file systems: a hive is fixed, its fix undone, and nothing is left") {
    if (::geteuid() != 0) {
        MESSAGE("SKIPPED: only root can mount");
        return;
    }
    const FixScene model;
    for (const auto& system : file_systems()) {
        CAPTURE(system.name);
        const Mounted mounted(system.make, system.mount);
        if (!mounted.is_mounted()) {
            MESSAGE("SKIPPED: cannot be mounted here: " << system.name);
            continue;
        }
        const auto hive = mounted.place() / "profile/NTUSER.DAT";
        if (system.name == "overlay") { // of the lower layer: the first write copies it up
            write_file(mounted.top() / "lower/profile/NTUSER.DAT", hive_to_fix().bytes);
        } else {
            write_file(hive, hive_to_fix().bytes);
        }
        const auto records = mounted.place() / "records";
        fs::create_directory(records);
        const auto run = run_hivefix({"--undo-dir", records.native(), hive.parent_path().native()});
        CHECK_MESSAGE(run.status == 0, run.out << run.err);
        CHECK(model.is_fixed(read_file(hive)));
        const auto record = fs::directory_iterator(records)->path();
        const auto copy = mounted.place() / "copy";
        CHECK(run_hivefix({"--output", copy.native(), hive.native()}).status == 0);
        CHECK(read_file(copy) == read_file(hive));
        const auto undo = run_hivefix({"undo", record.native()});
        CHECK_MESSAGE(undo.status == 0, undo.out << undo.err);
        CHECK(read_file(hive) == model.old_bytes());
        CHECK(std::distance(fs::directory_iterator(hive.parent_path()), {}) == 1);
        MESSAGE("seen on " << system.name);
    }
}
