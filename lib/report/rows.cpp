#include "rows.hpp"

#include "platform/path_text.hpp"
#include "text/words.hpp"

#include <hivelint/regf/name.hpp>

#include <fmt/core.h>

namespace hivelint {

std::string value_text(const Finding& finding) {
    if (!finding.value) {
        return finding.reason;
    }
    const auto number = finding.rule->secret ? std::nullopt : dword_of(*finding.value);
    const auto type = regf::value_type_name(finding.value->type);
    return number ? fmt::format("{} {}", type, *number)
                  : fmt::format("{}, {}", type, counted(finding.value->data.size(), "byte"));
}

namespace {

/// The value as found and, where logs changed the answer, as the primary file alone has it.
std::string value_text(const CheckResult& check) {
    auto text = value_text(check.finding);
    if (check.primary) {
        text += fmt::format(" (stored: {})", value_text(*check.primary));
    }
    return text;
}

constexpr int kRankOfKnown = static_cast<int>(Verdict::nonstandard); ///< behind what is news

/// Which of several keys it is, where the rule's has `*`.
std::string key_below(const CheckResult& check) {
    const auto& finding = check.finding;
    return finding.rule->key.find('*') == std::string::npos || finding.key == finding.rule->key
               ? std::string()
               : fmt::format(" ({})", regf::escaped_bytes(finding.key));
}

} // namespace

std::string known_text(const CheckResult& check) {
    if (!check.known) {
        return {};
    }
    return check.known->in_baseline
               ? std::string("in the baseline")
               : fmt::format("until {}: {}", check.known->until.value_or("-"), check.known->reason);
}

std::vector<RecordRow> rows_of(const Record& record) {
    const std::string user = record.user ? regf::escaped_exactly(*record.user) : "-";
    const std::string path = regf::escaped_exactly(text_of(record.path));
    const std::string state(to_string(record.state));
    if (record.checks.empty()) {
        return {{kRankOfError, "error",
                 record.error ? std::string(to_string(record.error->code())) : "-", state, user,
                 path, "-"}};
    }
    std::vector<RecordRow> rows;
    for (const auto& check : record.checks) {
        // Verdict's order is that of how much it matters.
        const Verdict verdict = check.finding.verdict;
        const int rank = check.known ? kRankOfKnown : static_cast<int>(verdict);
        rows.push_back({rank, std::string(to_string(verdict)),
                        value_text(check) + (check.known ? " (known)" : ""), state, user, path,
                        regf::escaped_bytes(check.finding.rule->id)});
    }
    return rows;
}

std::vector<RecordRow> telling_rows_of(const Record& record) {
    auto rows = rows_of(record);
    if (record.checks.empty()) {
        return rows;
    }
    const auto tells = [](const CheckResult& check) {
        const auto verdict = check.finding.verdict;
        return (verdict != Verdict::clear && verdict != Verdict::not_applicable) || check.primary;
    };
    std::vector<RecordRow> telling;
    std::size_t applies = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto& check = record.checks[i];
        applies += check.finding.verdict != Verdict::not_applicable ? 1 : 0;
        if (tells(check)) {
            rows[i].path = fmt::format("{}{}", rows[i].path, key_below(check));
            telling.push_back(std::move(rows[i]));
        }
    }
    if (telling.empty()) {
        const auto verdict = applies > 0 ? Verdict::clear : Verdict::not_applicable;
        auto& row = rows.front();
        row.rank = static_cast<int>(verdict);
        row.verdict = to_string(verdict);
        row.value.assign(1, '-');
        row.rule = counted(applies > 0 ? applies : rows.size(), "rule");
        telling.push_back(std::move(row));
    }
    return telling;
}

} // namespace hivelint
