// Names without letter case, as Windows compares them, as far as they are ASCII: every name that is
// looked for is, and no locale may have a say.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace hivelint {

inline char lowered_letter(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline std::string lowered(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), lowered_letter);
    return out;
}

inline bool same_but_for_case(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, lowered_letter, lowered_letter);
}

} // namespace hivelint
