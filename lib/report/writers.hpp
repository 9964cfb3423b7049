// The writers of make_report(), one for each form.
#pragma once

#include <hivelint/report.hpp>

#include <memory>
#include <string>

namespace hivelint {

std::unique_ptr<Report> make_text_report(const ReportOptions& options, Sink sink);
/// How to mend it by hand and with hivefix: the lines of explained() that say it.
std::string remedy_text(const Rule& rule);

/// The last line of text reports.
std::string summary_line(const Summary& summary);

/// In place of the table: how many of what there are.
std::unique_ptr<Report> make_summary_report(Sink sink);
std::unique_ptr<Report> make_jsonl_report(const ReportOptions& options, Sink sink);
std::unique_ptr<Report> make_json_report(const ReportOptions& options, Sink sink);
std::unique_ptr<Report> make_csv_report(const ReportOptions& options, Sink sink);
std::unique_ptr<Report> make_sarif_report(const ReportOptions& options, Sink sink);
std::unique_ptr<Report> make_junit_report(const ReportOptions& options, Sink sink);
std::unique_ptr<Report> make_bodyfile_report(const ReportOptions& options, Sink sink);
std::unique_ptr<Report> make_html_report(const ReportOptions& options, Sink sink);

std::unique_ptr<FixReport> make_fix_text_report(bool quiet, Sink sink);
std::unique_ptr<FixReport> make_fix_jsonl_report(const RunHeader& run, Sink sink);

} // namespace hivelint
