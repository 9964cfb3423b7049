#include <hivelint/scan.hpp>

#include <hivelint/rules.hpp>
#include <hivelint/text.hpp>

#include <fmt/core.h>

#include <cstddef>
#include <set>
#include <string_view>

namespace hivelint {

void check_rules(std::span<const RulePtr> rules) {
    const auto refuse = [](const std::string& message) {
        throw Error(ErrorCode::invalid_argument, message);
    };
    if (rules.empty()) {
        refuse("there is no rule to check");
    }
    std::set<std::string_view> ids;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        if (rules[i] == nullptr) {
            refuse(fmt::format("rule {} is null", i));
        }
        const Rule& rule = *rules[i];
        const auto about = fmt::format("rule '{}'", escaped_bytes(rule.id));
        if (rule.id.empty()) {
            refuse(fmt::format("rule {} has no id", i));
        }
        if (!ids.insert(rule.id).second) {
            refuse(about + " comes twice");
        }
        if (const auto problem = problem_with(rule); !problem.empty()) {
            refuse(fmt::format("{}: {}", about, problem));
        }
        try {
            static_cast<void>(questions_of(rule));
        } catch (const Error& error) {
            refuse(fmt::format("{}: {}", about, error.message()));
        }
    }
}

} // namespace hivelint
