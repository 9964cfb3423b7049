#include "platform/file.hpp"

#include "descriptor.hpp"

#include <fmt/core.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>
#include <vector>
#ifdef __linux__
#include <linux/fs.h>
#include <sys/ioctl.h>
#endif

namespace hivelint {
namespace {

FileKind kind_of(mode_t mode) {
    switch (mode & S_IFMT) {
    case S_IFREG: return FileKind::regular;
    case S_IFDIR: return FileKind::folder;
    case S_IFLNK: return FileKind::symbolic_link;
    case S_IFIFO: return FileKind::fifo;
    case S_IFSOCK: return FileKind::socket;
    case S_IFCHR: return FileKind::character_device;
    case S_IFBLK: return FileKind::block_device;
    default: return FileKind::unknown;
    }
}

FileMoment moment_of(const timespec& time) { return {time.tv_sec, time.tv_nsec}; }

/// In 100 nanoseconds since 1601; 0 for what lies before.
std::uint64_t ticks_of(const FileMoment& moment) {
    constexpr std::int64_t kTo1970 = 11'644'473'600; // seconds
    const auto seconds = moment.seconds + kTo1970;
    return seconds < 0 ? 0
                       : static_cast<std::uint64_t>(seconds) * 10'000'000 +
                             static_cast<std::uint64_t>(moment.nanoseconds / 100);
}

timespec timespec_of(const FileMoment& moment) {
    timespec time = {};
    time.tv_sec = static_cast<time_t>(moment.seconds);
    time.tv_nsec = static_cast<decltype(time.tv_nsec)>(moment.nanoseconds);
    return time;
}

FileStatus translated(const struct stat& status) {
#ifdef __APPLE__
    const auto& accessed = status.st_atimespec;
    const auto& modified = status.st_mtimespec;
    const auto& changed = status.st_ctimespec;
#else
    const auto& accessed = status.st_atim;
    const auto& modified = status.st_mtim;
    const auto& changed = status.st_ctim;
#endif
    return {.kind = kind_of(status.st_mode),
            .read_only = (status.st_mode & 0222) == 0,
            .mode = status.st_mode & 0777,
            .trusted = status.st_uid == ::geteuid() || status.st_uid == 0,
            .id = {static_cast<std::uint64_t>(status.st_dev),
                   static_cast<std::uint64_t>(status.st_ino)},
            .size = static_cast<std::uint64_t>(status.st_size),
            .names = static_cast<std::uint64_t>(status.st_nlink),
            .accessed = moment_of(accessed),
            .modified = moment_of(modified),
            .changed = moment_of(changed)};
}

FileStatus status_at(Handle folder, const std::string& name, int flags) {
    struct stat status = {};
    if (::fstatat(descriptor(folder), name.c_str(), &status, flags) != 0) {
        throw last_error("cannot be examined");
    }
    return translated(status);
}

File open_to_read(Handle folder, const std::string& name, int flags) {
    flags |= O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY;
#ifdef O_NOATIME
    // Only the file's owner (or root) may ask for it; others read as usual.
    if (const int quiet = ::openat(descriptor(folder), name.c_str(), flags | O_NOATIME);
        quiet >= 0 || errno != EPERM) {
        return owned(quiet, "cannot be opened");
    }
#endif
    return owned(::openat(descriptor(folder), name.c_str(), flags), "cannot be opened");
}

int wait_for_storage(const File& file) {
#ifdef F_FULLFSYNC // there fsync() does not wait for the drive
    if (::fcntl(descriptor(file), F_FULLFSYNC) == 0) {
        return 0;
    }
#endif
    return ::fsync(descriptor(file));
}

/// What a call said that gives 0 when it went well.
std::errc outcome(int result) { return result == 0 ? std::errc() : std::errc(errno); }

} // namespace

File owned(int number, std::string_view what) {
    if (number < 0) {
        throw last_error(what);
    }
    File file(number);
    if (number <= STDERR_FILENO) {
        file = File(::fcntl(number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
        if (!file.is_open()) {
            throw last_error(what);
        }
    }
    return file;
}

File::~File() {
    if (is_open()) {
        ::close(descriptor(handle_));
    }
}

FileStatus status_of(Handle folder, const std::string& name) {
    return status_at(folder, name, AT_SYMLINK_NOFOLLOW);
}

FileStatus status_of(Handle file) {
    struct stat status = {};
    if (::fstat(descriptor(file), &status) != 0) {
        throw last_error("cannot be examined");
    }
    return translated(status);
}

FileTimes times_of(Handle folder, const std::string& name) {
    const auto status = status_of(folder, name);
    FileTimes times = {.modified = ticks_of(status.modified), .changed = ticks_of(status.changed)};
#ifdef __APPLE__
    struct stat raw = {};
    if (::fstatat(descriptor(folder), name.c_str(), &raw, AT_SYMLINK_NOFOLLOW) == 0) {
        times.created = ticks_of(moment_of(raw.st_birthtimespec));
    }
#elif defined(STATX_BTIME)
    struct statx raw = {};
    if (::statx(descriptor(folder), name.c_str(), AT_SYMLINK_NOFOLLOW, STATX_BTIME, &raw) == 0 &&
        (raw.stx_mask & STATX_BTIME) != 0) {
        times.created = ticks_of({raw.stx_btime.tv_sec, raw.stx_btime.tv_nsec});
    }
#endif
    return times;
}

FileStatus status_behind(const std::filesystem::path& path) {
    const Place place = reach(path);
    return status_at(place.folder(), place.name(), 0);
}

bool is_there(const FileAt& file) {
    struct stat status = {};
    return ::fstatat(descriptor(file.in()), file.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 ||
           (errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG);
}

File open_for_reading(Handle folder, const std::string& name) {
    return open_to_read(folder, name, 0);
}

File open_folder(Handle parent, const std::string& name) {
    return open_to_read(parent, name, O_DIRECTORY);
}

File folder_of(const FileAt& file) { return open_folder(file.in(), "."); }

File open_parent(Handle folder) { return open_folder(folder, ".."); }

File make_file(Handle folder, const std::string& name, FileMode mode, std::string_view what) {
    return owned(::openat(descriptor(folder), name.c_str(),
                          O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                          static_cast<mode_t>(mode)),
                 what);
}

void expect_random_reads(Handle file) {
#if defined(POSIX_FADV_RANDOM)
    static_cast<void>(::posix_fadvise(descriptor(file), 0, 0, POSIX_FADV_RANDOM));
#elif defined(F_RDAHEAD)
    static_cast<void>(::fcntl(descriptor(file), F_RDAHEAD, 0));
#endif
}

void expect_sequential_reads(Handle file) {
#if defined(POSIX_FADV_SEQUENTIAL)
    static_cast<void>(::posix_fadvise(descriptor(file), 0, 0, POSIX_FADV_SEQUENTIAL));
#elif defined(F_RDAHEAD)
    static_cast<void>(::fcntl(descriptor(file), F_RDAHEAD, 1));
#endif
}

std::size_t read_some(Handle file, std::uint64_t offset, std::span<std::byte> out) {
    while (true) {
        const ssize_t got =
            ::pread(descriptor(file), out.data(), out.size(), static_cast<off_t>(offset));
        if (got >= 0) {
            return static_cast<std::size_t>(got);
        }
        if (errno != EINTR) {
            throw last_error(fmt::format("cannot be read at {:#x}", offset));
        }
    }
}

void write_at(const File& file, std::uint64_t offset, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t written =
            ::pwrite(descriptor(file), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            throw system_error(std::errc(written < 0 ? errno : ENOSPC),
                               fmt::format("cannot be written at {:#x}", offset));
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
        offset += static_cast<std::uint64_t>(written);
    }
}

void set_size(const File& file, std::uint64_t size) {
    if (::ftruncate(descriptor(file), static_cast<off_t>(size)) != 0) {
        throw last_error("the file's size cannot be changed");
    }
}

void set_times(const File& file, const FileMoment& accessed, const FileMoment& modified) {
    const std::array times = {timespec_of(accessed), timespec_of(modified)};
    if (::futimens(descriptor(file), times.data()) != 0) {
        throw last_error("the times cannot be restored");
    }
}

void copy_content(const File& from, const File& to) {
#ifdef FICLONE
    if (::ioctl(descriptor(to), FICLONE, descriptor(from)) == 0) {
        return;
    }
#endif
    const auto size = status_of(from.get()).size;
    set_size(to, size);
    std::vector<std::byte> buffer(std::size_t{1} << 20);
    for (std::uint64_t at = 0; at < size;) {
        auto end = size;
#ifdef SEEK_DATA
        const auto data = ::lseek(descriptor(from), static_cast<off_t>(at), SEEK_DATA);
        if (data < 0 && errno == ENXIO) {
            return; // a hole is all that follows
        }
        if (data >= 0) {
            at = static_cast<std::uint64_t>(data);
            const auto hole = ::lseek(descriptor(from), data, SEEK_HOLE);
            end = hole < 0 ? size : static_cast<std::uint64_t>(hole);
        }
#endif
        while (at < end) {
            const auto part = std::span(buffer).first(
                static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), end - at)));
            const auto got = read_some(from.get(), at, part);
            if (got == 0) {
                throw Error(ErrorCode::changed_while_reading, at, "the file has become shorter");
            }
            write_at(to, at, part.first(got));
            at += got;
        }
    }
}

void make_durable(const File& file, std::string_view what) {
    if (wait_for_storage(file) != 0) {
        throw last_error(fmt::format("{} cannot be made durable", what));
    }
}

void make_names_durable(const File& folder, std::string_view what) {
    // Shared folders of virtual machines, FUSE and others have no such call: there the names are as
    // durable as they get.
    if (wait_for_storage(folder) != 0 && errno != EINVAL && errno != ENOSYS && errno != ENOTSUP &&
        errno != EBADF) {
        throw last_error(fmt::format("{} cannot be made durable", what));
    }
}

std::errc rename_file(const FileAt& from, const FileAt& to, IfThere if_there) {
    const int old_folder = descriptor(from.in());
    const int new_folder = descriptor(to.in());
    const char* const old_name = from.name.c_str();
    const char* const new_name = to.name.c_str();
    if (if_there == IfThere::replace) {
        return outcome(::renameat(old_folder, old_name, new_folder, new_name));
    }
#if defined(RENAME_NOREPLACE) || defined(RENAME_EXCL)
#ifdef RENAME_NOREPLACE
    const auto problem =
        outcome(::renameat2(old_folder, old_name, new_folder, new_name, RENAME_NOREPLACE));
#else
    const auto problem =
        outcome(::renameatx_np(old_folder, old_name, new_folder, new_name, RENAME_EXCL));
#endif
    // Not every file system and kernel can.
    if (problem != std::errc::invalid_argument && problem != std::errc::function_not_supported &&
        problem != std::errc::not_supported) {
        return problem;
    }
#endif
    const auto linked = outcome(::linkat(old_folder, old_name, new_folder, new_name, 0));
    if (linked == std::errc()) {
        static_cast<void>(::unlinkat(old_folder, old_name, 0));
        return linked;
    }
    if (linked == std::errc::file_exists) {
        return linked;
    }
    // No hard links either (exFAT, FUSE): who makes an empty file of the name first has it.
    const int taken = ::openat(new_folder, new_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (taken < 0) {
        return std::errc(errno);
    }
    ::close(taken);
    const auto renamed = outcome(::renameat(old_folder, old_name, new_folder, new_name));
    if (renamed != std::errc()) {
        static_cast<void>(::unlinkat(new_folder, new_name, 0));
    }
    return renamed;
}

std::errc remove_file(Handle folder, const std::string& name) {
    return outcome(::unlinkat(descriptor(folder), name.c_str(), 0));
}

} // namespace hivelint
