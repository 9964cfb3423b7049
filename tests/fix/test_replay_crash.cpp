// Crashes of hivefix --replay where the file changes its length: killed before each system call.
#include "tests/support/dirty_scene.hpp"
#include "tests/support/hive_files.hpp"
#include "tests/support/syscalls.hpp"

#include "change/journal.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <iostream>

namespace fs = std::filesystem;
using namespace hivelint;
using namespace hivelint::test;

namespace {

struct Job {
    std::string name;
    std::vector<std::string> arguments;
    std::function<void()> prepare;
    std::string before; ///< what rolling back leads to
    std::function<bool(const std::string&)> is_after;
    std::string verdict_before = "affected";
    std::string verdict_after = "clear";
    /// What is left can be recovered, and then taken to the end by the same run.
    bool repeatable = true;
};

void check_what_is_left(DirtyScene& scene, const Job& job) {
    const auto journal = read_journal(locate(scene.hive()), fs::file_size(scene.hive()));
    const auto bytes = scene.bytes();
    const bool done = !journal && job.is_after(bytes);
    CHECK((done || journal || bytes == job.before));
    if (journal && !journal->complete) {
        CHECK(bytes == job.before);
    }
    CHECK(scene.beside() == (journal ? " NTUSER.DAT.hivelint-journal" : ""));
    CHECK(scanned(scene.at().folder()) ==
          (done ? job.verdict_after : job.verdict_before) + (journal ? "+interrupted" : ""));

    const auto recovery = run_hivefix({"--recover", scene.at().folder().native()});
    CHECK_MESSAGE(recovery.status == 0, recovery.out);
    CHECK(recovery.out == fmt::format("{:<13}  {}\n",
                                      !journal            ? "nothing-to-do"
                                      : journal->complete ? "rolled-back"
                                                          : "untouched",
                                      scene.hive().native()));
    CHECK(scene.bytes() == (done ? bytes : job.before));
    CHECK(scene.beside().empty());
    if (!done && job.repeatable) {
        const auto again = run_hivefix(job.arguments);
        CHECK_MESSAGE(again.status == 0, again.out << again.err);
        CHECK(job.is_after(scene.bytes()));
        CHECK(scene.beside().empty());
    }
}

void kill_everywhere(DirtyScene& scene, const Job& job) {
    std::size_t points = 0;
    std::size_t changed = 0;
    std::size_t lengths = 0;
    while (true) {
        CAPTURE(job.name);
        CAPTURE(points + 1);
        job.prepare();
        const auto start = scene.bytes();
        const auto beside = scene.beside();
        const auto records = scene.at().undo_records();
        const auto killed = run_traced({.program = HIVELINT_HIVEFIX, .arguments = job.arguments},
                                       {.kill_at = points + 1});
        REQUIRE(killed.started);
        if (!killed.disturbed) {
            CHECK_MESSAGE(killed.status == 0, killed.out << killed.err);
            CHECK(job.is_after(scene.bytes()));
            CHECK(scene.beside().empty());
            break;
        }
        ++points;
        CHECK(killed.signal == SIGKILL);
        if (scene.bytes() == start && scene.beside() == beside &&
            scene.at().undo_records() == records) {
            continue;
        }
        ++changed;
        lengths += scene.bytes().size() != start.size() ? 1 : 0;
        check_what_is_left(scene, job);
    }
    CHECK(changed > 10);
    CHECK(lengths > 0);
    std::cout << job.name << ": kill points: " << points << ", " << changed
              << " of them after the first change, " << lengths << " with another length"
              << std::endl;
}

Job fixing(DirtyScene& scene, std::string name) {
    return {.name = std::move(name),
            .arguments = scene.arguments(),
            .prepare = [&] { scene.reset(); },
            .before = scene.old_bytes(),
            .is_after = [&](const auto& bytes) { return scene.is_fixed(bytes); }};
}

/// A fixed hive and its undo record.
struct Fixed {
    explicit Fixed(DirtyScene& scene) : record(scene.at().top() / "record") {
        REQUIRE(run_hivefix(scene.arguments()).status == 0);
        bytes = scene.bytes();
        REQUIRE(scene.at().undo_records().size() == 1);
        fs::rename(scene.at().undo_records().front(), record);
    }
    fs::path record;
    std::string bytes;
};

Job undoing(DirtyScene& scene, const Fixed& fixed, std::string name) {
    return {.name = std::move(name),
            .arguments = {"--undo", fixed.record.native()},
            .prepare = [&] { scene.reset(fixed.bytes); },
            .before = fixed.bytes,
            .is_after = [&](const auto& bytes) { return bytes == scene.old_bytes(); },
            .verdict_before = "clear",
            .verdict_after = "affected"};
}

/// Kills the job where it has the most done and the journal is still there, and recovers from that,
/// killed everywhere.
void kill_recovery(DirtyScene& scene, const Job& job) {
    job.prepare();
    const Command command = {.program = HIVELINT_HIVEFIX, .arguments = job.arguments};
    const auto calls = run_traced(command).calls;
    const auto journal_goes = std::ranges::find_if(calls, [&](const SeenCall& seen) {
        return seen.call == Call::unlink && seen.file.ends_with(".hivelint-journal");
    });
    REQUIRE(journal_goes != calls.end());
    job.prepare();
    run_traced(command, {.kill_at = static_cast<std::size_t>(journal_goes - calls.begin()) + 1});
    const auto torn = scene.bytes();
    REQUIRE(job.is_after(torn));
    const auto journal = read_file(scene.journal());
    kill_everywhere(scene, {.name = "recover from " + job.name,
                            .arguments = {"--recover", scene.at().folder().native()},
                            .prepare =
                                [&] {
                                    scene.reset(torn);
                                    put_text(scene.journal(), journal);
                                },
                            .before = job.before,
                            .is_after = [&](const auto& bytes) { return bytes == job.before; },
                            .verdict_before = job.verdict_before,
                            .verdict_after = job.verdict_before});
}

} // namespace

TEST_CASE("replay crash: a fix that makes the file longer, its undoing, and recovery of both") {
    if (!can_trace()) {
        return;
    }
    for (const auto* name : {"grows", "grows healed"}) {
        DirtyScene scene(dirty_hive(name), storages().front());
        const auto fix = fixing(scene, fmt::format("--replay, {}", name));
        kill_everywhere(scene, fix);
        kill_recovery(scene, fix);
        scene.reset();
        const Fixed fixed(scene);
        const auto back = undoing(scene, fixed, fmt::format("undo of --replay, {}", name));
        kill_everywhere(scene, back);
        kill_recovery(scene, back);
    }
}
