#include "locked_file.hpp"

#include "platform/path_text.hpp"

#include <hivelint/error.hpp>

#include <fmt/core.h>

namespace hivelint {

LockedFile::LockedFile(const std::filesystem::path& path) : path_(path) {
    const Place place = reach(path);
    const auto before = status_of(place.folder(), place.name());
    if (const auto problem = problem_with_kind(before.kind)) {
        throw Error(*problem);
    }
    // Root could write to it all the same; whoever made it read-only did not mean that.
    if (before.read_only) {
        throw Error(ErrorCode::permission_denied, "the file is read-only");
    }
    file_ = open_alone(place.folder(), place.name());
    status_ = status_of(file_.get());
    if (status_.id != before.id) {
        throw Error(ErrorCode::changed_while_reading, "another file was put in its place");
    }
    const auto parent = path.has_parent_path() ? path.parent_path() : ".";
    const Place folder = reach(parent);
    folder_ = open_folder(folder.folder(), folder.name());
}

std::string LockedFile::journal_name() const { return text_of(journal_of(path_).filename()); }

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

void LockedFile::remove_journal() {
    if (const auto problem = remove_file(folder().get(), journal_name()); problem != std::errc()) {
        throw system_error(problem, "the journal cannot be removed");
    }
    try {
        make_names_durable(folder(), "the hive's folder");
    } catch (const Error&) {
        // The hive is whole and durable. A power cut can bring the journal back, and recovery
        // then takes the fix back: still the one hive or the other.
    }
}

void LockedSource::read_at(std::uint64_t offset, std::span<std::byte> out) const {
    while (!out.empty()) {
        const std::size_t got = read_some(file_.file().get(), offset, out);
        if (got == 0) {
            throw system_error(std::errc::io_error, fmt::format("cannot be read at {:#x}", offset));
        }
        out = out.subspan(got);
        offset += got;
    }
}

} // namespace hivelint
