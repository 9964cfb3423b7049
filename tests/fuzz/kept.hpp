// Inputs that libFuzzer kept: the fewest that take all the branches it found, in the tree as text
// (tests/fuzz/corpus/TARGET.txt, one a line: hexadecimal digits, `z17.` for 17 zeros).
#pragma once

#include "tests/fuzz/corpus.hpp"

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace hivelint::fuzz {

/// Those of a target; none when it has no file.
std::vector<Seed> kept_inputs(const std::string& target);

/// An input as such a line.
std::string kept_line(std::span<const std::byte> bytes);

/// The files in a folder as such lines, the shortest first.
std::string kept_lines(const std::filesystem::path& folder);

} // namespace hivelint::fuzz
