// hivescan: looks for documented misconfigurations in the users' hives below files and folders.
#include "command_line.hpp"
#include "path_list.hpp"
#include "platform/process.hpp"
#include "rule_choice.hpp"
#include "tool.hpp"

#include <hivelint/evidence.hpp>
#include <hivelint/report.hpp>
#include <hivelint/scan.hpp>

#include <algorithm>
#include <iterator>

using namespace hivelint;

namespace {

enum class FailOn : std::uint8_t { finding, affected, info, nonstandard, never };
enum class Errors : std::uint8_t { fail, ok };

struct Options {
    std::vector<std::filesystem::path> places;
    std::string files_from;
    std::filesystem::path output;
    tools::RuleChoice rules;
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
    options.rules.add_to(line);
    line.choice("--fail-on", options.fail_on,
                {{"finding", FailOn::finding},
                 {"affected", FailOn::affected},
                 {"info", FailOn::info},
                 {"nonstandard", FailOn::nonstandard},
                 {"never", FailOn::never}},
                "what gives exit status 1: an affected hive by a rule of weight finding; of weight "
                "finding or review; of any weight; these, and what is nonstandard");
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
    return {.rules = options.rules.rules(),
            .confirm = options.confirm,
            .apply_logs = !options.no_logs,
            .history = options.history,
            .jobs = options.jobs,
            .read = options.read,
            .log_places = options.log_places};
}

/// Hives of the kinds that the rules are about, and only these.
DiscoveryOptions discovery_for(const std::vector<RulePtr>& rules) {
    DiscoveryOptions discovery = {.users = false};
    for (const auto& rule : rules) {
        const std::string name(file_name_of(rule->hive));
        if (rule->hive == HiveKind::user) {
            discovery.users = true;
        } else if (std::ranges::find(discovery.also, name) == discovery.also.end()) {
            discovery.also.push_back(name);
        }
    }
    return discovery;
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
    const auto asked = scan_options(options);
    ScanRun run(asked);
    PassedOver passed;
    auto discovery = discovery_for(asked.rules);
    discovery.all_files = options.all_files;
    discovery.passed_over = &passed;
    discovery.list_passed_over = options.list_skipped;
    const auto targets = run.discover(places, discovery);
    tools::refuse_evidence(options.output, targets);
    tools::Output output(options.output);
    const auto sink = [&output](std::string_view text) { output.write(text); };
    if (options.format == Format::jsonl) { // each record alone: by all threads
        const auto summary =
            run.scan(targets, [](const Record& record) { return json_line(record); }, sink);
        print_error(text_report(passed) + lines_of(run.log_notes()));
        return exit_status(summary, options);
    }
    const auto report = make_report(
        options.format,
        {.width = output.width(), .quiet = options.quiet, .several_rules = asked.rules.size() > 1},
        sink);
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
        if (options.rules.tells()) {
            return options.rules.tell(options.format == Format::jsonl);
        }
        if (options.places.empty() && options.files_from.empty()) {
            throw tools::UsageError("name a hive or a folder, or use --files-from");
        }
        return scan_and_report(options);
    });
}
