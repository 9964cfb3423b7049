// What all tools do alike: options, output, exit status.
#pragma once

#include <CLI/CLI.hpp>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace hivelint::tools {

/// The exit status, the same for every tool.
enum ExitStatus : int {
    kClean = 0,
    kFindings = 1,   ///< at least one finding at or above the --fail-on level
    kIncomplete = 2, ///< something could not be read or done
    kNothing = 3,    ///< nothing to look at
};

/// Lines for the end of --help.
inline constexpr std::string_view kExitHelp =
    "Exit status: 0 clean; 1 findings; 2 something could not be read or done; "
    "3 nothing to look at.";

/// Parses the options into what `app` was told, then runs `job`. What --help and --version print,
/// wrong options and errors become text and exit status here.
int run(CLI::App& app, int argc, char** argv, const std::function<int()>& job);

/// Where a tool's report goes: standard output or a file.
class Output {
public:
    /// No `path`: standard output. A file is made or replaced, but never a hive.
    /// Throws hivelint::Error when it cannot be.
    explicit Output(const std::filesystem::path& path);
    ~Output();
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    /// Throws hivelint::Error when not all of it can be written.
    void write(std::string_view text);
    /// Columns of the terminal; 0 when it is none.
    std::size_t width() const;

private:
    int descriptor_;
    bool is_file_;
};

} // namespace hivelint::tools
