#include <hivelint/file_source.hpp>

#include "check_range.hpp"
#include "platform/file.hpp"

#include <hivelint/error.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace hivelint {

FileSource::FileSource(const std::filesystem::path& path, std::optional<FileId> expected) {
    const Place place = reach(path);
    open(place.folder(), place.name(), expected);
}

FileSource::FileSource(std::intptr_t folder, const std::string& name,
                       std::optional<FileId> expected) {
    open(folder, name, expected);
}

void FileSource::open(std::intptr_t folder, const std::string& name,
                      std::optional<FileId> expected) {
    if (!expected) {
        // What is not a regular file must not even be opened: opening a device can have effects.
        const auto before = status_of(folder, name);
        if (const auto problem = problem_with_kind(before.kind)) {
            throw Error(*problem);
        }
        expected = before.id;
    }
    File file = open_for_reading(folder, name);
    const auto status = status_of(file.get());
    id_ = status.id;
    if (id_ != *expected || status.kind != FileKind::regular) {
        throw Error(ErrorCode::changed_while_reading,
                    "another file was put in its place since it was found");
    }
    size_ = status.size;
    modified_seconds_ = status.modified.seconds;
    modified_nanoseconds_ = status.modified.nanoseconds;
    names_ = status.names;
    changed_seconds_ = status.changed.seconds;
    changed_nanoseconds_ = status.changed.nanoseconds;
    // Read-ahead would drag in the pages that the walker takes care not to touch.
    expect_random_reads(file.get());
    handle_ = file.release();
}

FileSource::~FileSource() { const File closed(handle_); }

void FileSource::read_at(std::uint64_t offset, std::span<std::byte> out) const {
    // A long read goes in parts, so that storage has the next one ready when one is copied.
    constexpr std::size_t kLong = std::size_t{256} << 10;
    check_range(size_, offset, out.size());
    const bool is_long = out.size() >= kLong;
    if (is_long) {
        expect_sequential_reads(handle_);
    }
    while (!out.empty()) {
        const std::size_t got = read_some(handle_, offset, out.first(std::min(out.size(), kLong)));
        if (got == 0) {
            throw Error(ErrorCode::changed_while_reading, offset,
                        fmt::format("it shrank while it was read: it held {:#x} bytes when it was "
                                    "opened and ends before {:#x} now",
                                    size_, offset + out.size()));
        }
        out = out.subspan(got);
        offset += got;
    }
    if (is_long) {
        expect_random_reads(handle_);
    }
}

void FileSource::check_unchanged() const {
    const auto now = status_of(handle_);
    // A time of modification can be set back, the other one cannot; but a name that comes or goes
    // changes that too.
    const bool written = now.modified != FileMoment{modified_seconds_, modified_nanoseconds_};
    const bool changed = now.changed != FileMoment{changed_seconds_, changed_nanoseconds_};
    if (now.size != size_ || written || (changed && now.names == names_)) {
        throw Error(ErrorCode::changed_while_reading,
                    fmt::format("it was written to while it was read: {:#x} bytes at first, {:#x} "
                                "bytes now",
                                size_, now.size));
    }
}

} // namespace hivelint
