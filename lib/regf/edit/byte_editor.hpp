// ByteEditor: changes to a hive that is not touched, and the cells that a change frees.
#pragma once

#include "regf/core/bytes.hpp"
#include "regf/core/records.hpp"

#include <hivelint/regf/base_block.hpp>
#include <hivelint/source.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace hivelint::regf {

/// A view of a hive's bytes with changes on top. The bytes must outlive it and be sound: offsets
/// are asserted, not checked.
class ByteEditor {
public:
    explicit ByteEditor(std::span<const std::byte> image) : image_(image) {}

    std::uint32_t get32(std::uint64_t at) const;
    void put32(std::uint64_t at, std::uint32_t value) { put(at, value, 4); }
    void put64(std::uint64_t at, std::uint64_t value) { put(at, value, 8); }
    void put(std::uint64_t at, std::span<const std::byte> bytes);

    /// How many bytes an allocated cell has for its record.
    std::uint32_t room_of(CellOffset cell) const { return cell_at(cell.in_file()).bytes - 4; }

    /// Frees an allocated cell and joins it with a free neighbour in its bin, before and behind
    /// (REGF.md section 13, 2).
    void free_cell(CellOffset cell);

    /// What differs from the hive.
    std::vector<ByteRange> ranges() const;

private:
    std::byte byte(std::uint64_t at) const;
    void put(std::uint64_t at, std::uint64_t value, std::size_t size);
    /// The size of the cell at `at` in the file, and whether it is allocated.
    CellSize cell_at(std::uint64_t at) const;

    std::span<const std::byte> image_;
    std::map<std::uint64_t, std::byte> changed_;
};

} // namespace hivelint::regf
