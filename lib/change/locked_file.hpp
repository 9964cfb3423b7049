// LockedFile: a file that is being changed.
#pragma once

#include "changed_file.hpp"
#include "platform/file.hpp"

#include <hivelint/change.hpp>

#include <cstdint>
#include <optional>
#include <span>

namespace hivelint {

/// The file that is changed, locked against other instances for as long as this lives.
class LockedFile final : public ChangedFile {
public:
    /// Throws Error permission_denied when the file is read-only, locked, changed_while_reading,
    /// and what opening files throws.
    /// With `expected` it must be that one; one that was copied up in an overlay counts as it.
    explicit LockedFile(FileAt at, std::optional<FileId> expected = {});

    const File& file() const { return file_; }
    const File& folder() const override { return folder_; }
    const FileAt& at() const override { return at_; }
    std::uint64_t size() const override { return status_of(file_.get()).size; }
    void read_at(std::uint64_t offset, std::span<std::byte> out) const override;
    void write(const FileChange& change) override;
    void make_durable() override { hivelint::make_durable(file_, "the hive"); }
    void restore_times() override { set_times(file_, status_.accessed, status_.modified); }

private:
    FileAt at_;
    File file_;
    File folder_;
    FileStatus status_; ///< as it was when it was opened
};

} // namespace hivelint
