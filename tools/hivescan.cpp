// hivescan: looks for documented misconfigurations in the users' hives below files and folders.
#include "command_line.hpp"
#include "path_list.hpp"
#include "platform/process.hpp"
#include "tool.hpp"

#include <hivelint/evidence.hpp>
#include <hivelint/report.hpp>
#include <hivelint/rules.hpp>
#include <hivelint/scan.hpp>

#include <algorithm>
#include <iterator>

using namespace hivelint;

namespace {

enum class FailOn : std::uint8_t { affected, nonstandard, never };
enum class Errors : std::uint8_t { fail, ok };

struct Options {
    std::vector<std::filesystem::path> places;
    std::string files_from;
    std::filesystem::path output;
    std::vector<const Rule*> checks; // none: all
    Format format = Format::text;
    FailOn fail_on = FailOn::affected;
    Errors errors = Errors::fail;
    std::vector<std::filesystem::path> log_places;
    bool list_skipped = false;
    Confirm confirm = Confirm::automatic;
    bool all_files = false;
    bool allow_dirty = false;
    bool quiet = false;
    bool no_logs = false;
    bool history = false;
    std::size_t jobs = 0;
    ReadMode read = ReadMode::automatic;
};

/// Takes the id of a check.
std::string take_check(const std::string& id, std::vector<const Rule*>& checks) {
    const Rule* rule = find_rule(id);
    if (rule == nullptr) {
        return "there is no check '" + id + "'";
    }
    if (std::ranges::find(checks, rule) == checks.end()) {
        checks.push_back(rule);
    }
    return {};
}

void add_options(tools::CommandLine& line, Options& options) {
    line.paths("PATH", options.places, "hives, and folders to look for hives in").value_name("");
    line.choice("--format", options.format, {{"text", Format::text}, {"jsonl", Format::jsonl}},
                "a table, or one JSON record a line");
    line.path("--output", options.output, "write the report to this file")
        .value_name("FILE")
        .not_empty();
    line.flag("--all-files", options.all_files,
              "take every file in a folder that is a hive, whatever its name");
    line.text("--files-from", options.files_from,
              "further paths, one a line or ended by NUL; - is standard input")
        .value_name("FILE")
        .not_empty();
    line.words(
            "--check", [&options](const std::string& id) { return take_check(id, options.checks); },
            "only this check; may be repeated: " + tools::check_names())
        .value_name("ID")
        .one_at_a_time();
    line.choice("--fail-on", options.fail_on,
                {{"affected", FailOn::affected},
                 {"nonstandard", FailOn::nonstandard},
                 {"never", FailOn::never}},
                "which findings give exit status 1; nonstandard: affected ones too");
    line.choice(
        "--confirm", options.confirm,
        {{"auto", Confirm::automatic}, {"always", Confirm::always}, {"never", Confirm::never}},
        std::string("when a hive is read whole and verified") +
            (second_parser().empty() ? "" : ", and given to hivex too") +
            "; auto: where there is a finding or a doubt");
    line.flag("--allow-dirty", options.allow_dirty,
              "a dirty hive, whose newest data is not known, does not make the exit status 2");
    line.choice("--errors", options.errors, {{"fail", Errors::fail}, {"ok", Errors::ok}},
                "what could not be read or settled gives exit status 2, before all findings; ok: "
                "it does not count");
    const auto no_logs =
        line.flag("--no-logs", options.no_logs,
                  "report dirty hives as they are stored: do not apply their transaction logs");
    line.log_places(options.log_places, no_logs);
    line.flag("--history", options.history,
              "also list every state the checked value passed through: as stored, and after "
              "each log entry that changed it");
    line.number("--jobs", options.jobs, 1024,
                "how many hives are read at a time; 0, the default: as many as are worth it")
        .value_name("N");
    line.choice(
        "--read", options.read,
        {{"auto", ReadMode::automatic}, {"sparse", ReadMode::sparse}, {"whole", ReadMode::whole}},
        "only the pages on the way to the value, or hives in one go; auto: in one go "
        "where a small hive lies on a spinning disk");
    line.flag(
        "--list-skipped", options.list_skipped,
        "name all that was passed over, one a line: links, archives, disk images, empty files");
    line.flag("--quiet", options.quiet, "text: leave out clear hives and the summary");
}

ScanOptions scan_options(const Options& options) {
    ScanOptions scan_options = {.rules = options.checks,
                                .confirm = options.confirm,
                                .apply_logs = !options.no_logs,
                                .history = options.history,
                                .jobs = options.jobs,
                                .read = options.read,
                                .log_places = options.log_places};
    if (scan_options.rules.empty()) {
        for (const Rule& rule : rules()) {
            scan_options.rules.push_back(&rule);
        }
    }
    return scan_options;
}

int exit_status(const Summary& summary, const Options& options) {
    const FailOn fail_on = options.fail_on;
    const auto findings = fail_on == FailOn::never      ? 0
                          : fail_on == FailOn::affected ? summary.affected
                                                        : summary.affected + summary.nonstandard;
    const bool unsettled = summary.dirty > 0 && !options.allow_dirty;
    const bool incomplete = summary.errors > 0 || summary.unknown > 0 || unsettled;
    if (incomplete && options.errors == Errors::fail) {
        return tools::kIncomplete;
    }
    if (summary.hives == 0) {
        return tools::kNothing;
    }
    return findings > 0 ? tools::kFindings : tools::kClean;
}

std::string lines_of(const std::vector<std::string>& notes) {
    std::string lines;
    for (const auto& note : notes) {
        lines += note + '\n';
    }
    return lines;
}

int scan_and_report(const Options& options) {
    std::vector<std::filesystem::path> places = options.places;
    if (!options.files_from.empty()) {
        std::ranges::move(tools::read_path_list(options.files_from), std::back_inserter(places));
    }
    ScanRun run(scan_options(options));
    PassedOver passed;
    const auto targets = run.discover(places, {.all_files = options.all_files,
                                               .passed_over = &passed,
                                               .list_passed_over = options.list_skipped});
    tools::refuse_evidence(options.output, targets);
    tools::Output output(options.output);
    const auto sink = [&output](std::string_view text) { output.write(text); };
    if (options.format == Format::jsonl) { // each record alone: by all threads
        const auto summary =
            run.scan(targets, [](const Record& record) { return json_line(record); }, sink);
        print_error(text_report(passed) + lines_of(run.log_notes()));
        return exit_status(summary, options);
    }
    const auto report =
        make_report(options.format, {.width = output.width(), .quiet = options.quiet}, sink);
    report->begin();
    const auto summary = run.scan(targets, [&](const Record& record) { report->add(record); });
    report->end(summary);
    if (!options.quiet || options.list_skipped) {
        output.write(text_report(passed));
    }
    output.write(lines_of(run.log_notes()));
    return exit_status(summary, options);
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    tools::CommandLine line(
        "hivescan", "Finds documented misconfigurations in offline Windows registry hives.");
    add_options(line, options);
    return line.run(argc, argv, [&] {
        if (options.places.empty() && options.files_from.empty()) {
            throw tools::UsageError("name a hive or a folder, or use --files-from");
        }
        return scan_and_report(options);
    });
}
