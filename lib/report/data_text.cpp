#include "data_text.hpp"

#include "text/hex.hpp"
#include "text/le.hpp"

#include <hivelint/text.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <string_view>

namespace hivelint {
namespace {

/// The units of a text; absent when the last one is half.
std::optional<std::u16string> units_of(const std::vector<std::byte>& data) {
    if (data.size() % 2 != 0) {
        return std::nullopt;
    }
    std::u16string units;
    for (std::size_t i = 0; i < data.size(); i += 2) {
        units.push_back(static_cast<char16_t>(std::to_integer<unsigned>(data[i]) |
                                              std::to_integer<unsigned>(data[i + 1]) << 8U));
    }
    return units;
}

std::string lines_of(std::u16string_view texts) {
    std::string lines;
    while (!texts.empty() && texts.front() != u'\0') {
        const auto end = std::min(texts.find(u'\0'), texts.size());
        lines += (lines.empty() ? "" : "\n");
        lines += to_utf8(texts.substr(0, end));
        texts.remove_prefix(std::min(end + 1, texts.size()));
    }
    return lines;
}

} // namespace

std::string data_text(const Finding& finding) {
    if (!finding.value || finding.rule->secret) {
        return {};
    }
    const auto& value = *finding.value;
    if (const auto number = dword_of(value)) {
        return std::to_string(*number);
    }
    if (value.type == regf::kRegQword && value.data.size() == 8) {
        std::uint64_t number = 0;
        for (std::size_t i = 8; i > 0; --i) {
            number = number << 8U | std::to_integer<std::uint64_t>(value.data[i - 1]);
        }
        return std::to_string(number);
    }
    const bool text = value.type == regf::kRegSz || value.type == regf::kRegExpandSz;
    if (text || value.type == regf::kRegMultiSz) {
        if (const auto units = units_of(value.data)) {
            return text ? to_utf8(std::u16string_view(*units).substr(0, units->find(u'\0')))
                        : lines_of(*units);
        }
    }
    return hex(value.data, "-");
}

} // namespace hivelint
