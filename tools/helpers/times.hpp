// Times as containers keep them, in the unit of hives.
#pragma once

#include <cstdint>

namespace hivelint::helper {

/// 100 nanoseconds since 1601, of seconds since 1970; 0 for what lies before, and for 1970 itself,
/// which is how some say that they do not know.
constexpr std::uint64_t ticks_of(std::int64_t seconds, std::int64_t nanoseconds) {
    constexpr std::int64_t kSecond = 10'000'000;
    constexpr std::int64_t kTo1970 = 11'644'473'600;
    constexpr std::int64_t kMost = 900'000'000'000;
    if (seconds == 0 || seconds <= -kTo1970 || seconds > kMost) {
        return 0;
    }
    return static_cast<std::uint64_t>((seconds + kTo1970) * kSecond + nanoseconds / 100);
}

} // namespace hivelint::helper
