// PrivateFile: bytes of ours under a path that another library can open and nobody else writes to.
#pragma once

#include "platform/memory_file.hpp"

#include <hivelint/regf/verify.hpp>
#include <hivelint/source.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace hivelint {

class PrivateFile {
public:
    /// Room for `size` bytes, which is more than 0. Throws Error as MemoryFile.
    explicit PrivateFile(std::size_t size) : memory_(size), bytes_(memory_.bytes()) {}

    const std::string& path() const { return memory_.path(); }
    /// Whether it can hold so many bytes.
    bool has_room(std::size_t size) const { return size <= memory_.bytes().size(); }
    /// Makes bytes() so many, which there must be room for. The file stays as long as it is. hivex
    /// stops where the base block says so; for good measure a page of zeros follows, no hive bin.
    void resize(std::size_t size);
    /// What the file holds; changes are changes of the file.
    std::span<std::byte> bytes() { return bytes_; }
    std::span<const std::byte> bytes() const { return bytes_; }

private:
    MemoryFile memory_;
    std::span<std::byte> bytes_;
};

/// The front of a source, verified, in a file that hivex can be given: read once, copied never.
struct PrivateImage {
    std::shared_ptr<PrivateFile> file;
    regf::VerifiedImage image;

    /// Takes `file` for it if it has the room. Throws Error truncated, and as read_at() and
    /// PrivateFile.
    static PrivateImage read(const ByteSource& source, std::uint64_t count,
                             std::shared_ptr<PrivateFile> file = nullptr);
};

} // namespace hivelint
