// Compares a hive before and after a fix, key by key and value by value, through both parsers.
#pragma once

#include <hivelint/patch.hpp>
#include <hivelint/regf/verify.hpp>

namespace hivelint {

/// Throws Error failed_check unless both parsers see in `after` the tree of `before` with exactly
/// the change that `patch` describes, and verify() finds nothing in `after` that it did not find in
/// `before`.
void check_planned_change(const regf::VerifiedImage& before, const regf::VerifiedImage& after,
                          const Patch& patch);

} // namespace hivelint
