/// \file
/// edit: the bytes that a change of values takes, from the bytes of a hive alone (REGF.md section
/// 14). Nothing is written here.
#pragma once

#include <hivelint/export.hpp>
#include <hivelint/regf/file_time.hpp>
#include <hivelint/regf/lookup.hpp>
#include <hivelint/regf/name.hpp>
#include <hivelint/regf/verify.hpp>
#include <hivelint/source.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hivelint::regf {

/// The change of one value that is there.
struct ValueChange {
    KeyPath key;          ///< the key that has the value
    std::u16string value; ///< its name
    /// What it becomes; absent: it is deleted.
    std::optional<ValueData> becomes{};
};

/// The change of a hive.
struct Edit {
    std::vector<ValueChange> changes{}; ///< each of another value
    /// Becomes the last-written time of the keys.
    FileTime time{};
    /// Becomes both sequence numbers; it must be above every number in the hive and its logs.
    std::uint32_t sequence = 0;
    /// Whether the base block's last-written time (and the first bin's copy of it) is kept up too;
    /// it is not in hives whose logs have the new format.
    bool stamp_base_block = false;
};

/// The ranges that differ after the edit, ascending, not touching each other; none when the values
/// are absent or already what they shall be. The file's size does not change, and nothing else
/// moves: data of more than 4 bytes have to fit the cell that the value's data lie in.
/// Throws Error: damaged (see VerifyReport), dirty_hive, differencing_hive, duplicate_name,
/// no_room, tombstone, link_key, predefined_key; invalid_argument: one value has two changes.
HIVELINT_API std::vector<ByteRange> edit_values(const VerifiedImage& image, const Edit& edit);

} // namespace hivelint::regf
