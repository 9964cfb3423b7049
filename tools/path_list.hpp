// Lists of paths from a file or standard input.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace hivelint::tools {

/// The paths in the file `name`, `-` for standard input. Throws hivelint::Error.
std::vector<std::filesystem::path> read_path_list(const std::string& name);

} // namespace hivelint::tools
