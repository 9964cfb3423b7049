/// \file
/// Patch: a change of a hive as a list of byte ranges. A value that can be printed, applied and
/// reversed; making one writes nothing.
#pragma once

#include <hivelint/change.hpp>
#include <hivelint/check.hpp>
#include <hivelint/error.hpp>
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
    set_value,    ///< the value gets what the rule's remedy says
    delete_value, ///< the value is deleted
};

/// What is done about one finding: the change of one value.
struct ValueFix {
    std::string rule;                         ///< Rule::id
    HiveKind hive{};                          ///< Rule::hive
    std::string key;                          ///< Finding::key
    std::string value;                        ///< Rule::value
    std::optional<regf::ValueData> becomes{}; ///< absent: it is deleted
};
/// `set-zero` (a REG_DWORD 0), `set`, `delete`
HIVELINT_API std::string_view action_of(const ValueFix& fix) noexcept;
/// The same in words: `set K : V to REG_DWORD 0`. Names are escaped.
HIVELINT_API std::string described(const ValueFix& fix);

/// A finding that is not mended.
struct Unmended {
    std::string rule; ///< Rule::id
    std::string key;  ///< Finding::key
    Error reason;     ///< why not
};

/// A change of one hive, and what that means. Only logs make a hive longer.
struct Patch : FileChange {
    std::filesystem::path path; ///< of the hive it was made for
    std::string inside{};       ///< of one in an image: what it is called there
    /// Where logs are applied too: the fix alone, as ranges of the recovered hive.
    std::optional<std::vector<ByteRange>> fix;
    std::vector<ValueFix> fixes;    ///< what is mended; of a hive without ranges, nothing
    std::vector<Unmended> left;     ///< the findings that stay
    bool undoes = false;            ///< takes such a change back instead of making it
    std::vector<std::string> notes; ///< for people, about what lies beside the hive
};

/// What plan_fix() may do.
struct FixOptions {
    /// Which of the rules' remedies; absent: what the value is set to, where a rule says that, else
    /// to delete it.
    std::optional<Action> action{};
    /// Also change what is merely suspicious: a nonstandard value, possibly pending transactions.
    /// Never what could corrupt.
    bool force = false;
    /// Apply the logs beside a dirty hive in the same patch.
    bool replay = false;
    /// The time of the edit, which the key's last-written time becomes.
    regf::FileTime time = regf::FileTime::now();
};

/// The patch that mends what `rules` find in the hive at `path`, all of it at once; without ranges
/// when there is nothing that it could mend: Patch::left has the findings that stay, each with what
/// regf::edit_values() throws, nonstandard_value, or invalid_argument where its rule has no such
/// remedy. The new sequence number is above every number in the hive and in the logs beside it;
/// with `replay` that of a dirty hive covers what its logs change and the fix. Throws Error: what
/// FileSource and regf::read_base_block() throw; dirty_hive, differencing_hive, damaged; with
/// `replay`, why no log can be applied; interrupted_fix when a journal lies beside the hive;
/// pending_transactions; truncated; changed_while_reading.
HIVELINT_API Patch plan_fix(const std::filesystem::path& path, std::span<const RulePtr> rules,
                            const FixOptions& options);

/// The same of a hive that is bytes, and the logs that belong to it; `Patch::path` is empty. What
/// the folder of a file could tell (a journal, files of transactions) nobody tells.
HIVELINT_API Patch plan_fix(const ByteSource& hive, std::span<const LogBytes> logs,
                            std::span<const RulePtr> rules, const FixOptions& options);

/// The patch that takes `patch` back, bit for bit.
HIVELINT_API Patch reversed(const Patch& patch);

/// What the patch changes: in words, as a line of a .reg file, and each range as a hexdump of old
/// and new bytes.
HIVELINT_API std::string preview(const Patch& patch);

} // namespace hivelint
