// What a value holds, as the forms for other programs write it.
#pragma once

#include <hivelint/check.hpp>

#include <optional>
#include <string>
#include <vector>

namespace hivelint {

/// A number in decimal, a text as UTF-8 (of a REG_MULTI_SZ its strings, a line each), other data as
/// hexadecimal pairs with `-` between them; empty of a secret and where there is no value.
std::string data_text(const Finding& finding);

/// The texts of a value's data, which are UTF-16 and end in a zero each; what follows an empty one
/// behind the first is none. Absent when the last unit is half.
std::optional<std::vector<std::string>> texts_of(const regf::StoredValue& value);

} // namespace hivelint
