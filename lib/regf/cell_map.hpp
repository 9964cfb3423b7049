// CellMap: every bin and cell of a hive in memory, and which cells something refers to.
#pragma once

#include "bytes.hpp"
#include "records.hpp"

#include <hivelint/regf/base_block.hpp>
#include <hivelint/regf/verify.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hivelint::regf {

/// Notes an issue in `report`; past the limit it is only counted.
void add_issue(VerifyReport& report, Problem problem, std::uint64_t offset, std::string message);

class CellMap {
public:
    /// Walks all bins and cells of `image`, of which at most `bins_size` bytes of bins count.
    /// What is wrong goes into `report`, which must outlive the map, like `image`.
    CellMap(std::span<const std::byte> image, std::uint32_t bins_size, VerifyReport& report);

    /// The record of the allocated cell at `to`, which from now on counts as referred to. Absent,
    /// and an issue, when there is no such cell, or when something else refers to it already.
    /// `from` is the file offset of the reference.
    std::optional<Bytes> claim(CellOffset to, std::uint64_t from);

    /// Notes each allocated cell that was never claimed.
    void report_unclaimed();

private:
    // One byte for each 8 bytes of the bins: what begins there.
    enum Mark : std::uint8_t { kNothing = 0, kFree = 1, kAllocated = 2, kClaimed = 3 };

    void map_bin(std::uint32_t begin, std::uint32_t size);
    Bytes at(std::uint32_t offset, std::size_t length) const;

    std::span<const std::byte> bins_;
    VerifyReport& report_;
    std::vector<Mark> marks_;
};

} // namespace hivelint::regf
