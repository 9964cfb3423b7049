/// \file
/// Replay: a hive together with the transaction logs that lie beside it.
#pragma once

#include <hivelint/container.hpp>
#include <hivelint/error.hpp>
#include <hivelint/evidence.hpp>
#include <hivelint/export.hpp>
#include <hivelint/file_source.hpp>
#include <hivelint/regf/base_block.hpp>
#include <hivelint/regf/recovered_source.hpp>
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

class Container; // the library's own
class LogSearch;
struct FileAt;

/// A log, and what became of it.
struct LogAccount {
    std::filesystem::path path; ///< of the log
    regf::LogUse use;           ///< how much of it was applied, and why not all
};

/// A place in a log.
struct LogPlace {
    std::filesystem::path log; ///< its path
    std::uint64_t offset = 0;  ///< bytes from its start
};

/// A log as bytes, wherever they are.
struct LogBytes {
    std::filesystem::path path;        ///< what it is called; its name tells .LOG from .LOG1
    const ByteSource* bytes = nullptr; ///< must not be null, and outlive what is made of it
};

/// The logs of one hive, opened for reading, and what applying them gives. The hive's source must
/// outlive it.
class LogReplay {
public:
    /// Opens the logs beside `hive`: NAME.LOG, .LOG1 and .LOG2 in any letter case. Where .LOG1 or
    /// .LOG2 hold anything, .LOG is left alone. A log that is there and cannot be read, or is
    /// ambiguous, keeps a dirty hive dirty: plan().reason says so. Throws Error as
    /// regf::plan_replay() does, and when the hive's folder cannot be listed.
    HIVELINT_API static LogReplay beside(const std::filesystem::path& hive,
                                         const ByteSource& primary);
    /// Opens these logs, whatever their names; else as beside().
    HIVELINT_API static LogReplay of(std::span<const std::filesystem::path> logs,
                                     const ByteSource& primary);

    /// These logs; else as beside().
    HIVELINT_API static LogReplay of(std::span<const LogBytes> logs, const ByteSource& primary);

    /// Which entries apply, in which order.
    const regf::LogPlan& plan() const { return plan_; }
    /// In the order of the paths.
    HIVELINT_API std::vector<LogAccount> accounts() const;
    /// The path of a step's log.
    const std::filesystem::path& path_of(const regf::LogStep& step) const {
        return logs_[step.log].path;
    }
    /// The entry that a step applies.
    const regf::LogEntry& entry_of(const regf::LogStep& step) const {
        return plan_.logs[step.log]->entries[step.entry];
    }
    /// The hive with no step applied yet. This must outlive it and stay where it is.
    HIVELINT_API std::unique_ptr<regf::RecoveredSource> recovered() const;
    /// The first sequence number above every one in the hive and in the logs, remnants of earlier
    /// rounds included: a hive with that number makes all of them stale (REGF.md section 9).
    HIVELINT_API std::uint32_t next_sequence() const;
    /// Where the byte lies that `recovered` has at `offset`; absent: in the hive's file, at the
    /// same offset.
    HIVELINT_API std::optional<LogPlace> place_of(const regf::RecoveredSource& recovered,
                                                  std::uint64_t offset) const;
    /// The logs that are its own by their content only, not by their names.
    HIVELINT_API std::vector<std::filesystem::path> searched() const;
    /// Throws Error changed_while_reading when a log was written to since it was opened.
    HIVELINT_API void check_unchanged() const;

private:
    friend LogReplay replay_of(const FileAt& hive, const std::filesystem::path& path,
                               const ByteSource& primary, Container& evidence);
    friend LogReplay replay_of(const FileAt& hive, const std::filesystem::path& path,
                               const ByteSource& primary, Container& evidence, LogSearch& search);

    struct OpenLog {
        std::filesystem::path path;
        std::shared_ptr<const ByteSource> source; ///< null when `problem` says why
        std::optional<Error> problem;             ///< why nothing of it can be applied
        bool left_alone = false;                  ///< no matter what it holds
        bool searched = false;                    ///< told by its content, not by its name
    };
    LogReplay(std::vector<OpenLog> logs, const ByteSource& primary);
    static void open(OpenLog& log, const FileAt& at, const Container& evidence);
    static std::vector<OpenLog> open_beside(const FileAt& hive, const std::filesystem::path& path,
                                            Container& evidence);
    static void leave_single_alone(std::vector<OpenLog>& logs);
    void refuse_unread();

    const ByteSource* primary_;
    std::vector<OpenLog> logs_;
    std::vector<const ByteSource*> sources_;
    regf::LogPlan plan_;
};

/// `23 entries (566 to 588)`: of a log with any.
HIVELINT_API std::string entries_text(const regf::LogUse& use);

/// What was replayed, in words and in the order in which it was applied: `23 entries (566 to 588)
/// of ntuser.dat.LOG1`, or why nothing was.
HIVELINT_API std::string summary(const LogReplay& replay);

/// What replay_hive() is to read and write.
struct ReplayOptions {
    /// The logs; absent: those that lie beside the hive.
    std::optional<std::vector<std::filesystem::path>> logs;
    /// Logs, and folders of such: those that are the hive's by their content are applied too.
    std::vector<std::filesystem::path> log_places{};
    /// The new file for the recovered hive, which must not exist; absent: only tell.
    std::optional<std::filesystem::path> output;
    ContainerOptions containers{}; ///< how a container is opened that the hive lies in
};

/// All that is said of one replay.
struct ReplayReport {
    std::filesystem::path path;                ///< as it was given
    std::optional<regf::BaseBlock> base_block; ///< as stored; absent when it is damaged
    std::optional<regf::ReplayResult> result;  ///< absent when the hive could not be read
    std::string summary;                       ///< what was applied, or why nothing was
    std::vector<LogAccount> logs;              ///< none when the hive is clean
    /// The chain of each log, in the order of `logs`.
    std::vector<std::vector<regf::LogEntry>> entries;
    // Of the recovered hive, 0 when there is none:
    std::uint64_t size = 0;      ///< of its file, bytes
    std::uint32_t sequence = 0;  ///< both sequence numbers
    std::uint32_t bins_size = 0; ///< bytes
    std::uint64_t keys = 0;      ///< as both parsers count them
    std::uint64_t values = 0;    ///< likewise
    bool confirmed = false;      ///< hivex counted as many; false where the library has no hivex
    std::optional<std::filesystem::path> output{}; ///< as it was given
    bool written = false;                          ///< whether it is there now
    std::optional<Error> error;                    ///< what went wrong; absent: nothing did
};

/// Applies the logs of the hive at `path`. What they give must have no damage, and verify() and
/// hivex, in a build that has it, must count the same keys and values in it. The output is a clean
/// hive whose number is above every number in the hive and its logs; of a hive that is clean
/// already it is a copy. It appears when it is whole, durable and checked. Never throws for what
/// the files hold: ReplayReport::error says what is wrong. Throws Error when
/// ReplayOptions::log_places cannot be looked at.
HIVELINT_API ReplayReport replay_hive(const std::filesystem::path& path,
                                      const ReplayOptions& options);

/// The same for many hives, of which one can be the owner of each log. For one thread.
class ReplayRun {
public:
    /// Those that discover() found. Throws Error as replay_hive().
    HIVELINT_API ReplayRun(std::span<const Target> hives,
                           const std::vector<std::filesystem::path>& log_places);
    HIVELINT_API ~ReplayRun();
    ReplayRun(const ReplayRun&) = delete;
    ReplayRun& operator=(const ReplayRun&) = delete;

    /// One of them; absent when it is `only_if_hive` and is none. `output`: as
    /// ReplayOptions::output.
    HIVELINT_API std::optional<ReplayReport>
    replay(const Target& hive, const std::optional<std::filesystem::path>& output);
    /// As ScanRun::log_notes().
    HIVELINT_API std::vector<std::string> log_notes() const;

private:
    struct Shared;
    std::unique_ptr<Shared> shared_;
};

} // namespace hivelint
