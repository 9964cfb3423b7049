// HTML: one page for people, without scripts and without anything from elsewhere.
#include "data_text.hpp"
#include "platform/path_text.hpp"
#include "rows.hpp"
#include "text/words.hpp"
#include "time_text.hpp"
#include "writers.hpp"
#include "xml_text.hpp"

#include <hivelint/version.hpp>

#include <fmt/core.h>

#include <string_view>
#include <utility>

namespace hivelint {
namespace {

constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>hivelint report</title>
<style>
body { font: 15px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 80em; padding: 0 1em; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #ccc; padding: .3em .6em; text-align: left; vertical-align: top; }
td { overflow-wrap: anywhere; }
.affected { background: #fbe3e0; }
.nonstandard, .unknown, .unread { background: #fdf3d4; }
.clear, .not-applicable { color: #555; }
.notes { color: #555; font-size: 90%; }
</style>
</head>
<body>
)";

std::string row(std::string_view name, std::string_view value) {
    return fmt::format("<tr><th>{}</th><td>{}</td></tr>\n", name, xml_text(value));
}

class HtmlReport final : public Report {
public:
    explicit HtmlReport(Sink sink) : sink_(std::move(sink)) {}

    void begin(const ReportRun& run) override;
    void add(const Record& record) override;
    void end(const ReportEnd& end) override;

private:
    Sink sink_;
};

void HtmlReport::begin(const ReportRun& run) {
    std::string out(kHead);
    out += "<h1>hivelint report</h1>\n<table>\n";
    if (run.case_id) {
        out += row("Case", *run.case_id);
    }
    if (run.examiner) {
        out += row("Examiner", *run.examiner);
    }
    std::string words = run.tool;
    for (const auto& argument : run.arguments) {
        words += ' ' + argument;
    }
    out += row("Run", words) + row("Version", version());
    if (run.start) {
        out += row("Begun (UTC)", time_text(*run.start));
    }
    out +=
        "</table>\n<h2>Rules</h2>\n<table>\n<tr><th>Rule</th><th>Means</th><th>Source</th></tr>\n";
    for (const auto& rule : run.rules) {
        out += fmt::format("<tr><td>{} ({})</td><td>{}. {}</td><td>{}</td></tr>\n",
                           xml_text(rule->id), to_string(rule->severity), xml_text(rule->title),
                           xml_text(rule->meaning), xml_text(rule->reference));
    }
    out += "</table>\n<h2>Hives</h2>\n<table>\n<tr><th>Verdict</th><th>Rule</th><th>Value</th>"
           "<th>Key last written (UTC)</th><th>State</th><th>User</th><th>Hive</th></tr>\n";
    sink_(out);
}

void HtmlReport::add(const Record& record) {
    const auto path = xml_text(escaped_exactly(text_of(record.path)));
    const auto user = record.user ? xml_text(escaped_exactly(*record.user)) : std::string();
    std::string notes;
    if (record.error) {
        notes += fmt::format("<br>{}", xml_text(described(*record.error)));
    }
    for (const auto& note : record.notes) {
        notes += fmt::format("<br>{}", xml_text(note));
    }
    const auto hive = fmt::format("{}<span class=\"notes\">{}</span>", path, notes);
    if (record.checks.empty()) {
        sink_(
            fmt::format("<tr class=\"unread\"><td>unread</td><td></td><td></td><td></td><td>{}</td>"
                        "<td>{}</td><td>{}</td></tr>\n",
                        to_string(record.state), user, hive));
    }
    bool first = true;
    for (const auto& check : record.checks) {
        const auto& finding = check.finding;
        const auto time =
            finding.key_last_written ? time_text(*finding.key_last_written) : std::string();
        sink_(fmt::format(
            "<tr class=\"{0}\"><td>{0}</td><td>{1}</td><td>{2} : {3}<br>{4} {5}</td>"
            "<td>{6}</td><td>{7}</td><td>{8}</td><td>{9}</td></tr>\n",
            to_string(finding.verdict), xml_text(finding.rule->id), xml_text(finding.key),
            xml_text(finding.rule->value),
            xml_text(finding.value ? regf::value_type_name(finding.value->type) : finding.reason),
            xml_text(data_text(finding)), time, to_string(record.state), user,
            std::exchange(first, false) ? hive : path));
    }
}

void HtmlReport::end(const ReportEnd& end) {
    std::string out = "</table>\n<h2>Summary</h2>\n<table>\n";
    const auto& summary = end.summary;
    out += row("Complete", end.complete ? "yes" : "no: the run was ended before its end");
    for (const auto& [name, count] :
         {std::pair("Hives", summary.hives), std::pair("Affected", summary.affected),
          std::pair("Clear", summary.clear), std::pair("Nonstandard", summary.nonstandard),
          std::pair("Unknown", summary.unknown), std::pair("Of other kinds", summary.other_kinds),
          std::pair("Errors", summary.errors), std::pair("Dirty", summary.dirty),
          std::pair("Recovered", summary.recovered), std::pair("Not begun", summary.left)}) {
        out += row(name, std::to_string(count));
    }
    if (end.time) {
        out += row("Ended (UTC)", time_text(*end.time));
    }
    out += "</table>\n";
    if (const auto passed = text_report(end.passed_over); !passed.empty() || !end.notes.empty()) {
        out += "<h2>Not looked at</h2>\n<pre>" + xml_lines(passed);
        for (const auto& note : end.notes) {
            out += xml_text(note) + '\n';
        }
        out += "</pre>\n";
    }
    sink_(out + "</body>\n</html>\n");
}

} // namespace

std::unique_ptr<Report> make_html_report(const ReportOptions& /*options*/, Sink sink) {
    return std::make_unique<HtmlReport>(std::move(sink));
}

} // namespace hivelint
