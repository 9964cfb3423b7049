// PlannedFix: a patch on its way from plan_fix() to apply() in one run.
#pragma once

#include <hivelint/apply.hpp>
#include <hivelint/patch.hpp>
#include <hivelint/regf/verify.hpp>

#include <filesystem>
#include <optional>

namespace hivelint {

struct PlannedFix {
    Patch patch;
    /// All of the file that the patch was made for; absent when logs are applied too, or something
    /// follows the hive bins.
    std::optional<regf::VerifiedImage> stored;
};

/// As plan_fix().
PlannedFix plan(const std::filesystem::path& path, const Rule& rule, const FixOptions& options);

/// As the public apply(), but what is known of the file is not found out again.
void apply(const PlannedFix& fix, const std::filesystem::path& path, const ApplyOptions& options);

} // namespace hivelint
