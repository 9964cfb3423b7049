// The text report of a scan.
#include "check/kind_words.hpp"
#include "log_text.hpp"
#include "platform/path_text.hpp"
#include "rows.hpp"
#include "table.hpp"
#include "text/words.hpp"
#include "time_text.hpp"
#include "writers.hpp"

#include <hivelint/regf/name.hpp>
#include <hivelint/report.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <utility>

namespace hivelint {
namespace {

constexpr int kRankOfHeader = -1;

std::string past_text(const PastState& past) {
    const auto& finding = past.finding;
    return fmt::format("{}: {} {}, key last written {}",
                       past.log ? fmt::format("after entry {} of {}", *past.number,
                                              regf::escaped_exactly(text_of(past.log->filename())))
                                : std::string("as stored"),
                       to_string(finding.verdict), value_text(finding),
                       finding.key_last_written ? time_text(*finding.key_last_written) : "-");
}

/// What has to be said about one hive beyond its line; of several it is said once.
std::string remarks(const Record& record) {
    std::string out;
    if (record.error) {
        out += fmt::format("  error: {}\n", regf::escaped_bytes(described(*record.error)));
    }
    for (const auto& note : record.notes) {
        out += fmt::format("  note: {}\n", regf::escaped_bytes(note));
    }
    for (const auto& log : record.logs) {
        out += fmt::format("  log: {}\n", log_text(log));
    }
    for (const auto& check : record.checks) {
        if (check.known && !check.known->in_baseline) {
            out += fmt::format("  known: {} {}\n", check.finding.rule->id,
                               regf::escaped_bytes(known_text(check)));
        }
        for (const auto& past : check.history) {
            out += fmt::format("  {}: {}\n", check.finding.rule->id, past_text(past));
        }
    }
    return out;
}

bool is_quiet(const Record& record, bool several) {
    const bool current = record.state == State::clean || record.state == State::recovered;
    return !record.error && current &&
           std::ranges::all_of(record.checks, [several](const CheckResult& check) {
               return (check.finding.verdict == Verdict::clear ||
                       (several && check.finding.verdict == Verdict::not_applicable)) &&
                      !check.primary && check.history.size() <= 1;
           });
}

/// `KB 2937684 (mapi-http-disabled): title: key : value`, a line each, for the rules of findings.
std::string rules_text(const std::vector<RulePtr>& rules) {
    std::string out;
    for (const auto& rule : rules) {
        out += fmt::format("{} ({}): {}\n  {}\\{} : {}\n", regf::escaped_bytes(rule->id),
                           regf::escaped_bytes(rule->reference), regf::escaped_bytes(rule->title),
                           root_of(rule->hive), regf::escaped_bytes(rule->key),
                           rule->value.empty() ? "(default)" : regf::escaped_bytes(rule->value));
    }
    return out;
}

/// A terminal's code for what it is worth; none for what is well.
std::string_view colour_of(int rank) {
    constexpr std::string_view kRed = "\x1B[31m";
    constexpr std::string_view kYellow = "\x1B[33m";
    constexpr std::string_view kGreen = "\x1B[32m";
    switch (rank) {
    case static_cast<int>(Verdict::affected): return kRed;
    case static_cast<int>(Verdict::nonstandard):
    case static_cast<int>(Verdict::unknown): return kYellow;
    case static_cast<int>(Verdict::clear): return kGreen;
    case kRankOfError: return kYellow;
    default: return {};
    }
}

class TextReport final : public Report {
public:
    TextReport(const ReportOptions& options, Sink sink)
        : quiet_(options.quiet), several_(options.several_rules),
          table_(options.width, several_ ? 2 : 1), // what was found is never shortened
          sink_(std::move(sink)) {
        if (options.colour) {
            table_.colour(colour_of);
        }
    }

    void add(const Record& record) override;
    void end(const ReportEnd& end) override;

private:
    void add_remarks(std::string text, const std::string& path);

    bool quiet_;
    bool several_;
    Table table_;
    Sink sink_;
    bool has_lines_ = false;
    /// What stands below the table: remarks, and the paths that each is about.
    std::unordered_map<std::string, std::string> below_{};
    std::vector<decltype(below_)::const_pointer> in_order_{};
    std::vector<std::string> alone_{}; ///< of further hives, in pieces: a text that grows is copied
    std::vector<RulePtr> found_{};     ///< the rules that found something
};

void TextReport::add(const Record& record) {
    if (quiet_ && is_quiet(record, several_)) {
        return;
    }
    if (!std::exchange(has_lines_, true)) {
        table_.add(several_ ? Row{"VERDICT", "RULE", "VALUE", "STATE", "USER", "PATH"}
                            : Row{"VERDICT", "VALUE", "STATE", "USER", "PATH"},
                   kRankOfHeader);
    }
    for (const auto& row : several_ ? telling_rows_of(record) : rows_of(record)) {
        table_.add(several_ ? Row{row.verdict, row.rule, row.value, row.state, row.user, row.path}
                            : Row{row.verdict, row.value, row.state, row.user, row.path},
                   row.rank);
    }
    if (auto text = remarks(record); !text.empty()) {
        add_remarks(std::move(text), regf::escaped_exactly(text_of(record.path)) + '\n');
    }
    for (const auto& check : record.checks) {
        const auto verdict = check.finding.verdict;
        const bool speaks = verdict == Verdict::affected || verdict == Verdict::nonstandard;
        if (speaks && std::ranges::find(found_, check.finding.rule) == found_.end()) {
            found_.push_back(check.finding.rule);
        }
    }
}

/// What is said of many hives is said once; what each hive has of its own need not be compared.
void TextReport::add_remarks(std::string text, const std::string& path) {
    constexpr std::size_t kCompared = 1000;
    constexpr std::size_t kPiece = std::size_t{1} << 16;
    auto known = below_.find(text);
    if (known == below_.end()) {
        if (below_.size() == kCompared) {
            if (alone_.empty() || alone_.back().size() > kPiece) {
                alone_.emplace_back();
            }
            alone_.back() += path + text;
            return;
        }
        known = below_.emplace(std::move(text), "").first;
        in_order_.push_back(&*known);
    }
    known->second += path;
}

void TextReport::end(const ReportEnd& end) {
    if (has_lines_) {
        table_.write(sink_);
    }
    if (!below_.empty()) {
        sink_("\n");
    }
    for (const auto* each : in_order_) {
        sink_(each->second + each->first);
    }
    std::ranges::for_each(alone_, sink_);
    if (!found_.empty() && !quiet_) {
        sink_('\n' + rules_text(found_));
    }
    if (!quiet_) {
        sink_(fmt::format("{}{}", has_lines_ ? "\n" : "", summary_line(end.summary)));
    }
    if (!end.complete) {
        sink_(
            fmt::format("interrupted: {} were not looked at\n", counted(end.summary.left, "hive")));
    }
}

} // namespace

std::string summary_line(const Summary& summary) {
    return fmt::format(
        "{}: {} affected, {} clear, {} nonstandard, {} unknown; {}, {} dirty, {} recovered{}{}{}\n",
        counted(summary.hives, "hive"), summary.affected, summary.clear, summary.nonstandard,
        summary.unknown, counted(summary.errors, "error"), summary.dirty, summary.recovered,
        summary.known == 0 ? "" : fmt::format("; {} known", summary.known),
        summary.other_kinds == 0 ? "" : fmt::format("; {} of another kind", summary.other_kinds),
        summary.containers == 0 ? ""
                                : fmt::format("; in {}", counted(summary.containers, "container")));
}

std::unique_ptr<Report> make_text_report(const ReportOptions& options, Sink sink) {
    if (options.summary) {
        return make_summary_report(std::move(sink));
    }
    return std::make_unique<TextReport>(options, std::move(sink));
}

std::string text_report(std::span<const Record> records, const ReportOptions& options) {
    std::string out;
    TextReport report(options, [&out](std::string_view text) { out += text; });
    Summary summary;
    for (const auto& record : records) {
        summary.add(record);
        report.add(record);
    }
    report.end({.summary = summary});
    return out;
}

} // namespace hivelint
