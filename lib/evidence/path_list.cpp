// Lists of paths, as other programs write them.
#include <hivelint/evidence.hpp>

#include "platform/path_text.hpp"

#include <hivelint/error.hpp>
#include <hivelint/text.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace hivelint {
namespace {

enum class Encoding : std::uint8_t { bytes, utf16_little, utf16_big };

/// By its mark or, where it has none, by the zero that each letter of a path has in UTF-16. A list
/// whose paths end in NUL has few of them.
Encoding encoding_of(std::string_view list) {
    if (list.starts_with("\xFF\xFE")) {
        return Encoding::utf16_little;
    }
    if (list.starts_with("\xFE\xFF")) {
        return Encoding::utf16_big;
    }
    std::array<std::size_t, 2> zeros = {}; // at even and at odd places
    for (std::size_t i = 0; i < list.size(); ++i) {
        zeros.at(i % 2) += list[i] == '\0' ? 1 : 0;
    }
    const auto many = [&](std::size_t count) { return count > 2 && 3 * count >= list.size(); };
    return many(zeros[1])   ? Encoding::utf16_little
           : many(zeros[0]) ? Encoding::utf16_big
                            : Encoding::bytes;
}

std::string decoded(std::string_view list, Encoding encoding) {
    if (list.size() % 2 != 0) {
        throw Error(ErrorCode::invalid_argument, list.size(),
                    "the list is UTF-16, but its last character is half");
    }
    std::u16string text;
    const std::size_t high = encoding == Encoding::utf16_little ? 1 : 0;
    for (std::size_t i = 0; i < list.size(); i += 2) {
        text.push_back(static_cast<char16_t>(static_cast<unsigned char>(list[i + high]) << 8 |
                                             static_cast<unsigned char>(list[i + 1 - high])));
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool first = text[i] >= 0xD800 && text[i] < 0xDC00;
        const bool second = text[i] >= 0xDC00 && text[i] < 0xE000;
        const bool whole =
            first && i + 1 < text.size() && text[i + 1] >= 0xDC00 && text[i + 1] < 0xE000;
        if (second || (first && !whole)) {
            throw Error(ErrorCode::invalid_argument, 2 * i, "the list is no sound UTF-16");
        }
        i += whole ? 1 : 0;
    }
    return to_utf8(text);
}

} // namespace

std::vector<std::filesystem::path> split_path_list(std::string_view list) {
    const auto encoding = encoding_of(list);
    const bool wide = encoding != Encoding::bytes;
    const std::string text = wide ? decoded(list, encoding) : std::string(list);
    std::string_view rest = text;
    // The mark of UTF-16 is this one after decoding.
    if (constexpr std::string_view kMark = "\xEF\xBB\xBF"; rest.starts_with(kMark)) {
        rest.remove_prefix(kMark.size());
    }
    const bool by_nul = rest.find('\0') != std::string_view::npos;
    std::vector<std::filesystem::path> paths;
    while (!rest.empty()) {
        const auto end = std::min(rest.find(by_nul ? '\0' : '\n'), rest.size());
        auto path = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (!by_nul && path.ends_with('\r')) { // as Windows ends lines
            path.remove_suffix(1);
        }
        if (!path.empty()) {
            paths.push_back(path_of(path));
        }
    }
    return paths;
}

} // namespace hivelint
