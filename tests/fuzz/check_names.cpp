#include "tests/fuzz/properties.hpp"

#include <hivelint/error.hpp>
#include <hivelint/regf/name.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace hivelint::fuzz {
namespace {

void require(bool good, const char* what) {
    if (!good) {
        throw Violation(what);
    }
}

/// Undoes escaped(): what people read says every unit.
std::u16string unescaped(std::string_view text) {
    std::u16string units;
    while (!text.empty()) {
        const auto plain = std::min(text.find('\\'), text.size());
        units += regf::to_utf16(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) {
            break;
        }
        if (text.starts_with("\\\\")) {
            units += u'\\';
            text.remove_prefix(2);
            continue;
        }
        require(text.starts_with("\\u{"), "a backslash begins no escape");
        const auto end = text.find('}');
        require(end != std::string_view::npos, "an escape without an end");
        std::uint32_t c = 0;
        std::from_chars(text.data() + 3, text.data() + end, c, 16);
        if (c < 0x10000) {
            units += static_cast<char16_t>(c);
        } else {
            units += static_cast<char16_t>(0xD800 + ((c - 0x10000) >> 10));
            units += static_cast<char16_t>(0xDC00 + (c & 0x3FF));
        }
        text.remove_prefix(end + 1);
    }
    return units;
}

bool obeyed_by_terminals(std::string_view text) {
    const auto units = regf::to_utf16(text); // and it is UTF-8
    return std::ranges::any_of(units, [](char16_t unit) {
        return unit < 0x20 || (unit >= 0x7F && unit < 0xA0) || (unit >= 0x202A && unit <= 0x202E) ||
               (unit >= 0x2066 && unit <= 0x2069);
    });
}

std::optional<std::u16string> utf16(std::string_view text) {
    try {
        return regf::to_utf16(text);
    } catch (const Error& error) {
        require(error.code() == ErrorCode::invalid_argument, "another Error for what is no UTF-8");
        return std::nullopt;
    }
}

void check_units(std::u16string_view units) {
    const auto shown = regf::escaped(units);
    require(!obeyed_by_terminals(shown), "escaped() lets a control character through");
    require(unescaped(shown) == units, "escaped() loses something");
    const auto back = regf::to_utf16(regf::to_utf8(units));
    require(back.size() == units.size(), "to_utf8() loses a unit");
    for (std::size_t i = 0; i < units.size(); ++i) {
        require(back[i] == units[i] ||
                    (back[i] == 0xFFFD && units[i] >= 0xD800 && units[i] <= 0xDFFF),
                "to_utf8() changes a unit");
    }
}

void check_order(std::u16string_view a, std::u16string_view b) {
    require(regf::compare_names(a, b) == -regf::compare_names(b, a), "the order of names is none");
    require(regf::same_name(a, b) == (regf::compare_names(a, b) == 0),
            "same_name() and compare_names() disagree");
    require(!regf::same_name(a, b) || regf::name_hash(a) == regf::name_hash(b),
            "one name, two hashes");
    std::u16string upper(a);
    std::ranges::transform(upper, upper.begin(), regf::upcase);
    require(regf::same_name(a, upper), "a name is not its own in capitals");
}

void check_path(std::string_view text, const std::optional<std::u16string>& units) {
    regf::KeyPath path;
    try {
        path = regf::parse_key_path(text);
    } catch (const Error& error) {
        require(error.code() == ErrorCode::invalid_argument, "another Error for a bad path");
        return;
    }
    require(units.has_value(), "a path of something that is no UTF-8");
    std::u16string joined;
    for (const auto& name : path) {
        require(!name.empty() && name.find(u'\\') == name.npos, "a path with a name that is none");
        joined += (joined.empty() ? u"" : u"\\") + name;
    }
    require(joined == *units, "a path loses something");
}

} // namespace

Outcome check_names(std::span<const std::byte> bytes) {
    std::u16string units(bytes.size() / 2, u'\0');
    for (std::size_t i = 0; i < units.size(); ++i) {
        units[i] = static_cast<char16_t>(std::to_integer<unsigned>(bytes[2 * i]) |
                                         std::to_integer<unsigned>(bytes[2 * i + 1]) << 8);
    }
    check_units(units);
    const std::u16string_view all = units;
    check_order(all.substr(0, all.size() / 2), all.substr(all.size() / 2));

    std::string text(bytes.size(), '\0');
    std::ranges::transform(bytes, text.begin(), [](std::byte b) { return static_cast<char>(b); });
    require(!obeyed_by_terminals(regf::escaped_bytes(text)),
            "escaped_bytes() lets a control character through");
    const auto decoded = utf16(text);
    if (decoded) {
        require(regf::to_utf8(*decoded) == text, "to_utf16() loses something");
    }
    check_path(text, decoded);
    return {.inputs = 1, .sound = decoded ? 1U : 0U};
}

} // namespace hivelint::fuzz
