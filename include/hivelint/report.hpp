/// \file
/// Reports: writers from records to text and JSON. They return strings and print nothing.
#pragma once

#include <hivelint/evidence.hpp>
#include <hivelint/export.hpp>
#include <hivelint/fix.hpp>
#include <hivelint/inspect.hpp>
#include <hivelint/replay.hpp>
#include <hivelint/rules.hpp>
#include <hivelint/scan.hpp>
#include <hivelint/undo.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hivelint {

/// One line of JSON (schema hivelint/1, no newline inside) with a newline at its end. A path that
/// is not UTF-8 has U+FFFD for each wrong byte in `path`, and all its bytes in hexadecimal in
/// `path_bytes`.
HIVELINT_API std::string json_line(const Record& record);

/// The same with a `fix` object in it: what was done about the record's finding, and by which run.
HIVELINT_API std::string json_line(const FixedHive& hive, const RunHeader& run);
/// What became of a change in a record, as one line of JSON (schema hivelint-undo/2) with a newline
/// at its end.
HIVELINT_API std::string json_line(const UndoneHive& hive, const SavedRun& record);
/// What a recovery did, as one line of JSON (schema hivelint-recovery/1) with a newline at its end.
HIVELINT_API std::string json_line(const RecoveredHive& hive);

/// The same as text for people: a line, and what has to be said of it below.
HIVELINT_API std::string text_report(const UndoneHive& hive);
/// Likewise, of a recovery.
HIVELINT_API std::string text_report(const RecoveredHive& hive);

/// What was passed over, as text for people; empty when nothing was.
HIVELINT_API std::string text_report(const PassedOver& passed);

/// What a rule means, why it is bad, and how it is mended by hand and by hivefix, for people.
HIVELINT_API std::string explained(const Rule& rule);
/// The rules of packs as a table for people; `width` as ReportOptions::width.
HIVELINT_API std::string text_report(std::span<const RulePack> packs, std::size_t width);
/// The same, one JSON object (schema hivelint-rule/1) a line.
HIVELINT_API std::string json_lines(std::span<const RulePack> packs);

/// The forms in which records are written.
enum class Format : std::uint8_t {
    text,     ///< a table for people
    jsonl,    ///< one JSON record a line
    json,     ///< one JSON document (schema hivelint-report/1): the run, the records, its end
    csv,      ///< RFC 4180, a row for each finding; the first columns are RECmd's
    sarif,    ///< SARIF 2.1.0, a result for each finding, for code scanning
    junit,    ///< JUnit XML, a suite for each hive, for CI
    bodyfile, ///< The Sleuth Kit's body file, version 3, for timelines
    html,     ///< one page for people
};
/// `text`, `jsonl`, `json`, `csv`, `sarif`, `junit`, `bodyfile`, `html`
HIVELINT_API std::string_view to_string(Format format) noexcept;
/// The format of that word; absent when there is none.
HIVELINT_API std::optional<Format> format_from_string(std::string_view word) noexcept;

/// How reports look.
struct ReportOptions {
    /// text: columns of the terminal; longer paths are shortened in their middle. 0: no limit.
    std::size_t width = 0;
    /// text: leave out hives that are clear and have no error, and the summary.
    bool quiet = false;
    /// text: name the rule in each row, and leave out what is clear or does not apply where a hive
    /// has something else: for more than one rule.
    bool several_rules = false;
    /// text: colour verdicts, by what a terminal takes for that.
    bool colour = false;
    /// text: in place of the table, how many of what there are by rule, state, user and folder.
    bool summary = false;
};

/// What a report says of the run that it is of.
struct ReportRun {
    std::string tool = "hivelint";         ///< what was run
    std::vector<std::string> arguments{};  ///< the words behind it
    std::vector<RulePtr> rules{};          ///< what was checked
    std::optional<regf::FileTime> start{}; ///< when; absent: it is not to be told
    std::optional<std::string> case_id{};  ///< as given
    std::optional<std::string> examiner{}; ///< as given
    std::optional<std::string> host{};     ///< the machine that it was run on, when asked for
};

/// How the run ended.
struct ReportEnd {
    Summary summary{};                    ///< counts all records
    PassedOver passed_over{};             ///< what was not looked into
    std::vector<std::string> notes{};     ///< what else is to be told, one a line
    std::optional<regf::FileTime> time{}; ///< when; absent: it is not to be told
    bool complete = true;                 ///< all that was found was looked at
};

/// Takes a report's text, piece by piece. What it throws ends the report.
using Sink = std::function<void(std::string_view)>;

/// Writes the records of a run in one form: begin(), add() for each record in its order, end(). For
/// one thread.
class HIVELINT_API Report {
public:
    Report() = default;
    virtual ~Report();
    Report(const Report&) = delete;
    Report& operator=(const Report&) = delete;

    /// What stands before the first record.
    virtual void begin(const ReportRun& run);
    /// Takes one record more.
    virtual void add(const Record& record) = 0;
    /// What stands behind the last record.
    virtual void end(const ReportEnd& end);
};

/// A report in that form, written to `sink`, which keeps no record in memory (text: little more
/// than its line). As text: a table, findings first, with what has to be said about single hives
/// and a summary line below; nothing in it can control a terminal. In no form can what a hive holds
/// be taken for markup, a formula or another line.
HIVELINT_API std::unique_ptr<Report> make_report(Format format, const ReportOptions& options,
                                                 Sink sink);

/// Writes what a run of fixes does, as it does it: begin(), add() for each hive in its order,
/// end(). For one thread.
class HIVELINT_API FixReport {
public:
    FixReport() = default;
    virtual ~FixReport();
    FixReport(const FixReport&) = delete;
    FixReport& operator=(const FixReport&) = delete;

    /// What stands before the first hive.
    virtual void begin();
    /// Takes one hive more.
    virtual void add(const FixedHive& hive) = 0;
    /// What stands behind the last one.
    virtual void end(const RunCounts& counts);
};

/// A report in that form, written to `sink`. As text: a line for each hive and what has to be said
/// of it below, at once; at the end the refused ones again, and a summary. `quiet`: without the
/// hives in which nothing was to be done, and without the summary.
HIVELINT_API std::unique_ptr<FixReport> make_fix_report(Format format, const RunHeader& run,
                                                        bool quiet, Sink sink);

/// The whole report of `records` as text.
HIVELINT_API std::string text_report(std::span<const Record> records, const ReportOptions& options);

/// What was found about one hive as text for people, with a newline at its end.
HIVELINT_API std::string text_report(const Inspection& inspection);
/// The same facts as one JSON object, with a newline at its end.
HIVELINT_API std::string json_report(const Inspection& inspection);

/// What a replay applies and gives, as text for people; `entries`: with a table of each log's
/// entries.
HIVELINT_API std::string text_report(const ReplayReport& report, bool entries);
/// The same as one line of JSON (schema hivelint-replay/1) with a newline at its end.
HIVELINT_API std::string json_line(const ReplayReport& report, bool entries);

} // namespace hivelint
