#include "marvin32.hpp"

#include "text/le.hpp"

#include <hivelint/regf/sequence.hpp>

#include <array>
#include <bit>
#include <cassert>

namespace hivelint::regf {

inline void Marvin32::mix(std::uint32_t value) {
    low_ += value;
    high_ ^= low_;
    low_ = std::rotl(low_, 20) + high_;
    high_ = std::rotl(high_, 9) ^ low_;
    low_ = std::rotl(low_, 27) + high_;
    high_ = std::rotl(high_, 19);
}

void Marvin32::add(std::span<const std::byte> piece) {
    assert(piece.size() % 4 == 0);
    for (std::size_t at = 0; at < piece.size(); at += 4) {
        mix(load_u32(piece.data() + at));
    }
}

std::uint64_t Marvin32::finish(std::span<const std::byte> rest) {
    assert(rest.size() < 4);
    std::array<std::byte, 4> last = {};
    std::size_t left = 0;
    for (const std::byte byte : rest) {
        last.at(left++) = byte;
    }
    last.at(left) = std::byte{0x80};
    mix(load_u32(last.data()));
    mix(0);
    return std::uint64_t{high_} << 32 | low_;
}

std::uint64_t marvin32(std::span<const std::byte> bytes) {
    Marvin32 hash;
    const std::size_t whole = bytes.size() / 4 * 4;
    hash.add(bytes.first(whole));
    return hash.finish(bytes.subspan(whole));
}

} // namespace hivelint::regf
