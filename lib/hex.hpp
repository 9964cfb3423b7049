// Bytes as hexadecimal digits, and back.
#pragma once

#include <charconv>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

/// The bytes that the digits of either case stand for; absent when they are no such digits.
inline std::optional<std::vector<std::byte>> from_hex(std::string_view digits) {
    std::vector<std::byte> bytes;
    bytes.reserve(digits.size() / 2);
    for (; digits.size() >= 2; digits.remove_prefix(2)) {
        unsigned value = 0;
        const char* end = digits.data() + 2;
        if (std::from_chars(digits.data(), end, value, 16).ptr != end) {
            return std::nullopt;
        }
        bytes.push_back(static_cast<std::byte>(value));
    }
    return digits.empty() ? std::optional(std::move(bytes)) : std::nullopt;
}

} // namespace hivelint
