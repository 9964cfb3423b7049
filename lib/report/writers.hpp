// The writers of make_report(), one for each form.
#pragma once

#include <hivelint/report.hpp>

#include <memory>

namespace hivelint {

std::unique_ptr<Report> make_text_report(const ReportOptions& options, Sink sink);
std::unique_ptr<Report> make_jsonl_report(const ReportOptions& options, Sink sink);

} // namespace hivelint
