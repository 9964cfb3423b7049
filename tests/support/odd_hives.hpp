// Odd hives: what a user's hive can be besides sound, each with what the tools must say of it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hivelint::test {

struct OddHive {
    std::string name; ///< what is odd; made of letters and dashes
    std::vector<std::byte> bytes;
    std::string_view verdict;
    std::string_view reason; ///< empty: null
    std::string_view state;
    std::string_view error; ///< the code; empty: no error
};

/// Values, structure, base blocks, files that are no hives.
std::vector<OddHive> odd_hives();

/// Names that a hostile hive or folder can have: text that controls a terminal, changes the
/// direction of text, breaks lines, or is no text.
std::vector<std::u16string> hostile_names();
/// The same for files: without NUL and slash, and with bytes that are no UTF-8.
std::vector<std::string> hostile_file_names();

/// A hive full of hostile_names(), as keys, values, data and embedded file name.
std::vector<std::byte> hostile_hive(std::u16string file_name);

} // namespace hivelint::test
