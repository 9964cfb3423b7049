#include <hivelint/text.hpp>

#include "unicode.hpp"

#include <hivelint/error.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>

namespace hivelint {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

constexpr bool is_surrogate(char32_t c) { return c >= 0xD800 && c <= 0xDFFF; }

void append_utf8(std::string& out, char32_t c) {
    const auto put = [&out](char32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xC0 | (c >> 6));
        put(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        put(0xE0 | (c >> 12));
        put(0x80 | ((c >> 6) & 0x3F));
        put(0x80 | (c & 0x3F));
    } else {
        put(0xF0 | (c >> 18));
        put(0x80 | ((c >> 12) & 0x3F));
        put(0x80 | ((c >> 6) & 0x3F));
        put(0x80 | (c & 0x3F));
    }
}

/// Takes the next character off `text`, which is not empty; a lone surrogate comes as it is.
char32_t take(std::u16string_view& text) {
    const char32_t first = text.front();
    text.remove_prefix(1);
    if (first >= 0xD800 && first <= 0xDBFF && !text.empty() && text.front() >= 0xDC00 &&
        text.front() <= 0xDFFF) {
        const char32_t second = text.front();
        text.remove_prefix(1);
        return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
    }
    return first;
}

/// Takes the next character off UTF-8 `bytes`, which are not empty; a byte that begins none is
/// taken alone and gives nothing.
std::optional<char32_t> take_utf8(std::string_view& bytes) {
    const auto byte = [&bytes](std::size_t i) {
        return static_cast<char32_t>(static_cast<unsigned char>(bytes[i]));
    };
    const char32_t first = byte(0);
    const std::size_t length = first < 0x80             ? 1
                               : (first & 0xE0) == 0xC0 ? 2
                               : (first & 0xF0) == 0xE0 ? 3
                               : (first & 0xF8) == 0xF0 ? 4
                                                        : 0;
    static constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
    static constexpr std::array<char32_t, 5> kFirstBits = {0, 0x7F, 0x1F, 0x0F, 0x07};
    bool good = length != 0 && length <= bytes.size();
    char32_t c = good ? first & kFirstBits.at(length) : 0;
    for (std::size_t i = 1; good && i < length; ++i) {
        good = (byte(i) & 0xC0) == 0x80;
        c = (c << 6) | (byte(i) & 0x3F);
    }
    if (!good || c < kSmallest.at(length) || c > 0x10FFFF || is_surrogate(c)) {
        bytes.remove_prefix(1);
        return std::nullopt;
    }
    bytes.remove_prefix(length);
    return c;
}

struct Span {
    char32_t first;
    char32_t last;
};

/// What a terminal obeys, what prints as nothing or as a blank, and what no text has.
constexpr auto kEscaped = std::to_array<Span>({
    {0x00, 0x1F},       {0x7F, 0xA0},       {0xAD, 0xAD},     {0x34F, 0x34F},   {0x61C, 0x61C},
    {0x115F, 0x1160},   {0x1680, 0x1680},   {0x17B4, 0x17B5}, {0x180B, 0x180F}, {0x2000, 0x200F},
    {0x2028, 0x202F},   {0x205F, 0x206F},   {0x2800, 0x2800}, {0x3164, 0x3164}, {0xD800, 0xDFFF},
    {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0}, {0xFFF9, 0xFFFB}, {0x1BCA0, 0x1BCA3},
    {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
});

/// Whether a terminal or a reader could be misled by the character.
bool needs_escape(char32_t c) {
    const auto* span = std::ranges::lower_bound(kEscaped, c, {}, &Span::last);
    return (span != kEscaped.end() && c >= span->first) || (c & 0xFFFE) == 0xFFFE;
}

} // namespace

bool is_utf8(std::string_view bytes) {
    while (!bytes.empty()) {
        if (!take_utf8(bytes)) {
            return false;
        }
    }
    return true;
}

std::string to_utf8(std::u16string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const char32_t c = take(text);
        append_utf8(out, is_surrogate(c) ? kReplacement : c);
    }
    return out;
}

std::u16string to_utf16(std::string_view text) {
    std::u16string out;
    out.reserve(text.size());
    for (std::string_view rest = text; !rest.empty();) {
        const auto c = take_utf8(rest);
        if (!c) {
            throw Error(ErrorCode::invalid_argument,
                        fmt::format("'{}' is not UTF-8", escaped_bytes(text)));
        }
        if (*c < 0x10000) {
            out.push_back(static_cast<char16_t>(*c));
        } else {
            out.push_back(static_cast<char16_t>(0xD800 + ((*c - 0x10000) >> 10)));
            out.push_back(static_cast<char16_t>(0xDC00 + ((*c - 0x10000) & 0x3FF)));
        }
    }
    return out;
}

std::string escaped(std::u16string_view text) {
    std::string out;
    while (!text.empty()) {
        const char32_t c = take(text);
        if (c == U'\\') {
            out += "\\\\";
        } else if (needs_escape(c)) {
            out += fmt::format("\\u{{{:X}}}", static_cast<std::uint32_t>(c));
        } else {
            append_utf8(out, c);
        }
    }
    return out;
}

std::string escaped_exactly(std::string_view bytes) {
    std::string out;
    while (!bytes.empty()) {
        const bool like_escape = bytes.starts_with("\\u{") || bytes.starts_with("\\x{");
        const auto end = std::min(bytes.find('\\', 1), bytes.size());
        if (like_escape) {
            out += "\\u{5C}";
        }
        out += escaped_bytes(bytes.substr(like_escape ? 1 : 0, end - (like_escape ? 1 : 0)));
        bytes.remove_prefix(end);
    }
    return out;
}

std::string escaped_bytes(std::string_view bytes) {
    std::string out;
    while (!bytes.empty()) {
        const auto first = static_cast<unsigned char>(bytes.front());
        const auto c = take_utf8(bytes);
        if (!c) {
            out += fmt::format("\\x{{{:02X}}}", first);
        } else if (needs_escape(*c)) {
            out += fmt::format("\\u{{{:X}}}", static_cast<std::uint32_t>(*c));
        } else {
            append_utf8(out, *c);
        }
    }
    return out;
}

} // namespace hivelint
