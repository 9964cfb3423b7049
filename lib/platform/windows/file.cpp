#include "platform/file.hpp"

#include "native.hpp"
#include "platform/path_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>

namespace hivelint {
namespace {

constexpr ULONG kShareAll = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
constexpr ULONG kOnlyToLook = FILE_OPEN_FOR_BACKUP_INTENT;

FileMoment moment_of(const FILETIME& time) {
    constexpr std::uint64_t kTicks = 10'000'000; // of 100 nanoseconds, in a second
    const std::uint64_t ticks =
        (std::uint64_t{time.dwHighDateTime} << 32) | std::uint64_t{time.dwLowDateTime};
    return {static_cast<std::int64_t>(ticks / kTicks),
            static_cast<std::int64_t>(ticks % kTicks * 100)};
}

LARGE_INTEGER ticks_of(const FileMoment& moment) {
    LARGE_INTEGER ticks = {};
    ticks.QuadPart = moment.seconds * 10'000'000 + moment.nanoseconds / 100;
    return ticks;
}

FileKind kind_of(HANDLE handle, DWORD attributes) {
    switch (::GetFileType(handle)) {
    case FILE_TYPE_DISK: break;
    case FILE_TYPE_CHAR: return FileKind::character_device;
    case FILE_TYPE_PIPE: return FileKind::fifo;
    default: return FileKind::unknown;
    }
    FILE_ATTRIBUTE_TAG_INFO tag = {};
    const bool special = (attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
    if (special &&
        (!::GetFileInformationByHandleEx(handle, FileAttributeTagInfo, &tag, sizeof tag) ||
         IsReparseTagNameSurrogate(tag.ReparseTag))) {
        return FileKind::symbolic_link;
    }
    if ((attributes & FILE_ATTRIBUTE_DIRECTORY) != 0) {
        return FileKind::folder;
    }
    return special ? FileKind::placeholder : FileKind::regular;
}

/// Of the 128 bits that name a file, NTFS and FAT leave the upper ones 0; in ReFS they are the
/// folder's. They are mixed into the device, whose own number is nothing but a mark.
FileId id_of(HANDLE handle, const BY_HANDLE_FILE_INFORMATION& known) {
    FILE_ID_INFO info = {};
    if (!::GetFileInformationByHandleEx(handle, FileIdInfo, &info, sizeof info)) { // of FAT
        return {known.dwVolumeSerialNumber,
                (std::uint64_t{known.nFileIndexHigh} << 32) | known.nFileIndexLow};
    }
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    std::memcpy(&low, info.FileId.Identifier, sizeof low);
    std::memcpy(&high, info.FileId.Identifier + sizeof low, sizeof high);
    return {info.VolumeSerialNumber ^ high, low};
}

} // namespace

File opened(Handle folder, const std::string& name, const Opening& how, std::string_view what) {
    File file;
    if (const DWORD error = open_native(folder, name, how, file); error != ERROR_SUCCESS) {
        throw windows_error(error, what);
    }
    return file;
}

File::~File() {
    if (is_open()) {
        ::CloseHandle(native(handle_));
    }
}

FileStatus status_of(Handle file) {
    BY_HANDLE_FILE_INFORMATION info = {};
    if (!::GetFileInformationByHandle(native(file), &info)) {
        throw last_error("cannot be examined");
    }
    FILE_BASIC_INFO basic = {};
    FileMoment changed = moment_of(info.ftLastWriteTime);
    if (::GetFileInformationByHandleEx(native(file), FileBasicInfo, &basic, sizeof basic)) {
        changed = {basic.ChangeTime.QuadPart / 10'000'000,
                   basic.ChangeTime.QuadPart % 10'000'000 * 100};
    }
    return {.kind = kind_of(native(file), info.dwFileAttributes),
            .read_only = (info.dwFileAttributes & FILE_ATTRIBUTE_READONLY) != 0,
            .id = id_of(native(file), info),
            .size = (std::uint64_t{info.nFileSizeHigh} << 32) | info.nFileSizeLow,
            .accessed = moment_of(info.ftLastAccessTime),
            .modified = moment_of(info.ftLastWriteTime),
            .changed = changed};
}

namespace {

/// Asking for no more than this opens no device and downloads no placeholder.
File opened_to_look(Handle folder, const std::string& name) {
    return opened(folder, name,
                  {.access = FILE_READ_ATTRIBUTES,
                   .share = kShareAll,
                   .disposition = FILE_OPEN,
                   .options = kOnlyToLook},
                  "cannot be examined");
}

} // namespace

FileTimes times_of(Handle folder, const std::string& name) {
    const File file = opened_to_look(folder, name);
    FILE_BASIC_INFO basic = {};
    if (!::GetFileInformationByHandleEx(native(file.get()), FileBasicInfo, &basic, sizeof basic)) {
        throw last_error("cannot be examined");
    }
    const auto ticks = [](const LARGE_INTEGER& time) {
        return static_cast<std::uint64_t>(time.QuadPart);
    };
    return {.modified = ticks(basic.LastWriteTime),
            .changed = ticks(basic.ChangeTime),
            .created = ticks(basic.CreationTime)};
}

FileStatus status_of(Handle folder, const std::string& name) {
    const File file = opened_to_look(folder, name);
    return status_of(file.get());
}

FileStatus status_behind(const std::filesystem::path& path) {
    const HANDLE handle =
        ::CreateFileW(long_path(path).c_str(), FILE_READ_ATTRIBUTES, kShareAll, nullptr,
                      OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr);
    if (handle == INVALID_HANDLE_VALUE) {
        throw last_error("cannot be examined");
    }
    const File file(reinterpret_cast<Handle>(handle));
    return status_of(file.get());
}

bool is_there(const FileAt& file) {
    const DWORD attributes = ::GetFileAttributesW(long_path(path_of(file.name)).c_str());
    return attributes != INVALID_FILE_ATTRIBUTES ||
           system_error(errc_of(::GetLastError()), "").code() != ErrorCode::not_found;
}

File open_for_reading(Handle folder, const std::string& name) {
    return opened(folder, name,
                  {.access = FILE_GENERIC_READ,
                   .share = kShareAll,
                   .disposition = FILE_OPEN,
                   .options = FILE_NON_DIRECTORY_FILE | FILE_RANDOM_ACCESS | kOnlyToLook},
                  "cannot be opened");
}

File open_folder(Handle parent, const std::string& name) {
    File folder = opened(parent, name,
                         {.access = FILE_LIST_DIRECTORY | FILE_TRAVERSE | FILE_READ_ATTRIBUTES,
                          .share = kShareAll,
                          .disposition = FILE_OPEN,
                          .options = FILE_DIRECTORY_FILE | kOnlyToLook},
                         "cannot be opened");
    if (status_of(folder.get()).kind == FileKind::symbolic_link) {
        throw system_error(std::errc::too_many_symbolic_link_levels, "cannot be opened");
    }
    return folder;
}

File folder_of(const FileAt& file) {
    const auto parent = path_of(file.name).parent_path();
    return open_folder(kNoHandle, parent.empty() ? "." : text_of(parent));
}

File open_parent(Handle folder) {
    std::wstring path(32768, L'\0');
    const DWORD size = ::GetFinalPathNameByHandleW(native(folder), path.data(),
                                                   static_cast<DWORD>(path.size()), 0);
    if (size == 0 || size >= path.size()) {
        throw last_error("its folder cannot be told");
    }
    path.resize(size);
    path.erase(path.find_last_of(L'\\'));
    return open_folder(kNoHandle, narrow(path));
}

// Who may read it is what the folder hands down, as for every file there.
File make_file(Handle folder, const std::string& name, FileMode /*mode*/, std::string_view what) {
    return opened(folder, name,
                  {.access = FILE_GENERIC_READ | FILE_GENERIC_WRITE,
                   .share = FILE_SHARE_READ | FILE_SHARE_DELETE, // to be verified, and renamed
                   .disposition = FILE_CREATE,
                   .options = FILE_NON_DIRECTORY_FILE},
                  what);
}

// open_for_reading() said so already: Windows wants to know it then.
void expect_random_reads(Handle /*file*/) {}
void expect_sequential_reads(Handle /*file*/) {}

std::size_t read_some(Handle file, std::uint64_t offset, std::span<std::byte> out) {
    constexpr std::size_t kMost = std::size_t{1} << 30;
    OVERLAPPED at = {};
    at.Offset = static_cast<DWORD>(offset & 0xFFFF'FFFF);
    at.OffsetHigh = static_cast<DWORD>(offset >> 32);
    DWORD got = 0;
    if (!::ReadFile(native(file), out.data(), static_cast<DWORD>(std::min(out.size(), kMost)), &got,
                    &at) &&
        ::GetLastError() != ERROR_HANDLE_EOF) {
        throw last_error(fmt::format("cannot be read at {:#x}", offset));
    }
    return got;
}

void write_at(const File& file, std::uint64_t offset, std::span<const std::byte> bytes) {
    constexpr std::size_t kMost = std::size_t{1} << 30;
    while (!bytes.empty()) {
        OVERLAPPED at = {};
        at.Offset = static_cast<DWORD>(offset & 0xFFFF'FFFF);
        at.OffsetHigh = static_cast<DWORD>(offset >> 32);
        DWORD written = 0;
        if (!::WriteFile(native(file), bytes.data(),
                         static_cast<DWORD>(std::min(bytes.size(), kMost)), &written, &at) ||
            written == 0) {
            throw last_error(fmt::format("cannot be written at {:#x}", offset));
        }
        bytes = bytes.subspan(written);
        offset += written;
    }
}

void set_size(const File& file, std::uint64_t size) {
    FILE_END_OF_FILE_INFO info = {};
    info.EndOfFile.QuadPart = static_cast<LONGLONG>(size);
    if (!::SetFileInformationByHandle(native(file), FileEndOfFileInfo, &info, sizeof info)) {
        throw last_error("the file's size cannot be changed");
    }
}

void set_times(const File& file, const FileMoment& accessed, const FileMoment& modified) {
    FILE_BASIC_INFO info = {}; // what is 0 stays as it is
    info.LastAccessTime = ticks_of(accessed);
    info.LastWriteTime = ticks_of(modified);
    if (!::SetFileInformationByHandle(native(file), FileBasicInfo, &info, sizeof info)) {
        throw last_error("the times cannot be restored");
    }
}

void copy_content(const File& from, const File& to) {
    std::vector<std::byte> buffer(std::size_t{1} << 20);
    for (std::uint64_t at = 0;;) {
        const auto got = read_some(from.get(), at, buffer);
        if (got == 0) {
            return;
        }
        write_at(to, at, std::span(buffer).first(got));
        at += got;
    }
}

void make_durable(const File& file, std::string_view what) {
    if (!::FlushFileBuffers(native(file))) {
        throw last_error(fmt::format("{} cannot be made durable", what));
    }
}

// NTFS logs changes of names in their order, and flushing a file flushes the log up to there.
void make_names_durable(const File& /*folder*/, std::string_view /*what*/) {}

std::errc rename_file(const FileAt& from, const FileAt& to, IfThere if_there) {
    const DWORD flags = MOVEFILE_WRITE_THROUGH |
                        (if_there == IfThere::replace ? DWORD{MOVEFILE_REPLACE_EXISTING} : 0);
    return ::MoveFileExW(long_path(path_of(from.name)).c_str(), long_path(path_of(to.name)).c_str(),
                         flags)
               ? std::errc()
               : errc_of(::GetLastError());
}

std::errc remove_file(Handle folder, const std::string& name) {
    File file;
    const DWORD error = open_native(folder, name,
                                    {.access = DELETE,
                                     .share = kShareAll,
                                     .disposition = FILE_OPEN,
                                     .options = FILE_NON_DIRECTORY_FILE | FILE_DELETE_ON_CLOSE},
                                    file);
    return error == ERROR_SUCCESS ? std::errc() : errc_of(error);
}

} // namespace hivelint
