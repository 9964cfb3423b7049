#include <hivelint/source.hpp>

#include "descriptor.hpp"

#include <hivelint/error.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hivelint {
namespace {

void check_range(std::uint64_t size, std::uint64_t offset, std::uint64_t length) {
    if (offset > size || length > size - offset) {
        throw Error(ErrorCode::truncated, offset,
                    fmt::format("{} bytes are wanted at {:#x}, but the file holds {:#x} bytes",
                                length, offset, size));
    }
}

struct stat status_of(int descriptor) {
    struct stat status = {};
    if (::fstat(descriptor, &status) != 0) {
        throw system_error(errno, "cannot be examined");
    }
    return status;
}

} // namespace

void MemorySource::read_at(std::uint64_t offset, std::span<std::byte> out) const {
    check_range(bytes_.size(), offset, out.size());
    std::ranges::copy(bytes_.subspan(static_cast<std::size_t>(offset), out.size()), out.begin());
}

FileSource::FileSource(const std::filesystem::path& path, std::optional<FileId> expected) {
    const Place place = reach(path);
    if (!expected) {
        // What is not a regular file must not even be opened: opening a device can have effects.
        struct stat before = {};
        if (::fstatat(place.folder(), place.name().c_str(), &before, AT_SYMLINK_NOFOLLOW) != 0) {
            throw system_error(errno, "cannot be examined");
        }
        if (const auto problem = problem_with_kind(before.st_mode)) {
            throw Error(*problem);
        }
        expected = id_of(before);
    }
    Descriptor file(open_for_reading(place.folder(), place.name()));
    const auto status = status_of(file.get());
    id_ = id_of(status);
    if (id_ != *expected) {
        throw Error(ErrorCode::changed_while_reading,
                    "another file was put in its place since it was found");
    }
    size_ = static_cast<std::uint64_t>(status.st_size);
    modified_seconds_ = status.st_mtim.tv_sec;
    modified_nanoseconds_ = status.st_mtim.tv_nsec;
#ifdef POSIX_FADV_RANDOM
    // Read-ahead would drag in the pages that the walker takes care not to touch.
    static_cast<void>(::posix_fadvise(file.get(), 0, 0, POSIX_FADV_RANDOM));
#endif
    descriptor_ = file.release();
}

FileSource::~FileSource() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

void FileSource::read_at(std::uint64_t offset, std::span<std::byte> out) const {
    check_range(size_, offset, out.size());
    while (!out.empty()) {
        const ssize_t got =
            ::pread(descriptor_, out.data(), out.size(), static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            throw system_error(errno, fmt::format("cannot be read at {:#x}", offset));
        }
        if (got == 0) {
            throw Error(ErrorCode::changed_while_reading, offset,
                        fmt::format("it shrank while it was read: it held {:#x} bytes when it was "
                                    "opened and ends before {:#x} now",
                                    size_, offset + out.size()));
        }
        out = out.subspan(static_cast<std::size_t>(got));
        offset += static_cast<std::uint64_t>(got);
    }
}

void FileSource::check_unchanged() const {
    const auto now = status_of(descriptor_);
    const auto size = static_cast<std::uint64_t>(now.st_size);
    if (size != size_ || now.st_mtim.tv_sec != modified_seconds_ ||
        now.st_mtim.tv_nsec != modified_nanoseconds_) {
        throw Error(ErrorCode::changed_while_reading,
                    fmt::format("it was written to while it was read: {:#x} bytes at first, {:#x} "
                                "bytes now",
                                size_, size));
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
