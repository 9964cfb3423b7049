// hivescan: looks for documented misconfigurations in the users' hives below files and folders.
#include "command_line.hpp"
#include "known_choice.hpp"
#include "path_list.hpp"
#include "platform/process.hpp"
#include "progress.hpp"
#include "reports.hpp"
#include "rule_choice.hpp"
#include "tool.hpp"

#include <hivelint/evidence.hpp>
#include <hivelint/report.hpp>
#include <hivelint/scan.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <stop_token>
#include <utility>

using namespace hivelint;

namespace {

const std::initializer_list<std::pair<std::string_view, Format>> kFormats = {
    {"text", Format::text},         {"jsonl", Format::jsonl}, {"json", Format::json},
    {"csv", Format::csv},           {"sarif", Format::sarif}, {"junit", Format::junit},
    {"bodyfile", Format::bodyfile}, {"html", Format::html}};

enum class FailOn : std::uint8_t { finding, affected, info, nonstandard, never };
enum class Errors : std::uint8_t { fail, ok };

struct Options {
    std::vector<std::filesystem::path> places;
    std::string files_from;
    std::filesystem::path output; ///< in `format`; none: it is printed
    std::vector<std::pair<Format, std::filesystem::path>> outputs; ///< besides
    std::string case_id, examiner;
    bool reproducible = false;
    tools::RuleChoice rules;
    tools::KnownChoice known;
    std::vector<HashKind> hashes;
    std::string take_hash(const std::string& word);
    bool host = false;
    Format format = Format::text;
    FailOn fail_on = FailOn::affected;
    Errors errors = Errors::fail;
    std::vector<std::filesystem::path> log_places;
    bool list_skipped = false;
    bool summary = false;
    tools::Colour colour = tools::Colour::automatic;
    tools::ShowProgress progress = tools::ShowProgress::automatic;
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

std::string Options::take_hash(const std::string& word) {
    const auto kind = hash_kind_from_string(word);
    if (!kind) {
        return "--hash: there are sha256, sha1 and md5";
    }
    hashes.push_back(*kind);
    std::ranges::sort(hashes);
    const auto doubled = std::ranges::unique(hashes);
    hashes.erase(doubled.begin(), doubled.end());
    return {};
}

/// `FORMAT=FILE` or `FILE`.
std::string Options::take_output(const std::string& word) {
    const auto equals = word.find('=');
    const auto named =
        equals == std::string::npos ? std::nullopt : format_from_string(word.substr(0, equals));
    const auto file = named ? word.substr(equals + 1) : word;
    if (file.empty()) {
        return "--output names no file";
    }
    if (named) {
        outputs.emplace_back(*named, file);
    } else if (!output.empty()) {
        return "--output is given twice without a format";
    } else if (file != "-") {
        output = file;
    }
    return {};
}

/// What the reports are, and where they go.
void add_report_options(tools::CommandLine& line, Options& options) {
    line.begin_group("Reports");
    line.choice(
        "--format", options.format, kFormats,
        "a table; one JSON record a line; one JSON document; rows for a spreadsheet; for code "
        "scanning; for CI; for a timeline; a page for people");
    line.words(
            "--output", [&options](const std::string& word) { return options.take_output(word); },
            "write the report to this file, which gets its name when it is whole; FORMAT=FILE: in "
            "that format, besides what is printed; may be repeated")
        .value_name("FILE")
        .one_at_a_time();
    line.flag("--summary", options.summary,
              "text: in place of the table, how many of what there are by rule, state, user and "
              "folder");
    line.flag("--quiet", options.quiet,
              "text: leave out clear hives and the summary; and no progress is shown");
    line.choice("--color", options.colour,
                {{"auto", tools::Colour::automatic},
                 {"always", tools::Colour::always},
                 {"never", tools::Colour::never}},
                "text: colour verdicts; auto: on a terminal, unless NO_COLOR is set");
    line.choice(
        "--progress", options.progress,
        {{"auto", tools::ShowProgress::automatic},
         {"always", tools::ShowProgress::always},
         {"never", tools::ShowProgress::never}},
        "tell on standard error how far the scan is; auto: on a terminal, once it lasts longer "
        "than a second");
    line.flag(
        "--list-skipped", options.list_skipped,
        "name all that was passed over, one a line: links, archives, disk images, empty files");
    line.words(
            "--hash", [&options](const std::string& word) { return options.take_hash(word); },
            "sha256, sha1 or md5 of each hive and of the logs beside it, with size, inode and "
            "times "
            "of the file, in its record; may be repeated")
        .value_name("KIND")
        .one_at_a_time();
    line.text("--case", options.case_id, "a case's number, for the head of the report")
        .value_name("ID")
        .not_empty();
    line.text("--examiner", options.examiner, "a name, for the head of the report")
        .value_name("NAME")
        .not_empty();
    line.flag("--host", options.host, "name this machine in the head of the report");
    line.flag("--reproducible", options.reproducible,
              "leave out of the report what another run of the same evidence would say otherwise: "
              "times of the run");
}

/// What the exit status goes by.
void add_status_options(tools::CommandLine& line, Options& options) {
    line.begin_group("Exit status");
    line.choice("--fail-on", options.fail_on,
                {{"finding", FailOn::finding},
                 {"affected", FailOn::affected},
                 {"info", FailOn::info},
                 {"nonstandard", FailOn::nonstandard},
                 {"never", FailOn::never}},
                "what gives exit status 1: an affected hive by a rule of severity finding; of "
                "severity finding or review; of any severity; these, and what is nonstandard");
    options.known.add_to(line);
    line.flag("--allow-dirty", options.allow_dirty,
              "a dirty hive, whose newest data is not known, does not make the exit status 2");
    line.choice("--errors", options.errors, {{"fail", Errors::fail}, {"ok", Errors::ok}},
                "what could not be read or settled gives exit status 2, before all findings; ok: "
                "it does not count");
}

/// How hives are read.
void add_reading_options(tools::CommandLine& line, Options& options) {
    line.begin_group("Reading");
    line.choice(
        "--confirm", options.confirm,
        {{"auto", Confirm::automatic}, {"always", Confirm::always}, {"never", Confirm::never}},
        std::string("when a hive is read whole and verified") +
            (second_parser().empty() ? "" : ", and given to hivex too") +
            "; auto: where there is a finding or a doubt");
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
}

void add_options(tools::CommandLine& line, Options& options) {
    line.paths("PATH", options.places, "hives, and folders to look for hives in").value_name("");
    line.begin_group("Evidence");
    line.flag("--all-files", options.all_files,
              "take every file in a folder that is a hive, whatever its name");
    line.text("--files-from", options.files_from,
              "further paths, one a line or ended by NUL; - is standard input")
        .value_name("FILE")
        .not_empty();
    line.begin_group("Rules");
    options.rules.add_to(line);
    options.rules.add_telling_to(line);
    add_report_options(line, options);
    add_status_options(line, options);
    add_reading_options(line, options);
}

ScanOptions scan_options(const Options& options) {
    return {.rules = options.rules.rules(),
            .confirm = options.confirm,
            .apply_logs = !options.no_logs,
            .history = options.history,
            .jobs = options.jobs,
            .read = options.read,
            .log_places = options.log_places};
}

std::uint64_t findings_of(const Summary& summary, FailOn fail_on) {
    switch (fail_on) {
    case FailOn::finding: return summary.affected - summary.to_review - summary.for_info;
    case FailOn::affected: return summary.affected - summary.for_info;
    case FailOn::info: return summary.affected;
    case FailOn::nonstandard: return summary.affected + summary.nonstandard;
    case FailOn::never: break;
    }
    return 0;
}

int exit_status(const Summary& summary, const Options& options) {
    const auto findings = findings_of(summary, options.fail_on);
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

std::string as_lines(const std::vector<std::string>& notes) {
    std::string lines;
    for (const auto& note : notes) {
        lines += note + '\n';
    }
    return lines;
}

ReportRun run_of(const Options& options, const std::vector<RulePtr>& rules,
                 const std::vector<std::string>& arguments) {
    ReportRun run = {.tool = "hivescan", .arguments = arguments, .rules = rules};
    if (!options.reproducible) {
        run.start = regf::FileTime::now();
    }
    if (!options.case_id.empty()) {
        run.case_id = options.case_id;
    }
    if (options.host) {
        run.host = host_name();
    }
    if (!options.examiner.empty()) {
        run.examiner = options.examiner;
    }
    return run;
}

/// Ctrl-C ends the scan in order.
void stop_if_interrupted(std::stop_source& stop) {
    if (interrupted()) {
        stop.request_stop();
    }
}

void refuse_what_does_not_fit(const Options& options) {
    if (options.summary && options.format != Format::text) {
        throw tools::UsageError("--summary is a form of text: it goes with no --format");
    }
}

int scan_and_report(Options& options, const std::vector<std::string>& arguments) {
    std::vector<std::filesystem::path> places = options.places;
    if (!options.files_from.empty()) {
        std::ranges::move(tools::read_path_list(options.files_from), std::back_inserter(places));
    }
    refuse_what_does_not_fit(options);
    auto asked = scan_options(options);
    options.known.load();
    tools::Progress progress(options.quiet ? tools::ShowProgress::never : options.progress);
    asked.review = [&progress, review = options.known.review()](Record& record) {
        if (review) {
            review(record);
        }
        progress.count(record);
    };
    asked.hashes = options.hashes;
    std::stop_source stop;
    catch_interrupts();
    asked.stop = stop.get_token();
    asked.progress = [&](std::size_t done, std::size_t all) {
        progress.tell(done, all);
        stop_if_interrupted(stop);
    };
    ScanRun run(asked);
    PassedOver passed;
    auto discovery = tools::discovery_for(asked.rules);
    discovery.all_files = options.all_files;
    discovery.passed_over = &passed;
    discovery.list_passed_over = options.list_skipped;
    discovery.stop = stop.get_token();
    discovery.progress = [&](std::uint64_t folders) {
        progress.tell_folders(folders);
        stop_if_interrupted(stop);
    };
    const auto targets = run.discover(places, discovery);
    tools::Reports reports({.quiet = options.quiet,
                            .several_rules = asked.rules.size() > 1,
                            .summary = options.summary},
                           options.colour, targets);
    for (const auto& [format, path] : options.outputs) {
        reports.open(format, path);
    }
    auto& main_output = reports.open(options.format, options.output);
    reports.begin(run_of(options, asked.rules, arguments));
    Summary summary;
    if (options.format == Format::jsonl && options.outputs.empty()) { // each alone: by all threads
        summary = run.scan(
            targets, [](const Record& record) { return json_line(record); },
            [&](std::string_view line) { main_output.write(line); });
    } else {
        summary = run.scan(targets, [&](const Record& record) { reports.add(record); });
    }
    progress.clear();
    ReportEnd end = {.summary = summary,
                     .passed_over = passed,
                     .notes = run.log_notes(),
                     .complete = summary.left == 0 && !interrupted()};
    if (end.complete) {
        std::ranges::move(options.known.notes(), std::back_inserter(end.notes));
    }
    if (!options.reproducible) {
        end.time = regf::FileTime::now();
    }
    reports.end(end);
    const auto beside =
        (!options.quiet || options.list_skipped ? text_report(passed) : "") + as_lines(end.notes);
    options.format == Format::text ? main_output.write(beside) : print_error(beside);
    if (!end.complete) {
        print_error(fmt::format("hivescan: interrupted, {} hives were not looked at; no report was "
                                "written to a file\n",
                                summary.left));
        return interrupted_status();
    }
    reports.publish();
    return exit_status(summary, options);
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    tools::CommandLine line(
        "hivescan", "Finds documented misconfigurations in offline Windows registry hives.",
        "  hivescan image                                      a mounted image, or a folder\n"
        "  hivescan --output csv=r.csv --output html=r.html .  with reports in files\n"
        "  hivescan --pack outlook-connectivity image          with other rules\n");
    add_options(line, options);
    line.add_status("130 Ctrl-C (128 and the signal's number)");
    return line.run(argc, argv, [&] {
        if (options.rules.tells()) {
            if (!options.places.empty() || !options.files_from.empty() || !options.output.empty() ||
                !options.outputs.empty()) {
                throw tools::UsageError(
                    "--list-rules, --explain and --check-rules scan nothing: no "
                    "PATH, --files-from or --output goes with them");
            }
            return options.rules.tell(options.format == Format::jsonl);
        }
        if (options.places.empty() && options.files_from.empty()) {
            throw tools::UsageError("name a hive or a folder, or use --files-from");
        }
        return scan_and_report(options, arguments_of(argc, argv));
    });
}
