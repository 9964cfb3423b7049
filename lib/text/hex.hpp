// Bytes as hexadecimal digits, and back.
#pragma once

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

/// What a hexadecimal digit of either case stands for; absent when it is none.
constexpr std::optional<unsigned> hex_digit(char c) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const char lower = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    const auto found = kDigits.find(lower);
    return found == std::string_view::npos ? std::nullopt
                                           : std::optional(static_cast<unsigned>(found));
}

/// The bytes that the digits stand for; absent when they are no pairs of digits.
inline std::optional<std::vector<std::byte>> from_hex(std::string_view digits) {
    std::vector<std::byte> bytes;
    bytes.reserve(digits.size() / 2);
    for (; digits.size() >= 2; digits.remove_prefix(2)) {
        const auto high = hex_digit(digits[0]);
        const auto low = hex_digit(digits[1]);
        if (!high || !low) {
            return std::nullopt;
        }
        bytes.push_back(static_cast<std::byte>(*high * 16 + *low));
    }
    return digits.empty() ? std::optional(std::move(bytes)) : std::nullopt;
}

} // namespace hivelint
