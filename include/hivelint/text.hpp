/// \file
/// Text: UTF-16 of hives and bytes of file systems as UTF-8, for programs and for people.
#pragma once

#include <hivelint/export.hpp>

#include <string>
#include <string_view>

namespace hivelint {

/// UTF-8 of `text`. A lone surrogate becomes U+FFFD: for names and data that people read, use
/// escaped().
HIVELINT_API std::string to_utf8(std::u16string_view text);

/// UTF-16 of `text`. Throws Error invalid_argument when it is not UTF-8.
HIVELINT_API std::u16string to_utf16(std::string_view text);

/// UTF-8 that is safe on a terminal and says all: a control character, a lone surrogate, a
/// character that changes the direction of text or prints as nothing or as a blank (U+00AD, U+3164,
/// variation selectors, tags), or U+FFFE/U+FFFF becomes `\u{1B}`, a backslash `\\`. What differs
/// differs in this form, too.
HIVELINT_API std::string escaped(std::u16string_view text);

/// The same for bytes that should be UTF-8 (paths, messages): a byte that is not part of a
/// character becomes `\x{FF}`; backslashes stay as they are.
HIVELINT_API std::string escaped_bytes(std::string_view bytes);

/// The same for one name or path, so that what differs differs in this form, too: a backslash that
/// begins what reads as one of these forms becomes `\u{5C}`.
HIVELINT_API std::string escaped_exactly(std::string_view bytes);

} // namespace hivelint
