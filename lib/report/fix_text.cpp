// The text report of fixes, of what is taken back and of recoveries: a line each, as they come.
#include "platform/path_text.hpp"
#include "table.hpp"
#include "text/words.hpp"
#include "writers.hpp"

#include <hivelint/report.hpp>
#include <hivelint/text.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace hivelint {
namespace {

std::string note_text(const std::string& note) {
    return fmt::format("  note: {}\n", escaped_bytes(note));
}

std::string refusal(const std::optional<Error>& reason) {
    return reason ? fmt::format("  refused: {}\n", escaped_bytes(described(*reason))) : "";
}

std::string path_text(const std::filesystem::path& path) { return escaped_exactly(text_of(path)); }

/// What was mended and what stays, where more than one rule was asked.
std::string findings_text(const FixedHive& hive) {
    const FixOutcome& outcome = hive.outcome;
    std::string out;
    if (outcome.patch && outcome.result == FixResult::fixed && hive.record.checks.size() > 1) {
        for (const auto& fix : outcome.patch->fixes) {
            out += fmt::format("  {}: {}\n", fix.rule, described(fix));
        }
    }
    if (outcome.result != FixResult::refused || outcome.left.size() > 1) {
        for (const auto& finding : outcome.left) {
            out += fmt::format("  left: {}: {}: {}\n", finding.rule, escaped_bytes(finding.key),
                               escaped_bytes(described(finding.reason)));
        }
    }
    return out;
}

/// What has to be said of a hive below its line.
std::string remarks(const FixedHive& hive) {
    const FixOutcome& outcome = hive.outcome;
    std::string out = refusal(outcome.reason) + findings_text(hive);
    if (outcome.patch && outcome.result == FixResult::would_fix) {
        out += preview(*outcome.patch);
    }
    if (outcome.output) {
        out += fmt::format("  patched copy: {}\n", path_text(*outcome.output));
    }
    for (const auto& note : hive.record.notes) {
        // To look at the hive its logs were applied, in memory; where nothing was done with it, to
        // say so here would mislead.
        const bool of_logs = note.starts_with("recovered: ") || note.starts_with("healed, ");
        if (!of_logs || outcome.result != FixResult::refused) {
            out += note_text(note);
        }
    }
    if (outcome.patch) {
        for (const auto& note : outcome.patch->notes) {
            out += note_text(note);
        }
    }
    return out;
}

/// `text` and blanks, as wide as the column of a row that is printed before the next one is known.
std::string cell(const std::string& text, std::size_t width) {
    const auto used = columns(text);
    return text + std::string(used < width ? width - used : 0, ' ') + "  ";
}

std::string row(const std::string& result, const std::string& bytes, const std::string& user,
                const std::string& path) {
    constexpr std::size_t kResult = 13; // nothing-to-do
    constexpr std::size_t kBytes = 5;
    constexpr std::size_t kUser = 12;
    return cell(result, kResult) + cell(bytes, kBytes) + cell(user, kUser) + path + '\n';
}

class FixTextReport final : public FixReport {
public:
    FixTextReport(bool quiet, Sink sink) : quiet_(quiet), sink_(std::move(sink)) {}

    void add(const FixedHive& hive) override;
    void end(const RunCounts& counts) override;

private:
    bool quiet_;
    Sink sink_;
    bool has_lines_ = false;
    std::string refused_; ///< to be said again at the end
    std::optional<std::filesystem::path> record_;
};

void FixTextReport::add(const FixedHive& hive) {
    const auto& [record, outcome] = hive;
    const auto below = remarks(hive);
    if (quiet_ && outcome.result == FixResult::nothing_to_do && below.empty()) {
        return;
    }
    std::string out;
    if (!std::exchange(has_lines_, true)) {
        out = row("RESULT", "BYTES", "USER", "PATH");
    }
    const bool changes = outcome.patch && !outcome.reason;
    const auto path = path_text(record.path);
    out += row(std::string(to_string(outcome.result)),
               changes ? fmt::format("{}", outcome.patch->bytes_changed()) : "-",
               record.user ? escaped_exactly(*record.user) : "-", path);
    if (outcome.result == FixResult::refused) {
        refused_ += path + '\n' + refusal(outcome.reason);
    }
    if (outcome.undo_record) {
        record_ = outcome.undo_record;
    }
    sink_(out + below);
}

std::string left_text(std::uint64_t left) {
    return left == 0 ? "" : fmt::format("; {} left as they are", counted(left, "finding"));
}

void FixTextReport::end(const RunCounts& counts) {
    std::string out;
    if (!refused_.empty() && counts.hives > 1) {
        out += "\nrefused:\n" + refused_;
    }
    if (counts.unsealed) {
        out += fmt::format("\n{}: {}; all changes are in the record, its last line is not\n",
                           to_string(counts.unsealed->code()),
                           escaped_bytes(counts.unsealed->message()));
    }
    if (!quiet_) {
        out += has_lines_ ? "\n" : "";
        out += record_ ? fmt::format("undo record: {}\n", path_text(*record_)) : "";
        out +=
            fmt::format("{}: {} fixed, {} would be fixed, {} with nothing to do, {} refused{}{}\n",
                        counted(counts.hives, "hive"), counts.fixed, counts.would_fix,
                        counts.nothing_to_do, counts.refused, left_text(counts.left),
                        counts.interrupted ? "; interrupted, the others were left" : "");
    }
    sink_(out);
}

} // namespace

std::unique_ptr<FixReport> make_fix_text_report(bool quiet, Sink sink) {
    return std::make_unique<FixTextReport>(quiet, std::move(sink));
}

std::string text_report(const UndoneHive& hive) {
    constexpr std::size_t kResult = 14; // already-undone
    auto out = cell(std::string(to_string(hive.result)), kResult) + path_text(hive.path) + '\n';
    out += refusal(hive.reason);
    if (hive.patch && hive.result == UndoResult::would_undo) {
        out += preview(*hive.patch);
    }
    return out;
}

std::string text_report(const RecoveredHive& hive) {
    constexpr std::size_t kResult = 13; // would-recover
    return cell(hive.reason ? "refused" : std::string(to_string(hive.result)), kResult) +
           path_text(hive.path) + '\n' + refusal(hive.reason) +
           (hive.kept_as ? fmt::format("  journal kept as: {}\n", path_text(*hive.kept_as)) : "");
}

} // namespace hivelint
