#include "platform/memory_file.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace hivelint {

MemoryFile::MemoryFile() {
#ifdef MFD_CLOEXEC
    if (const int memory = ::memfd_create("hivelint", MFD_CLOEXEC); memory >= 0) {
        file_ = File(memory);
        path_ = fmt::format("/proc/self/fd/{}", memory);
        // A container may have no /proc. Evidence is not written to a disk for that: what ends this
        // process could leave it there.
        if (::access(path_.c_str(), R_OK) != 0) {
            path_.clear();
        }
        return;
    }
#endif
    path_ = (std::filesystem::temp_directory_path() / "hivelint-XXXXXX").native();
    const int number = ::mkstemp(path_.data());
    if (number < 0) {
        throw system_error(std::errc(errno),
                           fmt::format("a private copy cannot be made as {}", path_));
    }
    file_ = File(number);
    remove_ = true;
}

// What is new is written, not mapped: the system would clear each page, and stop at each, before it
// can be filled. Zeros are left out: a hive of 2 GiB can be a hole in a file.
void MemoryFile::fill(std::size_t size, const Read& read) {
    if (size <= bytes_.size()) {
        read(0, bytes_.first(size));
        return;
    }
    std::vector<std::byte> buffer(std::min(size, std::size_t{256} << 10));
    for (std::size_t offset = 0; offset < size; offset += buffer.size()) {
        const auto part = std::span(buffer).first(std::min(buffer.size(), size - offset));
        read(offset, part);
        const bool hole = offset >= bytes_.size() &&
                          std::ranges::all_of(part, [](std::byte b) { return b == std::byte{}; });
        if (!hole) {
            write(offset, part);
        }
    }
    set_size(file_, size);
    map(size);
}

void MemoryFile::put(std::uint64_t offset, std::span<const std::byte> bytes) {
    if (std::ranges::any_of(bytes, [](std::byte b) { return b != std::byte{}; })) {
        write_at(file_, offset, bytes);
    }
}

void MemoryFile::set_length(std::uint64_t size) { set_size(file_, size); }

void MemoryFile::write(std::uint64_t offset, std::span<const std::byte> bytes) {
    write_at(file_, offset, bytes);
}

void MemoryFile::map(std::size_t size) {
    void* const memory =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, static_cast<int>(file_.get()), 0);
    if (memory == MAP_FAILED) {
        throw system_error(std::errc(errno),
                           fmt::format("a private copy of {} bytes cannot be mapped", size));
    }
#ifdef MADV_POPULATE_READ
    // All of it is read next: a fault for each few pages costs more. But a hole would be filled.
    constexpr std::size_t kMost = std::size_t{64} << 20;
    if (size <= kMost) {
        static_cast<void>(::madvise(memory, size, MADV_POPULATE_READ));
    }
#endif
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
