// Paths as the text that people, reports and lists know them by.
//
// On POSIX a path is bytes, and those are the text. On Windows it is UTF-16, and the text is UTF-8;
// a surrogate without its other half, which a name may hold there, takes the three bytes that UTF-8
// would have for it (WTF-8): no two paths have one text, and reports show such bytes as they show
// others that are not UTF-8.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace hivelint {

std::string text_of(const std::filesystem::path& path);
/// The other way.
std::filesystem::path path_of(std::string_view text);

/// What stands between the names of a path that is made here.
inline constexpr char kSeparator = static_cast<char>(std::filesystem::path::preferred_separator);
/// How many bytes of a path the system takes at once.
extern const std::size_t kLongestPath;

} // namespace hivelint
