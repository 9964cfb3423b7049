// JUnit XML, for CI: a hive is a suite, a check a test case; what is affected failed, what could
// not be answered is an error, what does not apply was skipped.
#include "platform/path_text.hpp"
#include "rows.hpp"
#include "text/words.hpp"
#include "writers.hpp"
#include "xml_text.hpp"

#include <hivelint/text.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace hivelint {
namespace {

bool failed(const CheckResult& check) {
    const auto& finding = check.finding;
    return finding.verdict == Verdict::affected && !check.known &&
           finding.rule->severity != Severity::info;
}

/// A finding that is known, or a check that does not apply.
bool skipped(const CheckResult& check) {
    return check.known || check.finding.verdict == Verdict::not_applicable;
}

std::string outcome(const CheckResult& check, const Record& record) {
    const auto& finding = check.finding;
    const auto& rule = *finding.rule;
    if (failed(check)) {
        return fmt::format(R"(<failure type="{}" message="{}">{} : {} is {} ({})</failure>)",
                           rule.id, xml_text(rule.title), xml_text(finding.key),
                           xml_text(rule.value), xml_text(value_text(finding)),
                           xml_text(rule.reference));
    }
    if (finding.verdict == Verdict::unknown) {
        return fmt::format(R"(<error type="{}" message="{}"/>)", xml_text(finding.reason),
                           xml_text(record.error ? described(*record.error) : finding.reason));
    }
    if (check.known) {
        return fmt::format(R"(<skipped message="known, {}"/>)", xml_text(known_text(check)));
    }
    if (finding.verdict == Verdict::not_applicable) {
        return fmt::format(R"(<skipped message="does not apply to {}"/>)",
                           xml_text(finding.reason));
    }
    return finding.verdict == Verdict::clear
               ? std::string()
               : fmt::format("<system-out>{} {}</system-out>", to_string(finding.verdict),
                             xml_text(value_text(finding)));
}

class JunitReport final : public Report {
public:
    explicit JunitReport(Sink sink) : sink_(std::move(sink)) {}

    void begin(const ReportRun& run) override {
        sink_(fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"{}\">\n",
                          xml_text(run.tool)));
    }
    void add(const Record& record) override;
    void end(const ReportEnd& /*end*/) override { sink_("</testsuites>\n"); }

private:
    Sink sink_;
};

void JunitReport::add(const Record& record) {
    const auto path = xml_text(escaped_exactly(text_of(record.path)));
    const auto count = [&](const auto& is) { return std::ranges::count_if(record.checks, is); };
    const auto with = [](Verdict verdict) {
        return [verdict](const CheckResult& check) { return check.finding.verdict == verdict; };
    };
    const bool no_check = record.checks.empty();
    std::string suite =
        fmt::format(R"(<testsuite name="{}" tests="{}" failures="{}" errors="{}" skipped="{}">)"
                    "\n",
                    path, no_check ? 1 : record.checks.size(), count(failed),
                    no_check ? 1 : count(with(Verdict::unknown)), count(skipped));
    if (no_check) {
        suite +=
            fmt::format(R"(<testcase classname="{}" name="read"><error message="{}"/></testcase>)"
                        "\n",
                        path, xml_text(record.error ? described(*record.error) : "unreadable"));
    }
    for (const auto& check : record.checks) {
        const auto& finding = check.finding;
        const auto name = finding.key == finding.rule->key
                              ? finding.rule->id
                              : fmt::format("{} ({})", finding.rule->id, xml_text(finding.key));
        suite += fmt::format("<testcase classname=\"{}\" name=\"{}\">{}</testcase>\n", path, name,
                             outcome(check, record));
    }
    sink_(suite + "</testsuite>\n");
}

} // namespace

std::unique_ptr<Report> make_junit_report(const ReportOptions& /*options*/, Sink sink) {
    return std::make_unique<JunitReport>(std::move(sink));
}

} // namespace hivelint
