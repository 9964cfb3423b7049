// Two instances at one hive, at every moment; and runs in which there is nothing to write.
#include "tests/support/fix_scene.hpp"
#include "tests/support/syscalls.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string_view>
#include <thread>
#include <vector>

using namespace hivelint;
using namespace hivelint::test;

TEST_CASE("instances: another one fixes the hive before each system call of the first") {
    if (!can_trace()) {
        return;
    }
    FixScene scene(storages().front());
    const Command command = {.program = HIVELINT_HIVEFIX, .arguments = scene.arguments()};
    const auto calls = run_traced(command).calls;
    const auto start = std::ranges::find_if(
        calls, [&](const SeenCall& seen) { return seen.file.starts_with(scene.top().native()); });
    REQUIRE(start != calls.end());
    const auto first = static_cast<std::size_t>(start - calls.begin()) + 1;
    for (auto point = first; point <= calls.size(); ++point) {
        CAPTURE(point);
        scene.reset();
        Finished second;
        std::string seen;
        const auto run = run_traced(command, {.pause_at = point, .meanwhile = [&] {
                                                  seen = scanned(scene.folder());
                                                  second = run_hivefix(scene.arguments());
                                              }});
        CAPTURE(run.out);
        CAPTURE(second.out);
        CHECK((run.status == 0 || run.status == 2));
        CHECK((!run.disturbed || second.status == 0 || second.status == 2));
        const auto fixed = [](std::string_view out) {
            return out.find("\nfixed ") != std::string_view::npos;
        };
        CHECK(fixed(run.out) + fixed(second.out) == 1);
        CHECK(scene.is_fixed(scene.bytes()));
        CHECK(scene.beside().empty());
        CHECK(scene.undo_records().size() == 1);
        CHECK((!run.disturbed || seen == "affected" || seen == "clear" ||
               seen == "unknown:locked" || seen == "unknown:changed-while-reading"));
    }
}

TEST_CASE("instances: recovery leaves the journal of a fix that is under way alone") {
    if (!can_trace()) {
        return;
    }
    FixScene scene(storages().front());
    const Command command = {.program = HIVELINT_HIVEFIX, .arguments = scene.arguments()};
    const auto calls = run_traced(command).calls;
    const auto lock = std::ranges::find(calls, Call::lock, &SeenCall::call) - calls.begin() + 1;
    for (auto point = static_cast<std::size_t>(lock); point <= calls.size(); ++point) {
        CAPTURE(point);
        scene.reset();
        Finished second;
        const auto run =
            run_traced(command, {.pause_at = point, .meanwhile = [&] {
                                     second = run_hivefix({"--recover", scene.folder().native()});
                                 }});
        CAPTURE(second.out);
        CHECK(run.status == 0);
        CHECK(scene.is_fixed(scene.bytes()));
        CHECK(scene.beside().empty());
        CHECK(second.out.find("rolled-back") == std::string::npos);
        CHECK(second.out.find("untouched") == std::string::npos);
    }
}

TEST_CASE("instances: two started at once") {
    for (int round = 0; round < 20; ++round) {
        CAPTURE(round);
        FixScene scene(storages().front());
        Finished first;
        std::thread other([&] { first = run_hivefix(scene.arguments()); });
        const auto second = run_hivefix(scene.arguments());
        other.join();
        CAPTURE(first.out);
        CAPTURE(second.out);
        CHECK((first.status == 0 || second.status == 0));
        CHECK((first.status == 0 || first.status == 2));
        CHECK((second.status == 0 || second.status == 2));
        CHECK(scene.is_fixed(scene.bytes()));
        CHECK(scene.beside().empty());
        CHECK(scene.undo_records().size() == 1);
    }
}

TEST_CASE("nothing to do, or a dry run: no file is made, changed or removed") {
    if (!can_trace()) {
        return;
    }
    FixScene scene(storages().front());
    const auto check_untouched = [&](const std::vector<std::string>& arguments, int status) {
        const auto start = scene.bytes();
        const auto before = identity(scene.hive()) + modified(scene.hive());
        const auto run = run_traced({.program = HIVELINT_HIVEFIX, .arguments = arguments});
        const auto after = identity(scene.hive()) + modified(scene.hive());
        CHECK(run.status == status);
        for (const auto& [call, file] : run.calls) {
            CAPTURE(file);
            CHECK(call != Call::create);
            CHECK(call != Call::open_rw);
            CHECK(call != Call::unlink);
            CHECK(call != Call::set_times);
            CHECK(call != Call::rename);
            CHECK(call != Call::resize);
        }
        CHECK(scene.bytes() == start);
        CHECK(scene.beside().empty());
        CHECK(scene.undo_records().empty());
        CHECK(after == before);
    };
    check_untouched(scene.arguments({"--dry-run"}), 1);
    check_untouched(scene.arguments({"--dry-run", "--delete"}), 1);
    scene.reset(scene.fixed_bytes());
    check_untouched(scene.arguments(), 0);
    check_untouched({"--recover", scene.folder().native()}, 0);
    scene.reset(scene.fixed_bytes(Action::delete_value));
    check_untouched(scene.arguments({"--delete"}), 0);
}
