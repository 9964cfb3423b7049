// Bytes as hexadecimal digits.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace hivelint {

/// Two lower-case digits for each byte, `between` between bytes.
inline std::string hex(std::span<const std::byte> bytes, std::string_view between = "") {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * (2 + between.size()));
    for (const std::byte byte : bytes) {
        if (!out.empty()) {
            out += between;
        }
        out.push_back(kDigits[std::to_integer<std::size_t>(byte >> 4)]);
        out.push_back(kDigits[std::to_integer<std::size_t>(byte & std::byte{0xF})]);
    }
    return out;
}

} // namespace hivelint
