// What hivefix can be told to do; each has its own options.
#pragma once

#include "command_line.hpp"

#include <hivelint/apply.hpp>
#include <hivelint/evidence.hpp>
#include <hivelint/fix.hpp>
#include <hivelint/report.hpp>
#include <hivelint/run_record.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hivelint::tools {

/// The words of the command line behind the mode's name. The exit status.
int run_fix(std::vector<std::string> words);
int run_apply(std::vector<std::string> words);
int run_undo(std::vector<std::string> words);
int run_recover(std::vector<std::string> words);
int run_show(std::vector<std::string> words);

/// Where the record of a run goes: options that fix and apply share.
class RecordOptions {
public:
    void add_to(CommandLine& line);
    /// Not together with the other.
    void exclude(Option& other) const;
    /// The record of such a run; absent when none is to be kept.
    std::unique_ptr<RunRecord> make(const RunHeader& header) const;

private:
    std::filesystem::path file_;
    std::filesystem::path folder_ = ".";
    bool none_ = false;
    std::vector<Option> options_;
};

void add_format(CommandLine& line, Format& format);

/// A run that begins now.
RunHeader new_run(RunKind kind, const std::vector<std::string>& words);

/// Recovers what discover() found in `places`, and gives what was done, or could not be, to `tell`.
/// Whether all went well.
bool recover_all(const std::vector<Target>& targets, const RecoverOptions& options,
                 const std::function<void(const RecoveredHive&)>& tell);

/// The exit status of a run of fixes.
int exit_status(const RunCounts& counts);

} // namespace hivelint::tools
