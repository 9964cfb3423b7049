#include "platform/path_text.hpp"

#include <climits>

namespace hivelint {

const std::size_t kLongestPath = PATH_MAX;

std::string text_of(const std::filesystem::path& path) { return path.native(); }

std::filesystem::path path_of(std::string_view text) { return text; }

} // namespace hivelint
