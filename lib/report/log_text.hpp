// A log's account in one line, as several reports have it.
#pragma once

#include <hivelint/replay.hpp>

#include <string>

namespace hivelint {

/// `ntuser.dat.LOG1, new format, 23 entries (566 to 588) applied`
std::string log_text(const LogAccount& account);

} // namespace hivelint
