#include "private_file.hpp"

#include "check_range.hpp"

#include <algorithm>
#include <array>

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

std::shared_ptr<PrivateFile> private_copy(const ByteSource& source, std::uint64_t count,
                                          std::shared_ptr<PrivateFile> file) {
    const auto size = size_of_front(source, count);
    if (!file) {
        file = std::make_shared<PrivateFile>();
    }
    file->fill(source, size);
    return file;
}

} // namespace hivelint
