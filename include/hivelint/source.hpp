/// \file
/// ByteSource: the one way by which evidence is read. Nothing here ever writes.
#pragma once

#include <hivelint/export.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace hivelint {

/// Bytes that can be read at any offset. Reading does not change the object: several threads may
/// read one source at once.
class HIVELINT_API ByteSource {
public:
    ByteSource() = default;
    virtual ~ByteSource();
    ByteSource(const ByteSource&) = delete;
    ByteSource& operator=(const ByteSource&) = delete;

    /// Size in bytes.
    virtual std::uint64_t size() const = 0;

    /// Fills `out` with the bytes from `offset` on. There are no short reads.
    /// Throws Error: truncated when the range does not lie inside size(); io_error;
    /// changed_while_reading when a file no longer holds what its size promised.
    virtual void read_at(std::uint64_t offset, std::span<std::byte> out) const = 0;

    /// Throws Error changed_while_reading when what was read of the source, or of one below it, may
    /// be no longer what it was at opening. Does nothing where nobody can write.
    virtual void check_unchanged() const;
};

/// A view of bytes in memory; they must outlive it.
class HIVELINT_API MemorySource final : public ByteSource {
public:
    /// Nobody may change the bytes while they are read.
    explicit MemorySource(std::span<const std::byte> bytes) : bytes_(bytes) {}

    std::uint64_t size() const override { return bytes_.size(); }
    void read_at(std::uint64_t offset, std::span<std::byte> out) const override;

private:
    std::span<const std::byte> bytes_;
};

/// A change of a few bytes in place: `after` is as long as `before`.
struct HIVELINT_API ByteRange {
    std::uint64_t offset = 0;      ///< bytes from the start of the file
    std::vector<std::byte> before; ///< what is there
    std::vector<std::byte> after;  ///< what will be

    /// Whether place and bytes are the same.
    friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

/// Another source with some of its bytes replaced by `after` of each range, and perhaps with an end
/// elsewhere. Ranges ascend, do not overlap and lie inside both; what is given must outlive it.
class HIVELINT_API OverlaySource final : public ByteSource {
public:
    /// Ends where `below` does.
    OverlaySource(const ByteSource& below, std::span<const ByteRange> ranges)
        : OverlaySource(below, ranges, below.size(), {}) {}
    /// Ends after `size` bytes, of which `tail` has the last ones. It must reach to the end of
    /// `below` or farther to its front.
    OverlaySource(const ByteSource& below, std::span<const ByteRange> ranges, std::uint64_t size,
                  std::span<const std::byte> tail)
        : below_(below), ranges_(ranges), size_(size), tail_(tail) {}

    std::uint64_t size() const override { return size_; }
    void read_at(std::uint64_t offset, std::span<std::byte> out) const override;
    void check_unchanged() const override { below_.check_unchanged(); }

private:
    const ByteSource& below_;
    std::span<const ByteRange> ranges_;
    std::uint64_t size_;
    std::span<const std::byte> tail_;
};

/// The first `count` bytes of `source`. Throws what ByteSource::read_at() throws; checks the size
/// before it allocates.
HIVELINT_API std::vector<std::byte> read_front(const ByteSource& source, std::uint64_t count);

} // namespace hivelint
