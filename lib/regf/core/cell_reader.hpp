// CellReader: pieces of hive bins out of a ByteSource, a page at a time, no page twice.
#pragma once

#include "bytes.hpp"
#include "records.hpp"

#include <hivelint/regf/base_block.hpp>
#include <hivelint/regf/walker.hpp>
#include <hivelint/source.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

namespace hivelint::regf {

/// An allocated cell: what lies behind its size field.
struct Cell {
    std::uint64_t offset; ///< of the cell, bytes from the start of the file
    std::size_t size;     ///< of its record, bytes

    std::uint64_t record_offset() const { return offset + 4; }
};

/// The cell's offset as the hive stores it.
inline CellOffset cell_offset(const Cell& cell) {
    return {static_cast<std::uint32_t>(cell.offset - kBaseBlockSize)};
}

/// Bytes with the place they came from.
struct Piece {
    std::vector<std::byte> data;
    std::uint64_t file_offset;

    Bytes bytes() const { return {data, file_offset}; }
};

class CellReader {
public:
    CellReader(const ByteSource& source, const BaseBlock& base_block)
        : source_(source), bins_size_(base_block.bins_size) {}

    /// The allocated cell at `at`. Throws Error bad_cell: no offset, not a multiple of 8, outside
    /// the bins, a wrong size, or a free cell. `from` is the file offset of the reference to it.
    Cell cell(CellOffset at, std::uint64_t from);
    /// The first `length` bytes of its record, or all of it when it holds less.
    Piece record(const Cell& cell, std::size_t length);
    /// `length` bytes from byte `at` of its record; they must be in it.
    Piece part(const Cell& cell, std::size_t at, std::size_t length);

    std::uint32_t bins_size() const { return bins_size_; }
    WalkCost cost() const { return cost_; }

private:
    using Page = std::array<std::byte, kPageSize>;

    void read(std::uint64_t offset, std::span<std::byte> out);
    const Page& page(std::uint64_t number);

    const ByteSource& source_;
    std::uint32_t bins_size_;
    /// Kept to the end: no page is read twice, and all of them are no more than the file.
    std::unordered_map<std::uint64_t, std::unique_ptr<Page>> pages_;
    WalkCost cost_;
};

} // namespace hivelint::regf
