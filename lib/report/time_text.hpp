// A time as people read it.
#pragma once

#include <hivelint/regf/file_time.hpp>

#include <string>

namespace hivelint {

/// In ISO 8601, UTC; `not set` for 0, and the number of what is no time.
std::string time_text(regf::FileTime time);

} // namespace hivelint
