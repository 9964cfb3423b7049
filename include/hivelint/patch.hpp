/// \file
/// Patch: a change of a hive as a list of byte ranges. A value that can be printed, applied and
/// reversed; making one writes nothing.
#pragma once

#include <hivelint/change.hpp>
#include <hivelint/check.hpp>
#include <hivelint/export.hpp>
#include <hivelint/regf/file_time.hpp>
#include <hivelint/replay.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hivelint {

/// What is done about a finding.
enum class Action : std::uint8_t {
    set_value,    ///< the value gets the number of the rule's remedy
    delete_value, ///< the value is deleted
};
/// `set-zero`, `delete`
HIVELINT_API std::string_view to_string(Action action) noexcept;

/// A change of one hive, and what that means. Only logs make a hive longer.
struct Patch : FileChange {
    std::filesystem::path path; ///< of the hive it was made for
    /// Where logs are applied too: the fix alone, as ranges of the recovered hive.
    std::optional<std::vector<ByteRange>> fix;
    std::string rule;                  ///< Rule::id of the rule whose condition is mended
    Action action = Action::set_value; ///< what is done to the value
    HiveKind hive = HiveKind::user;    ///< Rule::hive
    std::string key;                   ///< Rule::key
    std::string value;                 ///< Rule::value
    std::uint32_t number = 0;          ///< what the value is set to
    bool undoes = false;               ///< takes such a change back instead of making it
    std::vector<std::string> notes;    ///< for people, about what lies beside the hive
};

/// What plan_fix() may do.
struct FixOptions {
    Action action = Action::set_value; ///< which of the rule's remedies
    /// Also change what is merely suspicious: a nonstandard value, possibly pending transactions.
    /// Never what could corrupt.
    bool force = false;
    /// Apply the logs beside a dirty hive in the same patch.
    bool replay = false;
    /// The time of the edit, which the key's last-written time becomes.
    regf::FileTime time = regf::FileTime::now();
};

/// The patch that mends `rule`'s condition in the hive at `path`; without ranges when the condition
/// is not there. The new sequence number is above every number in the hive and in the logs beside
/// it; with `replay` that of a dirty hive covers what its logs change and the fix. Throws Error:
/// what FileSource, regf::read_base_block() and regf::edit_value() throw; invalid_argument when the
/// rule has no such remedy, or is of several keys or of more than one value; with `replay`, why no
/// log can be applied; interrupted_fix when a journal lies beside the hive; pending_transactions;
/// truncated; changed_while_reading.
HIVELINT_API Patch plan_fix(const std::filesystem::path& path, const Rule& rule,
                            const FixOptions& options);

/// The same of a hive that is bytes, and the logs that belong to it; `Patch::path` is empty. What
/// the folder of a file could tell (a journal, files of transactions) nobody tells.
HIVELINT_API Patch plan_fix(const ByteSource& hive, std::span<const LogBytes> logs,
                            const Rule& rule, const FixOptions& options);

/// The patch that takes `patch` back, bit for bit.
HIVELINT_API Patch reversed(const Patch& patch);

/// What the patch changes: in words, as a line of a .reg file, and each range as a hexdump of old
/// and new bytes.
HIVELINT_API std::string preview(const Patch& patch);

} // namespace hivelint
