#include "check/toml_table.hpp"
#include "platform/path_text.hpp"

#include <hivelint/known.hpp>
#include <hivelint/text.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <utility>

namespace hivelint {
namespace {

struct Suppression {
    std::size_t line = 0;
    std::string rule{};
    std::optional<std::string> user{};
    std::optional<std::string> path{}; ///< `*` stands for any text
    std::optional<std::string> key{};  ///< likewise
    std::string reason{};
    std::chrono::sys_days until{};
    std::string until_text{};
    std::atomic<bool> used = false;
};

/// Whether `text` is what `pattern` says, in which `*` stands for any text.
bool fits(std::string_view pattern, std::string_view text) {
    auto star = std::string_view::npos; // the last one that was met, and where its text may end
    std::size_t from = 0, p = 0, t = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            from = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++from;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool same_user(const std::string& a, const std::string& b) {
    return regf::same_name(regf::to_utf16(a), regf::to_utf16(b));
}

bool is_about(const Suppression& one, const Record& record, const Finding& finding) {
    return one.rule == finding.rule->id &&
           (!one.user || (record.user && same_user(*one.user, *record.user))) &&
           (!one.path || fits(*one.path, text_of(record.path))) &&
           (!one.key || fits(*one.key, finding.key));
}

void read_until(TomlTable& table, Suppression& one) {
    const auto* node = table.find("until");
    if (node == nullptr) {
        table.problem("'until' is missing: the last day of it, such as 2027-01-31");
        return;
    }
    const auto date = node->value_exact<toml::date>();
    const auto day = date ? std::chrono::year(date->year) / date->month / date->day
                          : std::chrono::year_month_day();
    if (!date || !day.ok()) {
        table.problem(*node, fmt::format("'until' is {}, where a day such as 2027-01-31 was "
                                         "expected, without quotes",
                                         kind_of(*node)));
        return;
    }
    one.until = day;
    one.until_text = fmt::format("{:04}-{:02}-{:02}", date->year, date->month, date->day);
}

void read_one(TomlTable& table, Suppression& one) {
    one.rule = table.required_text("rule");
    one.user = table.text("user");
    one.path = table.text("path");
    one.key = table.text("key");
    one.reason = table.required_text("reason");
    read_until(table, one);
    if (!one.user && !one.path) {
        table.problem("whose hive it is about is missing: 'user', or 'path', in which * stands for "
                      "any text");
    }
    table.finish();
}

} // namespace

struct Suppressions::State {
    void read(const toml::table& root, std::vector<RuleProblem>& problems);

    std::deque<Suppression> all{};
    std::chrono::sys_days today{};
};

void Suppressions::State::read(const toml::table& root, std::vector<RuleProblem>& problems) {
    TomlTable top(root, problems);
    const auto* node = top.find("suppress");
    const auto* array = node == nullptr ? nullptr : node->as_array();
    if (array == nullptr) {
        top.problem("there is no [[suppress]]");
    } else {
        for (const auto& each : *array) {
            if (const auto* fields = each.as_table()) {
                auto& one = all.emplace_back();
                one.line = each.source().begin.line;
                TomlTable table(*fields, problems);
                read_one(table, one);
            } else {
                top.problem(each, fmt::format("a suppression is {}, where a table was expected",
                                              kind_of(each)));
            }
        }
    }
    top.finish();
}

Suppressions::Suppressions(std::string_view toml, std::chrono::sys_days today,
                           std::vector<RuleProblem>& problems)
    : state_(std::make_unique<State>()) {
    state_->today = today;
    try {
        state_->read(toml::parse(toml), problems);
    } catch (const toml::parse_error& error) {
        add_problem(problems, error.source(), escaped_bytes(error.description()));
    } catch (const TomlAssertion&) {
        problems.push_back({1, 1, "the file is no sound TOML; toml++ does not say where"});
    }
}
Suppressions::~Suppressions() = default;

void Suppressions::review(Record& record) {
    for (auto& check : record.checks) {
        const auto verdict = check.finding.verdict;
        if (verdict != Verdict::affected && verdict != Verdict::nonstandard) {
            continue;
        }
        const auto found = std::ranges::find_if(state_->all, [&](const Suppression& one) {
            return one.until >= state_->today && is_about(one, record, check.finding);
        });
        if (found != state_->all.end()) {
            found->used = true;
            check.known =
                Known{.in_baseline = false, .reason = found->reason, .until = found->until_text};
        }
    }
}

std::vector<std::string> Suppressions::notes() const {
    std::vector<std::string> notes;
    for (const auto& one : state_->all) {
        if (one.until < state_->today) {
            notes.push_back(fmt::format("suppression at line {} ended on {}: {}", one.line,
                                        one.until_text, escaped_bytes(one.reason)));
        } else if (!one.used) {
            notes.push_back(
                fmt::format("suppression at line {} was about nothing that was found", one.line));
        }
    }
    return notes;
}

} // namespace hivelint
