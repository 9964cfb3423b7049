#include "writers.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace hivelint {
namespace {

struct Form {
    Format format;
    std::string_view word;
    std::unique_ptr<Report> (*make)(const ReportOptions& options, Sink sink);
};
constexpr auto kForms = std::to_array<Form>({
    {Format::text, "text", make_text_report},
    {Format::jsonl, "jsonl", make_jsonl_report},
    {Format::json, "json", make_json_report},
    {Format::csv, "csv", make_csv_report},
    {Format::sarif, "sarif", make_sarif_report},
    {Format::junit, "junit", make_junit_report},
    {Format::bodyfile, "bodyfile", make_bodyfile_report},
    {Format::html, "html", make_html_report},
});

} // namespace

Report::~Report() = default;
void Report::begin(const ReportRun& /*run*/) {}
void Report::end(const ReportEnd& /*end*/) {}

FixReport::~FixReport() = default;
void FixReport::begin() {}
void FixReport::end(const RunCounts& /*counts*/) {}

std::string_view to_string(Format format) noexcept {
    return std::ranges::find(kForms, format, &Form::format)->word;
}

std::optional<Format> format_from_string(std::string_view word) noexcept {
    const auto* found = std::ranges::find(kForms, word, &Form::word);
    return found == kForms.end() ? std::nullopt : std::optional(found->format);
}

std::unique_ptr<Report> make_report(Format format, const ReportOptions& options, Sink sink) {
    return std::ranges::find(kForms, format, &Form::format)->make(options, std::move(sink));
}

std::unique_ptr<FixReport> make_fix_report(Format format, const RunHeader& run, bool quiet,
                                           Sink sink) {
    return format == Format::jsonl ? make_fix_jsonl_report(run, std::move(sink))
                                   : make_fix_text_report(quiet, std::move(sink));
}

} // namespace hivelint
