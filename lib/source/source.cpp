#include <hivelint/source.hpp>

#include "platform/file.hpp"

#include <hivelint/error.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace hivelint {
namespace {

void check_range(std::uint64_t size, std::uint64_t offset, std::uint64_t length) {
    if (offset > size || length > size - offset) {
        throw Error(ErrorCode::truncated, offset,
                    fmt::format("{} bytes are wanted at {:#x}, but the file holds {:#x} bytes",
                                length, offset, size));
    }
}

} // namespace

// Here, so that the library has the one table of its virtual functions.
ByteSource::~ByteSource() = default;

void MemorySource::read_at(std::uint64_t offset, std::span<std::byte> out) const {
    check_range(bytes_.size(), offset, out.size());
    std::ranges::copy(bytes_.subspan(static_cast<std::size_t>(offset), out.size()), out.begin());
}

FileSource::FileSource(const std::filesystem::path& path, std::optional<FileId> expected) {
    const Place place = reach(path);
    if (!expected) {
        // What is not a regular file must not even be opened: opening a device can have effects.
        const auto before = status_of(place.folder(), place.name());
        if (const auto problem = problem_with_kind(before.kind)) {
            throw Error(*problem);
        }
        expected = before.id;
    }
    File file = open_for_reading(place.folder(), place.name());
    const auto status = status_of(file.get());
    id_ = status.id;
    if (id_ != *expected || status.kind != FileKind::regular) {
        throw Error(ErrorCode::changed_while_reading,
                    "another file was put in its place since it was found");
    }
    size_ = status.size;
    modified_seconds_ = status.modified.seconds;
    modified_nanoseconds_ = status.modified.nanoseconds;
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
    if (now.size != size_ || now.modified != FileMoment{modified_seconds_, modified_nanoseconds_}) {
        throw Error(ErrorCode::changed_while_reading,
                    fmt::format("it was written to while it was read: {:#x} bytes at first, {:#x} "
                                "bytes now",
                                size_, now.size));
    }
}

void OverlaySource::read_at(std::uint64_t offset, std::span<std::byte> out) const {
    check_range(size_, offset, out.size());
    const std::uint64_t tail_at = size_ - tail_.size();
    const std::uint64_t held = std::max(std::min(tail_at, offset + out.size()), offset);
    const auto stored = out.first(static_cast<std::size_t>(held - offset));
    if (!stored.empty()) {
        below_.read_at(offset, stored);
    }
    if (const auto rest = out.subspan(stored.size()); !rest.empty()) {
        std::ranges::copy(tail_.subspan(static_cast<std::size_t>(held - tail_at), rest.size()),
                          rest.begin());
    }
    const std::uint64_t end = offset + out.size();
    for (const auto& range : ranges_) {
        const std::uint64_t from = std::max(offset, range.offset);
        const std::uint64_t to = std::min(end, range.offset + range.after.size());
        if (from < to) {
            const auto part = std::span(range.after)
                                  .subspan(static_cast<std::size_t>(from - range.offset),
                                           static_cast<std::size_t>(to - from));
            std::ranges::copy(part, out.begin() + static_cast<std::ptrdiff_t>(from - offset));
        }
    }
}

std::vector<std::byte> read_front(const ByteSource& source, std::uint64_t count) {
    check_range(source.size(), 0, count);
    std::vector<std::byte> bytes(static_cast<std::size_t>(count));
    source.read_at(0, bytes);
    return bytes;
}

} // namespace hivelint
