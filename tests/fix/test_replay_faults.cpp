// Faults where a change alters the file's length: each call that changes files fails once, and from
// there on for ever.
#include "tests/support/dirty_scene.hpp"
#include "tests/support/hive_files.hpp"
#include "tests/support/syscalls.hpp"

#include "change/journal.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <iostream>

namespace fs = std::filesystem;
using namespace hivelint;
using namespace hivelint::test;

namespace {

struct Fault {
    Call call;
    std::string_view name;
    int error; ///< 0: a write of one byte
    bool for_ever;
};

constexpr Fault kFaults[] = {
    {Call::pwrite, "pwrite ENOSPC", ENOSPC, false},
    {Call::pwrite, "pwrite ENOSPC", ENOSPC, true},
    {Call::pwrite, "pwrite EIO", EIO, false},
    {Call::pwrite, "pwrite EIO", EIO, true},
    {Call::pwrite, "pwrite EINTR", EINTR, false},
    {Call::pwrite, "pwrite of a byte", 0, false},
    {Call::resize, "ftruncate EIO", EIO, false},
    {Call::resize, "ftruncate EIO", EIO, true},
    {Call::resize, "ftruncate EPERM", EPERM, true},
    {Call::resize, "ftruncate EINTR", EINTR, false},
    {Call::sync, "fsync EIO", EIO, false},
    {Call::sync, "fsync EIO", EIO, true},
    {Call::sync, "fsync ENOSPC", ENOSPC, false},
    {Call::unlink, "unlink EIO", EIO, false},
    {Call::unlink, "unlink EROFS", EROFS, true},
    {Call::set_times, "futimens EPERM", EPERM, true},
};

struct Job {
    std::string name;
    std::vector<std::string> arguments;
    std::function<void()> prepare;
    std::string before;
    std::function<bool(const std::string&)> is_after;
    std::string verdict_before;
};

/// Whether there may be a journal after a refusal: the old bytes could not be put back, or the
/// journal not removed.
bool may_leave_journal(const Fault& fault) {
    return fault.call == Call::unlink ||
           (fault.for_ever && (fault.call == Call::pwrite || fault.call == Call::sync));
}

void check_outcome(const DirtyScene& scene, const Job& job, const Fault& fault, const Traced& run) {
    CHECK(run.signal == 0);
    const bool journal = fs::exists(scene.journal());
    CHECK((run.status == 0 || run.status == 2));
    CHECK(scene.beside() == (journal ? " NTUSER.DAT.hivelint-journal" : ""));
    const bool unsealed = run.out.find("its last line is not") != std::string::npos &&
                          run.out.find(" 1 fixed") != std::string::npos;
    if (run.status == 0 || unsealed) {
        CHECK(job.is_after(scene.bytes()));
        CHECK(!journal);
    } else if (journal) {
        CHECK(may_leave_journal(fault));
        CHECK(scanned(scene.at().folder()) == job.verdict_before + "+interrupted");
        const auto recovery = run_hivefix({"--recover", scene.at().folder().native()});
        CHECK_MESSAGE(recovery.status == 0, recovery.out << recovery.err);
    }
    if (run.status != 0 && !unsealed) {
        CHECK(scene.bytes() == job.before);
        CHECK(scene.beside().empty());
    }
}

void fail_everywhere(const DirtyScene& scene, const Job& job) {
    std::size_t runs = 0;
    std::size_t refusals = 0;
    for (const auto& fault : kFaults) {
        for (std::size_t nth = 1;; ++nth) {
            const auto what = fmt::format("{}: {} {} number {}", job.name, fault.name,
                                          fault.for_ever ? "from" : "at", nth);
            CAPTURE(what);
            job.prepare();
            const auto run = run_traced(
                {.program = HIVELINT_HIVEFIX, .arguments = job.arguments},
                {.call = fault.call, .nth = nth, .for_ever = fault.for_ever, .error = fault.error});
            CAPTURE(run.out);
            CAPTURE(run.err);
            check_outcome(scene, job, fault, run);
            if (!run.disturbed) {
                CHECK(run.status == 0);
                break;
            }
            ++runs;
            refusals += run.status != 0 ? 1 : 0;
        }
    }
    CHECK(refusals > 20);
    std::cout << job.name << ": faults: " << runs << ", refusals: " << refusals << std::endl;
}

} // namespace

TEST_CASE("replay faults: a fix that makes the file longer, and its undoing") {
    if (!can_trace()) {
        return;
    }
    DirtyScene scene(dirty_hive("grows"), storages().front());
    fail_everywhere(scene, {.name = "--replay",
                            .arguments = scene.arguments({"--preserve-times"}),
                            .prepare = [&] { scene.reset(); },
                            .before = scene.old_bytes(),
                            .is_after = [&](const auto& bytes) { return scene.is_fixed(bytes); },
                            .verdict_before = "affected"});
    scene.reset();
    REQUIRE(run_hivefix(scene.arguments()).status == 0);
    const auto fixed = scene.bytes();
    const auto record = scene.at().top() / "record";
    fs::rename(scene.at().undo_records().front(), record);
    fail_everywhere(scene,
                    {.name = "undo of --replay",
                     .arguments = {"--undo", record.native(), "--preserve-times"},
                     .prepare = [&] { scene.reset(fixed); },
                     .before = fixed,
                     .is_after = [&](const auto& bytes) { return bytes == scene.old_bytes(); },
                     .verdict_before = "clear"});
}

TEST_CASE("replay faults: recovery ends, or leaves the journal for the next time") {
    if (!can_trace()) {
        return;
    }
    DirtyScene scene(dirty_hive("grows"), storages().front());
    const auto patch = scene.plan();
    const auto fixed = scene.fixed_bytes(kFixTime);
    const auto journal = [](FileChange change, bool shrinks) {
        if (!shrinks) {
            change.tail.clear();
        }
        return journal_text(change);
    };
    std::size_t left = 0;
    for (const bool undoing : {false, true}) {
        const auto text = journal(undoing ? reversed(patch) : patch, undoing);
        const auto& before = undoing ? fixed : scene.old_bytes();
        const auto& torn = undoing ? scene.old_bytes() : fixed;
        for (const auto& fault : kFaults) {
            for (std::size_t nth = 1;; ++nth) {
                CAPTURE(fault.name);
                CAPTURE(nth);
                CAPTURE(undoing);
                scene.reset(torn);
                put_text(scene.journal(), text);
                const auto run = run_traced({.program = HIVELINT_HIVEFIX,
                                             .arguments = {"--recover", scene.hive().native()}},
                                            {.call = fault.call,
                                             .nth = nth,
                                             .for_ever = fault.for_ever,
                                             .error = fault.error});
                CHECK(run.signal == 0);
                if (run.status != 0) {
                    ++left;
                    CHECK(run.status == 2);
                    CHECK(scene.beside() == " NTUSER.DAT.hivelint-journal");
                    CHECK(scanned(scene.at().folder()) ==
                          (undoing ? "clear+interrupted" : "affected+interrupted"));
                    CHECK(run_hivefix({"--recover", scene.hive().native()}).status == 0);
                }
                CHECK(scene.bytes() == before);
                CHECK(scene.beside().empty());
                if (!run.disturbed) {
                    CHECK(run.status == 0);
                    break;
                }
            }
        }
    }
    CHECK(left > 20);
}

TEST_CASE("replay: a log that changes at any moment of a fix") {
    if (!can_trace()) {
        return;
    }
    DirtyScene scene(dirty_hive("grows"), storages().front());
    const auto whole = read_file(scene.log(".LOG1"));
    const auto next = new_log(dirty_built(0), {entry_between(9, dirty_built(0), dirty_built(5))});
    const auto later = text_of(std::span(next.bytes).subspan(kLogBody));
    const Command command = {.program = HIVELINT_HIVEFIX, .arguments = scene.arguments()};
    const auto calls = run_traced(command).calls;
    const auto first = std::ranges::find(calls, scene.log(".LOG1").native(), &SeenCall::file);
    REQUIRE(first != calls.end());
    std::size_t fixed = 0;
    std::size_t refused = 0;
    for (auto point = static_cast<std::size_t>(first - calls.begin()) + 1; point <= calls.size();
         ++point) {
        CAPTURE(point);
        scene.reset();
        const auto run = run_traced(command, {.pause_at = point, .meanwhile = [&] {
                                                  put_text(scene.log(".LOG1"), whole + later);
                                              }});
        CAPTURE(run.out);
        // The next entry makes the value 5, which is not the documented condition: a refusal.
        if (run.status == 0) {
            ++fixed;
            CHECK(scene.is_fixed(scene.bytes()));
        } else {
            ++refused;
            CHECK(run.status == 2);
            CHECK(scene.bytes() == scene.old_bytes());
            CHECK(scene.at().undo_records().empty());
        }
        CHECK(!fs::exists(scene.journal()));
    }
    CHECK(fixed > 0);
    CHECK(refused > 0);
    std::cout << "a log that changes: " << fixed << " fixed as planned, " << refused << " refused"
              << std::endl;
}
