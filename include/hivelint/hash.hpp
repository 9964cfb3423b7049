/// \file
/// HashKind: the hashes of a file that a report can have.
#pragma once

#include <hivelint/export.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace hivelint {

/// The hashes that case systems go by.
enum class HashKind : std::uint8_t {
    sha256, ///< the one that proves anything
    sha1,   ///< for lists that have no other
    md5,    ///< likewise
};
/// `sha256`, `sha1`, `md5`
HIVELINT_API std::string_view to_string(HashKind kind) noexcept;
/// The kind of that word; absent when there is none.
HIVELINT_API std::optional<HashKind> hash_kind_from_string(std::string_view word) noexcept;

} // namespace hivelint
