#include "tree_compare.hpp"

#include "hivex/second_parser.hpp"
#include "regf/compare/sound_tree.hpp"
#include "regf/compare/tree_comparison.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace hivelint {
namespace {

/// Issues of a report without their places, which a fix may move.
std::vector<regf::Problem> problems(const regf::VerifyReport& report) {
    std::vector<regf::Problem> all;
    std::ranges::transform(report.issues, std::back_inserter(all),
                           [](const regf::Issue& issue) { return issue.problem; });
    std::ranges::sort(all);
    return all;
}

} // namespace

void check_planned_change(const regf::VerifiedImage& stored, const PrivateImage& planned,
                          const Patch& patch) {
    // To undo is the change that was undone, seen from the other side.
    const auto& before = patch.undoes ? planned.image : stored;
    const auto& after = patch.undoes ? stored : planned.image;
    const auto old_problems = problems(before.report());
    const auto new_problems = problems(after.report());
    if (!std::ranges::includes(old_problems, new_problems)) {
        throw Error(ErrorCode::failed_check,
                    fmt::format("verify finds {} issues in the changed hive, it found {} before",
                                new_problems.size(), old_problems.size()));
    }
    regf::require_sound(before);
    regf::require_sound(after);
    // Before hivex, for which a base block may be made to suit.
    SoundTree old_tree(before, Handles::are_values);
    SoundTree new_tree(after, Handles::are_values);
    const SameBytes same(before.bytes(), after.bytes());
    compare_with_hivex(stored, planned, patch, same);
    Comparison("the walker", patch, same).run(old_tree.root(), new_tree.root());
}

} // namespace hivelint
