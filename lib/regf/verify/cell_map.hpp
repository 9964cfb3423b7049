// CellMap: every bin and cell of a hive in memory, and which cells something refers to.
#pragma once

#include "regf/core/bytes.hpp"
#include "regf/core/records.hpp"

#include <hivelint/regf/base_block.hpp>
#include <hivelint/regf/verify.hpp>

#include <bit>
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
        if (to.value % 8 != 0 || cell / 64 >= cells_.size() ||
            !has(cells_[cell / 64].unclaimed, cell)) {
            refuse(to, from);
            return std::nullopt;
        }
        cells_[cell / 64].unclaimed &= ~bit(cell);
        return at(to.value + 4, next_after(cell) * 8 - to.value - 4);
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
    /// One bit for each 8 bytes of 512.
    struct Cells {
        std::uint64_t begins = 0;    ///< where a cell does, whole or damaged, or a bin
        std::uint64_t unclaimed = 0; ///< where an allocated cell does that nothing refers to yet
    };

    static std::uint64_t bit(std::size_t cell) { return std::uint64_t{1} << cell % 64; }
    static bool has(std::uint64_t bits, std::size_t cell) { return (bits & bit(cell)) != 0; }
    /// Where the next cell or bin begins, in 8 bytes. The cell's own size is not looked at: where
    /// it stands, in memory far away, may be all that is ever wanted of it.
    std::size_t next_after(std::size_t cell) const {
        std::size_t word = (cell + 1) / 64;
        std::uint64_t bits = cells_[word].begins & ~std::uint64_t{0} << (cell + 1) % 64;
        while (bits == 0) {
            bits = cells_[++word].begins;
        }
        return word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
    }
    void mark(std::uint32_t begin) { cells_[begin / 512].begins |= bit(begin / 8); }
    bool is_cell(CellOffset to) const;
    void map_bin(std::uint32_t begin, std::uint32_t size);
    void refuse(CellOffset to, std::uint64_t from);
    Bytes at(std::uint32_t offset, std::size_t length) const {
        return {bins_.subspan(offset, length), CellOffset{offset}.in_file()};
    }

    std::span<const std::byte> bins_;
    VerifyReport& report_;
    std::vector<Cells> cells_; ///< of all bins, and of their end
};

} // namespace hivelint::regf
