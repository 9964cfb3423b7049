// What data of a value say.
#pragma once

#include <hivelint/check.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace hivelint {

/// Of a REG_DWORD of 4 bytes, or a REG_QWORD of 8.
std::optional<std::uint64_t> number_in(const regf::ValueData& data) noexcept;

/// The text that regf::text_data() made them of; absent when they are other data.
std::optional<std::string> text_in(const regf::ValueData& data);

} // namespace hivelint
