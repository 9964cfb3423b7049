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
    /// Whether it can hold so many bytes.
    bool has_room(std::size_t size) const { return size <= room_.size(); }
    /// Makes bytes() so many, which there must be room for. The file stays as long as it is. hivex
    /// stops where the base block says so; for good measure a page of zeros follows, no hive bin.
    void resize(std::size_t size);
    /// What the file holds; changes are changes of the file.
    std::span<std::byte> bytes() { return bytes_; }
    std::span<const std::byte> bytes() const { return bytes_; }

private:
    void map(std::size_t size);

    Descriptor descriptor_;
    std::string path_;
    bool remove_ = false;
    std::span<std::byte> room_;
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
