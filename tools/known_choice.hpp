// KnownChoice: the options that say what is known already, and so is no news.
#pragma once

#include "command_line.hpp"

#include <hivelint/known.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace hivelint::tools {

class KnownChoice {
public:
    /// Adds --baseline and --suppress. It must outlive the line.
    void add_to(CommandLine& line);

    /// Reads the files. Throws Error, and UsageError: something is wrong in them.
    void load();
    /// Null when nothing is known.
    std::function<void(Record&)> review();
    /// What there is to say behind the last record, one a line.
    std::vector<std::string> notes() const;

private:
    std::filesystem::path baseline_file_{};
    std::vector<std::filesystem::path> suppression_files_{};
    std::unique_ptr<Baseline> baseline_{};
    std::vector<std::unique_ptr<Suppressions>> suppressions_{};
};

} // namespace hivelint::tools
