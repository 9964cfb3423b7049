// One target of a scan.
#pragma once

#include "limits.hpp"

#include <hivelint/scan.hpp>

#include <optional>

namespace hivelint {

/// As the public one.
std::optional<Record> scan_target(const Target& target, const ScanOptions& options, Limits& limits);

} // namespace hivelint
