// UTF-8 that may be none.
#pragma once

#include <string_view>

namespace hivelint {

bool is_utf8(std::string_view bytes);

} // namespace hivelint
