#include "bytes.hpp"

#include <hivelint/regf/sequence.hpp>

#include <array>
#include <bit>

namespace hivelint::regf {
namespace {

struct State {
    std::uint32_t low = 0x7A4E'55C5;
    std::uint32_t high = 0x82EF'4D88;

    void mix(std::uint32_t value) {
        low += value;
        high ^= low;
        low = std::rotl(low, 20) + high;
        high = std::rotl(high, 9) ^ low;
        low = std::rotl(low, 27) + high;
        high = std::rotl(high, 19);
    }
};

} // namespace

std::uint64_t marvin32(std::span<const std::byte> bytes) {
    State state;
    const std::size_t whole = bytes.size() / 4 * 4;
    const Bytes words(bytes, 0);
    for (std::size_t at = 0; at < whole; at += 4) {
        state.mix(words.u32(at));
    }
    std::array<std::byte, 4> last = {};
    std::size_t left = 0;
    for (const std::byte byte : bytes.subspan(whole)) {
        last.at(left++) = byte;
    }
    last.at(left) = std::byte{0x80};
    state.mix(Bytes(last, 0).u32(0));
    state.mix(0);
    return std::uint64_t{state.high} << 32 | state.low;
}

} // namespace hivelint::regf
