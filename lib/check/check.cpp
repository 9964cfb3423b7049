#include <hivelint/check.hpp>

#include "base/words.hpp"
#include "condition.hpp"
#include "kind_words.hpp"
#include "regf/core/bytes.hpp"

#include <hivelint/rules.hpp>

#include <fmt/core.h>

#include <algorithm>
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

struct Judgement {
    Verdict verdict;
    std::string_view reason;
};

/// What is right that the rule does not call wrong.
bool is_good(const Rule& rule, const regf::StoredValue& value) {
    if (rule.good) {
        return match(*rule.good, value) == Match::yes;
    }
    return !rule.remedy.set_to || regf::ValueData{value.type, value.data} == *rule.remedy.set_to;
}

/// What a value that is there means.
Judgement judge(const Rule& rule, const regf::StoredValue& value) {
    switch (match(rule.condition, value)) {
    case Match::yes: return {Verdict::affected, ""};
    case Match::wrong_type: return {Verdict::nonstandard, "type"};
    case Match::wrong_size: return {Verdict::nonstandard, "size"};
    case Match::no: break;
    }
    if (is_good(rule, value)) {
        return {Verdict::clear, dword_of(value) == 0U ? "zero" : "good"};
    }
    return {Verdict::nonstandard, differs_in(rule.condition)};
}

/// What the rule's own value means, its clauses left aside.
Judgement judge(const Rule& rule, const regf::Lookup& lookup) {
    if (std::holds_alternative<KeyIsPresent>(rule.condition) && lookup.key_found) {
        return {Verdict::affected, ""};
    }
    if (lookup.value) {
        return judge(rule, *lookup.value);
    }
    if (!lookup.damage.empty()) { // it may have been what was passed over
        return {Verdict::unknown, to_string(lookup.damage.front().code())};
    }
    const bool wrong = std::holds_alternative<IsAbsent>(rule.condition);
    return {wrong ? Verdict::affected : Verdict::clear, "absent"};
}

/// Whether the clauses hold; absent where damage leaves it open.
std::optional<bool> in_effect(const Rule& rule, std::span<const regf::Lookup> answers) {
    bool open = false;
    std::size_t next = 0;
    for (const auto& any_of : rule.also) {
        bool holds_here = false;
        bool open_here = false;
        for (const auto& clause : any_of) {
            const auto& answer = answers[next++];
            const bool damaged = !answer.value && !answer.damage.empty();
            open_here = open_here || damaged;
            holds_here =
                holds_here || (!damaged && holds(clause.condition, answer) != clause.negated);
        }
        if (!holds_here && !open_here) {
            return false;
        }
        open = open || !holds_here;
    }
    return open ? std::nullopt : std::optional(true);
}

} // namespace

std::string_view to_string(Verdict verdict) noexcept {
    return word_of(kVerdicts, verdict, "unknown");
}

std::optional<Verdict> verdict_from_string(std::string_view word) noexcept {
    return value_of(kVerdicts, word);
}

std::string_view to_string(Severity severity) noexcept {
    return word_of(kSeverities, severity, "finding");
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

std::string_view to_string(HiveKind kind) noexcept { return word_of(kHiveKinds, kind, "user"); }

std::optional<HiveKind> hive_kind_from_string(std::string_view word) noexcept {
    return value_of(kHiveKinds, word);
}

std::string_view root_of(HiveKind hive) noexcept {
    switch (hive) {
    case HiveKind::user: return "HKEY_CURRENT_USER";
    case HiveKind::usrclass: return R"(HKEY_CURRENT_USER\Software\Classes)";
    case HiveKind::software: return R"(HKEY_LOCAL_MACHINE\SOFTWARE)";
    case HiveKind::system: return R"(HKEY_LOCAL_MACHINE\SYSTEM)";
    case HiveKind::sam: return R"(HKEY_LOCAL_MACHINE\SAM)";
    case HiveKind::security: return R"(HKEY_LOCAL_MACHINE\SECURITY)";
    case HiveKind::bcd: return "BCD";
    case HiveKind::amcache: return "Amcache.hve";
    }
    return "";
}

std::string_view file_name_of(HiveKind kind) noexcept {
    switch (kind) {
    case HiveKind::user: return "ntuser.dat";
    case HiveKind::usrclass: return "usrclass.dat";
    case HiveKind::amcache: return "amcache.hve";
    case HiveKind::software:
    case HiveKind::system:
    case HiveKind::sam:
    case HiveKind::security:
    case HiveKind::bcd: break; // as the kind
    }
    return to_string(kind);
}

std::vector<regf::Question> questions_of(const Rule& rule) {
    std::vector<regf::Question> questions = {
        {.key = regf::parse_key_path(rule.key), .value = to_utf16(rule.value)}};
    for (const auto& any_of : rule.also) {
        for (const auto& clause : any_of) {
            questions.push_back(
                {.key = clause.key ? regf::parse_key_path(*clause.key) : questions.front().key,
                 .value = to_utf16(clause.value)});
        }
    }
    return questions;
}

Finding evaluate(RulePtr rule, std::span<const regf::Lookup> answers) {
    const auto& own = answers.front();
    const auto [verdict, reason] = judge(*rule, own);
    Finding finding;
    finding.key = rule->key;
    finding.verdict = verdict;
    finding.reason = reason;
    if (own.key_found) {
        finding.key_last_written = own.key_last_written;
    }
    finding.value = own.value;
    if (verdict == Verdict::affected) {
        const auto effect = in_effect(*rule, answers.subspan(1));
        if (effect == false) {
            finding.verdict = Verdict::clear;
            finding.reason = "not-in-effect";
        } else if (!effect) {
            finding.verdict = Verdict::unknown;
            finding.reason = to_string(ErrorCode::damaged);
        }
    }
    finding.rule = std::move(rule);
    return finding;
}

Finding evaluate(RulePtr rule, const regf::Lookup& answer) {
    return evaluate(std::move(rule), std::span(&answer, 1));
}

Finding undecided(RulePtr rule, const Error& error) {
    Finding finding;
    finding.key = rule->key;
    finding.rule = std::move(rule);
    finding.verdict = Verdict::unknown;
    finding.reason = to_string(error.code());
    return finding;
}

std::string problem_with(const Rule& rule) {
    if (rule.id.empty()) {
        return "a rule has no id";
    }
    if (auto problem = problem_with(rule.condition); !problem.empty()) {
        return problem;
    }
    if (auto problem = rule.good ? problem_with(*rule.good) : std::string(); !problem.empty()) {
        return problem;
    }
    const auto& set = rule.remedy.set_to;
    if (set &&
        match(rule.condition, {.name = {}, .type = set->type, .data = set->bytes}) == Match::yes) {
        return fmt::format("'set' is {}, which is what the rule calls wrong", described(*set));
    }
    for (const auto& any_of : rule.also) {
        if (any_of.empty()) {
            return "'also' has a list of no clauses, which nothing meets";
        }
        for (const auto& clause : any_of) {
            if (auto problem = problem_with(clause.condition); !problem.empty()) {
                return problem;
            }
        }
    }
    return {};
}

} // namespace hivelint
