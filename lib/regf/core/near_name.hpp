// Near names: what a name looks like that one damaged bit has changed.
#pragma once

#include <hivelint/regf/name.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace hivelint::regf {

/// Whether a record with the name `stored` could be the one called `wanted`, damaged: its flag for
/// 8-bit units is wrong, its length is too long, or one unit differs. A name that others can give a
/// key is not meant: `Exchange Online` is not `Exchange`.
inline bool could_be(std::u16string_view stored, bool eight_bit, std::u16string_view wanted) {
    constexpr char16_t kFirstPrintable = 0x20;
    std::u16string other; // the same bytes in units of the other size
    for (std::size_t i = 0; i < stored.size(); ++i) {
        if (!eight_bit) {
            other +=
                {static_cast<char16_t>(stored[i] & 0xFF), static_cast<char16_t>(stored[i] >> 8)};
        } else if (i + 1 < stored.size() && i % 2 == 0) {
            other += static_cast<char16_t>(stored[i] | stored[i + 1] << 8);
        }
    }
    const bool whole = !eight_bit || stored.size() % 2 == 0;
    if (whole && same_name(other, wanted)) {
        return true;
    }
    if (stored.size() > wanted.size()) {
        return stored[wanted.size()] < kFirstPrintable &&
               same_name(stored.substr(0, wanted.size()), wanted);
    }
    std::size_t different = stored.size() == wanted.size() ? 0 : 2;
    for (std::size_t i = 0; i < stored.size() && different < 2; ++i) {
        different += upcase(stored[i]) != upcase(wanted[i]) ? 1 : 0;
    }
    return different == 1;
}

} // namespace hivelint::regf
