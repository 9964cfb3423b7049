// What is to be done about what rules find in one hive: which values are changed, and what stays.
#pragma once

#include <hivelint/patch.hpp>
#include <hivelint/regf/edit.hpp>
#include <hivelint/regf/verify.hpp>

#include <optional>
#include <span>
#include <vector>

namespace hivelint {

struct Mending {
    std::vector<ValueFix> fixes{};
    /// The same as changes of values, one for each value: two rules may ask for the same.
    std::vector<regf::ValueChange> changes{};
    std::vector<Unmended> left{};
};

/// Why a finding stays, whatever its rule's remedy; absent when it need not, or is none.
std::optional<Error> why_left(const Finding& finding, const FixOptions& options);

/// What the rules find in a sound hive, and what of that can be mended. Throws Error: dirty_hive,
/// differencing_hive, damaged.
Mending mend(const regf::VerifiedImage& image, std::span<const RulePtr> rules,
             const FixOptions& options);

} // namespace hivelint
