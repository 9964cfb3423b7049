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
    const auto number = dword_of(*finding.value);
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

constexpr int kRankOfError = 10;

} // namespace

std::vector<RecordRow> rows_of(const Record& record) {
    const std::string user = record.user ? regf::escaped_exactly(*record.user) : "-";
    const std::string path = regf::escaped_exactly(text_of(record.path));
    const std::string state(to_string(record.state));
    if (record.checks.empty()) {
        return {{kRankOfError, "error",
                 record.error ? std::string(to_string(record.error->code())) : "-", state, user,
                 path}};
    }
    std::vector<RecordRow> rows;
    for (const auto& check : record.checks) {
        // Verdict's order is that of how much it matters.
        const Verdict verdict = check.finding.verdict;
        rows.push_back({static_cast<int>(verdict), std::string(to_string(verdict)),
                        value_text(check), state, user, path});
    }
    return rows;
}

} // namespace hivelint
