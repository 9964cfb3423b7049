#include "value_data.hpp"

#include "text/hex.hpp"

#include <hivelint/regf/name.hpp>
#include <hivelint/text.hpp>

#include <fmt/core.h>

#include <utility>

namespace hivelint {

std::optional<std::uint64_t> number_in(const regf::ValueData& data) noexcept {
    const std::size_t size = data.type == regf::kRegDword ? 4 : 8;
    if ((data.type != regf::kRegDword && data.type != regf::kRegQword) ||
        data.bytes.size() != size) {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    for (std::size_t i = size; i > 0; --i) {
        number = number << 8U | std::to_integer<std::uint64_t>(data.bytes[i - 1]);
    }
    return number;
}

std::optional<std::string> text_in(const regf::ValueData& data) {
    const bool is_text = data.type == regf::kRegSz || data.type == regf::kRegExpandSz;
    if (!is_text || data.bytes.size() < 2) {
        return std::nullopt;
    }
    std::u16string units;
    for (std::size_t i = 0; i + 3 < data.bytes.size(); i += 2) {
        units.push_back(static_cast<char16_t>(std::to_integer<unsigned>(data.bytes[i]) |
                                              std::to_integer<unsigned>(data.bytes[i + 1]) << 8U));
    }
    auto text = regf::to_utf8(units);
    return regf::text_data(text, data.type) == data ? std::optional(std::move(text)) : std::nullopt;
}

std::string described(const regf::ValueData& data) {
    const auto type = regf::value_type_name(data.type);
    if (const auto number = number_in(data)) {
        return fmt::format("{} {}", type, *number);
    }
    const auto text = text_in(data);
    return text ? fmt::format("{} \"{}\"", type, escaped_bytes(*text))
                : fmt::format("{} {}", type, hex(data.bytes, " "));
}

} // namespace hivelint
