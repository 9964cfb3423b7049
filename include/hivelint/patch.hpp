// Patch: a change of a hive as a list of byte ranges. A value that can be printed, applied and
// reversed; making one writes nothing.
#pragma once

#include <hivelint/check.hpp>
#include <hivelint/regf/file_time.hpp>
#include <hivelint/source.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
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
std::string_view to_string(Action action) noexcept;

struct Patch {
    std::filesystem::path path; ///< of the hive it was made for
    std::uint64_t size = 0;     ///< of the file, before and after alike, bytes
    std::string sha256_before;  ///< of the whole file
    std::string sha256_after;
    std::vector<ByteRange> ranges; ///< ascending; none: there is nothing to do
    /// What the bytes mean: which rule's key and value, and what is done to it.
    std::string rule;
    Action action = Action::set_value;
    std::string key;
    std::string value;
    std::uint32_t number = 0; ///< what the value is set to
    bool undoes = false;      ///< takes such a change back instead of making it
    std::vector<std::string> notes;

    /// How many bytes differ.
    std::uint64_t bytes_changed() const;
};

struct FixOptions {
    Action action = Action::set_value;
    /// Also change what is merely suspicious: a nonstandard value, possibly pending transactions.
    /// Never what could corrupt.
    bool force = false;
    /// The time of the edit, which the key's last-written time becomes.
    regf::FileTime time;
};

/// The patch that mends `rule`'s condition in the hive at `path`; without ranges when the condition
/// is not there. The new sequence number is above every number in the hive and in the logs beside
/// it. Throws Error: what FileSource, regf::read_base_block() and regf::edit_value() throw;
/// interrupted_fix when a journal lies beside the hive; pending_transactions; truncated.
Patch plan_fix(const std::filesystem::path& path, const Rule& rule, const FixOptions& options);

/// The patch that takes `patch` back, bit for bit.
Patch reversed(const Patch& patch);

/// What the patch changes: in words, as a line of a .reg file, and each range as a hexdump of old
/// and new bytes.
std::string preview(const Patch& patch);

} // namespace hivelint
