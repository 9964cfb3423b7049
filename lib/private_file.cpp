#include "private_file.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace hivelint {

PrivateFile::PrivateFile(std::size_t size) {
#ifdef MFD_CLOEXEC
    descriptor_ = Descriptor(::memfd_create("hivelint", MFD_CLOEXEC));
    path_ = fmt::format("/proc/self/fd/{}", descriptor_.get());
    // A container may have no /proc.
    if (descriptor_.get() >= 0 && ::access(path_.c_str(), R_OK) == 0) {
        map(size);
        return;
    }
#endif
    path_ = (std::filesystem::temp_directory_path() / "hivelint-XXXXXX").native();
    descriptor_ = Descriptor(::mkstemp(path_.data()));
    if (descriptor_.get() < 0) {
        throw system_error(errno, fmt::format("a private copy cannot be made as {}", path_));
    }
    try {
        map(size);
    } catch (const Error&) {
        ::unlink(path_.c_str());
        throw;
    }
    remove_ = true;
}

void PrivateFile::map(std::size_t size) {
    // With its blocks allocated, a full disk is an error here and no signal later.
    if (const int problem = ::posix_fallocate(descriptor_.get(), 0, static_cast<off_t>(size));
        problem != 0) {
        throw system_error(problem, fmt::format("a private copy of {} bytes cannot be made", size));
    }
    int flags = MAP_SHARED;
#ifdef MAP_POPULATE
    flags |= MAP_POPULATE; // all of it is written to next: a fault for each page costs more
#endif
    void* const memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, flags, descriptor_.get(), 0);
    if (memory == MAP_FAILED) {
        throw system_error(errno, fmt::format("a private copy of {} bytes cannot be made", size));
    }
    unmap();
    room_ = {static_cast<std::byte*>(memory), size};
    bytes_ = room_;
}

void PrivateFile::unmap() {
    if (!room_.empty()) {
        ::munmap(room_.data(), room_.size());
    }
}

void PrivateFile::resize(std::size_t size) {
    if (size > room_.size()) {
        map(size);
        return;
    }
    bytes_ = room_.first(size);
    const auto behind = room_.subspan(size);
    std::ranges::fill(behind.first(std::min<std::size_t>(behind.size(), 4096)), std::byte{0});
}

PrivateFile::~PrivateFile() {
    unmap();
    if (remove_) {
        ::unlink(path_.c_str());
    }
}

std::shared_ptr<PrivateFile> private_copy(const ByteSource& source, std::uint64_t count,
                                          std::shared_ptr<PrivateFile> file) {
    if (count > source.size()) {
        throw Error(ErrorCode::truncated, source.size(),
                    fmt::format("{} bytes are wanted, but there are {}", count, source.size()));
    }
    const auto size = static_cast<std::size_t>(count);
    if (file) {
        file->resize(size);
    } else {
        file = std::make_shared<PrivateFile>(size);
    }
    source.read_at(0, file->bytes());
    return file;
}

} // namespace hivelint
