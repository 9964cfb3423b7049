// Marvin32, fed piece by piece (REGF.md section 6.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace hivelint::regf {

/// The hash of log entries, with their seed.
class Marvin32 {
public:
    /// Every piece but the last must have a multiple of 4 bytes.
    void add(std::span<const std::byte> piece);
    /// Ends it; `rest` is what is left over, fewer than 4 bytes.
    std::uint64_t finish(std::span<const std::byte> rest = {});

private:
    void mix(std::uint32_t value);

    std::uint32_t low_ = 0x7A4E'55C5;
    std::uint32_t high_ = 0x82EF'4D88;
};

} // namespace hivelint::regf
