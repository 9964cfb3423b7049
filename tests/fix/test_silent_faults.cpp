// Storage that lies: a write that is said to be done and is not, or has a bit wrong, at every write
// of a fix, an undo and a recovery. What is said to be done is done.
#include "tests/support/fix_scene.hpp"
#include "tests/support/hive_files.hpp"
#include "tests/support/syscalls.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace fs = std::filesystem;
using namespace hivelint;
using namespace hivelint::test;

namespace {

struct Job {
    std::vector<std::string> arguments;
    std::function<void()> prepare;
    std::function<bool(const std::string&)> is_before;
    std::function<bool(const std::string&)> is_after;
};

void lie_everywhere(const FixScene& scene, const Job& job) {
    for (const int error : {kLost, kFlipped}) {
        std::size_t refused = 0;
        std::size_t nth = 1;
        for (bool disturbed = true; disturbed || nth < 12; ++nth) {
            CAPTURE(error);
            CAPTURE(nth);
            job.prepare();
            const auto run = run_traced({.program = HIVELINT_HIVEFIX, .arguments = job.arguments},
                                        {.call = Call::pwrite, .nth = nth, .error = error});
            CAPTURE(run.out);
            CAPTURE(run.err);
            disturbed = run.disturbed;
            CHECK(run.signal == 0);
            CHECK((run.status == 0 || run.status == 2));
            const bool journal = fs::exists(scene.journal());
            if (run.status == 0) {
                CHECK(job.is_after(scene.bytes()));
                CHECK(!journal);
                continue;
            }
            ++refused;
            if (run.out.find(": 1 fixed") != std::string::npos) { // the record's last line
                CHECK(job.is_after(scene.bytes()));
                continue;
            }
            if (journal) { // nobody is told that it was taken back
                CHECK(run.out.find("rolled-back") == std::string::npos);
                if (run_hivefix({"recover", scene.folder().native()}).status != 0) {
                    // The journal itself is damaged: then the hive was not changed by it.
                    CHECK(job.is_before(scene.bytes()));
                    continue;
                }
            }
            CHECK(job.is_before(scene.bytes()));
        }
        CHECK(refused > 3);
    }
}

} // namespace

TEST_CASE("silent faults: a fix, and its undoing") {
    if (!can_trace()) {
        return;
    }
    FixScene scene(storages().front());
    const auto is_old = [&](const std::string& bytes) { return bytes == scene.old_bytes(); };
    lie_everywhere(scene, {.arguments = scene.arguments(),
                           .prepare = [&] { scene.reset(); },
                           .is_before = is_old,
                           .is_after = [&](const auto& bytes) { return scene.is_fixed(bytes); }});

    scene.reset();
    REQUIRE(run_hivefix(scene.arguments()).status == 0);
    const auto fixed = scene.bytes();
    const auto record = scene.top() / "record";
    fs::rename(scene.undo_records().front(), record);
    lie_everywhere(scene, {.arguments = {"undo", record.native()},
                           .prepare = [&] { scene.reset(fixed); },
                           .is_before = [&](const auto& bytes) { return bytes == fixed; },
                           .is_after = is_old});
}

TEST_CASE("silent faults: a recovery says that it took back what it took back") {
    if (!can_trace()) {
        return;
    }
    FixScene scene(storages().front());
    const Command fix = {.program = HIVELINT_HIVEFIX, .arguments = scene.arguments()};
    const auto calls = run_traced(fix).calls;
    const auto removal = std::ranges::find_if(calls, [](const SeenCall& call) {
        return call.call == Call::unlink && call.file.ends_with(".hivelint-journal");
    });
    REQUIRE(removal != calls.end());
    scene.reset();
    run_traced(fix, {.kill_at = static_cast<std::size_t>(removal - calls.begin()) + 1});
    const auto torn = scene.bytes();
    const auto journal = read_file(scene.journal());
    std::size_t lies = 0;
    for (const int error : {kLost, kFlipped}) {
        for (std::size_t nth = 1;; ++nth) {
            CAPTURE(error);
            CAPTURE(nth);
            scene.reset(torn);
            put_text(scene.journal(), journal);
            const auto run = run_traced(
                {.program = HIVELINT_HIVEFIX, .arguments = {"recover", scene.folder().native()}},
                {.call = Call::pwrite, .nth = nth, .error = error});
            CAPTURE(run.out);
            if (run.status == 0) {
                CHECK(scene.bytes() == scene.old_bytes());
            } else {
                ++lies;
                CHECK(run.status == 2);
                CHECK(read_file(scene.journal()) == journal);
                CHECK(run_hivefix({"recover", scene.folder().native()}).status == 0);
                CHECK(scene.bytes() == scene.old_bytes());
            }
            if (!run.disturbed && nth > 12) {
                break;
            }
        }
    }
    CHECK(lies > 6);
}
