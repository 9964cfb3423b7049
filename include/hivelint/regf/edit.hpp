/// \file
/// edit: the bytes that a change of one value takes, from the bytes of a hive alone (REGF.md
/// section 14). Nothing is written here.
#pragma once

#include <hivelint/export.hpp>
#include <hivelint/regf/file_time.hpp>
#include <hivelint/regf/name.hpp>
#include <hivelint/regf/verify.hpp>
#include <hivelint/source.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hivelint::regf {

/// The change of one value.
struct Edit {
    KeyPath key;          ///< the key that has the value
    std::u16string value; ///< its name
    /// The number that the REG_DWORD gets; absent: the value is deleted.
    std::optional<std::uint32_t> number;
    /// Becomes the key's last-written time.
    FileTime time;
    /// Becomes both sequence numbers; it must be above every number in the hive and its logs.
    std::uint32_t sequence = 0;
    /// Whether the base block's last-written time (and the first bin's copy of it) is kept up too;
    /// it is not in hives whose logs have the new format.
    bool stamp_base_block = false;
    /// Replace a value of another type or size by a proper REG_DWORD too.
    bool force = false;
};

/// The ranges that differ after the edit, ascending, not touching each other; none when the value
/// is absent or already has the number. The file's size does not change, and nothing else moves.
/// Throws Error: damaged (see VerifyReport), dirty_hive, differencing_hive, duplicate_name,
/// nonstandard_value, tombstone, link_key, predefined_key.
HIVELINT_API std::vector<ByteRange> edit_value(const VerifiedImage& image, const Edit& edit);

} // namespace hivelint::regf
