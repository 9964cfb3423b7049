// Faults: each system call by which hivefix changes files fails once, and from there on for ever.
#include "tests/support/fix_scene.hpp"
#include "tests/support/hive_files.hpp"
#include "tests/support/syscalls.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <iostream>
#include <utility>

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
    {Call::pwrite, "pwrite EROFS", EROFS, true},
    {Call::pwrite, "pwrite EINTR", EINTR, false},
    {Call::pwrite, "pwrite of a byte", 0, false},
    {Call::write, "write ENOSPC", ENOSPC, true},
    {Call::write, "write EINTR", EINTR, false},
    {Call::write, "write of a byte", 0, true},
    {Call::sync, "fsync EIO", EIO, false},
    {Call::sync, "fsync EIO", EIO, true},
    {Call::sync, "fsync ENOSPC", ENOSPC, false},
    {Call::sync, "fsync EINTR", EINTR, false},
    {Call::create, "O_CREAT ENOSPC", ENOSPC, true},
    {Call::create, "O_CREAT EROFS", EROFS, false},
    {Call::create, "O_CREAT EINTR", EINTR, false},
    {Call::open_rw, "O_RDWR EROFS", EROFS, true},
    {Call::open_rw, "O_RDWR EINTR", EINTR, false},
    {Call::unlink, "unlink EIO", EIO, false},
    {Call::unlink, "unlink EROFS", EROFS, true},
    {Call::rename, "rename EIO", EIO, false},
    {Call::rename, "rename EINVAL", EINVAL, false},
    {Call::rename, "rename EINVAL", EINVAL, true},
    {Call::lock, "flock EWOULDBLOCK", EWOULDBLOCK, true},
    {Call::lock, "flock EINTR", EINTR, false},
    {Call::lock, "flock ENOLCK", ENOLCK, true},
    {Call::set_times, "futimens EPERM", EPERM, false},
    {Call::set_times, "futimens EPERM", EPERM, true},
    {Call::set_times, "futimens EIO", EIO, false},
};

std::string described(const Fault& fault, std::size_t nth) {
    return fmt::format("{} {} number {}", fault.name, fault.for_ever ? "from" : "at", nth);
}

/// Whether there may be a journal after a refusal: the old bytes could not be put back, or the
/// journal not removed.
bool may_leave_journal(const Fault& fault) {
    return fault.call == Call::unlink ||
           (fault.for_ever && (fault.call == Call::pwrite || fault.call == Call::sync));
}

/// A run of hivefix, in which everything fails in turn.
struct Job {
    std::vector<std::string> arguments;
    std::function<void()> prepare;
    std::string before;
    std::function<bool(const std::string&)> is_after;
    std::size_t undo_records = 1; ///< after a success
};

void check_outcome(const FixScene& scene, const Job& job, const Fault& fault, const Traced& run) {
    CHECK(run.signal == 0);
    const bool journal = fs::exists(scene.journal());
    const bool says_done = run.status == 0;
    CHECK((run.status == 0 || run.status == 2));
    if (says_done) {
        CHECK(job.is_after(scene.bytes()));
        CHECK(!journal);
        CHECK(scene.undo_records().size() == job.undo_records);
    } else if (fault.call == Call::write || run.out.find(": 1 fixed") != std::string::npos) {
        // The report, or the record's last line, could not be written; what was done stays done,
        // and can be undone.
        CHECK(job.is_after(scene.bytes()));
        CHECK(scene.undo_records().size() == job.undo_records);
    } else if (journal) {
        CHECK(may_leave_journal(fault));
    } else {
        // A refusal: nothing has happened.
        CHECK(scene.bytes() == job.before);
        if (fault.call != Call::unlink) {
            CHECK(scene.undo_records().empty());
        }
    }
    CHECK(scene.beside() == (journal ? " NTUSER.DAT.hivelint-journal" : ""));
    if (journal) {
        const auto recovery = run_hivefix({"--recover", scene.folder().native()});
        CHECK_MESSAGE(recovery.status == 0, recovery.out << recovery.err);
        CHECK(scene.bytes() == job.before);
        CHECK(scene.beside().empty());
    }
}

void fail_everywhere(const FixScene& scene, const Job& job) {
    std::size_t runs = 0;
    for (const auto& fault : kFaults) {
        for (std::size_t nth = 1;; ++nth) {
            const auto what = described(fault, nth);
            CAPTURE(what);
            job.prepare();
            const auto run = run_traced(
                {.program = HIVELINT_HIVEFIX, .arguments = job.arguments},
                {.call = fault.call, .nth = nth, .for_ever = fault.for_ever, .error = fault.error});
            CAPTURE(run.out);
            CAPTURE(run.err);
            check_outcome(scene, job, fault, run);
            if (!run.disturbed) {
                break;
            }
            ++runs;
        }
    }
    CHECK(runs > 60);
    std::cout << "faults: " << runs << std::endl;
}

} // namespace

TEST_CASE("faults: fixing") {
    if (!can_trace()) {
        return;
    }
    FixScene scene(storages().front());
    fail_everywhere(scene, {.arguments = scene.arguments({"--preserve-times"}),
                            .prepare = [&] { scene.reset(); },
                            .before = scene.old_bytes(),
                            .is_after = [&](const auto& bytes) { return scene.is_fixed(bytes); }});
}

TEST_CASE("faults: undoing") {
    if (!can_trace()) {
        return;
    }
    FixScene scene(storages().front());
    REQUIRE(run_hivefix(scene.arguments()).status == 0);
    const auto fixed = scene.bytes();
    const auto record = scene.top() / "record";
    fs::rename(scene.undo_records().front(), record);
    fail_everywhere(scene,
                    {.arguments = {"--undo", record.native(), "--preserve-times"},
                     .prepare = [&] { scene.reset(fixed); },
                     .before = fixed,
                     .is_after = [&](const auto& bytes) { return bytes == scene.old_bytes(); },
                     .undo_records = 0});
}

TEST_CASE("faults: recovering ends, or leaves the journal for the next time") {
    if (!can_trace()) {
        return;
    }
    FixScene scene(storages().front());
    const auto complete = run_traced({.program = HIVELINT_HIVEFIX, .arguments = scene.arguments()});
    const auto removal =
        std::ranges::find(complete.calls, Call::unlink, &SeenCall::call) - complete.calls.begin();
    scene.reset();
    run_traced({.program = HIVELINT_HIVEFIX, .arguments = scene.arguments()},
               {.kill_at = static_cast<std::size_t>(removal) + 1});
    const auto torn = scene.bytes();
    const auto journal = read_file(scene.journal());
    REQUIRE(scene.is_fixed(torn));
    for (const auto& fault : kFaults) {
        for (std::size_t nth = 1;; ++nth) {
            const auto what = described(fault, nth);
            CAPTURE(what);
            scene.reset(torn);
            put_text(scene.journal(), journal);
            const auto run = run_traced(
                {.program = HIVELINT_HIVEFIX, .arguments = {"--recover", scene.folder().native()}},
                {.call = fault.call, .nth = nth, .for_ever = fault.for_ever, .error = fault.error});
            CHECK(run.signal == 0);
            CHECK((run.status == 0 || run.status == 2));
            if (run.status == 0 || !fs::exists(scene.journal())) {
                CHECK(scene.bytes() == scene.old_bytes());
                CHECK(scene.beside().empty());
            } else {
                CHECK(scanned(scene.folder()) == "affected+interrupted");
                CHECK(run_hivefix({"--recover", scene.folder().native()}).status == 0);
                CHECK(scene.bytes() == scene.old_bytes());
                CHECK(scene.beside().empty());
            }
            if (!run.disturbed) {
                break;
            }
        }
    }
}

TEST_CASE("faults: a file that another user owns is put back without its journal staying there") {
    // Who may write to a file may not set its times, but for its owner.
    FixScene scene;
    fs::permissions(scene.top(), fs::perms(0755));
    fs::permissions(scene.folder(), fs::perms(0777));
    fs::permissions(scene.undo_folder(), fs::perms(0777));
    fs::permissions(scene.hive(), fs::perms(0666));
    const auto run =
        run_hivefix(scene.arguments({"--preserve-times"}), {.program = "", .as_nobody = true});
    if (!run.started) {
        say_skipped("the hive of another user: only root can become one");
        return;
    }
    CAPTURE(run.out);
    CAPTURE(run.err);
    CHECK((run.status == 2 ? scene.bytes() == scene.old_bytes() : scene.is_fixed(scene.bytes())));
    CHECK(scene.beside().empty());
}
