// PrivateFile: bytes of ours under a path that another library can open and nobody else writes to.
#pragma once

#include "descriptor.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace hivelint {

class PrivateFile {
public:
    /// In memory where the system can, else in a file of its own in the folder for temporary files.
    /// Throws Error io_error.
    explicit PrivateFile(std::span<const std::byte> bytes);
    ~PrivateFile();
    PrivateFile(const PrivateFile&) = delete;
    PrivateFile& operator=(const PrivateFile&) = delete;

    const std::string& path() const { return path_; }

private:
    Descriptor descriptor_;
    std::string path_;
    bool remove_ = false;
};

} // namespace hivelint
