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
    std::optional<Bytes> claim(CellOffset to, std::uint64_t from) {
        const std::size_t cell = to.value / 8;
        if (to.value % 8 != 0 || cell / 64 >= unclaimed_.size() || !has(unclaimed_, cell)) {
            refuse(to, from);
            return std::nullopt;
        }
        unclaimed_[cell / 64] &= ~(std::uint64_t{1} << cell % 64);
        const CellSize size =
            parse_cell_size(at(to.value, 4), static_cast<std::uint32_t>(bins_.size()) - to.value);
        return at(to.value + 4, size.bytes - 4);
    }

    /// Tells the processor that the cell at `to` is wanted soon, if there can be one.
    void prefetch(CellOffset to) const {
#ifdef __GNUC__
        if (to.value < bins_.size()) {
            __builtin_prefetch(bins_.data() + to.value);
        }
#endif
    }

    /// Notes each allocated cell that was never claimed.
    void report_unclaimed();

private:
    /// One bit for each 8 bytes of the bins.
    using Bits = std::vector<std::uint64_t>;

    static bool has(const Bits& bits, std::size_t cell) {
        return (bits[cell / 64] >> cell % 64 & 1) != 0;
    }
    static void add(Bits& bits, std::size_t cell) {
        bits[cell / 64] |= std::uint64_t{1} << cell % 64;
    }
    void map_bin(std::uint32_t begin, std::uint32_t size);
    void refuse(CellOffset to, std::uint64_t from);
    Bytes at(std::uint32_t offset, std::size_t length) const {
        return {bins_.subspan(offset, length), CellOffset{offset}.in_file()};
    }

    std::span<const std::byte> bins_;
    VerifyReport& report_;
    Bits begins_;    ///< where a cell begins
    Bits unclaimed_; ///< where an allocated one does that nothing refers to yet
};

} // namespace hivelint::regf
