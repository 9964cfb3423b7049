/// \file
/// Fix: one run of fixes over many hives: scan, plan, record, apply.
#pragma once

#include <hivelint/apply.hpp>
#include <hivelint/error.hpp>
#include <hivelint/evidence.hpp>
#include <hivelint/export.hpp>
#include <hivelint/run_record.hpp>
#include <hivelint/scan.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace hivelint {

/// What fix_target() and fix() are to do.
struct FixRun {
    std::vector<RulePtr> rules{}; ///< whose findings are mended; at least one, none null
    FixOptions fix{};             ///< how the patch is made
    /// How it is put into the hive. Where a record is kept, that takes the place of
    /// ApplyOptions::before_change.
    ApplyOptions apply;
    bool dry_run = false; ///< make the patch and write nothing to the hive or a copy of it
    /// The patched copy to write; absent: the hive is changed in place.
    std::optional<std::filesystem::path> output;
    /// Patched copies of many: each lies below this folder as its hive lies below the place that
    /// was looked in. A hive that needs no fix is copied too.
    std::optional<std::filesystem::path> output_folder;
    /// Where each change is recorded before it is made; null: nowhere. With `dry_run`, the record
    /// of a plan takes what would be done, and that of a fix is only asked whether it could.
    RunRecord* record = nullptr;
    /// The very changes to make, by the hive's path: those of a plan. Null: they are found out.
    const std::map<std::filesystem::path, Patch>* planned = nullptr;
    ContainerOptions containers{}; ///< how images are opened
    bool append =
        false; ///< change a WIM where it is, by appending to it; else `output` must be set
    DiscoveryOptions inside{};  ///< what is a hive in them: logs, users, also
    std::size_t jobs = 0;       ///< how many hives are fixed at a time; 0: as many as are worth it
    std::function<bool()> stop; ///< asked before each hive: whether to leave the rest
};

/// What became of one hive that was to be fixed.
enum class FixResult : std::uint8_t {
    nothing_to_do, ///< the condition is not there; not one byte was written
    would_fix,     ///< a dry run: not one byte was written
    fixed,         ///< the hive was changed, or a patched copy was written
    refused,       ///< the hive is as it was; `reason` says why
};
/// `nothing-to-do`, `would-fix`, `fixed`, `refused`
HIVELINT_API std::string_view to_string(FixResult result) noexcept;

/// What fix_target() did to one hive, and what it left.
struct FixOutcome {
    FixResult result = FixResult::nothing_to_do;      ///< what became of it
    std::optional<Error> reason;                      ///< of a refusal
    std::optional<Patch> patch;                       ///< when one could be made
    std::vector<Unmended> left;                       ///< findings that stay, each with its reason
    std::optional<std::filesystem::path> undo_record; ///< the record that the change is in, if any
    std::optional<std::filesystem::path> output; ///< the patched copy, when the hive was left alone
};

/// One hive that was to be fixed.
struct FixedHive {
    Record record;      ///< as it was found
    FixOutcome outcome; ///< what was done
};

/// Fixes what hivescan would report as affected (with force, nonstandard values too): all of it
/// that can be mended, in one change. Where nothing can be, the hive is refused. The change is
/// recorded durably before it is made. A dirty hive whose logs cannot be applied is refused,
/// whatever it holds as stored. A dry run refuses what the run would refuse, as far as that can be
/// told without writing. Never throws for what the hive holds or for why it cannot be written: that
/// is a refusal. Absent when the target is `only_if_hive` and is none.
HIVELINT_API std::optional<FixedHive> fix_target(const Target& target, const FixRun& run);

/// The same for many, several at a time: each is given to `sink` when it is done, in the order of
/// the targets and on the calling thread. What `sink` throws ends the run after the hives in hand.
/// The record is kept out of the folders of all targets, and sealed.
HIVELINT_API RunCounts fix(std::span<const Target> targets, const FixRun& run,
                           const std::function<void(const FixedHive&)>& sink);

} // namespace hivelint
