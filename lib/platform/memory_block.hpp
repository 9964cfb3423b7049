// MemoryBlock: memory for a whole hive, in large pages where the system has them: to get it in
// small ones takes longer than to read the hive into it.
#pragma once

#include <cstddef>
#include <span>

namespace hivelint {

class MemoryBlock {
public:
    /// `size` zero bytes, more than 0. Throws std::bad_alloc.
    explicit MemoryBlock(std::size_t size);
    ~MemoryBlock();
    MemoryBlock(const MemoryBlock&) = delete;
    MemoryBlock& operator=(const MemoryBlock&) = delete;

    std::span<std::byte> bytes() { return bytes_; }

private:
    void* memory_;
    std::size_t taken_; ///< bytes from there
    std::span<std::byte> bytes_;
};

} // namespace hivelint
