// Little-endian integers, as hives have them, whatever the host.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hivelint {

/// The number in the four bytes at `bytes`, which must be there. For loops over bytes whose bounds
/// were checked as a whole; compilers make one load of it.
inline std::uint32_t load_u32(const std::byte* bytes) {
    return std::to_integer<std::uint32_t>(bytes[0]) |
           std::to_integer<std::uint32_t>(bytes[1]) << 8 |
           std::to_integer<std::uint32_t>(bytes[2]) << 16 |
           std::to_integer<std::uint32_t>(bytes[3]) << 24;
}

/// Puts the number into the four bytes at `bytes`, which must be there.
inline void store_u32(std::byte* bytes, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) {
        bytes[i] = static_cast<std::byte>(value >> (8 * i));
    }
}

/// The number that all of these bytes are, at most eight.
inline std::uint64_t load_number(std::string_view bytes) {
    std::uint64_t value = 0;
    unsigned shift = 0;
    for (const char c : bytes) {
        value |= std::uint64_t{static_cast<unsigned char>(c)} << shift;
        shift += 8;
    }
    return value;
}

} // namespace hivelint
