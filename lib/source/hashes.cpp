#include "hashes.hpp"

#include "platform/digest.hpp"
#include "text/hex.hpp"

#include <algorithm>
#include <array>

namespace hivelint {

std::vector<std::pair<HashKind, std::string>> hashes_of(const ByteSource& source,
                                                        std::span<const HashKind> kinds) {
    std::vector<Digest> digests;
    digests.reserve(kinds.size());
    for (const auto kind : kinds) {
        digests.emplace_back(kind);
    }
    std::vector<std::byte> chunk(
        static_cast<std::size_t>(std::min<std::uint64_t>(source.size(), std::uint64_t{1} << 20)));
    for (std::uint64_t offset = 0; offset < source.size(); offset += chunk.size()) {
        const auto part = std::span(chunk).first(static_cast<std::size_t>(
            std::min<std::uint64_t>(chunk.size(), source.size() - offset)));
        source.read_at(offset, part);
        std::ranges::for_each(digests, [&](Digest& digest) { digest.add(part); });
    }
    std::vector<std::pair<HashKind, std::string>> all;
    all.reserve(kinds.size());
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        all.emplace_back(kinds[i], hex(digests[i].finish()));
    }
    return all;
}

std::string sha256(const ByteSource& source) {
    constexpr std::array kOne = {HashKind::sha256};
    return hashes_of(source, kOne).front().second;
}

} // namespace hivelint
