/// \file
/// Replay: what a dirty hive holds once its transaction logs are applied (REGF.md sections 3 to 9).
/// Nothing is written, and nothing is copied that no one reads.
#pragma once

#include <hivelint/error.hpp>
#include <hivelint/export.hpp>
#include <hivelint/regf/base_block.hpp>
#include <hivelint/regf/log.hpp>
#include <hivelint/source.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace hivelint::regf {

/// What became of one log.
struct LogUse {
    std::optional<LogFormat> format;           ///< absent when the log is unusable
    std::optional<std::uint32_t> first_number; ///< of the first entry of its chain
    std::optional<std::uint32_t> last_number;  ///< of the last one
    std::uint64_t entries = 0;                 ///< in its chain; a log of the old format is one
    std::uint64_t applied = 0;                 ///< how many of them were applied: all or none
    bool used = false;                         ///< whether any was
    /// Why the log was not used, or where and why its chain ended before the log did.
    std::optional<Error> stopped;
};

/// What applying the logs gives.
enum class ReplayResult : std::uint8_t {
    clean,     ///< the hive is clean: its logs do not matter, and were not read
    recovered, ///< the logs' entries are applied
    healed,    ///< the same, with a base block from the log in place of a damaged one
    dirty,     ///< the hive is dirty, but no entry can be applied
};

/// An entry of a log.
struct LogStep {
    std::size_t log = 0;   ///< index of the log as it was given
    std::size_t entry = 0; ///< index in Log::entries
};

/// Which entries are to be applied, in which order.
struct LogPlan {
    ReplayResult result = ReplayResult::clean; ///< what the steps give
    std::vector<LogUse> uses;                  ///< one for each log, in the order given
    std::vector<std::optional<Log>> logs;      ///< the usable ones; their pages are what is applied
    std::vector<LogStep> steps;                ///< in the order in which they are applied
    std::optional<Error> reason;               ///< why the hive stays dirty
    /// The base block that the steps start from: the hive's, or that of the log that heals it.
    std::array<std::byte, 512> base_block_bytes = {};
    std::uint32_t last_number = 0; ///< the number of the last step's entry
};

/// Decides by the rules of sections 5.1 and 6.3 which entries of `logs` apply to the hive
/// `primary`. A null pointer stands for a log that could not be opened. What is wrong with a log is
/// no exception but its LogUse::stopped. A log whose file name field is not the hive's is foreign.
/// Throws Error as read_base_block() does when `primary` is no hive; not_a_hive when its base block
/// is damaged in any way and no first bin follows; and what read_at() throws for `primary`.
HIVELINT_API LogPlan plan_replay(const ByteSource& primary,
                                 std::span<const ByteSource* const> logs);

} // namespace hivelint::regf
