#include "platform/memory_file.hpp"

#include "native.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace hivelint {

MemoryFile::MemoryFile() = default;

void MemoryFile::fill(std::size_t size, const Read& read) {
    if (size > bytes_.size()) {
        map(size);
    }
    read(0, bytes_.first(size));
}

void MemoryFile::put(std::uint64_t offset, std::span<const std::byte> bytes) {
    if (std::ranges::any_of(bytes, [](std::byte b) { return b != std::byte{}; })) {
        write_at(file_, offset, bytes);
    }
}

void MemoryFile::set_length(std::uint64_t size) { set_size(file_, size); }

void MemoryFile::write(std::uint64_t offset, std::span<const std::byte> bytes) {
    std::ranges::copy(bytes, bytes_.subspan(static_cast<std::size_t>(offset)).begin());
}

void MemoryFile::map(std::size_t size) {
    void* const memory = ::VirtualAlloc(nullptr, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (memory == nullptr) {
        throw last_error(fmt::format("a private copy of {} bytes cannot be made", size));
    }
    unmap();
    bytes_ = {static_cast<std::byte*>(memory), size};
}

void MemoryFile::unmap() {
    if (!bytes_.empty()) {
        ::VirtualFree(bytes_.data(), 0, MEM_RELEASE);
    }
}

MemoryFile::~MemoryFile() { unmap(); }

} // namespace hivelint
