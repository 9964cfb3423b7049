// ScanRun, with its listing ahead chosen by the caller.
#pragma once

#include "evidence/listing.hpp"

#include <hivelint/scan.hpp>

#include <filesystem>
#include <vector>

namespace hivelint {

/// As ScanRun::discover().
std::vector<Target> discover_in(ScanRun& run, const std::vector<std::filesystem::path>& places,
                                const DiscoveryOptions& options, ListAhead ahead);

} // namespace hivelint
