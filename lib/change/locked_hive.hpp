// LockedHive: a hive that is being changed, and the file that its bytes are read through meanwhile.
#pragma once

#include "platform/file.hpp"

#include <hivelint/patch.hpp>
#include <hivelint/source.hpp>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace hivelint {

/// The hive that is changed, locked against other instances for as long as this lives.
class LockedHive {
public:
    /// Throws Error permission_denied when the file is read-only, locked, changed_while_reading,
    /// and what opening files throws.
    explicit LockedHive(const std::filesystem::path& path);

    const File& file() const { return file_; }
    const File& folder() const { return folder_; }
    std::string journal_name() const;
    /// Of the file now, bytes.
    std::uint64_t size() const { return status_of(file_.get()).size; }

    /// Puts a patch's new bytes in place.
    void write(const Patch& patch);
    /// Gives the file back the times it had when it was opened.
    void restore_times() { set_times(file(), status_.accessed, status_.modified); }
    void remove_journal();

private:
    std::filesystem::path path_;
    File file_;
    File folder_;
    FileStatus status_;
};

/// The hive as a source, through the handle that is locked. It has the size that the file has
/// when this is made.
class LockedSource final : public ByteSource {
public:
    explicit LockedSource(const LockedHive& hive) : hive_(hive), size_(hive.size()) {}

    std::uint64_t size() const override { return size_; }
    void read_at(std::uint64_t offset, std::span<std::byte> out) const override;

private:
    const LockedHive& hive_;
    std::uint64_t size_;
};

} // namespace hivelint
