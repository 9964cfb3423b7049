// A container of hives, scanned: one record for each.
#pragma once

#include "evidence/contained.hpp"
#include "limits.hpp"

#include <hivelint/scan.hpp>

#include <functional>
#include <vector>

namespace hivelint {

/// Called with a hive and its record while the container is open.
using LookAtHive = std::function<void(const ContainedHive& hive, const Record& record)>;

/// The hives in a target that is a container, and what of it cannot be read; by their paths. None
/// for a container that holds no evidence. Never throws for what it holds; `look` may be empty.
std::vector<Record> scan_container(const Target& target, const ScanOptions& options, Limits& limits,
                                   const LookAtHive& look = {});

} // namespace hivelint
