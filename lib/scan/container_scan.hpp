// A container of hives, scanned: one record for each.
#pragma once

#include "limits.hpp"

#include <hivelint/scan.hpp>

#include <vector>

namespace hivelint {

/// The hives in a target that is a container, and what of it cannot be read; by their paths. None
/// for a container that holds no evidence. Never throws for what it holds.
std::vector<Record> scan_container(const Target& target, const ScanOptions& options,
                                   Limits& limits);

} // namespace hivelint
