// Patches of built hives, planned on files as the tools plan them.
#pragma once

#include "tests/support/edited.hpp"
#include "tests/support/hive_files.hpp"

#include <hivelint/patch.hpp>
#include <hivelint/rules.hpp>

#include <filesystem>

namespace hivelint::test {

inline BuiltHive affected_hive() { return edited_spec(dword(kEditedValue, 1)).build(); }

/// The plan to set the value to 0, or to delete it, at kEditTime.
inline Patch plan(const std::filesystem::path& hive, Action action = Action::set_value,
                  bool force = false) {
    return plan_fix(hive, rules(), {.action = action, .force = force, .time = {kEditTime}});
}

/// The plan for a hive in a folder of its own.
inline Patch plan(const BuiltHive& hive, Action action = Action::set_value, bool force = false) {
    const TempDir dir;
    return plan(save(dir, hive), action, force);
}

inline Patch forced(const BuiltHive& hive) { return plan(hive, Action::set_value, true); }

/// The secondary sequence number that the patch gives the hive.
inline std::uint32_t sequence_in(const BuiltHive& hive, const Patch& patch) {
    return patched(hive, patch.ranges).get32(header::kSecondarySequence);
}

} // namespace hivelint::test
