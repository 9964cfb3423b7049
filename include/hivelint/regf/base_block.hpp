/// \file
/// The base block: the first 4096 bytes of a hive, of which 512 are fields (REGF.md section 2).
#pragma once

#include <hivelint/error.hpp>
#include <hivelint/export.hpp>
#include <hivelint/regf/file_time.hpp>
#include <hivelint/source.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace hivelint::regf {

/// Bytes of the base block, after which the hive bins begin.
inline constexpr std::uint32_t kBaseBlockSize = 4096;
/// Bytes; a hive bin is some of them.
inline constexpr std::uint32_t kPageSize = 4096;
/// Bytes. Cell offsets are 31 bits wide: bins never hold more.
inline constexpr std::uint32_t kMaxBinsSize = 0x7FFF'F000;

/// An offset from the first hive bin, as the hive stores it. Not an offset in the file.
struct CellOffset {
    std::uint32_t value = 0xFFFF'FFFF; ///< bytes from the first hive bin

    /// Whether it is the mark for 'there is none'.
    bool none() const { return value == 0xFFFF'FFFF; }
    /// The same place in bytes from the start of the file.
    std::uint64_t in_file() const { return std::uint64_t{kBaseBlockSize} + value; }

    /// By place.
    friend auto operator<=>(const CellOffset&, const CellOffset&) = default;
};

/// The fields of the base block as stored.
struct BaseBlock {
    std::uint32_t primary_sequence = 0;   ///< one more when a write begins
    std::uint32_t secondary_sequence = 0; ///< the same again when it is complete
    FileTime last_written;                ///< not kept up by every version of Windows
    std::uint32_t major = 0;              ///< of the format's version, 1
    std::uint32_t minor = 0;              ///< of the format's version, 3 to 6
    CellOffset root;                      ///< of the root key's cell
    std::uint32_t bins_size = 0;          ///< bytes, without the base block
    std::uint32_t clustering_factor = 0;  ///< sector size / 512
    std::u16string file_name;             ///< the tail of the hive's path, free text
    std::uint32_t flags = 0;              ///< bit 0: transactions may be pending
    FileTime last_reorganized;            ///< ticks 0: never
    std::uint32_t stored_checksum = 0;    ///< of the first 508 bytes, as stored
    std::uint32_t computed_checksum = 0;  ///< what it has to be

    /// Whether the two checksums are the same.
    bool checksum_valid() const { return stored_checksum == computed_checksum; }
    /// Whether the newest data may be in the logs only (REGF.md section 3).
    bool dirty() const { return primary_sequence != secondary_sequence || !checksum_valid(); }
    /// Whether this is a layer over another hive, which may hold what is absent here.
    HIVELINT_API bool differencing() const;
    /// The bytes of base block and hive bins together.
    std::uint64_t image_size() const { return std::uint64_t{kBaseBlockSize} + bins_size; }
};

/// Reads and judges the base block. A wrong checksum or a file that ends before its bins is not an
/// error here (see checksum_valid() and image_size()) as long as every other field can be.
/// Throws Error: too_short, not_a_hive, wrong_file_type, unsupported_version, bad_base_block,
/// checksum_mismatch (and a field is impossible, but a hive bin follows), and what read_at()
/// throws.
HIVELINT_API BaseBlock read_base_block(const ByteSource& source);

} // namespace hivelint::regf
