// Lists of byte ranges: whether they fit a file, and how they come about.
#pragma once

#include <hivelint/source.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace hivelint {

/// Whether the ranges ascend without overlap, inside a file of that size, change no length, and
/// each has a byte.
bool ranges_fit(std::span<const ByteRange> ranges, std::uint64_t size);

/// Where `after` differs from `before` up to the end of `before`. Ranges that lie close together
/// are one.
std::vector<ByteRange> differences(const ByteSource& before, const ByteSource& after);

} // namespace hivelint
