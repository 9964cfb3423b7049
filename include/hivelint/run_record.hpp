/// \file
/// RunRecord: what a run of fixes changes, kept so that all of it can be taken back; and the same
/// for a plan that is to be carried out later.
///
/// JSON Lines (schema `hivelint-run/1`): a line for the run, one for each change, durable before
/// that change begins, one for each change that came to nothing, and a last one with the counts. A
/// run that was cut off has no last line.
#pragma once

#include <hivelint/error.hpp>
#include <hivelint/export.hpp>
#include <hivelint/patch.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hivelint {

/// What a record tells of.
enum class RunKind : std::uint8_t {
    fix,  ///< changes that were made, or were about to be
    plan, ///< changes that can be made
};
/// `fix`, `plan`
HIVELINT_API std::string_view to_string(RunKind kind) noexcept;

/// A run, as its record and reports name it.
struct RunHeader {
    RunKind kind = RunKind::fix;        ///< what the record tells of
    std::string id;                     ///< see new_run_id()
    std::string tool;                   ///< program and version
    regf::FileTime time;                ///< when the run began
    std::vector<std::string> arguments; ///< of the program
};

/// A name for a run: its time (UTC) and 8 hexadecimal digits that are another run's by chance only.
HIVELINT_API std::string new_run_id(regf::FileTime time);

/// How a run ended.
struct RunCounts {
    std::uint64_t hives = 0;         ///< looked at
    std::uint64_t fixed = 0;         ///< changed, or copied with the change in it
    std::uint64_t would_fix = 0;     ///< by a dry run
    std::uint64_t nothing_to_do = 0; ///< the condition was not there
    std::uint64_t refused = 0;       ///< left alone, with a reason
    std::uint64_t left = 0;          ///< findings that stay in hives that were not refused
    bool interrupted = false;        ///< asked to stop before it was through
    std::optional<Error> unsealed{}; ///< why the record has no last line; all changes are in it
};

/// Writes the record of a run. For several threads at once.
class RunRecord {
public:
    /// Makes no file yet: the first change does, readable for its owner only. The record of a run
    /// that was cut off is gone on with.
    HIVELINT_API RunRecord(std::filesystem::path path, RunHeader header);
    HIVELINT_API ~RunRecord();
    RunRecord(const RunRecord&) = delete;
    RunRecord& operator=(const RunRecord&) = delete;

    /// Where the record is, or will be.
    HIVELINT_API const std::filesystem::path& path() const;
    /// The run.
    HIVELINT_API const RunHeader& header() const;

    /// The record must not lie in this folder (empty: the current one) or below it: what lies in
    /// `Users\Default` is copied into every new profile.
    HIVELINT_API void keep_out_of(const std::filesystem::path& folder);
    /// Why the next change cannot be recorded, as far as that can be told without writing: its
    /// place is one to keep out of (invalid_argument), is not there or not writable, or has another
    /// file already.
    HIVELINT_API std::optional<Error> problem() const;

    /// Adds a change durably, and reads it back. `place`: how many bytes at the front of its
    /// absolute path name the place that was looked in; see Target::named. Throws Error as
    /// problem() says, already_exists, and what writing files throws.
    HIVELINT_API void add(const Patch& patch, std::size_t place);
    /// That the change of the file was not made after all, or was taken back.
    HIVELINT_API void withdraw(const Patch& patch, std::string_view reason);
    /// Ends a record that has a change in it; one whose changes all came to nothing is removed.
    HIVELINT_API void seal(const RunCounts& counts);
    /// Whether there is a file.
    HIVELINT_API bool begun() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// A change in a record that was kept.
struct SavedChange {
    Patch patch;           ///< as it was made
    std::size_t place = 1; ///< Target::named of its path, which is absolute
};

/// Reads a record: of a run, or one of a single fix as versions before 0.1 wrote them (schema
/// `hivelint-undo/1`). Changes that came to nothing are left out.
class SavedRun {
public:
    /// Throws Error invalid_argument: no record; and what reading files throws. A last line that is
    /// not complete belongs to a change that was not begun.
    HIVELINT_API explicit SavedRun(const std::filesystem::path& path);
    HIVELINT_API ~SavedRun();
    SavedRun(const SavedRun&) = delete;
    SavedRun& operator=(const SavedRun&) = delete;

    /// As it was given.
    HIVELINT_API const std::filesystem::path& path() const;
    /// The run; of a single fix, its tool and time.
    HIVELINT_API const RunHeader& header() const;
    /// It ends with the counts.
    HIVELINT_API bool sealed() const;
    /// The file belongs to whom this process runs as, or to the system's administrator. One of
    /// somebody else may name any file: it is carried out only where its user says so.
    HIVELINT_API bool trusted() const;
    /// Number of changes.
    HIVELINT_API std::size_t size() const;
    /// The change of that number, from 0 on. Throws Error invalid_argument: the line is damaged.
    HIVELINT_API SavedChange change(std::size_t number) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The patch in the record of a single fix, or in the line of a change. Throws Error
/// invalid_argument: not such a text.
HIVELINT_API Patch parse_undo_record(std::string_view text);

} // namespace hivelint
