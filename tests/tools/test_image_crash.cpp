// hivefix, or the program that writes to the image for it, is killed while it mends a hive in an
// image. What is left is the old disk or the new one, or has a journal that leads back to the old
// one.
#include "tests/support/containers.hpp"
#include "tests/support/fix_scene.hpp"
#include "tests/support/syscalls.hpp"

#include <doctest/doctest.h>

#include <charconv>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

namespace fs = std::filesystem;
using namespace hivelint::test;

namespace {

/// An image, and a run of hivefix over it.
struct Scene {
    Scene(const std::string& name, const std::string& script) : image(dir.path() / name) {
        shell(script, {image.native()}, disks());
        old = dir.path() / "old";
        fs::copy_file(image, old);
        command = {
            .program = HIVELINT_HIVEFIX,
            .arguments = {"--no-undo-record", image.native() + "!/p1/Users/alice/NTUSER.DAT"}};
        before = disk();
        whole = run_traced(command);
        REQUIRE_MESSAGE(whole.status == 0, whole.out << whole.err);
        REQUIRE(is_new(disk()));
    }

    /// Whether the disk is the old one but for a fix, whose time is another one each time.
    bool is_new(const std::string& disk) const {
        constexpr std::size_t kMost = 60; // bytes of a fix
        std::size_t changed = 0;
        for (std::size_t i = 0; i < disk.size(); ++i) {
            changed += disk[i] != before.at(i) ? 1 : 0;
        }
        const auto hive = command.arguments.back();
        return disk.size() == before.size() && changed > 0 && changed <= kMost &&
               told_of({hive}) == hive + ": clear\n";
    }

    void reset() const { fs::copy_file(old, image, fs::copy_options::overwrite_existing); }
    std::string journal() const { return image.native() + ".hivelint-journal"; }
    std::string disk() const {
        if (image.extension() == ".raw") {
            return read_file(image);
        }
        const TempDir out;
        shell("qemu-img convert -O raw \"$1\" out.raw", {image.native()}, out.path());
        return read_file(out.path() / "out.raw");
    }
    /// Recovers, and looks at what there is then.
    void check_recovered() const {
        const bool has_journal = fs::exists(journal());
        const auto run = run_hivefix({"recover", image.native()});
        CHECK_MESSAGE(run.status == 0, run.out << run.err);
        CHECK(!fs::exists(journal()));
        const auto now = disk();
        CHECK((now == before || (!has_journal && is_new(now))));
    }

    TempDir dir;
    fs::path image;
    fs::path old;
    Command command;
    Traced whole;
    std::string before;
};

bool changes(const SeenCall& seen) {
    return (seen.call == Call::create || seen.call == Call::pwrite || seen.call == Call::sync ||
            seen.call == Call::unlink) &&
           !seen.file.starts_with("/memfd:");
}

/// Kills what has the image open and is called qemu-nbd.
void kill_writer(const fs::path& image) {
    for (const auto& process : fs::directory_iterator("/proc")) {
        const auto name = process.path().filename().native();
        int number = 0;
        const auto* end = name.data() + name.size();
        if (std::from_chars(name.data(), end, number).ptr != end) {
            continue;
        }
        std::error_code failed;
        if (read_file(process.path() / "comm") != "qemu-nbd\n") {
            continue;
        }
        for (const auto& open : fs::directory_iterator(process.path() / "fd", failed)) {
            if (fs::read_symlink(open.path(), failed) == image) {
                ::kill(number, SIGKILL);
                break;
            }
        }
    }
}

const std::pair<const char*, const char*> kImages[] = {
    {"disk.raw", "cp disk.raw \"$1\""},
    {"disk.qcow2", "qemu-img convert -f raw -O qcow2 -c disk.raw \"$1\""},
    {"disk.vhdx", "qemu-img convert -f raw -O vhdx disk.raw \"$1\""},
};

} // namespace

TEST_CASE("image crash: killed before each call that changes anything") {
    if (!can_make_disks() || !can_trace() || !have_programs({"qemu-img", "qemu-nbd"})) {
        return;
    }
    for (const auto& [name, script] : kImages) {
        CAPTURE(name);
        const Scene scene(name, script);
        int points = 0;
        for (std::size_t i = 0; i < scene.whole.calls.size(); ++i) {
            if (!changes(scene.whole.calls[i])) {
                continue;
            }
            CAPTURE(i);
            ++points;
            scene.reset();
            const auto killed = run_traced(scene.command, {.kill_at = i + 1});
            CHECK(killed.signal == SIGKILL);
            scene.check_recovered();
        }
        CHECK(points >= 5);
    }
}

TEST_CASE("image crash: what writes to the image is killed while it does") {
    if (!can_make_disks() || !can_trace() || !have_programs({"qemu-img", "qemu-nbd"})) {
        return;
    }
    for (const auto& [name, script] : kImages) {
        if (std::string(name) == "disk.raw") { // is written to by hivefix itself
            continue;
        }
        CAPTURE(name);
        const Scene scene(name, script);
        const auto& calls = scene.whole.calls;
        const auto of_journal = [&](Call call) {
            for (std::size_t i = 0; i < calls.size(); ++i) {
                if (calls[i].call == call && calls[i].file.ends_with("hivelint-journal")) {
                    return i;
                }
            }
            FAIL("there was no journal");
            return std::size_t{0};
        };
        const auto last = of_journal(Call::unlink);
        int failed = 0;
        for (auto i = of_journal(Call::create); i <= last; i += 7) {
            CAPTURE(i);
            scene.reset();
            const auto run = run_traced(
                scene.command, {.pause_at = i + 1, .meanwhile = [&] { kill_writer(scene.image); }});
            CHECK(run.signal == 0);
            failed += run.status == 0 ? 0 : 1;
            scene.check_recovered();
        }
        CHECK(failed > 0);
    }
}
