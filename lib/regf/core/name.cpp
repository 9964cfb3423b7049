#include <hivelint/regf/name.hpp>

#include "stored_name.hpp"

#include <hivelint/error.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace hivelint::regf {

char16_t look_up_upcase(char16_t unit) noexcept {
    const auto* run =
        std::ranges::lower_bound(kUpcaseRuns, std::uint16_t{unit}, {}, &UpcaseRun::last);
    if (run == kUpcaseRuns.end() || unit < run->first || (unit - run->first) % run->step != 0) {
        return unit;
    }
    return static_cast<char16_t>(unit + run->distance);
}

char16_t upcase(char16_t unit) noexcept { return upcased(unit); }

bool same_name(std::u16string_view a, std::u16string_view b) noexcept {
    return a.size() == b.size() && compare_names(a, b) == 0;
}

int compare_names(std::u16string_view a, std::u16string_view b) noexcept {
    return order_of_names(a, b);
}

std::uint32_t name_hash(std::u16string_view name) noexcept { return hash_of_name(name); }

KeyPath parse_key_path(std::string_view text) {
    KeyPath path;
    const std::u16string rest = to_utf16(text);
    if (rest.empty()) {
        return path;
    }
    for (std::size_t begin = 0; begin <= rest.size();) {
        const std::size_t end = std::min(rest.find(u'\\', begin), rest.size());
        if (end == begin) {
            throw Error(ErrorCode::invalid_argument,
                        fmt::format("key path '{}' has an empty name in it", escaped_bytes(text)));
        }
        path.push_back(rest.substr(begin, end - begin));
        begin = end + 1;
    }
    return path;
}

} // namespace hivelint::regf
