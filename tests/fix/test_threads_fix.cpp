// Several threads that change hives: different ones at once, the same one in turn; and those who
// read it meanwhile (include/mainpage.md).
#include "tests/support/fix_scene.hpp"
#include "tests/support/hive_files.hpp"
#include "tests/support/scan_text.hpp"
#include "tests/support/syscalls.hpp"

#include <hivelint/fix.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <functional>
#include <mutex>
#include <set>
#include <thread>

using namespace hivelint;
using namespace hivelint::test;

namespace {

constexpr std::size_t kThreads = 4;

/// Calls `work` with the numbers from 0 on, on as many threads at once.
template<typename Work>
auto at_once(std::size_t threads, Work work) {
    std::vector<decltype(work(std::size_t{}))> results(threads);
    std::barrier start(static_cast<std::ptrdiff_t>(threads));
    {
        std::vector<std::jthread> all;
        for (std::size_t i = 0; i < threads; ++i) {
            all.emplace_back([&, i] {
                start.arrive_and_wait();
                results[i] = work(i);
            });
        }
    }
    return results;
}

/// `done`, or the word for the Error that `work` throws.
std::string outcome_of(const std::function<void()>& work) {
    try {
        work();
        return "done";
    } catch (const Error& error) {
        return std::string(to_string(error.code()));
    }
}

FixRun run_with(RunRecord& record) {
    FixRun run;
    run.rules = {mapi_rule_ptr()};
    run.fix.time = kFixTime;
    run.record = &record;
    return run;
}

RunHeader test_run() { return {.id = "test", .tool = "test", .time = kFixTime, .arguments = {}}; }

std::string fixed_by(const std::filesystem::path& hive, const FixRun& run) {
    const auto outcome = fix_target(discover({hive}).at(0), run).value().outcome;
    return std::string(outcome.reason ? to_string(outcome.reason->code())
                                      : to_string(outcome.result));
}

/// Whether the answers are one `first` and otherwise any of `others`.
bool one_and(const std::vector<std::string>& answers, std::string_view first,
             const std::set<std::string>& others) {
    const auto mine = std::ranges::count(answers, first);
    const auto theirs =
        std::ranges::count_if(answers, [&](const auto& answer) { return others.contains(answer); });
    return mine == 1 && theirs == std::ssize(answers) - 1;
}

} // namespace

TEST_CASE("threads: different hives are fixed at once") {
    const TempDir dir;
    std::filesystem::create_directory(dir.path() / "undo");
    const auto hive = [&](std::size_t i) { return dir.path() / std::to_string(i) / "NTUSER.DAT"; };
    constexpr std::size_t kHives = 12;
    for (std::size_t i = 0; i < kHives; ++i) {
        auto spec = affected();
        spec.with("Number", dword(u"n", static_cast<std::uint32_t>(i)));
        write_file(hive(i), spec.build().bytes);
    }
    RunRecord record(dir.path() / "undo" / "record", test_run());
    const auto results =
        at_once(kHives, [&](std::size_t i) { return fixed_by(hive(i), run_with(record)); });
    CHECK(SavedRun(record.path()).size() == kHives);
    CHECK(std::ranges::count(results, "fixed") == kHives);
    for (std::size_t i = 0; i < kHives; ++i) {
        CHECK(scanned(hive(i)) == "clear");
    }
}

TEST_CASE("threads: one hive is fixed once, with one undo record") {
    FixScene scene;
    for (int round = 0; round < 20; ++round) {
        CAPTURE(round);
        scene.reset();
        RunRecord record(scene.undo_folder() / "record", test_run());
        const auto results = at_once(
            kThreads, [&](std::size_t) { return fixed_by(scene.hive(), run_with(record)); });
        CAPTURE(one_text(results));
        CHECK(one_and(results, "fixed",
                      {"nothing-to-do", "locked", "not-as-planned", "interrupted-fix",
                       "changed-while-reading"}));
        CHECK(scene.bytes() == scene.fixed_bytes());
        CHECK(scene.beside().empty());
        const auto records = scene.undo_records();
        REQUIRE(records.size() == 1);
        CHECK(SavedRun(records.front()).size() == 1);
        undo_one(records.front(), scene.hive());
        CHECK(scene.bytes() == scene.old_bytes());
    }
}

TEST_CASE("threads: one patch is applied once") {
    FixScene scene;
    const auto patch = scene.plan();
    for (int round = 0; round < 20; ++round) {
        CAPTURE(round);
        scene.reset();
        const auto results = at_once(
            kThreads, [&](std::size_t) { return outcome_of([&] { apply(patch, scene.hive()); }); });
        CAPTURE(one_text(results));
        CHECK(one_and(results, "done", {"locked", "not-as-planned"}));
        CHECK(scene.bytes() == scene.fixed_bytes());
        CHECK(scene.beside().empty());
    }
}

TEST_CASE("threads: while one is at a hive, another is refused") {
    const FixScene scene;
    const auto patch = scene.plan();
    std::string second;
    ApplyOptions options;
    options.before_change = [&] {
        std::jthread([&] { second = outcome_of([&] { apply(patch, scene.hive()); }); }).join();
    };
    apply(patch, scene.hive(), options);
    CHECK(second == "locked");
    CHECK(scene.bytes() == scene.fixed_bytes());
}

TEST_CASE("threads: one output is written once") {
    const FixScene scene;
    const auto patch = scene.plan();
    const auto output = scene.top() / "output.dat";
    for (int round = 0; round < 10; ++round) {
        CAPTURE(round);
        const auto results = at_once(kThreads, [&](std::size_t) {
            return outcome_of([&] { apply_to_copy(patch, scene.hive(), output); });
        });
        CAPTURE(one_text(results));
        CHECK(one_and(results, "done", {"already-exists"}));
        CHECK(read_file(output) == scene.fixed_bytes());
        CHECK(std::filesystem::remove(output));
        // Nothing is left of the others.
        CHECK(std::distance(std::filesystem::directory_iterator(scene.top()), {}) == 2);
    }
}

TEST_CASE("threads: who reads a hive that others change sees what was or what is, or says so") {
    const FixScene scene;
    const auto patch = scene.plan();
    const auto target = discover({scene.hive()}).at(0);
    std::atomic<bool> over = false;
    std::atomic<int> answers = 0;
    std::mutex mutex;
    std::set<std::string> seen;
    const auto note = [&](const std::string& what) {
        ++answers;
        const std::lock_guard lock(mutex);
        seen.insert(what);
    };
    std::vector<std::jthread> readers;
    for (int i = 0; i < 2; ++i) {
        readers.emplace_back([&] {
            while (!over) {
                const auto record = scan_target(target, kb_only(Confirm::always));
                note("scan: " + (record->error ? std::string(to_string(record->error->code()))
                                               : line_of(*record)));
                note("plan: " + outcome_of([&] {
                         const auto planned = plan_fix(scene.hive(), rules(), {});
                         if (planned.sha256_before != patch.sha256_before &&
                             planned.sha256_before != patch.sha256_after) {
                             note("plan: for another hive");
                         }
                     }));
            }
        });
    }
    for (int round = 0; round < 40; ++round) {
        apply(round % 2 == 0 ? patch : reversed(patch), scene.hive());
        // The next change has another time of modification.
        std::this_thread::sleep_for(std::chrono::milliseconds(15));
    }
    over = true;
    readers.clear();
    CHECK(answers > 0);
    const std::string by = second_parser().empty() ? "walker" : "walker+hivex";
    for (const auto& what :
         {"scan: clean affected by " + by, "scan: clean clear zero by " + by,
          std::string("scan: changed-while-reading"), std::string("scan: locked"),
          std::string("plan: done"), std::string("plan: interrupted-fix"),
          std::string("plan: locked"), std::string("plan: changed-while-reading")}) {
        seen.erase(what);
    }
    CHECK(one_text({seen.begin(), seen.end()}) == "");
    CHECK(scene.bytes() == scene.old_bytes());
}

TEST_CASE("a fix that is taken back while a scan reads its journal") {
    if (!can_trace()) {
        return;
    }
    FixScene scene(storages().front());
    // Killed before its last system calls: the hive is changed, and the journal lies beside it.
    const Command fix = {.program = HIVELINT_HIVEFIX, .arguments = scene.arguments()};
    const auto calls = run_traced(fix).calls;
    const auto removal = std::ranges::find_if(calls, [&](const SeenCall& call) {
        return call.call == Call::unlink && call.file.ends_with(".hivelint-journal");
    });
    REQUIRE(removal != calls.end());
    const auto kill_at = static_cast<std::size_t>(removal - calls.begin()) + 1;
    const auto interrupt = [&] {
        scene.reset();
        run_traced(fix, {.kill_at = kill_at});
        return std::filesystem::exists(scene.journal());
    };
    REQUIRE(interrupt());
    const Command scan = {.program = HIVELINT_HIVESCAN,
                          .arguments = {"--jobs=1", "--format=jsonl", scene.hive().native()}};
    const auto points = run_traced(scan).calls.size();
    std::size_t disturbed = 0;
    for (std::size_t point = 1; point <= points; ++point) {
        CAPTURE(point);
        REQUIRE(interrupt());
        const auto run =
            run_traced(scan, {.pause_at = point, .meanwhile = [&] {
                                  CHECK(recover(scene.hive()) == Recovery::rolled_back);
                              }});
        CAPTURE(run.out);
        disturbed += run.disturbed ? 1 : 0;
        const auto says = [&](std::string_view what) {
            return run.out.find(what) != std::string::npos;
        };
        CHECK((says("\"verdict\":\"affected\"") || says("\"code\":\"changed-while-reading\"")));
    }
    CHECK(disturbed > 10);
}
