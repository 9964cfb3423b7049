// What a value holds, as the forms for other programs write it.
#pragma once

#include <hivelint/check.hpp>

#include <string>

namespace hivelint {

/// A number in decimal, a text as UTF-8 (of a REG_MULTI_SZ its strings, a line each), other data as
/// hexadecimal pairs with `-` between them; empty of a secret and where there is no value.
std::string data_text(const Finding& finding);

} // namespace hivelint
