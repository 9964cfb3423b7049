#include "private_file.hpp"

#include "platform/memory_block.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

namespace hivelint {

void PrivateFile::fill(const ByteSource& source, std::size_t size) {
    memory_.fill(size, [&](std::uint64_t offset, std::span<std::byte> part) {
        source.read_at(offset, part);
    });
    size_ = size;
    constexpr std::array<std::byte, 4096> kZeros = {};
    if (const auto behind = std::min(room() - size, kZeros.size()); behind > 0) {
        memory_.write(size, std::span(kZeros).first(behind));
    }
}

namespace {

/// Throws Error truncated.
std::size_t checked_size(const ByteSource& source, std::uint64_t count) {
    if (count > source.size()) {
        throw Error(ErrorCode::truncated, source.size(),
                    fmt::format("{} bytes are wanted, but there are {}", count, source.size()));
    }
    return static_cast<std::size_t>(count);
}

} // namespace

std::shared_ptr<PrivateFile> private_copy(const ByteSource& source, std::uint64_t count,
                                          std::shared_ptr<PrivateFile> file) {
    const auto size = checked_size(source, count);
    if (!file) {
        file = std::make_shared<PrivateFile>();
    }
    file->fill(source, size);
    return file;
}

regf::VerifiedImage verified_copy(const ByteSource& source, std::uint64_t count) {
    const auto block = std::make_shared<MemoryBlock>(checked_size(source, count));
    source.read_at(0, block->bytes());
    return {block, block->bytes()};
}

} // namespace hivelint
