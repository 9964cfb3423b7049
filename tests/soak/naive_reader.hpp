// A reader of hives that shares no code with the library: it looks at everything, by brute force,
// and gives up where anything is odd.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace hivelint::soak {

/// What the rule's value is.
struct Answer {
    bool there = false;
    std::uint32_t type = 0;
    std::uint32_t size = 0;
    std::uint32_t number = 0; ///< of 4 bytes
};

/// Absent: something on the way is not as it has to be.
std::optional<Answer> read_naively(std::span<const std::byte> hive);

} // namespace hivelint::soak
