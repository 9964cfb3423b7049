// What hivescan can be told.
#pragma once

#include "command_line.hpp"
#include "container_choice.hpp"
#include "known_choice.hpp"
#include "progress.hpp"
#include "reports.hpp"
#include "rule_choice.hpp"

#include <hivelint/report.hpp>
#include <hivelint/scan.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace hivelint::tools {

enum class FailOn : std::uint8_t { finding, affected, info, nonstandard, never };
enum class Errors : std::uint8_t { fail, ok };

/// What hivescan was told.
struct Options {
    std::vector<std::filesystem::path> places;
    std::string files_from;
    std::filesystem::path output; ///< in `format`; none: it is printed
    std::vector<std::pair<Format, std::filesystem::path>> outputs; ///< besides
    std::string case_id, examiner;
    bool reproducible = false;
    RuleChoice rules;
    KnownChoice known;
    ContainerChoice containers;
    std::vector<HashKind> hashes;
    std::string take_hash(const std::string& word);
    bool host = false;
    Format format = Format::text;
    FailOn fail_on = FailOn::affected;
    Errors errors = Errors::fail;
    std::vector<std::filesystem::path> log_places;
    bool list_skipped = false;
    bool summary = false;
    Colour colour = Colour::automatic;
    ShowProgress progress = ShowProgress::automatic;
    Confirm confirm = Confirm::automatic;
    bool all_files = false;
    bool allow_dirty = false;
    bool quiet = false;
    std::string take_output(const std::string& word);
    bool no_logs = false;
    bool history = false;
    std::size_t jobs = 0;
    ReadMode read = ReadMode::automatic;
};

/// It must outlive the line.
void add_options(CommandLine& line, Options& options);

/// What of it concerns the scan itself.
ScanOptions scan_options(const Options& options);

} // namespace hivelint::tools
