#include "table.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace hivelint {
namespace {

/// Characters that take two columns: East Asian wide ones and emoji.
bool is_wide(char32_t c) {
    struct Range {
        char32_t first;
        char32_t last;
    };
    static constexpr auto kWide = std::to_array<Range>({{0x1100, 0x115F},
                                                        {0x2E80, 0x303E},
                                                        {0x3041, 0xA4CF},
                                                        {0xAC00, 0xD7A3},
                                                        {0xF900, 0xFAFF},
                                                        {0xFE30, 0xFE6F},
                                                        {0xFF00, 0xFF60},
                                                        {0xFFE0, 0xFFE6},
                                                        {0x1F300, 0x1F64F},
                                                        {0x1F680, 0x1F6FF},
                                                        {0x1F900, 0x1F9FF},
                                                        {0x20000, 0x3FFFD}});
    return std::ranges::any_of(
        kWide, [c](const Range& range) { return c >= range.first && c <= range.last; });
}

/// A character of a text: where it begins, and how many columns it takes.
struct Character {
    std::size_t at;
    std::size_t width;
};

std::vector<Character> characters(std::string_view text) {
    std::vector<Character> all;
    char32_t c = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if ((byte & 0xC0) != 0x80) {
            c = byte < 0x80   ? byte
                : byte < 0xE0 ? byte & 0x1F
                : byte < 0xF0 ? byte & 0xF
                              : byte & 7;
            all.push_back({i, 1});
        } else {
            c = c << 6 | (byte & 0x3F);
        }
        if (!all.empty()) {
            all.back().width = is_wide(c) ? 2 : 1;
        }
    }
    return all;
}

} // namespace

std::size_t columns(std::string_view text) {
    std::size_t sum = 0;
    for (const auto& character : characters(text)) {
        sum += character.width;
    }
    return sum;
}

std::string shortened(const std::string& text, std::size_t most) {
    if (most == 0 || columns(text) <= most) {
        return text;
    }
    const auto all = characters(text);
    // The end of a path says more than its start.
    const std::size_t for_tail = most * 2 / 3;
    std::size_t tail = all.size();
    std::size_t used = 1; // by the ellipsis
    while (tail > 0 && used + all[tail - 1].width <= for_tail + 1) {
        used += all[--tail].width;
    }
    std::size_t head = 0;
    while (head < tail && used + all[head].width <= most) {
        used += all[head++].width;
    }
    const std::size_t tail_at = tail < all.size() ? all[tail].at : text.size();
    return text.substr(0, all[head].at) + "…" + text.substr(tail_at);
}

void Table::add(const Row& row, int rank) {
    widths_.resize(std::max(widths_.size(), row.size()));
    constexpr std::size_t kPiece = std::size_t{1} << 16;
    constexpr std::size_t kRoom = 1024; // for most rows
    auto& pieces = ranks_[rank];
    if (pieces.empty() || pieces.back().size() > kPiece - kRoom) {
        pieces.emplace_back().reserve(pieces.size() > 1 ? kPiece : 0);
    }
    auto& cells = pieces.back();
    for (std::size_t i = 0; i < row.size(); ++i) {
        const bool last = i + 1 == row.size();
        const auto cell = last || i == whole_ ? row[i] : shortened(row[i], width_ / 5);
        widths_[i] = std::max(widths_[i], columns(cell));
        cells += cell;
        cells += '\0';
    }
}

void Table::write(const std::function<void(std::string_view)>& sink) const {
    constexpr std::size_t kGap = 2;
    constexpr std::size_t kLeastForLast = 16;
    constexpr std::size_t kAtATime = std::size_t{1} << 16;
    std::size_t before_last = 0;
    for (std::size_t i = 0; i + 1 < widths_.size(); ++i) {
        before_last += widths_[i] + kGap;
    }
    const std::size_t for_last =
        width_ == 0 ? 0 : std::max(kLeastForLast, width_ - std::min(width_, before_last));
    std::string out;
    std::size_t column = 0;
    const auto put = [&](const std::string& cell, int rank) {
        const auto code = column == 0 && colour_ != nullptr ? colour_(rank) : std::string_view();
        if (++column < widths_.size()) {
            out += code.empty() ? cell : fmt::format("{}{}\x1B[0m", code, cell);
            out += std::string(widths_[column - 1] + kGap - columns(cell), ' ');
            return;
        }
        out += shortened(cell, for_last) + '\n';
        column = 0;
    };
    for (const auto& [rank, pieces] : ranks_) {
        for (const auto& cells : pieces) {
            for (std::size_t at = 0; at < cells.size();) {
                const std::string cell = cells.c_str() + at;
                at += cell.size() + 1;
                put(cell, rank);
                if (out.size() >= kAtATime) {
                    sink(out);
                    out.clear();
                }
            }
        }
    }
    sink(out);
}

std::string table(const std::vector<Row>& rows, std::size_t width) {
    Table all(width);
    for (const auto& row : rows) {
        all.add(row);
    }
    std::string out;
    all.write([&out](std::string_view text) { out += text; });
    return out;
}

} // namespace hivelint
