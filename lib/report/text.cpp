// Text reports of scans.
#include "check/state.hpp"
#include "log_text.hpp"
#include "platform/path_text.hpp"
#include "table.hpp"

#include <hivelint/regf/name.hpp>
#include <hivelint/report.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace hivelint {
namespace {

std::string value_text(const Finding& finding) {
    if (!finding.value) {
        return finding.reason;
    }
    const auto number = dword_of(*finding.value);
    const auto type = regf::value_type_name(finding.value->type);
    return number ? fmt::format("{} {}", type, *number)
                  : fmt::format("{}, {}", type, counted(finding.value->data.size(), "byte"));
}

/// The value as found and, where logs changed the answer, as the primary file alone has it.
std::string value_text(const CheckResult& check) {
    auto text = value_text(check.finding);
    if (check.primary) {
        text += fmt::format(" (stored: {})", value_text(*check.primary));
    }
    return text;
}

/// A record's line for one of its checks, or the one line of a record without checks.
struct Line {
    int rank; ///< findings first
    Row row;
};

constexpr int kRankOfHeader = -1;
constexpr int kRankOfError = 10;

std::vector<Line> lines_of(const Record& record) {
    const std::string user = record.user ? regf::escaped_bytes(*record.user) : "-";
    const std::string path = regf::escaped_bytes(text_of(record.path));
    const std::string state(to_string(record.state));
    if (record.checks.empty()) {
        return {{kRankOfError,
                 {"error", record.error ? std::string(to_string(record.error->code())) : "-", state,
                  user, path}}};
    }
    std::vector<Line> lines;
    for (const auto& check : record.checks) {
        const Finding& finding = check.finding;
        // Verdict's order is that of how much it matters.
        lines.push_back(
            {static_cast<int>(finding.verdict),
             {std::string(to_string(finding.verdict)), value_text(check), state, user, path}});
    }
    return lines;
}

std::string past_text(const PastState& past) {
    const auto& finding = past.finding;
    return fmt::format(
        "{}: {} {}, key last written {}",
        past.log ? fmt::format("after entry {} of {}", *past.number,
                               regf::escaped_bytes(text_of(past.log->filename())))
                 : std::string("as stored"),
        to_string(finding.verdict), value_text(finding),
        finding.key_last_written ? finding.key_last_written->iso8601().value_or("not set") : "-");
}

/// What has to be said about one hive beyond its line.
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
        for (const auto& past : check.history) {
            out += fmt::format("  {}: {}\n", check.finding.rule->id, past_text(past));
        }
    }
    return out.empty() ? out : regf::escaped_bytes(text_of(record.path)) + '\n' + out;
}

std::string summary_line(const Summary& summary) {
    return fmt::format(
        "{}: {} affected, {} clear, {} nonstandard, {} unknown; {}, {} dirty, {} recovered\n",
        counted(summary.hives, "hive"), summary.affected, summary.clear, summary.nonstandard,
        summary.unknown, counted(summary.errors, "error"), summary.dirty, summary.recovered);
}

bool is_quiet(const Record& record) {
    const bool current = record.state == State::clean || record.state == State::recovered;
    return !record.error && current &&
           std::ranges::all_of(record.checks, [](const CheckResult& check) {
               return check.finding.verdict == Verdict::clear && !check.primary &&
                      check.history.size() <= 1;
           });
}

} // namespace

/// What a TextReport keeps.
struct TextReport::Kept {
    TextOptions options;
    Table table{options.width};
    bool has_lines = false;
    std::string below{};
    Summary summary{};
};

TextReport::TextReport(const TextOptions& options)
    : kept_(std::make_unique<Kept>(Kept{.options = options})) {}
TextReport::~TextReport() = default;

void TextReport::add(const Record& record) {
    kept_->summary.add(record);
    if (kept_->options.quiet && is_quiet(record)) {
        return;
    }
    if (!std::exchange(kept_->has_lines, true)) {
        kept_->table.add({"VERDICT", "VALUE", "STATE", "USER", "PATH"}, kRankOfHeader);
    }
    for (const auto& line : lines_of(record)) {
        kept_->table.add(line.row, line.rank);
    }
    kept_->below += remarks(record);
}

void TextReport::write(const std::function<void(std::string_view)>& sink) const {
    if (kept_->has_lines) {
        kept_->table.write(sink);
    }
    if (!kept_->below.empty()) {
        sink("\n");
        sink(kept_->below);
    }
    if (!kept_->options.quiet) {
        sink(fmt::format("{}{}", kept_->has_lines ? "\n" : "", summary_line(kept_->summary)));
    }
}

std::string text_report(std::span<const Record> records, const TextOptions& options) {
    TextReport report(options);
    for (const auto& record : records) {
        report.add(record);
    }
    std::string out;
    report.write([&out](std::string_view text) { out += text; });
    return out;
}

} // namespace hivelint
