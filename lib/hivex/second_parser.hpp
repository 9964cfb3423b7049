// The second parser: libhivex, where the library is built with it (meson's option `hivex`). In a
// build without, no_second_parser.cpp stands in the place of second_parser.cpp, hive.cpp and
// open_hive.cpp, and every answer is absent.
#pragma once

#include "regf/compare/tree_comparison.hpp"
#include "source/private_file.hpp"

#include <hivelint/check.hpp>
#include <hivelint/patch.hpp>
#include <hivelint/regf/verify.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace hivelint {

/// What hivex finds for each of the rules. Throws Error: damaged, hivex_failed.
std::optional<std::vector<Finding>> ask_hivex(const PrivateImage& image,
                                              std::span<const Rule* const> rules);

struct TreeCount {
    std::uint64_t keys = 0;
    std::uint64_t values = 0;
};
/// Counts what hivex sees. Throws Error: damaged, hivex_failed.
std::optional<TreeCount> count_with_hivex(const regf::VerifiedImage& image);

/// The part of check_planned_change() that hivex has: what it sees in `planned` against what our
/// own reader sees in `stored`. Throws Error failed_check, and as the others.
void compare_with_hivex(const regf::VerifiedImage& stored, const PrivateImage& planned,
                        const Patch& patch, const SameBytes& same);

} // namespace hivelint
