#include "platform/memory_block.hpp"

#include <cstdint>
#include <new>
#include <sys/mman.h>

namespace hivelint {
namespace {

/// Of a large page on most systems, bytes; where it is another, pages are small ones.
constexpr std::size_t kLarge = std::size_t{2} << 20;

constexpr std::size_t rounded_up(std::size_t number) {
    return (number + kLarge - 1) / kLarge * kLarge;
}

} // namespace

MemoryBlock::MemoryBlock(std::size_t size) : taken_(rounded_up(size) + kLarge) {
    memory_ = ::mmap(nullptr, taken_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory_ == MAP_FAILED) {
        throw std::bad_alloc();
    }
    const auto address = reinterpret_cast<std::uintptr_t>(memory_);
    auto* const begin = static_cast<std::byte*>(memory_) + (rounded_up(address) - address);
#ifdef MADV_HUGEPAGE
    static_cast<void>(::madvise(begin, rounded_up(size), MADV_HUGEPAGE));
#endif
    bytes_ = {begin, size};
}

MemoryBlock::~MemoryBlock() { ::munmap(memory_, taken_); }

} // namespace hivelint
