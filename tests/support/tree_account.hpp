// The whole tree of a hive as lines that a test can compare, as each of the two parsers sees it.
#pragma once

#include "tests/support/hive_builder.hpp"

#include <string>
#include <vector>

namespace hivelint::test {

/// A line for each key with its last-written time, and one for each value:
/// `\Software\Microsoft\Exchange : MapiHttpDisabled 4 01000000`.
std::vector<std::string> hivex_tree(const BuiltHive& hive);

/// tree_changes() of edited.hpp.
std::vector<std::string> walker_changes(const BuiltHive& before, const BuiltHive& after);

} // namespace hivelint::test
