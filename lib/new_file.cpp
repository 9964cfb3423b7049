#include "new_file.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace hivelint {
namespace {

/// The name for the n-th try. It must fit where the file's own name does.
std::filesystem::path partial_name(const std::filesystem::path& path, int n) {
    constexpr std::size_t kRoom = 200;
    const std::string name = path.filename().native();
    return path.parent_path() / fmt::format("{}{}.hivelint-partial-{}",
                                            name.size() > kRoom ? "" : ".",
                                            name.size() > kRoom ? "" : name, n);
}

void remove_file(const std::filesystem::path& path) noexcept {
    try {
        const Place place = reach(path);
        static_cast<void>(::unlinkat(place.folder(), place.name().c_str(), 0));
    } catch (...) { // then it stays, under a name that says what it is
    }
}

/// Gives the file at `from` the name `to` if no file has it. The errno, or 0.
int rename_if_free(const Place& from, const Place& to) {
#ifdef RENAME_NOREPLACE
    if (::renameat2(from.folder(), from.name().c_str(), to.folder(), to.name().c_str(),
                    RENAME_NOREPLACE) == 0) {
        return 0;
    }
    // Not every file system and kernel can.
    if (errno != EINVAL && errno != ENOSYS) {
        return errno;
    }
#endif
    if (::linkat(from.folder(), from.name().c_str(), to.folder(), to.name().c_str(), 0) != 0) {
        return errno;
    }
    static_cast<void>(::unlinkat(from.folder(), from.name().c_str(), 0));
    return 0;
}

} // namespace

NewFile::NewFile(std::filesystem::path path, std::string what, IfThere if_there)
    : path_(std::move(path)), what_(std::move(what)), if_there_(if_there) {
    const Place place = reach(path_);
    struct stat status = {};
    // Only to say so early: publish() decides.
    if (if_there_ == IfThere::refuse &&
        ::fstatat(place.folder(), place.name().c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
        throw exists_already();
    }
    constexpr int kMostTries = 1000;
    for (int n = 1; file_.get() < 0; ++n) {
        partial_ = partial_name(path_, n);
        const Place partial = reach(partial_);
        file_ = Descriptor(::openat(partial.folder(), partial.name().c_str(),
                                    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666));
        if (file_.get() < 0 && (errno != EEXIST || n == kMostTries)) {
            throw system_error(errno, fmt::format("{} cannot be made", what_));
        }
    }
}

NewFile::~NewFile() {
    if (!has_name_) {
        remove_file(partial_);
    }
}

void NewFile::write(const ByteSource& source) {
    std::vector<std::byte> chunk(std::size_t{1} << 20);
    for (std::uint64_t offset = 0; offset < source.size(); offset += chunk.size()) {
        const auto part = std::span(chunk).first(static_cast<std::size_t>(
            std::min<std::uint64_t>(chunk.size(), source.size() - offset)));
        source.read_at(offset, part);
        write_at(file(), offset, part);
    }
}

void NewFile::publish() {
    make_durable(file(), what_);
    give_name();
    has_name_ = true;
    try {
        const Place folder = reach(path_.has_parent_path() ? path_.parent_path() : ".");
        make_durable(
            Descriptor(open_for_reading(folder.folder(), folder.name(), O_DIRECTORY)).get(),
            fmt::format("the folder of {}", what_));
    } catch (const Error&) {
        remove_file(path_);
        throw;
    }
}

void NewFile::give_name() const {
    const Place from = reach(partial_);
    const Place to = reach(path_);
    const int problem =
        if_there_ == IfThere::refuse ? rename_if_free(from, to)
        : ::renameat(from.folder(), from.name().c_str(), to.folder(), to.name().c_str()) == 0
            ? 0
            : errno;
    if (problem == EEXIST) {
        throw exists_already();
    }
    if (problem != 0) {
        throw system_error(problem, fmt::format("{} cannot be given its name", what_));
    }
}

Error NewFile::exists_already() const {
    return {ErrorCode::already_exists, fmt::format("{} exists already", what_)};
}

} // namespace hivelint
