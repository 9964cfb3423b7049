#include "tests/fuzz/mutate.hpp"

#include "tests/support/hive_cells.hpp"

#include <algorithm>
#include <array>

namespace hivelint::fuzz {
namespace {

using test::kBinHeader;
using test::kPage;
using Bytes = std::vector<std::byte>;

/// File offsets of the cells, as far as sizes lead from one to the next; free ones too.
std::vector<std::size_t> cells_of(const Bytes& hive) {
    std::vector<std::size_t> cells;
    for (std::size_t at = kPage; at + 8 <= hive.size();) {
        if (at % kPage == 0 && test::load(hive, at, 4) == 0x6E69'6268 /* "hbin" */) {
            at += kBinHeader;
            continue;
        }
        const auto stored = static_cast<std::uint32_t>(test::load(hive, at, 4));
        const std::uint32_t size = (stored & 0x8000'0000) != 0 ? 0U - stored : stored;
        if (size < 8 || size % 8 != 0 || size > hive.size() - at) {
            at = (at / kPage + 1) * kPage; // lost: the next bin may begin there
            continue;
        }
        cells.push_back(at);
        at += size;
    }
    return cells;
}

std::uint32_t interesting(const Bytes& hive, const std::vector<std::size_t>& cells,
                          std::uint32_t old, Random& random) {
    const std::array<std::uint32_t, 14> numbers = {
        0,           1,           2,           4,
        0x7FFF'FFFF, 0x8000'0000, 0x8000'0001, 0x8000'0004,
        0xFFFF'FFF8, 0xFFFF'FFFF, 0x4000'0001, static_cast<std::uint32_t>(hive.size()),
        old + 1,     old - 1,
    };
    const std::size_t choice = random.below(2 * numbers.size());
    if (choice < numbers.size()) {
        return numbers.at(choice);
    }
    if (cells.empty() || choice < numbers.size() + 4) {
        return static_cast<std::uint32_t>(old ^ (std::uint32_t{1} << random.below(32)));
    }
    return test::to_relative(cells[random.below(cells.size())]);
}

/// A field near the start of a cell, where the records have theirs.
void change_field(Bytes& hive, Random& random) {
    constexpr std::size_t kFields = 96;
    const auto cells = cells_of(hive);
    std::size_t begin = 0;
    if (!cells.empty() && random.below(8) != 0) {
        begin = cells[random.below(cells.size())];
    }
    const std::size_t width = random.below(3) == 0 ? 2 : 4;
    const std::size_t at = begin + random.below(kFields / width) * width;
    if (at + width > hive.size()) {
        return;
    }
    const auto old = static_cast<std::uint32_t>(test::load(hive, at, width));
    test::store(hive, at, interesting(hive, cells, old, random) & (width == 2 ? 0xFFFF : ~0U),
                width);
}

void flip_bit(Bytes& hive, Random& random) {
    hive[random.below(hive.size())] ^= static_cast<std::byte>(1U << random.below(8));
}

void copy_piece(Bytes& hive, Random& random) {
    const auto cells = cells_of(hive);
    if (cells.size() < 2) {
        return;
    }
    const std::size_t from = cells[random.below(cells.size())];
    const std::size_t to = cells[random.below(cells.size())];
    const std::size_t wanted = 4 + 4 * random.below(24);
    const std::size_t count = std::min({wanted, hive.size() - from, hive.size() - to});
    const Bytes piece(hive.begin() + static_cast<std::ptrdiff_t>(from),
                      hive.begin() + static_cast<std::ptrdiff_t>(from + count));
    std::ranges::copy(piece, hive.begin() + static_cast<std::ptrdiff_t>(to));
}

void cut(Bytes& hive, Random& random) {
    std::size_t size = random.below(hive.size() + 1);
    hive.resize(random.below(2) == 0 ? size : size / kPage * kPage);
}

} // namespace

std::uint64_t Random::next() {
    state_ += 0x9E37'79B9'7F4A'7C15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58'476D'1CE4'E5B9;
    z = (z ^ (z >> 27)) * 0x94D0'49BB'1331'11EB;
    return z ^ (z >> 31);
}

void mutate(Bytes& hive, Random& random) {
    if (hive.empty()) {
        return;
    }
    switch (random.below(32)) {
    case 0: cut(hive, random); break;
    case 1:
    case 2:
    case 3: copy_piece(hive, random); break;
    case 4:
    case 5:
    case 6:
    case 7: flip_bit(hive, random); break;
    default: change_field(hive, random); break;
    }
}

} // namespace hivelint::fuzz
