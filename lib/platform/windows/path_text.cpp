#include "platform/path_text.hpp"

#include "native.hpp"

#include <cstdint>

namespace hivelint {
namespace {

constexpr bool is_high(char32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
constexpr bool is_low(char32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

void append(std::string& out, char32_t point) {
    const auto byte = [&out](char32_t bits) { out += static_cast<char>(bits); };
    const auto more = [&byte](char32_t bits) { byte(0x80 | (bits & 0x3F)); };
    if (point < 0x80) {
        byte(point);
    } else if (point < 0x800) {
        byte(0xC0 | (point >> 6));
        more(point);
    } else if (point < 0x10000) {
        byte(0xE0 | (point >> 12));
        more(point >> 6);
        more(point);
    } else {
        byte(0xF0 | (point >> 18));
        more(point >> 12);
        more(point >> 6);
        more(point);
    }
}

/// Takes a character off the front, a surrogate alone too. A byte that begins none is U+FFFD: no
/// file has that for a name, or only one that is called so.
char32_t take(std::string_view& text) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t size = first < 0x80   ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
    char32_t point = size == 1 ? first : first & (0x7FU >> size);
    for (std::size_t i = 1; i < size; ++i) {
        const unsigned char next = i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
        if ((next & 0xC0U) != 0x80U) {
            point = 0x110000;
            break;
        }
        point = (point << 6) | (next & 0x3FU);
    }
    constexpr char32_t kLeast[] = {0x110000, 0, 0x80, 0x800, 0x10000};
    if (point < kLeast[size] || point > 0x10FFFF) {
        text.remove_prefix(1);
        return 0xFFFD;
    }
    text.remove_prefix(size);
    return point;
}

} // namespace

const std::size_t kLongestPath = 32767;

std::string narrow(std::wstring_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char32_t point = text[i];
        if (is_high(point) && i + 1 < text.size() && is_low(text[i + 1])) {
            point = 0x10000 + ((point - 0xD800) << 10) + (text[++i] - 0xDC00U);
        }
        append(out, point);
    }
    return out;
}

std::wstring wide(std::string_view text) {
    std::wstring out;
    while (!text.empty()) {
        const char32_t point = take(text);
        if (point < 0x10000) {
            out += static_cast<wchar_t>(point);
        } else {
            out += static_cast<wchar_t>(0xD800 + ((point - 0x10000) >> 10));
            out += static_cast<wchar_t>(0xDC00 + ((point - 0x10000) & 0x3FF));
        }
    }
    return out;
}

std::string text_of(const std::filesystem::path& path) { return narrow(path.native()); }

std::filesystem::path path_of(std::string_view text) { return wide(text); }

} // namespace hivelint
