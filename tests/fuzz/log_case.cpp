#include "tests/fuzz/log_case.hpp"

#include "tests/support/log_builder.hpp"

#include <hivelint/regf/sequence.hpp>

#include <algorithm>

namespace hivelint::fuzz {
namespace {

using test::kSector;
using Bytes = std::vector<std::byte>;
namespace log_entry = test::log_entry;

constexpr std::size_t kSizes = 8;
constexpr std::size_t kChecksum = test::header::kChecksum;

/// Offsets of the sectors that begin like an entry.
std::vector<std::size_t> entries_of(const Bytes& log) {
    std::vector<std::size_t> entries;
    for (std::size_t at = kSector; at + log_entry::kPages <= log.size(); at += kSector) {
        if (test::load(log, at, 4) == 0x454C'7648 /* "HvLE" */) {
            entries.push_back(at);
        }
    }
    return entries;
}

/// An entry whose size cannot be is taken to reach to the end.
void repair(Bytes& log) {
    if (log.size() < kSector) {
        return;
    }
    test::store(log, kChecksum, test::base_block_checksum(log), 4);
    for (const auto at : entries_of(log)) {
        const auto left = log.size() - at;
        const auto stored = static_cast<std::size_t>(test::load(log, at + log_entry::kSize, 4));
        const auto size = stored < log_entry::kPages || stored > left ? left : stored;
        const auto entry = std::span(log).subspan(at, size);
        test::store(log, at + log_entry::kHash1, regf::marvin32(entry.subspan(log_entry::kPages)),
                    8);
        test::store(log, at + log_entry::kHash2, regf::marvin32(entry.first(log_entry::kHash2)), 8);
    }
}

void change_field(Bytes& log, Random& random) {
    constexpr std::array<std::size_t, 7> kOfBaseBlock = {0, 4, 8, 12, 28, 40, 144};
    const auto entries = entries_of(log);
    std::size_t at = kOfBaseBlock.at(random.below(kOfBaseBlock.size()));
    if (entries.empty() && random.below(4) != 0) {
        at = kSector + 4 * random.below(4); // DIRT and its bitmap
    } else if (!entries.empty() && random.below(6) != 0) {
        at = entries[random.below(entries.size())] + 4 * random.below(16);
    }
    if (at + 4 > log.size()) {
        return;
    }
    const auto old = static_cast<std::uint32_t>(test::load(log, at, 4));
    const std::array<std::uint32_t, 16> numbers = {
        0,           1,   kSector, 0x1000,  0x2000,      0x10000,     0x7FFF'F000,   0x8000'0000,
        0xFFFF'F000, ~0U, old + 1, old - 1, old + 0x200, old - 0x200, old ^ 0x1000U, old * 2U,
    };
    const std::size_t choice = random.below(numbers.size() + 8);
    test::store(log, at,
                choice < numbers.size() ? numbers.at(choice)
                                        : old ^ std::uint32_t{1} << random.below(32),
                4);
}

void copy_sector(Bytes& log, Random& random) {
    const std::size_t sectors = log.size() / kSector;
    if (sectors < 2) {
        return;
    }
    const auto from = log.begin() + static_cast<std::ptrdiff_t>(random.below(sectors) * kSector);
    const auto to = log.begin() + static_cast<std::ptrdiff_t>(random.below(sectors) * kSector);
    const Bytes sector(from, from + kSector);
    std::ranges::copy(sector, to);
}

void mutate_log(Bytes& log, Random& random) {
    if (log.empty()) {
        return;
    }
    switch (random.below(16)) {
    case 0: log.resize(random.below(log.size() + 1)); break;
    case 1: copy_sector(log, random); break;
    case 2:
    case 3: log[random.below(log.size())] ^= static_cast<std::byte>(1U << random.below(8)); break;
    default: change_field(log, random); break;
    }
}

} // namespace

Bytes pack(const LogCase& parts) {
    Bytes packed(kSizes);
    test::store(packed, 0, parts.hive.size(), 4);
    test::store(packed, 4, parts.logs[0].size(), 4);
    for (const auto* part : {&parts.hive, &parts.logs[0], &parts.logs[1]}) {
        packed.insert(packed.end(), part->begin(), part->end());
    }
    return packed;
}

LogCase unpack(std::span<const std::byte> bytes) {
    LogCase parts;
    if (bytes.size() < kSizes) {
        return parts;
    }
    auto rest = bytes.subspan(kSizes);
    const auto take = [&](std::uint64_t wanted) {
        const auto part =
            rest.first(static_cast<std::size_t>(std::min<std::uint64_t>(wanted, rest.size())));
        rest = rest.subspan(part.size());
        return Bytes(part.begin(), part.end());
    };
    parts.hive = take(test::load(bytes, 0, 4));
    parts.logs[0] = take(test::load(bytes, 4, 4));
    parts.logs[1] = take(rest.size());
    return parts;
}

Bytes logs_of(std::span<const std::byte> input) {
    if (input.empty()) {
        return {};
    }
    auto parts = unpack(input.first(input.size() - 1));
    if ((input.back() & std::byte{1}) != std::byte{0}) {
        std::ranges::for_each(parts.logs, repair);
    }
    return pack(parts);
}

void mutate_logs(Bytes& packed, Random& random) {
    auto parts = unpack(packed);
    const std::size_t which = random.below(8);
    if (which == 0) {
        mutate(parts.hive, random);
    } else {
        mutate_log(parts.logs.at(which % 2), random);
    }
    packed = pack(parts);
}

} // namespace hivelint::fuzz
