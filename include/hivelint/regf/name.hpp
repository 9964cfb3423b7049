/// \file
/// Names of keys and values: UTF-16 units, compared as Windows compares them, never by locale.
#pragma once

#include <hivelint/export.hpp>
#include <hivelint/text.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hivelint::regf {

/// `unit` upcased by the table that Windows uses for names. Surrogates are left alone.
HIVELINT_API char16_t upcase(char16_t unit) noexcept;

/// Whether two names are one to Windows: same length, same units after upcase().
HIVELINT_API bool same_name(std::u16string_view a, std::u16string_view b) noexcept;

/// Less than, equal to or greater than 0, in the order of sorted subkey lists (REGF.md section 13,
/// 4).
HIVELINT_API int compare_names(std::u16string_view a, std::u16string_view b) noexcept;

/// The hash in an `lh` list: h = 37*h + upcase(unit) over all units (REGF.md section 4).
HIVELINT_API std::uint32_t name_hash(std::u16string_view name) noexcept;

// Under their old names.
using hivelint::escaped;
using hivelint::escaped_bytes;
using hivelint::escaped_exactly;
using hivelint::to_utf16;
using hivelint::to_utf8;

/// A path of key names below the root key.
using KeyPath = std::vector<std::u16string>;

/// Splits `Software\Microsoft\Exchange`; no text is the root key. A name that itself holds a
/// backslash cannot be written so. Throws Error invalid_argument: not UTF-8, or an empty name.
HIVELINT_API KeyPath parse_key_path(std::string_view text);

} // namespace hivelint::regf
