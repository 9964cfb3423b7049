// MemoryFile: memory of ours that another library can open as a file and nobody else writes to.
#pragma once

#include "file.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace hivelint {

class MemoryFile {
public:
    /// Empty: in memory where the system can, else a file of its own in the folder for temporary
    /// files. Throws Error as system_error().
    MemoryFile();
    ~MemoryFile();
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;

    /// Gives a part of what is to be held, which begins at `offset`.
    using Read = std::function<void(std::uint64_t offset, std::span<std::byte> part)>;
    /// Holds `size` bytes from `read` from now on, and behind them what it held there before.
    /// Throws Error as system_error(), and what `read` throws: what it holds then is anyone's
    /// guess.
    void fill(std::size_t size, const Read& read);
    /// Holds these bytes too, in a file that is not looked at through bytes(). Those that are all
    /// zeros take no memory. Throws Error as system_error().
    void put(std::uint64_t offset, std::span<const std::byte> bytes);
    /// How long such a file is.
    void set_length(std::uint64_t size);
    /// Changes bytes that it holds. Throws Error as system_error().
    void write(std::uint64_t offset, std::span<const std::byte> bytes);

    /// Where it can be opened; empty where it has no name: on Windows, and without /proc.
    const std::string& path() const { return path_; }
    /// For another process to read.
    Handle get() const { return file_.get(); }
    /// All that it holds, until fill() makes that more.
    std::span<const std::byte> bytes() const { return bytes_; }

private:
    void map(std::size_t size);
    void unmap();

    File file_;
    std::string path_;
    bool remove_ = false;
    std::span<std::byte> bytes_;
};

} // namespace hivelint
