// SameBytes: where a hive is the same before and after a change, so that no parser need be asked.
#pragma once

#include "regf/core/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace hivelint {

/// The record of the cell at `offset` of the file. Throws Error bad_cell.
regf::Bytes record_at(std::span<const std::byte> image, std::uint64_t offset);

/// The bytes of a hive before and after. Where a parser finds a record at one place in both, and
/// its bytes are the same, it sees the same there: it need not be asked.
class SameBytes {
public:
    /// Both must outlive this.
    SameBytes(std::span<const std::byte> before, std::span<const std::byte> after);

    /// Whether the cell at `offset` of the file is the same. Throws Error bad_cell.
    bool cell(std::uint64_t offset) const;
    /// Whether the value at `offset` and its data are; false, too, where that takes a parser.
    bool value(std::uint64_t offset) const;

private:
    std::span<const std::byte> before_;
    std::vector<std::size_t> differing_; ///< blocks, ascending
    std::size_t common_;                 ///< bytes that both have
};

} // namespace hivelint
