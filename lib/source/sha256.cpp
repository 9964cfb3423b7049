#include "sha256.hpp"

#include "platform/sha256.hpp"
#include "text/hex.hpp"

#include <algorithm>
#include <span>
#include <vector>

namespace hivelint {

std::string sha256(const ByteSource& source) {
    std::vector<std::byte> chunk(
        static_cast<std::size_t>(std::min<std::uint64_t>(source.size(), std::uint64_t{1} << 20)));
    std::uint64_t offset = 0;
    return hex(digest_of([&] {
        const auto part = std::span(chunk).first(static_cast<std::size_t>(
            std::min<std::uint64_t>(chunk.size(), source.size() - offset)));
        source.read_at(offset, part);
        offset += part.size();
        return std::span<const std::byte>(part);
    }));
}

} // namespace hivelint
