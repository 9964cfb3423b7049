// What is the same in every HTML report.
#pragma once

#include <string_view>

namespace hivelint {

extern const std::string_view kPageStyle;
extern const std::string_view kPageScript;

} // namespace hivelint
