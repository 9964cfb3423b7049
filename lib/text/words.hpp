// How people are told of errors and numbers.
#pragma once

#include <hivelint/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace hivelint {

/// `bad-cell at 0x2040: cell size …`
std::string described(const Error& error);

/// `1 piece`, `3 pieces`
std::string counted(std::uint64_t number, std::string_view singular);

} // namespace hivelint
