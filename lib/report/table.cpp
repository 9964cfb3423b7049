#include "table.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace hivelint {
namespace {

bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

/// The byte at which the character number `index` of `text` begins.
std::size_t byte_of(std::string_view text, std::size_t index) {
    std::size_t at = 0;
    while (at < text.size() && (index > 0 || !begins_character(text[at]))) {
        index -= begins_character(text[at]) ? 1 : 0;
        ++at;
    }
    return at;
}

} // namespace

std::size_t columns(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, begins_character));
}

std::string shortened(const std::string& text, std::size_t most) {
    const std::size_t have = columns(text);
    if (most == 0 || have <= most) {
        return text;
    }
    // The end of a path says more than its start.
    const std::size_t tail = most * 2 / 3;
    const std::size_t head = most - tail - 1;
    return text.substr(0, byte_of(text, head)) + "…" + text.substr(byte_of(text, have - tail));
}

std::string table(const std::vector<Row>& rows, std::size_t width) {
    constexpr std::size_t kGap = 2;
    constexpr std::size_t kLeastForLast = 24;
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], columns(row[i]));
        }
    }
    std::size_t before_last = 0;
    for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
        before_last += widths[i] + kGap;
    }
    const std::size_t for_last =
        width == 0 ? 0 : std::max(kLeastForLast, width - std::min(width, before_last));
    std::string out;
    for (const auto& row : rows) {
        for (std::size_t i = 0; i + 1 < row.size(); ++i) {
            out += row[i] + std::string(widths[i] + kGap - columns(row[i]), ' ');
        }
        out += shortened(row.back(), for_last) + '\n';
    }
    return out;
}

} // namespace hivelint
