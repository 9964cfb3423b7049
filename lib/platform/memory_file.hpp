// MemoryFile: memory of ours that another library can open as a file and nobody else writes to.
#pragma once

#include "file.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace hivelint {

class MemoryFile {
public:
    /// `size` zero bytes, more than 0: in memory where the system can, else in a file of its own in
    /// the folder for temporary files. Throws Error as system_error().
    explicit MemoryFile(std::size_t size);
    ~MemoryFile();
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;

    /// Makes it so long, more than it is; what it held may be lost. Throws Error as system_error():
    /// then it is as it was.
    void grow(std::size_t size);

    /// Where it can be opened; empty on Windows, where nobody asks for that.
    const std::string& path() const { return path_; }
    /// What the file holds; changes are changes of the file.
    std::span<std::byte> bytes() const { return bytes_; }

private:
    void unmap();

    File file_;
    std::string path_;
    bool remove_ = false;
    std::span<std::byte> bytes_;
};

} // namespace hivelint
