/// \file
/// The second parser, by whose answer a finding is confirmed.
#pragma once

#include <hivelint/export.hpp>

#include <string_view>

namespace hivelint {

/// The parser that confirms what the walker finds: `hivex`; empty where the library was built
/// without it. A finding then rests on the walker and on regf::verify(), and `confirmed_by` says
/// so.
HIVELINT_API std::string_view second_parser() noexcept;

} // namespace hivelint
