#include "native.hpp"

#include "platform/path_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <vector>
#include <winternl.h>

namespace hivelint {
namespace {

constexpr std::wstring_view kNativePrefix = L"\\??\\";
constexpr std::wstring_view kLongPrefix = L"\\\\?\\";
constexpr std::wstring_view kDevicePrefix = L"\\\\.\\";

/// `place` as an absolute path: `.`, `\` or a drive with its colon.
std::wstring absolute(const wchar_t* place) {
    std::wstring path(32768, L'\0');
    const DWORD size =
        ::GetFullPathNameW(place, static_cast<DWORD>(path.size()), path.data(), nullptr);
    if (size == 0 || size >= path.size()) {
        throw last_error("the current folder cannot be told");
    }
    path.resize(size);
    return path;
}

/// The path behind `\??\`, without the words that mean something to Win32 only. (GetFullPathName()
/// would also take away dots and spaces at the end of names, which files of an image can have.)
std::wstring native_rest(std::wstring path) {
    if (path.starts_with(kLongPrefix) || path.starts_with(kNativePrefix) ||
        path.starts_with(kDevicePrefix)) {
        return path.substr(kLongPrefix.size());
    }
    std::ranges::replace(path, L'/', L'\\');
    const bool on_drive = path.size() >= 2 && path[1] == L':';
    const bool on_server = path.starts_with(L"\\\\");
    if (!on_server && !(on_drive && path.size() > 2 && path[2] == L'\\')) {
        const std::size_t named = on_drive ? 2 : 0;
        const auto base = on_drive                  ? absolute(path.substr(0, 2).c_str())
                          : path.starts_with(L'\\') ? absolute(L"\\")
                                                    : absolute(L".");
        return native_rest(base + L'\\' + path.substr(named));
    }
    const std::wstring root = on_server ? L"UNC" : path.substr(0, 2);
    std::vector<std::wstring> names;
    for (std::size_t at = 2; at < path.size();) {
        const auto end = std::min(path.find(L'\\', at), path.size());
        const auto name = path.substr(at, end - at);
        at = end + 1;
        const std::size_t kept = on_server ? 2 : 0; // server and share
        if (name == L".." && names.size() > kept) {
            names.pop_back();
        } else if (!name.empty() && name != L"." && name != L"..") {
            names.push_back(name);
        }
    }
    std::wstring out = root;
    for (const auto& name : names) {
        out += L'\\' + name;
    }
    return names.empty() ? out + L'\\' : out;
}

struct Meaning {
    DWORD error;
    std::errc problem;
};
constexpr auto kMeanings = std::to_array<Meaning>({
    {ERROR_FILE_NOT_FOUND, std::errc::no_such_file_or_directory},
    {ERROR_PATH_NOT_FOUND, std::errc::no_such_file_or_directory},
    {ERROR_INVALID_NAME, std::errc::no_such_file_or_directory},
    {ERROR_BAD_NETPATH, std::errc::no_such_file_or_directory},
    {ERROR_BAD_NET_NAME, std::errc::no_such_file_or_directory},
    {ERROR_BAD_PATHNAME, std::errc::no_such_file_or_directory},
    {ERROR_INVALID_DRIVE, std::errc::no_such_file_or_directory},
    {ERROR_DELETE_PENDING, std::errc::no_such_file_or_directory},
    {ERROR_FILENAME_EXCED_RANGE, std::errc::filename_too_long},
    {ERROR_DIRECTORY, std::errc::not_a_directory},
    {ERROR_ACCESS_DENIED, std::errc::permission_denied},
    {ERROR_PRIVILEGE_NOT_HELD, std::errc::permission_denied},
    {ERROR_WRITE_PROTECT, std::errc::read_only_file_system},
    {ERROR_SHARING_VIOLATION, std::errc::device_or_resource_busy},
    {ERROR_LOCK_VIOLATION, std::errc::device_or_resource_busy},
    {ERROR_FILE_EXISTS, std::errc::file_exists},
    {ERROR_ALREADY_EXISTS, std::errc::file_exists},
    {ERROR_DISK_FULL, std::errc::no_space_on_device},
    {ERROR_HANDLE_DISK_FULL, std::errc::no_space_on_device},
    {ERROR_NOT_ENOUGH_MEMORY, std::errc::not_enough_memory},
    {ERROR_OUTOFMEMORY, std::errc::not_enough_memory},
    {ERROR_COMMITMENT_LIMIT, std::errc::not_enough_memory},
    {ERROR_BROKEN_PIPE, std::errc::broken_pipe},
    {ERROR_NO_DATA, std::errc::broken_pipe},
    {ERROR_INVALID_HANDLE, std::errc::bad_file_descriptor},
    {ERROR_CANT_RESOLVE_FILENAME, std::errc::too_many_symbolic_link_levels},
});

} // namespace

std::errc errc_of(DWORD error) {
    const auto* const found = std::ranges::find(kMeanings, error, &Meaning::error);
    return found != kMeanings.end() ? found->problem : std::errc::io_error;
}

Error windows_error(DWORD error, std::string_view what) {
    const auto problem = errc_of(error);
    if (problem == std::errc::device_or_resource_busy) {
        return {ErrorCode::locked, fmt::format("{}: another process has it open", what)};
    }
    if (problem == std::errc::io_error) {
        return {ErrorCode::io_error, fmt::format("{}: error {} of Windows", what, error)};
    }
    return system_error(problem, what);
}

Error last_error(std::string_view what) { return windows_error(::GetLastError(), what); }

std::wstring long_path(const std::filesystem::path& path) {
    return std::wstring(kLongPrefix) + native_rest(path.native());
}

DWORD open_native(Handle folder, const std::string& name, const Opening& how, File& file) {
    if (name.empty()) {
        return ERROR_FILE_NOT_FOUND;
    }
    std::wstring path =
        folder == kNoHandle ? std::wstring(kNativePrefix) + native_rest(wide(name)) : wide(name);
    if (path.size() > 32767) {
        return ERROR_FILENAME_EXCED_RANGE;
    }
    UNICODE_STRING text = {};
    text.Buffer = path.data();
    text.Length = static_cast<USHORT>(path.size() * sizeof(wchar_t));
    text.MaximumLength = text.Length;
    OBJECT_ATTRIBUTES attributes = {};
    attributes.Length = sizeof attributes;
    attributes.RootDirectory = folder == kNoHandle ? nullptr : native(folder);
    attributes.ObjectName = &text;
    attributes.Attributes = OBJ_CASE_INSENSITIVE;
    IO_STATUS_BLOCK outcome = {};
    HANDLE handle = nullptr;
    const NTSTATUS status = ::NtCreateFile(
        &handle, how.access | SYNCHRONIZE, &attributes, &outcome, nullptr, FILE_ATTRIBUTE_NORMAL,
        how.share, how.disposition,
        how.options | FILE_OPEN_REPARSE_POINT | FILE_SYNCHRONOUS_IO_NONALERT, nullptr, 0);
    if (!NT_SUCCESS(status)) {
        return ::RtlNtStatusToDosError(status);
    }
    file = File(reinterpret_cast<Handle>(handle));
    return ERROR_SUCCESS;
}

} // namespace hivelint
