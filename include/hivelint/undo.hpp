/// \file
/// Undo: takes back what a record of fixes says was done.
#pragma once

#include <hivelint/apply.hpp>
#include <hivelint/error.hpp>
#include <hivelint/export.hpp>
#include <hivelint/patch.hpp>
#include <hivelint/run_record.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace hivelint {

/// What undo() is to do.
struct UndoOptions {
    ApplyOptions apply; ///< how the old bytes are put back
    /// Only these hives, and those below these folders. A file that the record does not name is
    /// taken for the hive whose fixed content it has: one that was moved or copied. None: all.
    std::vector<std::filesystem::path> paths;
    /// What a fix may have mended, besides what the rules of packs() find.
    std::vector<RulePtr> rules{};
    ContainerOptions containers{}; ///< how images are opened
    bool dry_run = false;          ///< look, and write nothing
    std::function<bool()> stop;    ///< asked before each hive: whether to leave the rest
};

/// What became of one change that was to be taken back.
enum class UndoResult : std::uint8_t {
    undone,         ///< the hive holds its old bytes again
    would_undo,     ///< a dry run
    already_undone, ///< it held its old bytes
    refused,        ///< the hive is as it was; `reason` says why
};
/// `undone`, `would-undo`, `already-undone`, `refused`
HIVELINT_API std::string_view to_string(UndoResult result) noexcept;

/// One change that was to be taken back.
struct UndoneHive {
    std::filesystem::path path;              ///< of the hive
    UndoResult result = UndoResult::refused; ///< what became of it
    std::optional<Error> reason;             ///< of a refusal
    std::optional<Patch> patch; ///< what takes the change back; absent where no change was found
};

/// Takes back the changes of a record, the latest first, and gives each to `sink`, in that order
/// and on the calling thread; hives with one change each are taken several at a time. A change that
/// is not what a fix of that very hive makes is refused. No link is followed behind the place that
/// was looked in when the fix was made. A record that is not `trusted()` takes nothing back unless
/// `paths` name it. Throws Error permission_denied for that, and what `sink` throws.
HIVELINT_API void undo(const SavedRun& record, const UndoOptions& options,
                       const std::function<void(const UndoneHive&)>& sink);

} // namespace hivelint
