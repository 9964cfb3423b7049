// What the files of this folder share: Windows' words for paths, errors and open files.
//
// Files are opened with NtCreateFile(), which alone opens a name in an open folder, as POSIX'
// openat() does. Its paths have no limit of 260 characters and no reserved names: NUL or CON is a
// file like any other, and a dot or a space at the end of a name counts.
#pragma once

#include "platform/file.hpp"

#include <string>
#include <string_view>
#include <system_error>
#include <windows.h>

namespace hivelint {

inline HANDLE native(Handle handle) { return reinterpret_cast<HANDLE>(handle); }
inline HANDLE native(const File& file) { return native(file.get()); }

/// UTF-16 of the text; see path_text.hpp.
std::wstring wide(std::string_view text);
std::string narrow(std::wstring_view text);

/// What POSIX calls the error.
std::errc errc_of(DWORD error);
/// The Error for GetLastError(). A file that another process does not share is locked.
Error last_error(std::string_view what);
Error windows_error(DWORD error, std::string_view what);

/// The path as functions of Windows take it whatever its length: absolute, beginning with `\\?\`.
/// Throws Error as system_error() when the current folder cannot be told.
std::wstring long_path(const std::filesystem::path& path);

/// As NtCreateFile() wants it.
struct Opening {
    ACCESS_MASK access;
    ULONG share;
    ULONG disposition;
    ULONG options;
};
/// Opens `name` in `folder`; with kNoHandle, `name` is a path. Links in the last component are not
/// followed. The error, and an open `file` where there is none.
DWORD open_native(Handle folder, const std::string& name, const Opening& how, File& file);
/// The same. Throws Error as system_error(); the message begins with `what`.
File opened(Handle folder, const std::string& name, const Opening& how, std::string_view what);

} // namespace hivelint
