// Fixes of hives that are bytes: the same as those of files.
#include "tests/support/dirty_scene.hpp"
#include "tests/support/hive_files.hpp"
#include "tests/support/regf_account.hpp"

#include <hivelint/apply.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <list>
#include <string>
#include <vector>

using namespace hivelint;
using namespace hivelint::test;

namespace {

MemorySource source_of(const std::string& text) {
    return MemorySource(std::as_bytes(std::span(text)));
}

std::string text_of(const std::vector<std::byte>& bytes) {
    std::string text(bytes.size(), '\0');
    std::ranges::transform(bytes, text.begin(), [](std::byte b) { return static_cast<char>(b); });
    return text;
}

} // namespace

TEST_CASE("bytes: a fix and its undoing") {
    const FixScene scene;
    const auto old = source_of(scene.old_bytes());
    for (const auto action : {Action::set_value, Action::delete_value}) {
        const auto patch = plan_fix(old, {}, rules(), {.action = action, .time = kFixTime});
        const auto fixed = text_of(apply_to_bytes(patch, old));
        CHECK(fixed == scene.fixed_bytes(action));
        CHECK(text_of(apply_to_bytes(reversed(patch), source_of(fixed))) == scene.old_bytes());
        CHECK(error_of([&] { apply_to_bytes(patch, source_of(fixed)); }) == "not-as-planned");
        CHECK(plan_fix(source_of(fixed), {}, rules(), {.action = action}).ranges.empty());
    }
}

TEST_CASE("bytes: dirty hives with their logs") {
    for (const auto& dirty : dirty_hives()) {
        CAPTURE(dirty.name);
        const DirtyScene scene(dirty);
        const auto old = source_of(scene.old_bytes());
        std::list<MemorySource> sources;
        std::vector<LogBytes> logs;
        for (const auto& [suffix, log] : dirty.logs) {
            sources.emplace_back(log.bytes);
            logs.push_back({.path = "NTUSER.DAT" + suffix, .bytes = &sources.back()});
        }
        std::ranges::sort(logs, {}, &LogBytes::path);
        const FixOptions options = {.replay = true, .time = kFixTime};
        const auto patch = plan_fix(old, logs, rules(), options);
        const auto fixed = text_of(apply_to_bytes(patch, old));
        CHECK(fixed == scene.fixed_bytes(kFixTime));
        CHECK(text_of(apply_to_bytes(reversed(patch), source_of(fixed))) == scene.old_bytes());
        CHECK(error_of([&] { plan_fix(old, {}, rules(), options); }) != "");
    }
}
