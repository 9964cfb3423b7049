// Files, as every system has them. lib/platform/ is the one room that knows a system's own calls:
// posix/ for Linux and macOS, windows/ for Windows; meson takes one of the two.
#pragma once

#include <hivelint/error.hpp>
#include <hivelint/file_id.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace hivelint {

/// An open file or folder as the system names it: a descriptor, or a HANDLE.
using Handle = std::intptr_t;
inline constexpr Handle kNoHandle = -1;

/// Owns an open file or folder.
class File {
public:
    File() = default;
    explicit File(Handle handle) : handle_(handle) {}
    File(File&& other) noexcept : handle_(other.release()) {}
    File& operator=(File&& other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File();

    bool is_open() const { return handle_ != kNoHandle; }
    Handle get() const { return handle_; }
    Handle release() { return std::exchange(handle_, kNoHandle); }

private:
    Handle handle_ = kNoHandle;
};

/// The Error for what the system said: not_found, permission_denied, symbolic_link, already_exists,
/// locked (Windows: another process has the file open) or io_error. The message is `what` and the
/// words of POSIX for it, on every system.
Error system_error(std::errc problem, std::string_view what);

enum class FileKind : std::uint8_t {
    regular,
    folder,
    symbolic_link, ///< or a junction
    fifo,
    socket,
    character_device,
    block_device,
    placeholder, ///< of Windows: its data lies elsewhere, and reading could fetch it
    unknown,
};

/// Why something of this kind is not read as a hive: a symbolic link, or anything else that is not
/// a regular file. Absent for a regular file.
std::optional<Error> problem_with_kind(FileKind kind);

struct FileMoment {
    std::int64_t seconds = 0;     ///< since 1970 on POSIX, since 1601 on Windows
    std::int64_t nanoseconds = 0; ///< of the second

    friend bool operator==(const FileMoment&, const FileMoment&) = default;
};

/// Who may do what with a file, as POSIX counts the bits; other systems have other means.
using FileMode = std::uint32_t;
inline constexpr FileMode kOwnerOnly = 0600;

struct FileStatus {
    FileKind kind = FileKind::unknown;
    bool read_only = false; ///< for everybody
    FileMode mode = kOwnerOnly;
    /// It belongs to whom this process runs as, or to the system's administrator.
    bool trusted = true;
    FileId id;
    std::uint64_t size = 0;  ///< bytes
    std::uint64_t names = 1; ///< hard links, as POSIX counts them
    FileMoment accessed;
    FileMoment modified;
    FileMoment changed; ///< of the file or what is said of it; nobody can set it
};

/// The times of a file in the unit of the format of hives: 100 nanoseconds since 1601, UTC.
struct FileTimes {
    std::uint64_t modified = 0;
    std::uint64_t changed = 0;
    std::optional<std::uint64_t> created{}; ///< where the file system keeps that
};

/// Where a path leads but for its last component: an open folder and a name in it, so that a path
/// may be longer than the system takes at once.
class Place {
public:
    Place(File folder, std::string name);

    /// May stand for the current folder.
    Handle folder() const;
    const std::string& name() const { return name_; }

private:
    File folder_;
    std::string name_;
};

/// Goes to `path` in steps that the system takes. Throws Error as system_error().
Place reach(const std::filesystem::path& path);

/// A file as a name in a folder that is open, so that what is done with it and with what lies
/// beside it is done in one place, whatever becomes of the path meanwhile.
struct FileAt {
    std::shared_ptr<const File> folder; ///< null: `name` is a path
    std::string name;

    /// May stand for the current folder.
    Handle in() const;
    /// What has that name in the same folder.
    FileAt beside(std::string_view other) const;
};

/// The file at `path`, whose folders may be reached through links: the user named them.
/// Throws Error as system_error().
FileAt locate(const std::filesystem::path& path);
/// The file at `path`, of which the first `named` bytes are the place that the user named. No link
/// is followed behind these. (On Windows, links are followed.) Throws Error as system_error().
FileAt locate_below(const std::filesystem::path& path, std::size_t named);

/// Of `name` in `folder` itself, which is not opened, and no link is followed. Throws Error as
/// system_error().
FileStatus status_of(Handle folder, const std::string& name);
FileStatus status_of(Handle file);
/// Likewise. Throws Error as system_error().
FileTimes times_of(Handle folder, const std::string& name);
/// Of what stands at `path`, links followed. Throws Error as system_error().
FileStatus status_behind(const std::filesystem::path& path);

/// Whether anything stands there. Where that cannot be told, the answer is yes.
bool is_there(const FileAt& file);
bool is_there(const std::filesystem::path& path);

// Opening: no link is followed in the last component, and nothing is waited for. All throw Error as
// system_error().

/// For reading. Others may do with the file what they like. Its access time is left alone where the
/// system allows that.
File open_for_reading(Handle folder, const std::string& name);
/// For reading and writing, alone: throws Error locked when another process writes to it. (On
/// POSIX, when one has it locked as this does.)
File open_alone(Handle folder, const std::string& name);
/// From now on a program of ours may lock parts of it; other instances are kept out still.
void let_parts_be_locked(const File& file);
/// Whether another process has it open as open_alone() does. No, where that cannot be told.
bool is_locked(const FileAt& file);
/// Why open_alone() would fail, as far as that can be told without opening the file for writing.
std::optional<Error> why_not_alone(const FileAt& file);
/// Why no file can be made in the folder that the file lies in; absent when one can.
std::optional<Error> why_not_beside(const FileAt& file);
/// A folder, to reach and list what lies in it.
File open_folder(Handle parent, const std::string& name);
/// The folder that the file lies in.
File folder_of(const FileAt& file);
/// The path as it is whatever the current folder becomes. Throws Error as system_error().
std::filesystem::path absolute_path(const std::filesystem::path& path);
/// Makes a folder and those that it lies in, where they are not there. Throws Error as
/// system_error().
void make_folders(const std::filesystem::path& folder);
/// The folder that this one lies in now.
File open_parent(Handle folder);

/// A new file, for writing and reading back, of that mode but for what the umask takes. Throws
/// Error already_exists when anything has the name; the message begins with `what`.
File make_file(Handle folder, const std::string& name, FileMode mode, std::string_view what);

/// From now on pages are read as they are asked for, and none ahead.
void expect_random_reads(Handle file);
/// From now on the next ones are read ahead.
void expect_sequential_reads(Handle file);
/// Reads at `offset`; how many bytes it got, which is 0 at the end only. Throws Error as
/// system_error().
std::size_t read_some(Handle file, std::uint64_t offset, std::span<std::byte> out);
/// Writes all of `bytes` at `offset`. Throws Error as system_error().
void write_at(const File& file, std::uint64_t offset, std::span<const std::byte> bytes);
/// Throws Error as system_error().
void set_size(const File& file, std::uint64_t size);
/// Throws Error as system_error().
void set_times(const File& file, const FileMoment& accessed, const FileMoment& modified);

/// Fills a new file with what another one holds: as a reference to the same blocks where the file
/// system can, and with its holes. Throws Error as system_error().
void copy_content(const File& from, const File& to);

/// Waits until what was written to `file` is on its storage; `what` names it in the Error.
void make_durable(const File& file, std::string_view what);
/// The same for the names in a folder.
void make_names_durable(const File& folder, std::string_view what);

/// What is done with a file that has the name already.
enum class IfThere : std::uint8_t {
    refuse,
    replace,
};
/// Gives the file another name, at once for all who look. What went wrong: file_exists when
/// anything has the name and it is to be refused.
std::errc rename_file(const FileAt& from, const FileAt& to, IfThere if_there);
/// What went wrong.
std::errc remove_file(Handle folder, const std::string& name);
/// Where it can; else the file stays.
void try_to_remove(const FileAt& file) noexcept;

} // namespace hivelint
