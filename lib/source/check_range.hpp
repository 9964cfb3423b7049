// What every source says of a range that it does not hold.
#pragma once

#include <hivelint/source.hpp>

#include <cstddef>
#include <cstdint>

namespace hivelint {

/// Throws Error truncated unless the range lies inside a source of `size` bytes.
void check_range(std::uint64_t size, std::uint64_t offset, std::uint64_t length);

/// `count`, when the source holds so many bytes. Throws Error truncated.
std::size_t size_of_front(const ByteSource& source, std::uint64_t count);

} // namespace hivelint
