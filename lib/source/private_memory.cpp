#include "private_memory.hpp"

#include "check_range.hpp"
#include "platform/memory_block.hpp"

#include <algorithm>
#include <vector>

namespace hivelint {

PrivateMemory private_memory(const ByteSource& source, std::uint64_t count) {
    const auto block = std::make_shared<MemoryBlock>(size_of_front(source, count));
    constexpr std::size_t kLong = std::size_t{64} << 20;
    constexpr std::size_t kPart = std::size_t{2} << 20;
    const auto bytes = block->bytes();
    source.read_at(0, bytes.first(std::min(bytes.size(), kLong)));
    // Memory that nobody wrote to is zero and takes no room: a hive of 2 GiB can be a hole.
    std::vector<std::byte> part(bytes.size() > kLong ? kPart : 0);
    for (std::size_t at = kLong; at < bytes.size(); at += kPart) {
        const auto here = std::span(part).first(std::min(kPart, bytes.size() - at));
        source.read_at(at, here);
        if (std::ranges::any_of(here, [](std::byte byte) { return byte != std::byte{}; })) {
            std::ranges::copy(here, bytes.subspan(at).begin());
        }
    }
    return {block, bytes};
}

} // namespace hivelint
