// Replay: a hive together with the transaction logs that lie beside it.
#pragma once

#include <hivelint/regf/replay.hpp>
#include <hivelint/source.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hivelint {

/// A log, and what became of it.
struct LogAccount {
    std::filesystem::path path;
    regf::LogUse use;
};

/// The logs of one hive, opened for reading, and what applying them gives. The hive's source must
/// outlive it.
class LogReplay {
public:
    /// Opens the logs beside `hive`: NAME.LOG, .LOG1 and .LOG2 in any letter case. Where .LOG1 or
    /// .LOG2 hold anything, .LOG is left alone. Throws Error as regf::plan_replay() does, and when
    /// the hive's folder cannot be listed; that a log cannot be read is told by its account.
    static LogReplay beside(const std::filesystem::path& hive, const ByteSource& primary);
    /// Opens these logs.
    static LogReplay of(std::span<const std::filesystem::path> logs, const ByteSource& primary);

    const regf::Replay& plan() const { return plan_; }
    /// In the order of the paths.
    std::vector<LogAccount> accounts() const;
    /// The path of a step's log.
    const std::filesystem::path& path_of(const regf::LogStep& step) const {
        return logs_[step.log].path;
    }
    const regf::LogEntry& entry_of(const regf::LogStep& step) const {
        return plan_.logs[step.log]->entries[step.entry];
    }
    /// The hive with no step applied yet. Must not outlive this.
    std::unique_ptr<regf::RecoveredSource> recovered() const;
    /// The first sequence number above every one in the hive and in the logs, remnants of earlier
    /// rounds included: a hive with that number makes all of them stale (REGF.md section 9).
    std::uint32_t next_sequence() const;
    /// Throws Error changed_while_reading when a log was written to since it was opened.
    void check_unchanged() const;

private:
    struct OpenLog {
        std::filesystem::path path;
        std::unique_ptr<FileSource> source; ///< null when `problem` says why
        std::optional<Error> problem;
    };
    LogReplay(std::vector<OpenLog> logs, const ByteSource& primary);

    const ByteSource* primary_;
    std::vector<OpenLog> logs_;
    std::vector<const ByteSource*> sources_;
    regf::Replay plan_;
};

/// `23 entries (566 to 588)`: of a log with any.
std::string entries_text(const regf::LogUse& use);

/// What was replayed, in words: `23 entries (566 to 588) of ntuser.dat.LOG1`, or why nothing was.
std::string summary(const LogReplay& replay);

/// Writes the hive that `replay` gives to `output`, which must not exist, as a clean hive with
/// next_sequence(), and reads it again: verify() finds no damage in it and hivex opens it. On
/// failure nothing is left. Throws Error: already_exists; failed_check; what writing files throws.
void write_recovered(const LogReplay& replay, const std::filesystem::path& output);

} // namespace hivelint
