#include "data_text.hpp"

#include "text/hex.hpp"

#include <hivelint/text.hpp>

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace hivelint {

std::optional<std::vector<std::string>> texts_of(const regf::StoredValue& value) {
    if (value.data.size() % 2 != 0) {
        return std::nullopt;
    }
    std::u16string units;
    for (std::size_t i = 0; i < value.data.size(); i += 2) {
        units.push_back(static_cast<char16_t>(std::to_integer<unsigned>(value.data[i]) |
                                              std::to_integer<unsigned>(value.data[i + 1]) << 8U));
    }
    std::vector<std::string> texts;
    for (std::u16string_view rest = units; !rest.empty() && rest.front() != u'\0';) {
        const auto end = std::min(rest.find(u'\0'), rest.size());
        texts.push_back(to_utf8(rest.substr(0, end)));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return texts;
}

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
    const bool several = value.type == regf::kRegMultiSz;
    const bool one = value.type == regf::kRegSz || value.type == regf::kRegExpandSz;
    const auto texts = several || one ? texts_of(value) : std::nullopt;
    if (!texts) {
        return hex(value.data, "-");
    }
    std::string lines;
    for (std::size_t i = 0; i < (several ? texts->size() : std::min<std::size_t>(texts->size(), 1));
         ++i) {
        lines += (i == 0 ? "" : "\n");
        lines += texts->at(i);
    }
    return lines;
}

} // namespace hivelint
