/// \file
/// Which hivelint this is: of the headers as macros, of the library as version().
#pragma once

#include <hivelint/export.hpp>

#include <string_view>

// The preprocessor is to be able to compare them. NOLINTBEGIN(modernize-macro-to-enum)
/// As in semantic versioning.
#define HIVELINT_VERSION_MAJOR 0
/// Before 1.0 one more of it may break programs.
#define HIVELINT_VERSION_MINOR 1
/// One more of it breaks none.
#define HIVELINT_VERSION_PATCH 0
// NOLINTEND(modernize-macro-to-enum)
/// `0.1.0`
#define HIVELINT_VERSION "0.1.0"

namespace hivelint {

/// The version of the library that the program runs with: `0.1.0`. A program that was compiled
/// against other headers sees another HIVELINT_VERSION.
HIVELINT_API std::string_view version() noexcept;

} // namespace hivelint
