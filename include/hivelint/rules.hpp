// The table of rules.
#pragma once

#include <hivelint/check.hpp>

#include <span>
#include <string_view>

namespace hivelint {

/// Every rule, in the order in which reports list them.
std::span<const Rule> rules();

/// The rule with that id, or nullptr.
const Rule* find_rule(std::string_view id);

} // namespace hivelint
