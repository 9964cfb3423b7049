// What all tools do alike: options, output, exit status.
#pragma once

#include <hivelint/evidence.hpp>

#include "platform/file.hpp"

#include <CLI/CLI.hpp>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

/// An option that takes one of a few words, each of which stands for a value.
template<typename T>
CLI::Option* add_choice(CLI::App& app, const std::string& name, T& chosen,
                        std::initializer_list<std::pair<std::string_view, T>> words,
                        const std::string& help) {
    std::string names;
    for (const auto& [word, value] : words) {
        names += names.empty() ? "" : "|";
        names += word;
    }
    const std::vector<std::pair<std::string_view, T>> choices(words);
    const auto choose = [&chosen, choices, name, names](const std::string& given) {
        for (const auto& [word, value] : choices) {
            if (word == given) {
                chosen = value;
                return;
            }
        }
        throw CLI::ValidationError(name, "'" + given + "' is none of " + names);
    };
    return app.add_option_function<std::string>(name, choose, help)->type_name(names);
}

/// A check of an option: what is wrong with the word, if it is no name of a file.
std::string not_empty(const std::string& word);

/// The ids of all checks, for --help.
std::string check_names();

/// Reports must not land on evidence by a slip of the keyboard. Throws hivelint::Error when
/// `output` is one of `targets`, or a hive by its name or content.
void refuse_evidence(const std::filesystem::path& output, std::span<const Target> targets);

/// Where a tool's report goes: standard output or a file.
class Output {
public:
    /// No `path`: standard output. A file is made or replaced; see refuse_evidence().
    /// Throws hivelint::Error when it cannot be.
    explicit Output(const std::filesystem::path& path);

    /// Throws hivelint::Error when not all of it can be written.
    void write(std::string_view text);
    /// Columns of the terminal; 0 when it is none.
    std::size_t width() const;

private:
    Handle handle() const;

    File file_; ///< none: standard output
};

} // namespace hivelint::tools
