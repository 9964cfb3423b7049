// The body file of The Sleuth Kit, version 3: a line for each finding whose key has a time, for
// timelines.
#include "data_text.hpp"
#include "platform/path_text.hpp"
#include "writers.hpp"

#include <hivelint/text.hpp>

#include <fmt/core.h>

#include <chrono>
#include <utility>

namespace hivelint {
namespace {

/// The form has no way to write its separator: `|` becomes `\u{7C}`, as other characters do that
/// would change a line.
std::string field(std::string_view text) {
    std::string out;
    for (const char c : escaped_bytes(text)) {
        c == '|' ? out += "\\u{7C}" : out += c;
    }
    return out;
}

class BodyfileReport final : public Report {
public:
    explicit BodyfileReport(Sink sink) : sink_(std::move(sink)) {}

    void add(const Record& record) override {
        for (const auto& check : record.checks) {
            const auto& finding = check.finding;
            const auto time =
                finding.key_last_written ? finding.key_last_written->time() : std::nullopt;
            if (!time) {
                continue;
            }
            const auto seconds =
                std::chrono::floor<std::chrono::seconds>(time->time_since_epoch()).count();
            // MD5|name|inode|mode|UID|GID|size|atime|mtime|ctime|crtime; of a key only the time of
            // the last change is known.
            sink_(fmt::format("0|{}: {} : {} ({} {})|0|0|0|0|{}|0|{}|0|0\n",
                              field(escaped_exactly(text_of(record.path))), field(finding.key),
                              field(finding.rule->value), finding.rule->id,
                              to_string(finding.verdict),
                              finding.value ? finding.value->data.size() : 0, seconds));
        }
    }

private:
    Sink sink_;
};

} // namespace

std::unique_ptr<Report> make_bodyfile_report(const ReportOptions& /*options*/, Sink sink) {
    return std::make_unique<BodyfileReport>(std::move(sink));
}

} // namespace hivelint
