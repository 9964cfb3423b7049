#include <hivelint/fix.hpp>

#include "base/ordered.hpp"
#include "platform/path_text.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

namespace hivelint {
namespace {

void count(RunCounts& counts, FixResult result) {
    ++counts.hives;
    switch (result) {
    case FixResult::nothing_to_do: ++counts.nothing_to_do; break;
    case FixResult::would_fix: ++counts.would_fix; break;
    case FixResult::fixed: ++counts.fixed; break;
    case FixResult::refused: ++counts.refused; break;
    }
}

/// The record must lie in no hive's folder: known before the first hive is changed.
void keep_out(RunRecord& record, std::span<const Target> targets) {
    std::filesystem::path last = "\n";
    for (const auto& target : targets) {
        if (auto folder = path_of(target.path).parent_path(); folder != last) {
            record.keep_out_of(folder);
            last = std::move(folder);
        }
    }
}

} // namespace

std::string_view to_string(FixResult result) noexcept {
    switch (result) {
    case FixResult::nothing_to_do: return "nothing-to-do";
    case FixResult::would_fix: return "would-fix";
    case FixResult::fixed: return "fixed";
    case FixResult::refused: return "refused";
    }
    return "refused";
}

RunCounts fix(std::span<const Target> targets, const FixRun& run,
              const std::function<void(const FixedHive&)>& sink) {
    // Writing waits for storage; more than a few at a time make a disk seek.
    constexpr std::size_t kAtATime = 8;
    constexpr std::size_t kWorthAThread = 4;
    if (run.record != nullptr) {
        keep_out(*run.record, targets);
    }
    RunCounts counts;
    std::atomic<bool> left = false;
    const auto seal = [&] {
        try {
            if (run.record != nullptr) {
                run.record->seal(counts);
            }
        } catch (const Error& error) {
            counts.unsealed = error;
        }
    };
    const auto jobs = run.jobs != 0
                          ? run.jobs
                          : std::clamp<std::size_t>(targets.size() / kWorthAThread, 1, kAtATime);
    try {
        run_ordered(
            targets.size(), jobs,
            [&](std::size_t i) -> std::optional<FixedHive> {
                if (left || (run.stop && run.stop())) {
                    left = true;
                    return std::nullopt;
                }
                return fix_target(targets[i], run);
            },
            [&](const std::optional<FixedHive>& hive) {
                if (hive) {
                    count(counts, hive->outcome.result);
                    try {
                        sink(*hive);
                    } catch (...) { // no hive more is begun
                        left = true;
                        throw;
                    }
                }
            });
    } catch (...) {
        counts.interrupted = true;
        seal();
        throw;
    }
    counts.interrupted = left;
    seal();
    return counts;
}

} // namespace hivelint
