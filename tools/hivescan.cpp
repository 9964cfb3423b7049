// hivescan: looks for documented misconfigurations in the users' hives below files and folders.
#include "path_list.hpp"
#include "tool.hpp"

#include <hivelint/evidence.hpp>
#include <hivelint/report.hpp>
#include <hivelint/rules.hpp>
#include <hivelint/scan.hpp>

#include <algorithm>
#include <iterator>
#include <map>

using namespace hivelint;

namespace {

enum class Format : std::uint8_t { text, jsonl };
enum class FailOn : std::uint8_t { affected, nonstandard, never };

struct Options {
    std::vector<std::filesystem::path> places;
    std::string files_from;
    std::filesystem::path output;
    std::vector<std::string> checks;
    Format format = Format::text;
    FailOn fail_on = FailOn::affected;
    Confirm confirm = Confirm::automatic;
    bool all_files = false;
    bool quiet = false;
};

void add_options(CLI::App& app, Options& options) {
    std::vector<std::string> ids;
    std::ranges::transform(rules(), std::back_inserter(ids),
                           [](const Rule& rule) { return std::string(rule.id); });
    static const std::map<std::string, Format> kFormats = {{"text", Format::text},
                                                           {"jsonl", Format::jsonl}};
    static const std::map<std::string, FailOn> kLevels = {{"affected", FailOn::affected},
                                                          {"nonstandard", FailOn::nonstandard},
                                                          {"never", FailOn::never}};
    static const std::map<std::string, Confirm> kConfirms = {
        {"auto", Confirm::automatic}, {"always", Confirm::always}, {"never", Confirm::never}};
    app.add_option("PATH", options.places, "hives, and folders to look for hives in");
    app.add_option("--format", options.format, "text or jsonl (one JSON record a line)")
        ->transform(CLI::CheckedTransformer(kFormats));
    app.add_option("--output", options.output, "write the report to this file");
    app.add_flag(
        "--all-files", options.all_files,
        "look at every file in a folder, whatever its name, and take those that are hives");
    app.add_option("--files-from", options.files_from,
                   "read further paths from a file, '-' for standard input; separated by NUL or "
                   "newline");
    app.add_option("--check", options.checks, "only this check (may be repeated)")
        ->check(CLI::IsMember(ids));
    app.add_option("--fail-on", options.fail_on,
                   "which findings give exit status 1: affected, nonstandard (and affected), never")
        ->transform(CLI::CheckedTransformer(kLevels));
    app.add_option(
           "--confirm", options.confirm,
           "read whole, verify and ask hivex too: auto (findings and doubts), always, never")
        ->transform(CLI::CheckedTransformer(kConfirms));
    app.add_flag("--quiet", options.quiet, "text: leave out clear hives and the summary");
}

ScanOptions scan_options(const Options& options) {
    ScanOptions scan_options;
    scan_options.confirm = options.confirm;
    for (const Rule& rule : rules()) {
        if (options.checks.empty() ||
            std::ranges::find(options.checks, rule.id) != options.checks.end()) {
            scan_options.rules.push_back(&rule);
        }
    }
    return scan_options;
}

int exit_status(const Summary& summary, FailOn fail_on) {
    const auto findings = fail_on == FailOn::never      ? 0
                          : fail_on == FailOn::affected ? summary.affected
                                                        : summary.affected + summary.nonstandard;
    if (summary.errors > 0 || summary.unknown > 0) {
        return tools::kIncomplete;
    }
    if (summary.hives == 0) {
        return tools::kNothing;
    }
    return findings > 0 ? tools::kFindings : tools::kClean;
}

int scan_and_report(const Options& options) {
    std::vector<std::filesystem::path> places = options.places;
    if (!options.files_from.empty()) {
        std::ranges::move(tools::read_path_list(options.files_from), std::back_inserter(places));
    }
    tools::Output output(options.output);
    const auto targets = discover(places, {.all_files = options.all_files});
    std::vector<Record> records; // text only: findings come first, JSON Lines need none kept
    const auto summary = scan(targets, scan_options(options), [&](const Record& record) {
        if (options.format == Format::jsonl) {
            output.write(json_line(record));
        } else {
            records.push_back(record);
        }
    });
    if (options.format == Format::text) {
        output.write(text_report(records, {.width = output.width(), .quiet = options.quiet}));
    }
    return exit_status(summary, options.fail_on);
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("Finds documented misconfigurations in offline Windows registry hives.",
                 "hivescan");
    add_options(app, options);
    return tools::run(app, argc, argv, [&] {
        if (options.places.empty() && options.files_from.empty()) {
            throw Error(ErrorCode::invalid_argument,
                        "name a hive or a folder, or use --files-from");
        }
        return scan_and_report(options);
    });
}
