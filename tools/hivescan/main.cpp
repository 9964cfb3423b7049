// hivescan: looks for documented misconfigurations in hives, and below folders.
#include "hivescan/options.hpp"
#include "path_list.hpp"
#include "platform/process.hpp"
#include "tool.hpp"

#include <hivelint/evidence.hpp>

#include <fmt/core.h>

#include <iterator>
#include <stop_token>
#include <utility>

namespace hivelint::tools {
namespace {

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
        return kIncomplete;
    }
    if (summary.hives == 0) {
        return kNothing;
    }
    return findings > 0 ? kFindings : kClean;
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
        throw UsageError("--summary is a form of text: it goes with no --format");
    }
}

int scan_and_report(Options& options, const std::vector<std::string>& arguments) {
    std::vector<std::filesystem::path> places = options.places;
    if (!options.files_from.empty()) {
        std::ranges::move(read_path_list(options.files_from), std::back_inserter(places));
    }
    refuse_what_does_not_fit(options);
    auto asked = scan_options(options);
    options.known.load();
    Progress progress(options.quiet ? ShowProgress::never : options.progress);
    asked.review = [&progress, review = options.known.review()](Record& record) {
        if (review) {
            review(record);
        }
        progress.count(record);
    };
    std::stop_source stop;
    catch_interrupts();
    asked.stop = stop.get_token();
    asked.progress = [&](std::size_t done, std::size_t all) {
        progress.tell(done, all);
        stop_if_interrupted(stop);
    };
    auto discovery = discovery_for(asked.rules);
    discovery.all_files = options.all_files;
    asked.inside = discovery;
    ScanRun run(asked);
    PassedOver passed;
    discovery.passed_over = &passed;
    discovery.list_passed_over = options.list_skipped;
    discovery.stop = stop.get_token();
    discovery.progress = [&](std::uint64_t folders) {
        progress.tell_folders(folders);
        stop_if_interrupted(stop);
    };
    discovery.containers = options.containers.open();
    const auto targets = run.discover(places, discovery);
    Reports reports({.quiet = options.quiet,
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
} // namespace hivelint::tools

int main(int argc, char** argv) {
    using namespace hivelint::tools;
    Options options;
    CommandLine line(
        "hivescan", "Finds documented misconfigurations in offline Windows registry hives.",
        "  hivescan image                                      a mounted image, or a folder\n"
        "  hivescan --output csv=r.csv --output html=r.html .  with reports in files\n"
        "  hivescan --pack outlook-connectivity image          with other rules\n");
    add_options(line, options);
    line.add_status("130 Ctrl-C (128 and the signal's number)");
    return line.run(argc, argv, [&] {
        if (options.rules.tells()) {
            const auto other = line.given_besides({"--list-rules", "--explain", "--check-rules",
                                                   "--check", "--pack", "--rules", "--format"});
            if (!other.empty()) {
                throw UsageError("--list-rules, --explain and --check-rules scan nothing: " +
                                 other + " does not go with them");
            }
            return options.rules.tell(options.format == hivelint::Format::jsonl);
        }
        if (options.places.empty() && options.files_from.empty()) {
            throw UsageError("name a hive or a folder, or use --files-from");
        }
        return scan_and_report(options, hivelint::arguments_of(argc, argv));
    });
}
