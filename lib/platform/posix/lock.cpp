// Files that are written alone.
#include "descriptor.hpp"
#include "platform/file.hpp"

#include <array>
#include <sys/file.h>
#ifdef __linux__
#include <sys/xattr.h>
#endif

namespace hivelint {
namespace {

/// Whether Windows marked the file so, where ntfs-3g shows its attributes.
bool is_marked_read_only([[maybe_unused]] const File& file) {
#ifdef __linux__
    constexpr unsigned char kReadOnly = 1;
    std::array<unsigned char, 4> attributes = {}; // big-endian
    return ::fgetxattr(descriptor(file), "system.ntfs_attrib_be", attributes.data(),
                       attributes.size()) == static_cast<ssize_t>(attributes.size()) &&
           (attributes.back() & kReadOnly) != 0;
#else
    return false;
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

/// Against other instances, and against others who lock what they read or write: Samba and NFS
/// servers do with record locks. Where there are none of these the first one must do. Throws Error
/// locked, and as system_error().
void lock(const File& file) {
    if (::flock(descriptor(file), LOCK_EX | LOCK_NB) != 0) {
        if (is_taken(errno)) {
            throw Error(ErrorCode::locked, "another process holds a lock on the file");
        }
        throw last_error("cannot be locked");
    }
#ifdef F_OFD_SETLK
    auto whole = whole_file();
    if (::fcntl(descriptor(file), F_OFD_SETLK, &whole) != 0 && is_taken(errno)) {
        throw Error(ErrorCode::locked, "another process holds a lock on a part of the file");
    }
#endif
}

} // namespace

File open_alone(Handle folder, const std::string& name) {
    File file = owned(::openat(descriptor(folder), name.c_str(),
                               O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY),
                      "cannot be opened for writing");
    if (is_marked_read_only(file)) {
        throw Error(ErrorCode::permission_denied, "the file is read-only");
    }
    lock(file);
    return file;
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

} // namespace hivelint
