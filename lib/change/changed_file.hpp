// ChangedFile: bytes that are being changed, wherever they lie: a file, or one in an image.
#pragma once

#include "platform/file.hpp"

#include <hivelint/change.hpp>
#include <hivelint/source.hpp>

#include <cstdint>
#include <span>
#include <string>

namespace hivelint {

/// Nobody else of ours changes them for as long as this lives. All throw Error.
class ChangedFile {
public:
    ChangedFile() = default;
    virtual ~ChangedFile() = default;
    ChangedFile(const ChangedFile&) = delete;
    ChangedFile& operator=(const ChangedFile&) = delete;

    /// The file on disk, beside which the journal lies.
    virtual const FileAt& at() const = 0;
    virtual const File& folder() const = 0;
    /// Where in it, if it is an image.
    virtual std::string inside() const { return {}; }

    /// Of the bytes now.
    virtual std::uint64_t size() const = 0;
    virtual void read_at(std::uint64_t offset, std::span<std::byte> out) const = 0;
    /// What can keep the change from being written, and does not need a journal yet.
    virtual void begin(const FileChange& /*change*/) {}
    /// Puts the new bytes in place.
    virtual void write(const FileChange& change) = 0;
    /// Makes what was written durable; what is read behind it is read anew.
    virtual void make_durable() = 0;
    /// Gives the file on disk back the times it had.
    virtual void restore_times() = 0;

    void remove_journal();
};

/// Reads what is changed. It has the size that it has when this is made.
class ChangedSource final : public ByteSource {
public:
    explicit ChangedSource(const ChangedFile& file) : file_(file), size_(file.size()) {}

    std::uint64_t size() const override { return size_; }
    void read_at(std::uint64_t offset, std::span<std::byte> out) const override {
        file_.read_at(offset, out);
    }

private:
    const ChangedFile& file_;
    std::uint64_t size_;
};

} // namespace hivelint
