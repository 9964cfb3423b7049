/// \file
/// FileSource: a file as a ByteSource.
#pragma once

#include <hivelint/export.hpp>
#include <hivelint/file_id.hpp>
#include <hivelint/source.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace hivelint {

/// A regular file, opened for reading only, without following a symbolic link in its last
/// component, without blocking and, where the system allows it, without touching its access time.
class HIVELINT_API FileSource final : public ByteSource {
public:
    /// Opens `path`, which may be longer than PATH_MAX. With `expected`, the regular file that was
    /// found there, it must still be that one. Throws Error: not_found, permission_denied,
    /// symbolic_link, not_a_regular_file, changed_while_reading (it is not `expected`), io_error.
    explicit FileSource(const std::filesystem::path& path, std::optional<FileId> expected = {});
    /// The file `name` in a folder that is open, as the system names it; else the same.
    FileSource(std::intptr_t folder, const std::string& name, std::optional<FileId> expected = {});
    ~FileSource() override;

    std::uint64_t size() const override { return size_; }
    void read_at(std::uint64_t offset, std::span<std::byte> out) const override;
    /// By size, by modification time, and by the time that nobody can set (POSIX: ctime).
    void check_unchanged() const override;

    /// Of the file that was opened.
    FileId id() const { return id_; }

private:
    void open(std::intptr_t folder, const std::string& name, std::optional<FileId> expected);

    std::intptr_t handle_ = -1; ///< as the system names open files
    FileId id_;
    std::uint64_t size_ = 0;
    std::int64_t modified_seconds_ = 0;
    std::int64_t modified_nanoseconds_ = 0;
    std::uint64_t names_ = 1; ///< hard links
    std::int64_t changed_seconds_ = 0;
    std::int64_t changed_nanoseconds_ = 0;
};

} // namespace hivelint
