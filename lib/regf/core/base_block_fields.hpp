// The fields of a base block, of a primary file or of a log (REGF.md section 2): where they stand,
// and what they may hold.
#pragma once

#include "bytes.hpp"

#include <hivelint/regf/base_block.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace hivelint::regf {

/// The part of the base block that has fields and that the checksum covers.
inline constexpr std::size_t kFieldsSize = 512;

/// Where in the base block a field stands.
namespace field {
inline constexpr std::size_t kPrimarySequence = 4, kSecondarySequence = 8, kLastWritten = 12,
                             kFileType = 28, kBinsSize = 40, kFlags = 144, kChecksum = 508;
}

/// The file types of transaction logs.
inline constexpr std::uint32_t kOldLog = 1, kOlderLog = 2, kNewLog = 6;

/// What the checksum field of `block`, which has kFieldsSize bytes, must hold (section 2.1).
std::uint32_t base_block_checksum(Bytes block);

/// The fields as stored. `block` has kFieldsSize bytes.
BaseBlock parse_base_block(Bytes block);

/// The first field that cannot be, the file type left aside, in the order in which a reader should
/// hear of it.
std::optional<Error> impossible_field(Bytes block);

} // namespace hivelint::regf
