#include "hivescan/options.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace hivelint::tools {
namespace {

const std::initializer_list<std::pair<std::string_view, Format>> kFormats = {
    {"text", Format::text},         {"jsonl", Format::jsonl}, {"json", Format::json},
    {"csv", Format::csv},           {"sarif", Format::sarif}, {"junit", Format::junit},
    {"bodyfile", Format::bodyfile}, {"html", Format::html}};

/// What the reports are, and where they go.
void add_report_options(CommandLine& line, Options& options) {
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
                {{"auto", Colour::automatic}, {"always", Colour::always}, {"never", Colour::never}},
                "text: colour verdicts; auto: on a terminal, unless NO_COLOR is set");
    line.choice(
        "--progress", options.progress,
        {{"auto", ShowProgress::automatic},
         {"always", ShowProgress::always},
         {"never", ShowProgress::never}},
        "tell on standard error how far the scan is; auto: on a terminal, once it lasts longer "
        "than a second");
    line.flag("--list-skipped", options.list_skipped,
              "name all that was passed over, one a line: links, archives, disk images, empty "
              "files, hives that no rule asks "
              "about, registry exports");
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
void add_status_options(CommandLine& line, Options& options) {
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
void add_reading_options(CommandLine& line, Options& options) {
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

} // namespace

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

void add_options(CommandLine& line, Options& options) {
    line.paths("PATH", options.places,
               "hives, folders, archives and disk images to look for hives in; what lies in one: "
               "case.zip!/Users/alice")
        .value_name("");
    line.begin_group("Evidence");
    line.flag("--all-files", options.all_files,
              "take every file in a folder that is a hive, whatever its name");
    line.text("--files-from", options.files_from,
              "further paths, one a line or ended by NUL; - is standard input")
        .value_name("FILE")
        .not_empty();
    options.containers.add_to(line);
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
            .log_places = options.log_places,
            .hashes = options.hashes,
            .containers = options.containers.options()};
}

} // namespace hivelint::tools
