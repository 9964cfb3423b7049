#include <hivelint/check.hpp>

#include "base/words.hpp"
#include "regf/core/bytes.hpp"

#include <array>
#include <utility>

namespace hivelint {
namespace {

constexpr auto kVerdicts = std::to_array<Word<Verdict>>({
    {Verdict::affected, "affected"},
    {Verdict::nonstandard, "nonstandard"},
    {Verdict::clear, "clear"},
    {Verdict::unknown, "unknown"},
    {Verdict::not_applicable, "not-applicable"},
});

constexpr auto kSeverities = std::to_array<Word<Severity>>({{Severity::warning, "warning"}});

/// What a value that is there means.
std::pair<Verdict, std::string_view> judge(const Rule& rule, const regf::StoredValue& value) {
    if (value.type != regf::kRegDword) {
        return {Verdict::nonstandard, "type"};
    }
    const auto number = dword_of(value);
    if (!number) {
        return {Verdict::nonstandard, "size"};
    }
    if (*number == std::get<NumberIs>(rule.condition).number) {
        return {Verdict::affected, ""};
    }
    if (*number == rule.remedy.set_to) {
        return {Verdict::clear, *number == 0 ? "zero" : "good"};
    }
    return {Verdict::nonstandard, "number"};
}

} // namespace

std::string_view to_string(Verdict verdict) noexcept {
    return word_of(kVerdicts, verdict, "unknown");
}

std::optional<Verdict> verdict_from_string(std::string_view word) noexcept {
    return value_of(kVerdicts, word);
}

std::string_view to_string(Severity severity) noexcept {
    return word_of(kSeverities, severity, "warning");
}

std::optional<Severity> severity_from_string(std::string_view word) noexcept {
    return value_of(kSeverities, word);
}

std::optional<std::uint32_t> dword_of(const regf::StoredValue& value) {
    if (value.type != regf::kRegDword || value.data.size() != 4) {
        return std::nullopt;
    }
    return regf::Bytes(value.data, value.offset).u32(0);
}

regf::Question question_of(const Rule& rule) {
    return {.key = regf::parse_key_path(rule.key), .value = regf::to_utf16(rule.value)};
}

Finding evaluate(const Rule& rule, const regf::Lookup& lookup) {
    Finding finding;
    finding.rule = &rule;
    if (lookup.key_found) {
        finding.key_last_written = lookup.key_last_written;
    }
    finding.value = lookup.value;
    if (lookup.value) {
        const auto [verdict, reason] = judge(rule, *lookup.value);
        finding.verdict = verdict;
        finding.reason = reason;
    } else if (!lookup.damage.empty()) {
        // It may have been what was passed over.
        finding.verdict = Verdict::unknown;
        finding.reason = to_string(lookup.damage.front().code());
    } else {
        finding.verdict = Verdict::clear;
        finding.reason = "absent";
    }
    return finding;
}

Finding undecided(const Rule& rule, const Error& error) {
    Finding finding;
    finding.rule = &rule;
    finding.verdict = Verdict::unknown;
    finding.reason = to_string(error.code());
    return finding;
}

} // namespace hivelint
