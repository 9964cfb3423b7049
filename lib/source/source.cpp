#include "check_range.hpp"

#include <hivelint/error.hpp>
#include <hivelint/source.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace hivelint {

void check_range(std::uint64_t size, std::uint64_t offset, std::uint64_t length) {
    if (offset > size || length > size - offset) {
        throw Error(ErrorCode::truncated, offset,
                    fmt::format("{} bytes are wanted at {:#x}, but the file holds {:#x} bytes",
                                length, offset, size));
    }
}

std::size_t size_of_front(const ByteSource& source, std::uint64_t count) {
    if (count > source.size()) {
        throw Error(ErrorCode::truncated, source.size(),
                    fmt::format("{} bytes are wanted, but there are {}", count, source.size()));
    }
    return static_cast<std::size_t>(count);
}

// Here, so that the library has the one table of its virtual functions.
ByteSource::~ByteSource() = default;

void ByteSource::check_unchanged() const {}

void MemorySource::read_at(std::uint64_t offset, std::span<std::byte> out) const {
    check_range(bytes_.size(), offset, out.size());
    std::ranges::copy(bytes_.subspan(static_cast<std::size_t>(offset), out.size()), out.begin());
}

void OverlaySource::read_at(std::uint64_t offset, std::span<std::byte> out) const {
    check_range(size_, offset, out.size());
    const std::uint64_t tail_at = size_ - tail_.size();
    const std::uint64_t held = std::max(std::min(tail_at, offset + out.size()), offset);
    const auto stored = out.first(static_cast<std::size_t>(held - offset));
    if (!stored.empty()) {
        below_.read_at(offset, stored);
    }
    if (const auto rest = out.subspan(stored.size()); !rest.empty()) {
        std::ranges::copy(tail_.subspan(static_cast<std::size_t>(held - tail_at), rest.size()),
                          rest.begin());
    }
    const std::uint64_t end = offset + out.size();
    for (const auto& range : ranges_) {
        const std::uint64_t from = std::max(offset, range.offset);
        const std::uint64_t to = std::min(end, range.offset + range.after.size());
        if (from < to) {
            const auto part = std::span(range.after)
                                  .subspan(static_cast<std::size_t>(from - range.offset),
                                           static_cast<std::size_t>(to - from));
            std::ranges::copy(part, out.begin() + static_cast<std::ptrdiff_t>(from - offset));
        }
    }
}

std::vector<std::byte> read_front(const ByteSource& source, std::uint64_t count) {
    check_range(source.size(), 0, count);
    std::vector<std::byte> bytes(static_cast<std::size_t>(count));
    source.read_at(0, bytes);
    return bytes;
}

} // namespace hivelint
