#include <hivelint/check.hpp>

#include "regf/core/bytes.hpp"

#include <utility>

namespace hivelint {
namespace {

/// What a value that is there means.
std::pair<Verdict, std::string_view> judge(const Rule& rule, const regf::StoredValue& value) {
    if (value.type != regf::kRegDword) {
        return {Verdict::nonstandard, "type"};
    }
    const auto number = dword_of(value);
    if (!number) {
        return {Verdict::nonstandard, "size"};
    }
    if (*number == rule.bad) {
        return {Verdict::affected, ""};
    }
    if (*number == rule.remedy.set_to) {
        return {Verdict::clear, *number == 0 ? "zero" : "good"};
    }
    return {Verdict::nonstandard, "number"};
}

} // namespace

std::string_view to_string(Verdict verdict) noexcept {
    switch (verdict) {
    case Verdict::affected: return "affected";
    case Verdict::nonstandard: return "nonstandard";
    case Verdict::unknown: return "unknown";
    case Verdict::clear: return "clear";
    }
    return "unknown";
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
