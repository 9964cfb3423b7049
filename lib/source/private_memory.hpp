// PrivateMemory: bytes of a source in memory that nobody else writes to.
#pragma once

#include <hivelint/source.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace hivelint {

struct PrivateMemory {
    std::shared_ptr<const void> owner; ///< keeps the bytes where they are
    std::span<const std::byte> bytes;
};

/// The front of a source. Throws Error truncated, and as ByteSource::read_at().
PrivateMemory private_memory(const ByteSource& source, std::uint64_t count);

} // namespace hivelint
