#include "locked_file.hpp"

#include <hivelint/error.hpp>

#include <fmt/core.h>

#include <utility>

namespace hivelint {

LockedFile::LockedFile(FileAt at, std::optional<FileId> expected) : at_(std::move(at)) {
    const auto before = status_of(at_.in(), at_.name);
    if (const auto problem = problem_with_kind(before.kind)) {
        throw Error(*problem);
    }
    // Root could write to it all the same; whoever made it read-only did not mean that.
    if (before.read_only) {
        throw Error(ErrorCode::permission_denied, "the file is read-only");
    }
    file_ = open_alone(at_.in(), at_.name);
    status_ = status_of(file_.get());
    // The first opening for writing gives a file of an overlay's lower layer another identity; what
    // it holds is looked at from now on.
    const bool copied_up = status_.size == before.size && status_.modified == before.modified &&
                           status_of(at_.in(), at_.name).id == status_.id;
    if (before.id != expected.value_or(before.id) || (status_.id != before.id && !copied_up)) {
        throw Error(ErrorCode::changed_while_reading, "another file was put in its place");
    }
    folder_ = folder_of(at_);
}

void LockedFile::write(const FileChange& change) {
    for (const auto& range : change.ranges) {
        write_at(file(), range.offset, range.after);
    }
    if (change.size_after() > change.size) {
        write_at(file(), change.size_after() - change.tail.size(), change.tail);
    } else if (change.size_after() < change.size) {
        set_size(file(), change.size_after());
    }
}

void LockedFile::read_at(std::uint64_t offset, std::span<std::byte> out) const {
    while (!out.empty()) {
        const std::size_t got = read_some(file_.get(), offset, out);
        if (got == 0) {
            throw system_error(std::errc::io_error, fmt::format("cannot be read at {:#x}", offset));
        }
        out = out.subspan(got);
        offset += got;
    }
}

} // namespace hivelint
