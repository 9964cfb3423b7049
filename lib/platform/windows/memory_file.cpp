#include "../memory_file.hpp"

#include "native.hpp"

#include <fmt/core.h>

namespace hivelint {

MemoryFile::MemoryFile(std::size_t size) { grow(size); }

void MemoryFile::grow(std::size_t size) {
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
