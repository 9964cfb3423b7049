// The text report of a scan without its rows: how many of what there are.
#include "platform/path_text.hpp"
#include "table.hpp"
#include "text/words.hpp"
#include "writers.hpp"

#include <hivelint/text.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <utility>

namespace hivelint {
namespace {

/// Of one rule, state, user or folder.
struct Count {
    std::uint64_t hives = 0, affected = 0, nonstandard = 0, unknown = 0, clear = 0, known = 0;

    void add(const CheckResult& check) {
        switch (check.finding.verdict) {
        case Verdict::affected: ++(check.known ? known : affected); break;
        case Verdict::nonstandard: ++(check.known ? known : nonstandard); break;
        case Verdict::unknown: ++unknown; break;
        case Verdict::clear: ++clear; break;
        case Verdict::not_applicable: break;
        }
    }
    std::uint64_t findings() const { return affected + nonstandard + unknown; }
};
using Counts = std::map<std::string, Count>;

std::string number(std::uint64_t count) { return count == 0 ? "-" : std::to_string(count); }

/// `most`: so many of those with most findings, in the order of their names.
std::string table_of(std::string_view what, const Counts& counts, std::size_t most) {
    std::vector<std::pair<std::string, Count>> all(counts.begin(), counts.end());
    std::ranges::sort(all, [](const auto& a, const auto& b) {
        return a.second.findings() != b.second.findings()
                   ? a.second.findings() > b.second.findings()
                   : a.first < b.first;
    });
    std::vector<Row> rows = {
        {"HIVES", "AFFECTED", "NONSTANDARD", "UNKNOWN", "CLEAR", "KNOWN", std::string(what)}};
    for (const auto& [name, count] : std::span(all).first(std::min(most, all.size()))) {
        rows.push_back({number(count.hives), number(count.affected), number(count.nonstandard),
                        number(count.unknown), number(count.clear), number(count.known), name});
    }
    auto text = table(rows, 0);
    if (all.size() > most) {
        text += fmt::format("and {} more, with no more findings each\n", all.size() - most);
    }
    return text + '\n';
}

class SummaryReport final : public Report {
public:
    explicit SummaryReport(Sink sink) : sink_(std::move(sink)) {}

    void add(const Record& record) override;
    void end(const ReportEnd& end) override;

private:
    static void count(Count& count, const Record& record) {
        ++count.hives;
        std::ranges::for_each(record.checks, [&](const CheckResult& one) { count.add(one); });
    }

    Sink sink_;
    Counts rules_{}, states_{}, users_{}, folders_{};
};

void SummaryReport::add(const Record& record) {
    for (const auto& check : record.checks) {
        auto& rule = rules_[escaped_bytes(check.finding.rule->id)];
        rule.hives += check.finding.verdict != Verdict::not_applicable ? 1 : 0;
        rule.add(check);
    }
    count(states_[std::string(to_string(record.state))], record);
    count(users_[record.user ? escaped_exactly(*record.user) : "-"], record);
    // The folder that a user's folder lies in: the profiles of one machine.
    const auto folder = record.path.parent_path().parent_path();
    count(folders_[folder.empty() ? "." : escaped_exactly(text_of(folder))], record);
}

void SummaryReport::end(const ReportEnd& end) {
    constexpr std::size_t kMost = 20;
    if (!states_.empty()) {
        sink_(table_of("RULE", rules_, rules_.size()));
        sink_(table_of("STATE", states_, states_.size()));
        sink_(table_of("USER", users_, kMost));
        sink_(table_of("FOLDER", folders_, kMost));
    }
    sink_(summary_line(end.summary));
    if (!end.complete) {
        sink_(
            fmt::format("interrupted: {} were not looked at\n", counted(end.summary.left, "hive")));
    }
}

} // namespace

std::unique_ptr<Report> make_summary_report(Sink sink) {
    return std::make_unique<SummaryReport>(std::move(sink));
}

} // namespace hivelint
