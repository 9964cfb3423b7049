// Hashes of a ByteSource.
#pragma once

#include <hivelint/hash.hpp>
#include <hivelint/source.hpp>

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace hivelint {

/// Each in hexadecimal digits, lower case; the source is read once. Throws what read_at() throws.
std::vector<std::pair<HashKind, std::string>> hashes_of(const ByteSource& source,
                                                        std::span<const HashKind> kinds);

/// 64 hexadecimal digits, lower case. Throws what read_at() throws.
std::string sha256(const ByteSource& source);

} // namespace hivelint
