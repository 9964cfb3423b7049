// PlannedFix: a patch on its way from plan_fix() to apply() in one run.
#pragma once

#include "hive_at.hpp"

#include <hivelint/apply.hpp>
#include <hivelint/patch.hpp>
#include <hivelint/regf/base_block.hpp>
#include <hivelint/regf/verify.hpp>

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hivelint {

struct PlannedFix {
    Patch patch;
    /// All of the file that the patch was made for; absent when logs are applied too, or something
    /// follows the hive bins.
    std::optional<regf::VerifiedImage> stored;
};

/// Whether logs have anything to say of the hive (REGF.md section 3).
bool is_dirty(const ByteSource& hive);

/// What files of transactions beside a hive mean for a change of it; absent without one, whose name
/// is empty then. Throws Error pending_transactions unless that is to be forced.
std::optional<std::string> note_of_transactions(std::string_view name,
                                                const regf::BaseBlock& base_block, bool force);

/// The front of a hive that base block and hive bins take. Throws Error truncated, and as
/// regf::read_base_block().
regf::VerifiedImage image_of(const ByteSource& hive);

/// Throws Error not_in_place where no patched copy is written.
void refuse_copy(const HiveAt& hive);
/// As the public one.
void apply_to_copy(const Patch& patch, const HiveAt& hive, const std::filesystem::path& output);
/// The same without a change.
void copy_hive(const HiveAt& hive, const std::filesystem::path& output);

/// As plan_fix().
PlannedFix plan(const HiveAt& hive, std::span<const RulePtr> rules, const FixOptions& options);

/// As the public apply(), but what is known of the file is not found out again.
void apply(const PlannedFix& fix, const HiveAt& hive, const ApplyOptions& options);

} // namespace hivelint
