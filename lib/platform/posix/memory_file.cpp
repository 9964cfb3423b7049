#include "../memory_file.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <sys/mman.h>
#include <unistd.h>

namespace hivelint {
namespace {

Error problem(std::errc number, std::size_t size) {
    return system_error(number, fmt::format("a private copy of {} bytes cannot be made", size));
}

/// Gives the file its size with its blocks allocated: a full disk is then an error here and no
/// signal later.
std::errc allocate(int file, std::size_t size) {
#ifdef __APPLE__
    // Where this cannot be, ftruncate() may do all the same.
    fstore_t wanted = {F_ALLOCATEALL, F_PEOFPOSMODE, 0, static_cast<off_t>(size), 0};
    static_cast<void>(::fcntl(file, F_PREALLOCATE, &wanted));
    return ::ftruncate(file, static_cast<off_t>(size)) == 0 ? std::errc() : std::errc(errno);
#else
    return std::errc(::posix_fallocate(file, 0, static_cast<off_t>(size)));
#endif
}

} // namespace

MemoryFile::MemoryFile(std::size_t size) {
#ifdef MFD_CLOEXEC
    if (const int memory = ::memfd_create("hivelint", MFD_CLOEXEC); memory >= 0) {
        file_ = File(memory);
        path_ = fmt::format("/proc/self/fd/{}", memory);
        // A container may have no /proc.
        if (::access(path_.c_str(), R_OK) == 0) {
            grow(size);
            return;
        }
    }
#endif
    path_ = (std::filesystem::temp_directory_path() / "hivelint-XXXXXX").native();
    const int number = ::mkstemp(path_.data());
    if (number < 0) {
        throw system_error(std::errc(errno),
                           fmt::format("a private copy cannot be made as {}", path_));
    }
    file_ = File(number);
    try {
        grow(size);
    } catch (const Error&) {
        ::unlink(path_.c_str());
        throw;
    }
    remove_ = true;
}

void MemoryFile::grow(std::size_t size) {
    const int file = static_cast<int>(file_.get());
    if (const auto failed = allocate(file, size); failed != std::errc()) {
        throw problem(failed, size);
    }
    int flags = MAP_SHARED;
#ifdef MAP_POPULATE
    flags |= MAP_POPULATE; // all of it is written to next: a fault for each page costs more
#endif
    void* const memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, flags, file, 0);
    if (memory == MAP_FAILED) {
        throw problem(std::errc(errno), size);
    }
    unmap();
    bytes_ = {static_cast<std::byte*>(memory), size};
}

void MemoryFile::unmap() {
    if (!bytes_.empty()) {
        ::munmap(bytes_.data(), bytes_.size());
    }
}

MemoryFile::~MemoryFile() {
    unmap();
    if (remove_) {
        ::unlink(path_.c_str());
    }
}

} // namespace hivelint
