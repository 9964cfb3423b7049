// What keys and values of a test hive have in common, and the layout of one value.
// Part of the builder; tests include hive_builder.hpp.
#pragma once

#include "tests/support/hive_builder.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <vector>

namespace hivelint::test {

/// Whether the name of a KeySpec or ValueSpec is stored with 8 bits to the unit.
template<typename Spec>
bool stored_in_8_bits(const Spec& spec) {
    return !spec.wide_name &&
           std::ranges::all_of(spec.name, [](char16_t unit) { return unit < 256; });
}

/// The name's bytes as stored.
template<typename Spec>
std::vector<std::byte> stored_name(const Spec& spec) {
    if (spec.raw_name) {
        return *spec.raw_name;
    }
    if (!stored_in_8_bits(spec)) {
        return utf16_bytes(spec.name);
    }
    std::vector<std::byte> out;
    std::ranges::transform(spec.name, std::back_inserter(out),
                           [](char16_t unit) { return static_cast<std::byte>(unit); });
    return out;
}

/// `length`, for a field of 16 bits. Throws std::invalid_argument, which names `what`.
std::size_t checked_length(std::size_t length, const char* what);

/// A cell that holds `data`.
FileOffset data_cell(CellSpace& cells, std::span<const std::byte> data);

/// The key value record and its data, in the form that a hive of that minor version has.
ValuePlace lay_out_value(CellSpace& cells, const ValueSpec& spec, std::uint32_t minor);

} // namespace hivelint::test
