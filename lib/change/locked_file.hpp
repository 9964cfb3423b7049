// LockedFile: a file that is being changed, and the source that it is read through meanwhile.
#pragma once

#include "platform/file.hpp"

#include <hivelint/change.hpp>
#include <hivelint/source.hpp>

#include <cstdint>
#include <optional>
#include <span>

namespace hivelint {

/// The file that is changed, locked against other instances for as long as this lives.
class LockedFile {
public:
    /// Throws Error permission_denied when the file is read-only, locked, changed_while_reading,
    /// and what opening files throws.
    /// With `expected` it must be that one; one that was copied up in an overlay counts as it.
    explicit LockedFile(FileAt at, std::optional<FileId> expected = {});

    const File& file() const { return file_; }
    const File& folder() const { return folder_; }
    /// Where it lies.
    const FileAt& at() const { return at_; }
    /// As it was when it was opened.
    const FileStatus& status() const { return status_; }
    /// Of the file now, bytes.
    std::uint64_t size() const { return status_of(file_.get()).size; }

    /// Puts the new bytes in place.
    void write(const FileChange& change);
    /// Makes what was written durable. Throws Error as system_error().
    void make_durable() const { hivelint::make_durable(file_, "the hive"); }
    /// Gives the file back the times it had when it was opened.
    void restore_times() { set_times(file(), status_.accessed, status_.modified); }
    void remove_journal();

private:
    FileAt at_;
    File file_;
    File folder_;
    FileStatus status_;
};

/// The file through the handle that is locked. It has the size that it has when this is made.
class LockedSource final : public ByteSource {
public:
    explicit LockedSource(const LockedFile& file) : file_(file), size_(file.size()) {}

    std::uint64_t size() const override { return size_; }
    void read_at(std::uint64_t offset, std::span<std::byte> out) const override;

private:
    const LockedFile& file_;
    std::uint64_t size_;
};

} // namespace hivelint
