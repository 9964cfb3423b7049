#include "private_memory.hpp"

#include "check_range.hpp"
#include "platform/memory_block.hpp"

namespace hivelint {

PrivateMemory private_memory(const ByteSource& source, std::uint64_t count) {
    const auto block = std::make_shared<MemoryBlock>(size_of_front(source, count));
    source.read_at(0, block->bytes());
    return {block, block->bytes()};
}

} // namespace hivelint
