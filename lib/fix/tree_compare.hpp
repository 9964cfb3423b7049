// Holds what a hive will be after a fix against what it is, key by key and value by value, through
// both parsers.
#pragma once

#include "source/private_file.hpp"

#include <hivelint/patch.hpp>

namespace hivelint {

/// Throws Error failed_check unless both parsers see in `planned` the tree that our own reader sees
/// in `stored`, with exactly the change that `patch` describes, and verify() finds nothing new;
/// when the patch undoes a change, unless that change leads from `planned` to `stored`.
void check_planned_change(const regf::VerifiedImage& stored, const PrivateImage& planned,
                          const Patch& patch);

} // namespace hivelint
