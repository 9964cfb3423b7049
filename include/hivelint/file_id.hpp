/// \file
/// FileId: which file it is, whatever its name.
#pragma once

#include <hivelint/export.hpp>

#include <compare>
#include <cstdint>

namespace hivelint {

/// Which file this is, whatever its name: one hive under two hard links is one hive.
struct HIVELINT_API FileId {
    std::uint64_t device = 0; ///< as the system numbers them
    std::uint64_t inode = 0;  ///< of the file on that device

    /// By device, then inode: the order means nothing, but it is one.
    friend auto operator<=>(const FileId&, const FileId&) = default;
};

} // namespace hivelint
