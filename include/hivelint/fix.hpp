/// \file
/// Fix: one run of fixes over many hives: scan, plan, keep an undo record, apply.
#pragma once

#include <hivelint/apply.hpp>
#include <hivelint/error.hpp>
#include <hivelint/evidence.hpp>
#include <hivelint/export.hpp>
#include <hivelint/scan.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace hivelint {

/// What fix_target() is to do.
struct FixRun {
    const Rule* rule = nullptr; ///< which condition is mended; must not be null
    FixOptions fix;             ///< how the patch is made
    /// How it is put into the hive. Where an undo record is kept, that takes the place of
    /// ApplyOptions::before_change.
    ApplyOptions apply;
    bool dry_run = false; ///< make the patch and write nothing
    /// The patched copy to write; absent: the hive is changed in place.
    std::optional<std::filesystem::path> output;
    /// The undo record's file; absent: one with a name of its own is made in `undo_folder`. Never
    /// in the folder of the hive: what lies in `Users\Default` is copied into every new profile. A
    /// file that is there is replaced only when it is the record of an earlier fix of the same file
    /// that came to nothing: the hive is what it was before it.
    std::optional<std::filesystem::path> undo_file;
    /// The folder for the undo record when `undo_file` is absent; both absent: none is kept.
    std::optional<std::filesystem::path> undo_folder;
    /// Program and version, for the undo record.
    std::string tool;
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
    std::optional<std::filesystem::path> undo_record; ///< the file that was written, if any
    std::optional<std::filesystem::path> output; ///< the patched copy, when the hive was left alone
};

/// One hive that was to be fixed.
struct FixedHive {
    Record record;      ///< as it was found
    FixOutcome outcome; ///< what was done
};

/// Fixes what hivescan would report as affected (with force, nonstandard values too). The undo
/// record is durable before the hive changes, and is removed when the hive did not change after
/// all. A dirty hive whose logs cannot be applied is refused, whatever it holds as stored. Never
/// throws for what the hive holds or for why it cannot be written: that is a refusal. Absent when
/// the target is `only_if_hive` and is none.
HIVELINT_API std::optional<FixedHive> fix_target(const Target& target, const FixRun& run);

/// The undo record of a patch: a JSON object that holds all that takes it back. `tool` names
/// program and version, `time` is when the patch was made.
HIVELINT_API std::string undo_record(const Patch& patch, std::string_view tool,
                                     regf::FileTime time);

/// The patch in an undo record, as it was applied. Throws Error invalid_argument: not such a
/// record.
HIVELINT_API Patch parse_undo_record(std::string_view text);

/// Takes the fix of an undo record back, in the file it names or in `path`. The patch that did so.
/// Throws Error as apply() does, what reading `record` throws, and invalid_argument when it is
/// none.
HIVELINT_API Patch undo(const std::filesystem::path& record,
                        const std::optional<std::filesystem::path>& path,
                        const ApplyOptions& options);

} // namespace hivelint
