#include <hivelint/scan.hpp>

#include <hivelint/regf/name.hpp>
#include <hivelint/text.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cstddef>

namespace hivelint {

void check_rules(std::span<const Rule* const> rules) {
    const auto refuse = [](const std::string& message) {
        throw Error(ErrorCode::invalid_argument, message);
    };
    if (rules.empty()) {
        refuse("there is no rule to check");
    }
    for (std::size_t i = 0; i < rules.size(); ++i) {
        if (rules[i] == nullptr) {
            refuse(fmt::format("rule {} is null", i));
        }
        const Rule& rule = *rules[i];
        const auto about = fmt::format("rule '{}'", escaped_bytes(rule.id));
        if (rule.id.empty()) {
            refuse(fmt::format("rule {} has no id", i));
        }
        if (std::ranges::any_of(rules.first(i),
                                [&](const Rule* other) { return other->id == rule.id; })) {
            refuse(about + " comes twice");
        }
        try {
            static_cast<void>(question_of(rule));
        } catch (const Error& error) {
            refuse(fmt::format("{}: {}", about, error.message()));
        }
    }
}

} // namespace hivelint
