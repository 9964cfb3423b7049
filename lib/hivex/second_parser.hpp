// The second parser: libhivex, where the library is built with it (meson's option `hivex`). In a
// build without, no_second_parser.cpp stands in the place of second_parser.cpp, hive.cpp and
// open_hive.cpp, and every answer is absent.
#pragma once

#include "private_image.hpp"
#include "regf/compare/comparison.hpp"

#include <hivelint/regf/lookup.hpp>
#include <hivelint/regf/verify.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace hivelint {

/// What hivex says to each of the questions; absent where it cannot be given a file: without /proc.
/// Throws Error: damaged, hivex_failed.
std::optional<std::vector<regf::Lookup>> ask_hivex(const PrivateImage& image,
                                                   std::span<const regf::Question> questions);

struct TreeCount {
    std::uint64_t keys = 0;
    std::uint64_t values = 0;
};
/// Counts what hivex sees; absent likewise. Throws Error: damaged, hivex_failed.
std::optional<TreeCount> count_with_hivex(const regf::VerifiedImage& image);

/// Which way a change leads between the hive that our own reader is given and the one that hivex
/// is.
enum class Direction : std::uint8_t { to_hivex, from_hivex };
/// Holds what hivex sees in `planned` against what our own reader sees in `stored`: they must be
/// alike but for the expected change. Throws Error failed_check, and as the others.
void compare_with_hivex(const regf::VerifiedImage& stored, const PrivateImage& planned,
                        const ExpectedChange& expected, Direction direction, const SameBytes& same);

} // namespace hivelint
