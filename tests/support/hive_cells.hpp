// CellSpace: the hive bins of a test hive while it is being laid out, and the numbers in them.
// Part of the builder; tests include hive_builder.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace hivelint::test {

/// Bytes from the start of the file.
using FileOffset = std::size_t;

inline constexpr std::size_t kPage = 4096;
inline constexpr std::size_t kBinHeader = 32;
inline constexpr std::uint32_t kNone = 0xFFFF'FFFF;

/// To a multiple of `unit`.
constexpr std::size_t round_up(std::size_t n, std::size_t unit) {
    return (n + unit - 1) / unit * unit;
}

/// Little-endian numbers of 1 to 8 bytes. Throws std::out_of_range outside `bytes`.
void store(std::vector<std::byte>& bytes, FileOffset at, std::uint64_t value, std::size_t width);
std::uint64_t load(std::span<const std::byte> bytes, FileOffset at, std::size_t width);
void store_bytes(std::vector<std::byte>& bytes, FileOffset at, std::span<const std::byte> what);
void store_text(std::vector<std::byte>& bytes, FileOffset at, std::string_view what);

/// The value that the base block's checksum field must have.
std::uint32_t base_block_checksum(std::span<const std::byte> file);

/// A file offset as the hive stores it, relative to the first bin.
std::uint32_t to_relative(FileOffset at);

/// An empty base block followed by bins, which grow as cells are taken from them.
class CellSpace {
public:
    /// `time` goes into the header of the first bin.
    explicit CellSpace(std::uint64_t time);

    /// An allocated cell that holds at least `payload` zero bytes after its size field. Cells come
    /// one behind the other; what is left of a bin when one does not fit becomes one free cell.
    FileOffset allocate(std::size_t payload);
    /// Turns what is left of the last bin into a free cell, so that the next cell opens a bin.
    void close_bin();
    /// A bin of that size (a multiple of 4096) which holds one free cell only.
    void add_free_bin(std::size_t size);

    std::vector<std::byte> bytes;
    std::vector<FileOffset> bins;
    std::vector<FileOffset> free_cells;

private:
    void open_bin(std::size_t size);

    std::uint64_t time_;
    FileOffset next_ = kPage; ///< first unused byte of the last bin
};

} // namespace hivelint::test
