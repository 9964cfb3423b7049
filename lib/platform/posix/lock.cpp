// Files that are written alone.
#include "descriptor.hpp"
#include "platform/file.hpp"

#include <array>
#include <chrono>
#include <sys/file.h>
#include <thread>
#include <unistd.h>
#ifdef __linux__
#include <sys/xattr.h>
#endif

namespace hivelint {
namespace {

/// Throws Error permission_denied when Windows marked the file read-only, where ntfs-3g shows its
/// attributes.
void refuse_marked([[maybe_unused]] const File& file) {
#ifdef __linux__
    constexpr unsigned char kReadOnly = 1;
    std::array<unsigned char, 4> attributes = {}; // big-endian
    if (::fgetxattr(descriptor(file), "system.ntfs_attrib_be", attributes.data(),
                    attributes.size()) == static_cast<ssize_t>(attributes.size()) &&
        (attributes.back() & kReadOnly) != 0) {
        throw Error(ErrorCode::permission_denied, "the file is read-only");
    }
#endif
}

bool is_taken(int problem) {
    return problem == EWOULDBLOCK || problem == EAGAIN || problem == EACCES;
}

#ifdef F_OFD_SETLK
struct flock whole_file() {
    struct flock lock = {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return lock;
}
#endif

/// Throws Error locked, and as system_error().
void lock_as(const File& file, int how) {
    if (::flock(descriptor(file), how | LOCK_NB) != 0) {
        if (is_taken(errno)) {
            throw Error(ErrorCode::locked, "another process holds a lock on the file");
        }
        throw last_error("cannot be locked");
    }
}

Error partly_locked() {
    return {ErrorCode::locked, "another process holds a lock on a part of the file"};
}

/// Against other instances, and against others who lock what they read or write: Samba and NFS
/// servers do with record locks. Where there are none of these the first one must do. Throws Error
/// locked, and as system_error().
void lock(const File& file) {
    constexpr int kTries = 4;
    for (int n = 1; n < kTries; ++n) {
        if (::flock(descriptor(file), LOCK_EX | LOCK_NB) == 0 || !is_taken(errno)) {
            break;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5)); // a dry run may be looking
    }
    lock_as(file, LOCK_EX);
#ifdef F_OFD_SETLK
    auto whole = whole_file();
    if (::fcntl(descriptor(file), F_OFD_SETLK, &whole) != 0 && is_taken(errno)) {
        throw partly_locked();
    }
#endif
}

} // namespace

File open_alone(Handle folder, const std::string& name) {
    File file = owned(::openat(descriptor(folder), name.c_str(),
                               O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY),
                      "cannot be opened for writing");
    refuse_marked(file);
    lock(file);
    return file;
}

void let_parts_be_locked([[maybe_unused]] const File& file) {
#ifdef F_OFD_SETLK
    auto whole = whole_file();
    whole.l_type = F_UNLCK;
    static_cast<void>(::fcntl(descriptor(file), F_OFD_SETLK, &whole));
#endif
}

bool is_locked([[maybe_unused]] const FileAt& file) {
#ifdef F_OFD_SETLK
    try {
        const File opened = open_for_reading(file.in(), file.name);
        auto whole = whole_file(); // asked for, not taken: nobody is kept from anything
        return ::fcntl(descriptor(opened), F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
    } catch (const Error&) {
        return false;
    }
#else
    return false;
#endif
}

std::optional<Error> why_not_alone(const FileAt& file) {
    try {
        if (status_of(file.in(), file.name).read_only) {
            return Error(ErrorCode::permission_denied, "the file is read-only");
        }
        if (::faccessat(descriptor(file.in()), file.name.c_str(), W_OK, AT_EACCESS) != 0) {
            return last_error("cannot be opened for writing");
        }
        if (is_locked(file)) {
            return partly_locked();
        }
        const File opened = open_for_reading(file.in(), file.name);
        refuse_marked(opened);
        // Held for no longer than this: who wants it for himself tries more than once.
        lock_as(opened, LOCK_SH);
        return std::nullopt;
    } catch (const Error& error) {
        return error;
    }
}

std::optional<Error> why_not_beside(const FileAt& file) {
    if (file.folder ? ::faccessat(descriptor(file.in()), ".", W_OK | X_OK, AT_EACCESS) != 0
                    : ::faccessat(AT_FDCWD, ".", W_OK | X_OK, AT_EACCESS) != 0) {
        return last_error("nothing can be written to its folder");
    }
    return std::nullopt;
}

} // namespace hivelint
