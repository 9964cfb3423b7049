// What all tools do alike: output, exit status.
#pragma once

#include <hivelint/evidence.hpp>

#include "change/new_file.hpp"
#include "platform/file.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace hivelint::tools {

/// The exit status, the same for every tool.
enum ExitStatus : int {
    kClean = 0,
    kFindings = 1,   ///< at least one finding at or above the --fail-on level
    kIncomplete = 2, ///< something could not be read or done
    kNothing = 3,    ///< nothing to look at
    kUsage = 64,     ///< wrong options: nothing was looked at
};

/// Lines for the end of --help.
inline constexpr std::string_view kExitHelp =
    "Exit status: 0 clean; 1 findings; 2 something could not be read or done; "
    "3 nothing to look at; 64 wrong options";

/// The words on the command line do not go together: status kUsage.
class UsageError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Thrown by what writes: standard output is a pipe that nobody reads any more.
class ReaderGone {};

/// The ids of all checks, for --help.
std::string check_names();

/// Reports must not land on evidence by a slip of the keyboard. Throws hivelint::Error when
/// `output` is one of `targets`, or a hive by its name or content.
void refuse_evidence(const std::filesystem::path& output, std::span<const Target> targets);

/// Where a tool's report goes: standard output or a file.
class Output {
public:
    /// No `path`: standard output. A file is written beside its name; see refuse_evidence(). Throws
    /// hivelint::Error when it cannot be.
    explicit Output(const std::filesystem::path& path);
    /// Removes a file that has not got its name.
    ~Output();
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    /// Throws hivelint::Error when not all of it can be written.
    void write(std::string_view text);
    /// Gives the file its name, now that it is whole; one that had it before is replaced. Throws
    /// hivelint::Error when it cannot be.
    void publish();
    /// Columns of the terminal; 0 when it is none.
    std::size_t width() const;

private:
    Handle handle() const;

    File file_; ///< neither this nor the next: standard output
    std::unique_ptr<NewFile> new_file_;
};

} // namespace hivelint::tools
