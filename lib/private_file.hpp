// PrivateFile: bytes of ours under a path that another library can open and nobody else writes to.
#pragma once

#include "descriptor.hpp"

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
    /// Room for `size` bytes, which is more than 0: in memory where the system can, else in a file
    /// of its own in the folder for temporary files. Throws Error io_error.
    explicit PrivateFile(std::size_t size);
    ~PrivateFile();
    PrivateFile(const PrivateFile&) = delete;
    PrivateFile& operator=(const PrivateFile&) = delete;

    const std::string& path() const { return path_; }
    /// How many bytes it holds at most before it must grow.
    std::size_t room() const { return room_.size(); }
    /// Makes bytes() so many. The file never becomes shorter. hivex stops where the base block says
    /// so; for good measure a page of zeros follows, no hive bin. Throws Error io_error.
    void resize(std::size_t size);
    /// What the file holds; changes are changes of the file.
    std::span<std::byte> bytes() { return bytes_; }
    std::span<const std::byte> bytes() const { return bytes_; }

private:
    void map(std::size_t size);
    void unmap();

    Descriptor descriptor_;
    std::string path_;
    bool remove_ = false;
    std::span<std::byte> room_;
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
