/// \file
/// Sequence numbers: 32 bits that wrap, in base blocks and log entries (REGF.md sections 2, 6 and
/// 9).
#pragma once

#include <hivelint/export.hpp>
#include <hivelint/source.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace hivelint::regf {

/// Whether `a` comes after `b`, by circular comparison.
constexpr bool is_after(std::uint32_t a, std::uint32_t b) { return a != b && a - b < 0x8000'0000; }

/// What a transaction log says of sequence numbers.
struct LogNumbers {
    std::uint32_t highest = 0; ///< of `floor` and every number in the log
    /// A log of Windows 8.1 or later: its base block says type 6; when that is damaged, the log has
    /// entries.
    bool new_format = false;
};

/// The highest of `floor` and the numbers in the log's base block and in each of its entries whose
/// header is sound, remnants of earlier rounds included. A file that is no log has none.
/// Throws what read_at() throws.
HIVELINT_API LogNumbers log_numbers(const ByteSource& log, std::uint32_t floor);

/// Marvin32 with the seed of log entries (REGF.md section 6.1).
HIVELINT_API std::uint64_t marvin32(std::span<const std::byte> bytes);

} // namespace hivelint::regf
