// Conditions: whether one value is what a rule speaks of.
#pragma once

#include <hivelint/check.hpp>

#include <string>
#include <string_view>

namespace hivelint {

/// How a value and a condition go together.
enum class Match : std::uint8_t {
    yes,
    no,         ///< of the right type and size, but something else
    wrong_type, ///< types are never coerced
    wrong_size,
};

/// Of a value that is there.
Match match(const Condition& condition, const regf::StoredValue& value);

/// Of a key and a value that may be missing: whether the condition holds. A value of another type
/// or size does not meet it.
bool holds(const Condition& condition, const regf::Lookup& lookup);

/// `number`, `text`, `data` or `type`: what a value differs in that the condition does not speak
/// of.
std::string_view differs_in(const Condition& condition);

/// What is wrong with a condition that nothing can meet; empty when nothing is.
std::string problem_with(const Condition& condition);

} // namespace hivelint
