#include "descriptor.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <sys/types.h>
#include <system_error>
#include <unistd.h>

namespace hivelint::descriptors {

Descriptor::~Descriptor() {
    if (number_ >= 0) {
        ::close(number_);
    }
}

Error system_error(int number, std::string_view what) {
    const auto code = [number] {
        switch (number) {
        case ENOENT:
        case ENAMETOOLONG: // no file has such a name
        case ENOTDIR: return ErrorCode::not_found;
        case EACCES:
        case EPERM: return ErrorCode::permission_denied;
        case ELOOP: return ErrorCode::symbolic_link;
        default: return ErrorCode::io_error;
        }
    }();
    return {code, fmt::format("{}: {}", what, std::generic_category().message(number))};
}

std::optional<Error> problem_with_kind(mode_t mode) {
    if (S_ISREG(mode)) {
        return std::nullopt;
    }
    if (S_ISLNK(mode)) {
        return Error(ErrorCode::symbolic_link,
                     "is a symbolic link and is not followed (ELOOP); name the file it leads to");
    }
    const std::string_view kind = S_ISDIR(mode)    ? "a folder"
                                  : S_ISFIFO(mode) ? "a FIFO"
                                  : S_ISSOCK(mode) ? "a socket"
                                  : S_ISCHR(mode)  ? "a character device"
                                  : S_ISBLK(mode)  ? "a block device"
                                                   : "of unknown kind";
    return Error(ErrorCode::not_a_regular_file,
                 fmt::format("is {}, not a regular file; it was not opened", kind));
}

FileId id_of(const struct stat& status) {
    return {static_cast<std::uint64_t>(status.st_dev), static_cast<std::uint64_t>(status.st_ino)};
}

Place::Place(Descriptor folder, std::string name)
    : folder_(std::move(folder)), name_(std::move(name)) {}

int Place::folder() const { return folder_.get() >= 0 ? folder_.get() : AT_FDCWD; }

Place reach(const std::filesystem::path& path) {
#ifdef O_PATH
    constexpr int kOnlyToPass = O_PATH;
#else
    constexpr int kOnlyToPass = O_RDONLY;
#endif
    std::string rest = path.native();
    Descriptor folder;
    while (rest.size() >= PATH_MAX) {
        const auto cut = rest.rfind('/', PATH_MAX - 2);
        if (cut == std::string::npos || cut == 0) {
            throw system_error(ENAMETOOLONG, "cannot be opened");
        }
        const int from = folder.get() >= 0 ? folder.get() : AT_FDCWD;
        Descriptor next(
            ::openat(from, rest.substr(0, cut).c_str(), kOnlyToPass | O_DIRECTORY | O_CLOEXEC));
        if (next.get() < 0) {
            throw system_error(errno, "the folder it lies in cannot be opened");
        }
        folder = std::move(next);
        rest.erase(0, rest.find_first_not_of('/', cut));
    }
    return {std::move(folder), rest.empty() && !path.empty() ? "." : std::move(rest)};
}

bool is_there(const std::filesystem::path& path) {
    try {
        const Place place = reach(path);
        struct stat status = {};
        return ::fstatat(place.folder(), place.name().c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 ||
               (errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG);
    } catch (const Error&) {
        return true;
    }
}

int open_for_reading(int folder, const std::string& name, int flags) {
    flags |= O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY;
#ifdef O_NOATIME
    // Only the file's owner (or root) may ask for it; others read as usual.
    if (const int descriptor = ::openat(folder, name.c_str(), flags | O_NOATIME);
        descriptor >= 0 || errno != EPERM) {
        if (descriptor < 0) {
            throw system_error(errno, "cannot be opened");
        }
        return descriptor;
    }
#endif
    const int descriptor = ::openat(folder, name.c_str(), flags);
    if (descriptor < 0) {
        throw system_error(errno, "cannot be opened");
    }
    return descriptor;
}

void write_at(int file, std::uint64_t offset, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t written =
            ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            throw system_error(written < 0 ? errno : ENOSPC,
                               fmt::format("cannot be written at {:#x}", offset));
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
        offset += static_cast<std::uint64_t>(written);
    }
}

void make_durable(int file, std::string_view what) {
    if (::fsync(file) != 0) {
        throw system_error(errno, fmt::format("{} cannot be made durable", what));
    }
}

} // namespace hivelint::descriptors
