// apply() for a fix that was planned in the same run.
#pragma once

#include "planned_fix.hpp"

#include <hivelint/apply.hpp>

#include <filesystem>

namespace hivelint {

/// As the public apply(), but what is known of the file is not found out again.
void apply(const PlannedFix& fix, const std::filesystem::path& path, const ApplyOptions& options);

} // namespace hivelint
