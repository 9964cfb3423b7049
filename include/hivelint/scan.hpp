/// \file
/// Scan: the whole run over many hives, one record for each, in the order of their paths.
#pragma once

#include <hivelint/check.hpp>
#include <hivelint/container.hpp>
#include <hivelint/evidence.hpp>
#include <hivelint/export.hpp>
#include <hivelint/hash.hpp>
#include <hivelint/regf/base_block.hpp>
#include <hivelint/replay.hpp>
#include <hivelint/second_parser.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hivelint {

/// When a hive is read whole, verified and given to hivex.
enum class Confirm : std::uint8_t {
    automatic, ///< where there is a finding or a doubt
    always,    ///< every hive
    never,     ///< no hive: what is said is the walker's answer alone
};

/// What a hive said at one moment that the evidence still shows.
struct PastState {
    /// The log whose entry made it so; absent: the primary file as stored.
    std::optional<std::filesystem::path> log;
    std::optional<std::uint32_t> number; ///< of the entry; absent when `log` is
    Finding finding;                     ///< what it said then
};

/// Why a finding is no news.
struct Known {
    bool in_baseline = false;           ///< an earlier report has it; else somebody accepted it
    std::string reason{};               ///< of who accepted it
    std::optional<std::string> until{}; ///< the last day of that: `2027-01-31`
};

/// A finding, and which parsers came to its verdict.
struct CheckResult {
    Finding finding;                              ///< what the hive says in the record's state
    std::vector<std::string_view> confirmed_by{}; ///< of `walker`, `hivex`; see second_parser()
    /// Where the value's record lies when a log holds it; its offset is then none of the file's but
    /// one of the recovered hive.
    std::optional<LogPlace> in_log{};
    /// What the primary file alone says, where logs were applied and it says something else.
    std::optional<Finding> primary{};
    /// What it would say once the fix that was cut off is rolled back, where a journal lies beside
    /// the hive and that is something else.
    std::optional<Finding> rolled_back{};
    /// When asked for: the primary file, then each log entry after which the answer differed (the
    /// value, or the key's last-written time); the last one is what the finding says.
    std::vector<PastState> history{};
    /// Of what is affected or nonstandard, where ScanOptions::review says so.
    std::optional<Known> known{};
};

/// A file of the evidence, as it was read.
struct EvidenceFile {
    std::filesystem::path path;             ///< as that of its record
    std::uint64_t size = 0;                 ///< bytes
    std::uint64_t inode = 0;                ///< on its file system; on Windows the file's number
    std::optional<regf::FileTime> modified; ///< of its content
    std::optional<regf::FileTime> changed;  ///< of its content or what is said of it
    std::optional<regf::FileTime> created;  ///< where the file system keeps that
    /// In hexadecimal, lower case, in the order of HashKind.
    std::vector<std::pair<HashKind, std::string>> hashes;
};

/// All that is said of one hive.
struct Record {
    std::filesystem::path path; ///< the target's; of a hive in a container with `!/` in between
    /// Of a hive in a container: the container, and what lies in it, one in the other; the last one
    /// is the hive as it is called there.
    std::vector<std::string> steps{};
    /// Where a hive begins in the container, in bytes, if it lies there as it is and in one piece.
    std::optional<std::uint64_t> place_in_container{};
    std::optional<std::string> user;    ///< as owner_of() names it; absent when nothing does
    OwnerBy user_by = OwnerBy::nothing; ///< what names it
    std::uint64_t size = 0;             ///< of the file, bytes
    /// What hive it is by its keys: `user`, `part-of-user` (the root is a key of
    /// HKEY_CURRENT_USER), `system`, `sam`, `security`, `software`, `bcd`, `usrclass`, `amcache`,
    /// `package` (settings.dat of an app), `other`; empty: not known.
    std::string_view kind;
    State state = State::unreadable;           ///< what it was found in
    std::optional<regf::BaseBlock> base_block; ///< as stored; of a healed hive that of the log
    std::vector<LogAccount> logs; ///< of a hive that is not clean: those that lie beside it
    /// One for each rule, or, where its key has `*`, for each key of which there is something to
    /// say; none when there is no file to read.
    std::vector<CheckResult> checks;
    std::vector<std::string> notes; ///< for people, in the order in which they came up
    std::optional<Error> error;     ///< why something could not be read or done
    /// When asked for: the hive's file, then the logs that lie beside it.
    std::vector<EvidenceFile> files;
    std::uint64_t pages_read = 0; ///< by the walker
};

/// How hives are read.
enum class ReadMode : std::uint8_t {
    automatic, ///< whole where a small hive lies on a spinning disk, else sparse
    sparse,    ///< only the pages on the way to the answer
    whole,     ///< in one go, up to 256 MiB
};

/// What a scan checks, and how.
struct ScanOptions {
    std::vector<RulePtr> rules;           ///< which to check; none is null
    Confirm confirm = Confirm::automatic; ///< whether libhivex has to agree
    bool apply_logs = true;               ///< else a dirty hive is reported as it is stored
    bool history = false;                 ///< fill CheckResult::history
    std::size_t jobs = 0; ///< how many hives are read at a time; 0: as many as are worth it
    ReadMode read = ReadMode::automatic; ///< how much of a hive is read
    /// Logs, and folders of such, for dirty hives whose logs do not lie beside them under their
    /// names: told by what their base blocks say. Who scans throws Error when one cannot be
    /// looked at.
    std::vector<std::filesystem::path> log_places{};
    /// Hash what is read, and tell what the file system says of it: Record::files. A hive of at
    /// most 256 MiB is read once for both.
    std::vector<HashKind> hashes{};
    ContainerOptions containers{}; ///< how containers are opened
    /// What is a hive in them: all_files, logs, users, also.
    DiscoveryOptions inside{};
    /// Called for each record before it is counted or given on, by several threads at once: it may
    /// set CheckResult::known.
    std::function<void(Record&)> review{};
    /// Once somebody asked it to stop, no hive is begun any more: Summary::left.
    std::stop_token stop{};
    /// Called on the thread that called scan(), after each target: how many are done, of how many.
    std::function<void(std::size_t done, std::size_t targets)> progress{};
};

/// Throws Error invalid_argument unless there are rules and each can be asked: it has an id, which
/// no other one has, and a key path that can be one. What scans does it first.
HIVELINT_API void check_rules(std::span<const RulePtr> rules);

/// The record of a hive that is bytes, wherever they are, with these logs of it: as if it were a
/// file called `name` and no journal lay beside it. Never throws for what the bytes hold.
HIVELINT_API Record scan_source(const ByteSource& hive, std::span<const LogBytes> logs,
                                const std::filesystem::path& name, const ScanOptions& options);

/// The record of one target; absent when it is `only_if_hive` and is none. Never throws for what
/// the file holds: Record::error says what is wrong. `jobs` has no meaning here. Of a container,
/// which can hold many, that is an error: scan() opens it.
HIVELINT_API std::optional<Record> scan_target(const Target& target, const ScanOptions& options);

/// Counts over records.
struct Summary {
    std::uint64_t hives = 0;       ///< records with a check that applies
    std::uint64_t affected = 0;    ///< checks of that verdict that are not known
    std::uint64_t to_review = 0;   ///< of them, those of rules of severity review
    std::uint64_t for_info = 0;    ///< of them, those of rules of severity info
    std::uint64_t clear = 0;       ///< checks of that verdict
    std::uint64_t nonstandard = 0; ///< checks of that verdict that are not known
    std::uint64_t known = 0;       ///< checks of these verdicts that are
    std::uint64_t unknown = 0;     ///< checks of that verdict
    std::uint64_t other_kinds = 0; ///< records whose checks all do not apply
    std::uint64_t errors = 0;      ///< records with an error
    std::uint64_t dirty = 0;       ///< records of that state
    std::uint64_t recovered = 0;   ///< records of that state, healed ones included
    std::uint64_t left = 0;        ///< targets that were not begun: see ScanOptions::stop
    std::uint64_t containers = 0;  ///< archives and disk images that were looked into

    /// Counts one record more.
    HIVELINT_API void add(const Record& record);
    /// Counts all that `other` has counted.
    HIVELINT_API void add(const Summary& other);
};

/// Scans `targets`, several at a time, and gives each record to `sink`: in the order of the targets
/// and on the calling thread, whatever the number of jobs. What `sink` throws ends the scan.
HIVELINT_API Summary scan(std::span<const Target> targets, const ScanOptions& options,
                          const std::function<void(const Record&)>& sink);

/// The same, with `render` called for each record on the thread that scanned it, by several threads
/// at once, and the texts given to `write` in order on the calling thread. What either throws ends
/// the scan.
HIVELINT_API Summary scan(std::span<const Target> targets, const ScanOptions& options,
                          const std::function<std::string(const Record&)>& render,
                          const std::function<void(std::string_view)>& write);

enum class ListAhead : std::uint8_t; // the library's own

/// discover() and scan() in one run, where they overlap: while folders on slow storage are still
/// being listed, the first hives in them are scanned. For one thread.
class ScanRun {
public:
    /// What `options` name must outlive it.
    HIVELINT_API explicit ScanRun(const ScanOptions& options);
    HIVELINT_API ~ScanRun();
    ScanRun(const ScanRun&) = delete;
    ScanRun& operator=(const ScanRun&) = delete;

    /// As the function of that name. With ScanOptions::jobs, nothing is scanned meanwhile.
    HIVELINT_API std::vector<Target> discover(const std::vector<std::filesystem::path>& places,
                                              const DiscoveryOptions& options = {});
    /// As the functions of that name. Each target is scanned once.
    HIVELINT_API Summary scan(std::span<const Target> targets,
                              const std::function<void(const Record&)>& sink);
    /// The same, rendered by several threads.
    HIVELINT_API Summary scan(std::span<const Target> targets,
                              const std::function<std::string(const Record&)>& render,
                              const std::function<void(std::string_view)>& write);
    /// What there is to say of ScanOptions::log_places after the scan: what in them cannot be
    /// read, and the logs that are of none of the dirty hives. For people, one a line.
    HIVELINT_API std::vector<std::string> log_notes() const;

private:
    friend std::vector<Target> discover_in(ScanRun& run,
                                           const std::vector<std::filesystem::path>& places,
                                           const DiscoveryOptions& options, ListAhead ahead);
    struct Shared;
    std::unique_ptr<Shared> shared_;
};

} // namespace hivelint
