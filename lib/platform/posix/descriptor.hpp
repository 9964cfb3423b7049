// Handles as the descriptors that they are on POSIX.
#pragma once

#include "platform/file.hpp"

#include <cerrno>
#include <fcntl.h>

namespace hivelint {

/// How a folder is opened of which nothing is read.
#ifdef O_PATH
inline constexpr int kOnlyToPass = O_PATH;
#else
inline constexpr int kOnlyToPass = O_RDONLY;
#endif

inline int descriptor(Handle handle) { return static_cast<int>(handle); }
inline int descriptor(const File& file) { return descriptor(file.get()); }

inline Error last_error(std::string_view what) { return system_error(std::errc(errno), what); }

/// What open() gave, with a number past those of the standard streams: what is printed to a stream
/// that the tool was started without must not land in a file. Throws Error as system_error().
File owned(int number, std::string_view what);

} // namespace hivelint
