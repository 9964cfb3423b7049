/// \file
/// ByteSource: the one way by which evidence is read. Nothing here ever writes.
#pragma once

#include <hivelint/export.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
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

/// Which file this is, whatever its name: one hive under two hard links is one hive.
struct HIVELINT_API FileId {
    std::uint64_t device = 0; ///< as the system numbers them
    std::uint64_t inode = 0;  ///< of the file on that device

    /// By device, then inode: the order means nothing, but it is one.
    friend auto operator<=>(const FileId&, const FileId&) = default;
};

/// A regular file, opened for reading only, without following a symbolic link in its last
/// component, without blocking and, where the system allows it, without touching its access time.
class HIVELINT_API FileSource final : public ByteSource {
public:
    /// Opens `path`, which may be longer than PATH_MAX. With `expected`, the regular file that was
    /// found there, it must still be that one. Throws Error: not_found, permission_denied,
    /// symbolic_link, not_a_regular_file, changed_while_reading (it is not `expected`), io_error.
    explicit FileSource(const std::filesystem::path& path, std::optional<FileId> expected = {});
    ~FileSource() override;

    std::uint64_t size() const override { return size_; }
    void read_at(std::uint64_t offset, std::span<std::byte> out) const override;

    /// Of the file that was opened.
    FileId id() const { return id_; }
    /// Throws Error changed_while_reading when size or modification time are no longer what they
    /// were at opening.
    void check_unchanged() const;

private:
    std::intptr_t handle_ = -1; ///< as the system names open files
    FileId id_;
    std::uint64_t size_ = 0;
    std::int64_t modified_seconds_ = 0;
    std::int64_t modified_nanoseconds_ = 0;
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
