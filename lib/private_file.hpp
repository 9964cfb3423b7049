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
#include <utility>

namespace hivelint {

class PrivateFile {
public:
    /// Room for `size` bytes, which is more than 0. Throws Error as MemoryFile.
    explicit PrivateFile(std::size_t size) : memory_(size), bytes_(memory_.bytes()) {}

    const std::string& path() const { return memory_.path(); }
    /// How many bytes it holds at most before it must grow.
    std::size_t room() const { return memory_.bytes().size(); }
    /// Makes bytes() so many. The file never becomes shorter; when it must grow, what it held is
    /// lost. hivex stops where the base block says so; for good measure a page of zeros follows, no
    /// hive bin. Throws Error as MemoryFile.
    void resize(std::size_t size);
    /// What the file holds; changes are changes of the file.
    std::span<std::byte> bytes() { return bytes_; }
    std::span<const std::byte> bytes() const { return bytes_; }

private:
    MemoryFile memory_;
    std::span<std::byte> bytes_;
};

/// The front of a source in a file of ours: `file` if there is one. Throws Error truncated, and
/// as read_at() and PrivateFile.
std::shared_ptr<PrivateFile> private_copy(const ByteSource& source, std::uint64_t count,
                                          std::shared_ptr<PrivateFile> file = nullptr);

/// A hive that is verified, in a file that hivex can be given: read once, copied never.
struct PrivateImage {
    explicit PrivateImage(std::shared_ptr<PrivateFile> copy)
        : file(std::move(copy)), image(file, std::as_const(*file).bytes()) {}

    std::shared_ptr<PrivateFile> file;
    regf::VerifiedImage image;
};

} // namespace hivelint
