// SHA-256 of a ByteSource.
#pragma once

#include <hivelint/source.hpp>

#include <string>

namespace hivelint {

/// 64 hexadecimal digits, lower case. Throws what read_at() throws.
std::string sha256(const ByteSource& source);

} // namespace hivelint
