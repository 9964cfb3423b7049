// Compares a hive before and after a fix, key by key and value by value, through both parsers.
#pragma once

#include "private_file.hpp"

#include <hivelint/patch.hpp>

namespace hivelint {

/// Throws Error failed_check unless both parsers see in `after` the tree of `before` with exactly
/// the change that `patch` describes, and verify() finds nothing in `after` that it did not find in
/// `before`.
void check_planned_change(const PrivateImage& before, const PrivateImage& after,
                          const Patch& patch);

} // namespace hivelint
