// A change as a line of a record.
#pragma once

#include "text/json.hpp"

#include <hivelint/run_record.hpp>

#include <cstddef>
#include <string_view>

namespace hivelint {

inline constexpr std::string_view kRunSchema = "hivelint-run/1";

/// The line's members behind `type`.
Json change_json(const Patch& patch, std::size_t place);
/// Throws Error invalid_argument: no such line, nor a record of a single fix.
SavedChange parse_change(std::string_view text);

} // namespace hivelint
