#include <hivelint/fix.hpp>

#include "fix_record.hpp"
#include "in_flight.hpp"
#include "platform/path_text.hpp"

#include <atomic>
#include <utility>
#include <vector>

namespace hivelint {
namespace {

void count(RunCounts& counts, const FixOutcome& outcome) {
    ++counts.hives;
    if (outcome.result != FixResult::refused) {
        counts.left += outcome.left.size();
    }
    switch (outcome.result) {
    case FixResult::nothing_to_do: ++counts.nothing_to_do; break;
    case FixResult::would_fix: ++counts.would_fix; break;
    case FixResult::fixed: ++counts.fixed; break;
    case FixResult::refused: ++counts.refused; break;
    }
}

/// The record must lie in no hive's folder: known before the first hive is changed. (Beside an
/// image it may.)
void keep_out(RunRecord& record, std::span<const Target> targets) {
    std::filesystem::path last = "\n";
    for (const auto& target : targets) {
        auto folder = path_of(target.path).parent_path();
        if (!target.container && folder != last) {
            record.keep_out_of(folder);
            last = std::move(folder);
        }
    }
}

std::vector<FixedHive> fix_all_of(const Target& target, const FixRun& run) {
    if (target.container) {
        return fix_container(target, run);
    }
    std::vector<FixedHive> fixed;
    if (auto hive = fix_target(target, run)) {
        fixed.push_back(*std::move(hive));
    }
    return fixed;
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
    if (run.record != nullptr) {
        keep_out(*run.record, targets);
    }
    RunCounts counts;
    std::atomic<bool> cut = false;
    FixRun asked = run; // in an image hives are left too
    asked.stop = [&] {
        cut = cut || (run.stop && run.stop());
        return cut.load();
    };
    const auto seal = [&] {
        try {
            if (run.record != nullptr) {
                run.record->seal(counts);
            }
        } catch (const Error& error) {
            counts.unsealed = error;
        }
    };
    try {
        counts.interrupted = run_until_stopped(
            targets.size(), run.jobs != 0 ? run.jobs : writers_for(targets.size()), run.stop,
            [&](std::size_t i) { return std::optional(fix_all_of(targets[i], asked)); },
            [&](const std::vector<FixedHive>& hives) {
                for (const auto& hive : hives) {
                    count(counts, hive.outcome);
                    sink(hive);
                }
            });
    } catch (...) {
        counts.interrupted = true;
        seal();
        throw;
    }
    counts.interrupted = counts.interrupted || cut;
    seal();
    return counts;
}

} // namespace hivelint
