// The fields of a base block, of a primary file or of a log (REGF.md section 2): where they stand,
// and what they may hold.
#pragma once

#include "bytes.hpp"

#include <hivelint/regf/base_block.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace hivelint::regf {

/// What a base block, a hive bin, an entry of a log of the new format and the bitmap of a log of
/// the old one begin with.
namespace magic {
inline constexpr std::uint32_t kRegf = 0x6667'6572, kHbin = 0x6E69'6268, kHvle = 0x454C'7648,
                               kDirt = 0x5452'4944;
}

/// The part of the base block that has fields and that the checksum covers.
inline constexpr std::size_t kFieldsSize = 512;

/// Where in the base block a field stands.
namespace field {
inline constexpr std::size_t kPrimarySequence = 4, kSecondarySequence = 8, kLastWritten = 12,
                             kFileType = 28, kBinsSize = 40, kFlags = 144, kChecksum = 508;
}

/// Flags: transactions may be pending, the bit that log entries carry; and, from version 1.6 on,
/// keys are layered.
inline constexpr std::uint32_t kPendingTransactions = 1, kLayeredKeys = 2;

/// Of a log: the unit its parts are multiples of, and the size of an entry's header in the new
/// format (section 11).
inline constexpr std::size_t kLogSector = 512, kLogEntryHeader = 40;

/// The file types of transaction logs.
inline constexpr std::uint32_t kOldLog = 1, kOlderLog = 2, kNewLog = 6;

/// Of the numbers that the checksum covers, of which `number_at` gives that at an offset (section
/// 2.1); stored_checksum() of it is what is stored.
template<typename NumberAt>
std::uint32_t sum_of_fields(NumberAt number_at) {
    std::uint32_t sum = 0;
    for (std::size_t at = 0; at < field::kChecksum; at += 4) {
        sum ^= number_at(at);
    }
    return sum;
}

/// What the checksum field of `block`, which has kFieldsSize bytes, must hold (section 2.1).
std::uint32_t base_block_checksum(Bytes block);

/// The fields as stored. `block` has kFieldsSize bytes.
BaseBlock parse_base_block(Bytes block);

/// The first field that cannot be, the file type left aside, in the order in which a reader should
/// hear of it.
std::optional<Error> impossible_field(Bytes block);

} // namespace hivelint::regf
