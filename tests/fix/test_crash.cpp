// Crashes: hivefix is killed before each of its system calls in turn. What is left is the old hive
// or the new one, or has a journal that leads back to the old one.
#include "tests/support/fix_scene.hpp"
#include "tests/support/hive_files.hpp"
#include "tests/support/syscalls.hpp"

#include "change/journal.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <iostream>
#include <sys/stat.h>
#include <utility>

namespace fs = std::filesystem;
using namespace hivelint;
using namespace hivelint::test;

namespace {

/// A run of hivefix that is killed again and again.
struct Job {
    std::string name;
    std::vector<std::string> arguments;
    std::function<void()> prepare;
    std::string before; ///< what rolling back leads to
    std::function<bool(const std::string&)> is_after;
    std::string verdict_before = "affected";
    std::string verdict_after = "clear";
};

/// fsync() is what takes the time, and it changes nothing for who looks at the files afterwards.
fs::path fast_storage() { return storages().front(); }

bool changes_files(const SeenCall& seen) {
    switch (seen.call) {
    case Call::open_rw:
    case Call::create:
    case Call::unlink:
    case Call::set_times:
    case Call::rename:
    case Call::resize: return true;
    case Call::pwrite: return !seen.file.starts_with("/memfd:");
    default: return false;
    }
}

/// The hive as it is once its journal, if that is complete, is rolled back.
std::string rolled_back(const FixScene& scene) {
    std::string bytes = scene.bytes();
    const auto journal = read_journal(locate(scene.hive()), fs::file_size(scene.hive()));
    if (journal && journal->complete) {
        for (const auto& range : journal->change.ranges) {
            std::ranges::transform(range.before,
                                   bytes.begin() + static_cast<std::ptrdiff_t>(range.offset),
                                   [](std::byte b) { return static_cast<char>(b); });
        }
    }
    return bytes;
}

void check_what_is_left(const FixScene& scene, const Job& job) {
    const bool journal = fs::exists(scene.journal());
    const auto bytes = scene.bytes();
    const bool done = !journal && job.is_after(bytes);
    if (!done) {
        CHECK(rolled_back(scene) == job.before);
    }
    CHECK(scene.beside() == (journal ? " NTUSER.DAT.hivelint-journal" : ""));
    CHECK(scanned(scene.folder()) ==
          (done ? job.verdict_after : job.verdict_before) + (journal ? "+interrupted" : ""));

    const bool complete =
        journal && read_journal(locate(scene.hive()), fs::file_size(scene.hive()))->complete;
    const auto recovery = run_hivefix({"--recover", scene.folder().native()});
    CHECK(recovery.status == 0);
    CHECK(recovery.out == fmt::format("{:<13}  {}\n",
                                      complete  ? "rolled-back"
                                      : journal ? "untouched"
                                                : "nothing-to-do",
                                      scene.hive().native()));
    CHECK(scene.bytes() == (done ? bytes : job.before));
    CHECK(scene.beside().empty());

    const auto again = run_hivefix(job.arguments);
    CHECK_MESSAGE(again.status == 0, again.out << again.err);
    CHECK(job.is_after(scene.bytes()));
    CHECK(scene.beside().empty());
}

/// Kills it before its first call, its second, and so on, until it comes to its end.
void kill_everywhere(const FixScene& scene, const Job& job) {
    std::size_t points = 0;
    std::size_t changing = 0;
    const Command command = {.program = HIVELINT_HIVEFIX, .arguments = job.arguments};
    while (true) {
        CAPTURE(job.name);
        CAPTURE(points + 1);
        job.prepare();
        const auto start = scene.bytes();
        const auto beside = scene.beside();
        const auto killed = run_traced(command, {.kill_at = points + 1});
        REQUIRE(killed.started);
        if (!killed.disturbed) {
            CHECK_MESSAGE(killed.status == 0, killed.out << killed.err);
            CHECK(job.is_after(scene.bytes()));
            break;
        }
        ++points;
        CHECK(killed.signal == SIGKILL);
        // The last call was not made.
        if (std::none_of(killed.calls.begin(), killed.calls.end() - 1, changes_files)) {
            CHECK(scene.bytes() == start);
            CHECK(scene.beside() == beside);
            continue;
        }
        ++changing;
        check_what_is_left(scene, job);
    }
    CHECK(changing > 10);
    std::cout << job.name << ": kill points: " << points << ", " << changing
              << " of them after the first change" << std::endl;
}

Job fixing(const FixScene& scene, Action action, std::vector<std::string> more) {
    return {
        .name = fmt::format("fix {}", fmt::join(more, " ")),
        .arguments = scene.arguments(std::move(more)),
        .prepare = [&scene] { const_cast<FixScene&>(scene).reset(); }, // NOLINT
        .before = scene.old_bytes(),
        .is_after = [&scene, action](const auto& bytes) { return scene.is_fixed(bytes, action); }};
}

/// The trace of a whole run of hivefix.
std::vector<SeenCall> trace_of(const FixScene& scene) {
    const auto run = run_traced({.program = HIVELINT_HIVEFIX, .arguments = scene.arguments()});
    CHECK(run.status == 0);
    return run.calls;
}

/// The number of the call before which half of the hive's ranges are written.
std::size_t half_way(const std::vector<SeenCall>& calls, const FixScene& scene) {
    std::vector<std::size_t> writes;
    for (std::size_t i = 0; i < calls.size(); ++i) {
        if (calls[i].call == Call::pwrite && calls[i].file == scene.hive()) {
            writes.push_back(i + 1);
        }
    }
    REQUIRE(writes.size() > 2);
    return writes[writes.size() / 2];
}

} // namespace

TEST_CASE("crash: set-zero, killed before every system call") {
    if (!can_trace()) {
        return;
    }
    FixScene scene(fast_storage());
    kill_everywhere(scene, fixing(scene, Action::set_value, {}));
}

TEST_CASE("crash: delete with kept times, killed before every system call") {
    if (!can_trace()) {
        return;
    }
    FixScene scene(fast_storage());
    kill_everywhere(scene, fixing(scene, Action::delete_value, {"--delete", "--preserve-times"}));
}

TEST_CASE("crash: with an undo record of a given name, killed before every system call") {
    if (!can_trace()) {
        return;
    }
    FixScene scene(fast_storage());
    const auto record = scene.undo_folder() / "record";
    auto job = fixing(scene, Action::set_value, {});
    job.name = "fix --undo-record";
    job.arguments = {"--undo-record", record.native(), scene.hive().native()};
    kill_everywhere(scene, job); // and started again each time
    CHECK(run_hivefix({"--undo", record.native()}).status == 0);
    CHECK(scene.bytes() == scene.old_bytes());
}

TEST_CASE("crash: undo, killed before every system call") {
    if (!can_trace()) {
        return;
    }
    FixScene scene(fast_storage());
    REQUIRE(run_hivefix(scene.arguments()).status == 0);
    const auto fixed = scene.bytes();
    REQUIRE(scene.undo_records().size() == 1);
    const auto record = scene.top() / "record";
    fs::rename(scene.undo_records().front(), record);
    kill_everywhere(scene,
                    {.name = "undo",
                     .arguments = {"--undo", record.native()},
                     .prepare = [&] { scene.reset(fixed); },
                     .before = fixed,
                     .is_after = [&](const auto& bytes) { return bytes == scene.old_bytes(); },
                     .verdict_before = "clear",
                     .verdict_after = "affected"});
}

TEST_CASE("crash: recovery, killed before every system call") {
    if (!can_trace()) {
        return;
    }
    FixScene scene(fast_storage());
    const auto calls = trace_of(scene);
    const auto removal =
        std::ranges::find(calls, Call::unlink, &SeenCall::call) - calls.begin() + 1;
    for (const auto crash : {half_way(calls, scene), static_cast<std::size_t>(removal)}) {
        scene.reset();
        const auto killed = run_traced(
            {.program = HIVELINT_HIVEFIX, .arguments = scene.arguments()}, {.kill_at = crash});
        REQUIRE(killed.signal == SIGKILL);
        const auto torn = scene.bytes();
        const auto journal = read_file(scene.journal());
        REQUIRE(torn != scene.old_bytes());
        REQUIRE(parse_journal(journal).complete);
        kill_everywhere(scene,
                        {.name = fmt::format("recover from a crash before call {}", crash),
                         .arguments = {"--recover", scene.folder().native()},
                         .prepare =
                             [&] {
                                 scene.reset(torn);
                                 put_text(scene.journal(), journal);
                             },
                         .before = scene.old_bytes(),
                         .is_after = [&](const auto& bytes) { return bytes == scene.old_bytes(); },
                         .verdict_after = "affected"});
    }
}

TEST_CASE("crash: a patched copy is whole or not there, and never costs the original") {
    if (!can_trace()) {
        return;
    }
    FixScene scene(fast_storage());
    const auto place = scene.top() / "copies";
    const auto copy = place / "patched";
    const auto arguments =
        std::vector<std::string>{"--output", copy.native(), scene.hive().native()};
    struct stat before = {};
    REQUIRE(::stat(scene.hive().c_str(), &before) == 0);
    std::size_t partial = 0;
    for (std::size_t point = 1;; ++point) {
        CAPTURE(point);
        fs::remove_all(place);
        fs::create_directory(place);
        const auto killed =
            run_traced({.program = HIVELINT_HIVEFIX, .arguments = arguments}, {.kill_at = point});
        struct stat now = {};
        REQUIRE(::stat(scene.hive().c_str(), &now) == 0);
        CHECK(scene.bytes() == scene.old_bytes());
        CHECK(now.st_mtim.tv_nsec == before.st_mtim.tv_nsec);
        CHECK(now.st_ctim.tv_nsec == before.st_ctim.tv_nsec);
        CHECK(scene.beside().empty());
        if (!killed.disturbed) {
            CHECK(killed.status == 0);
            CHECK(scene.is_fixed(read_file(copy)));
            CHECK(!fs::exists(place / ".patched.hivelint-partial-1"));
            break;
        }
        if (fs::exists(copy)) {
            CHECK(scene.is_fixed(read_file(copy)));
            continue;
        }
        partial += fs::exists(place / ".patched.hivelint-partial-1") ? 1 : 0;
        CHECK(run_hivefix(arguments).status == 0); // what the crash left is not in the way
        CHECK(scene.is_fixed(read_file(copy)));
    }
    CHECK(partial > 3);
}

TEST_CASE("crash: what must be durable before what") {
    if (!can_trace()) {
        return;
    }
    FixScene scene(fast_storage());
    struct Last {
        std::string file;
        std::size_t written = 0;
        std::size_t synced = 0;
    };
    Last hive{scene.hive()};
    Last journal{scene.journal()};
    Last folder{scene.folder()};
    Last undo_folder{scene.undo_folder()};
    Last record;
    std::size_t first_hive_write = 0;
    std::size_t hive_read = 0;
    std::size_t journal_removed = 0;
    std::size_t journal_made = 0;
    std::size_t number = 0;
    for (const auto& [call, file] : trace_of(scene)) {
        ++number;
        if (call == Call::pread && file == hive.file) {
            hive_read = number;
        }
        if (call == Call::create && file.starts_with(scene.undo_folder().native())) {
            record.file = file;
            undo_folder.written = number;
        }
        if (call == Call::create && file.ends_with(".hivelint-journal")) {
            folder.written = journal_made = number;
        }
        if (call == Call::unlink && file.ends_with(".hivelint-journal")) {
            folder.written = journal_removed = number;
            CHECK(hive.synced > hive.written);
            CHECK(hive_read > hive.synced); // and found to be as planned
        }
        for (auto* last : {&hive, &journal, &folder, &undo_folder, &record}) {
            if (call == Call::pwrite && file == last->file) {
                last->written = number;
            }
            if (call == Call::sync && file == last->file) {
                last->synced = number;
            }
        }
        if (call == Call::pwrite && file == hive.file && first_hive_write == 0) {
            first_hive_write = number;
            CHECK(journal_made > 0);
            CHECK(journal.synced > journal.written);
            CHECK(folder.synced > folder.written);
            CHECK(record.written > 0);
            CHECK(record.synced > record.written);
            CHECK(undo_folder.written > 0);
            // A file that is durable under no name is lost all the same.
            CHECK(undo_folder.synced > undo_folder.written);
        }
    }
    CHECK(first_hive_write > 0);
    CHECK(journal_removed > first_hive_write);
    CHECK(folder.synced > journal_removed);
}
