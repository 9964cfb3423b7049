// PrivateFile: bytes of ours under a path that another library can open and nobody else writes to.
#pragma once

#include "platform/memory_file.hpp"

#include <hivelint/source.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace hivelint {

class PrivateFile {
public:
    /// Empty: no other library can open it. See MemoryFile::path().
    const std::string& path() const { return memory_.path(); }
    /// How many bytes it holds at most before it must grow.
    std::size_t room() const { return memory_.bytes().size(); }
    /// Makes bytes() the first `size` bytes of `source`, more than 0. The file never becomes
    /// shorter. hivex stops where the base block says so; for good measure a page of zeros follows,
    /// no hive bin. Throws Error as read_at() and MemoryFile.
    void fill(const ByteSource& source, std::size_t size);
    /// Changes some of bytes(). Throws Error as MemoryFile.
    void write(std::uint64_t offset, std::span<const std::byte> bytes) {
        memory_.write(offset, bytes);
    }
    /// What the file holds.
    std::span<const std::byte> bytes() const { return memory_.bytes().first(size_); }

private:
    MemoryFile memory_;
    std::size_t size_ = 0;
};

/// The front of a source in a file of ours: `file` if there is one. Throws Error truncated, and
/// as PrivateFile.
std::shared_ptr<PrivateFile> private_copy(const ByteSource& source, std::uint64_t count,
                                          std::shared_ptr<PrivateFile> file = nullptr);

} // namespace hivelint
