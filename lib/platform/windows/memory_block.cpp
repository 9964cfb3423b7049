// Large pages take a privilege there, so it does without.
#include "platform/memory_block.hpp"

#include "native.hpp"

#include <new>

namespace hivelint {

MemoryBlock::MemoryBlock(std::size_t size)
    : memory_(::VirtualAlloc(nullptr, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE)),
      taken_(size), bytes_(static_cast<std::byte*>(memory_), size) {
    if (memory_ == nullptr) {
        throw std::bad_alloc();
    }
}

MemoryBlock::~MemoryBlock() { ::VirtualFree(memory_, 0, MEM_RELEASE); }

} // namespace hivelint
