/// \file
/// The table of rules.
#pragma once

#include <hivelint/check.hpp>
#include <hivelint/export.hpp>

#include <span>
#include <string_view>

namespace hivelint {

/// Every rule, in the order in which reports list them. The table never changes and lives as long
/// as the program.
HIVELINT_API std::span<const Rule> rules();

/// The rule of rules() with that id, or nullptr.
HIVELINT_API const Rule* find_rule(std::string_view id);

} // namespace hivelint
