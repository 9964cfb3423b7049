// How paths are walked: to the place that the user named, and from there through no link.
#include "descriptor.hpp"
#include "platform/file.hpp"

#include <algorithm>
#include <climits>
#include <unistd.h>
#ifdef __linux__
#include <linux/openat2.h>
#include <sys/syscall.h>
#endif

namespace hivelint {

Place::Place(File folder, std::string name) : folder_(std::move(folder)), name_(std::move(name)) {}

Handle Place::folder() const { return folder_.is_open() ? folder_.get() : AT_FDCWD; }

Place reach(const std::filesystem::path& path) {
    std::string rest = path.native();
    File folder;
    while (rest.size() >= PATH_MAX) {
        const auto cut = rest.rfind('/', PATH_MAX - 2);
        if (cut == std::string::npos || cut == 0) {
            throw system_error(std::errc::filename_too_long, "cannot be opened");
        }
        const int from = folder.is_open() ? descriptor(folder) : AT_FDCWD;
        const int next =
            ::openat(from, rest.substr(0, cut).c_str(), kOnlyToPass | O_DIRECTORY | O_CLOEXEC);
        folder = owned(next, "the folder it lies in cannot be opened");
        rest.erase(0, rest.find_first_not_of('/', cut));
    }
    return {std::move(folder), rest.empty() && !path.empty() ? "." : std::move(rest)};
}

namespace {

/// Opens a folder, to reach what lies in it.
File pass_through(Handle from, const std::string& path, int flags) {
    return owned(
        ::openat(descriptor(from), path.c_str(), kOnlyToPass | O_DIRECTORY | O_CLOEXEC | flags),
        "the folder it lies in cannot be opened");
}

/// The folder `path` below `from`, reached through no link.
File below(File from, std::string_view path) {
#ifdef SYS_openat2
    if (!path.empty() && path.size() < PATH_MAX) {
        open_how how = {};
        how.flags = kOnlyToPass | O_DIRECTORY | O_CLOEXEC;
        how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
        const auto number =
            ::syscall(SYS_openat2, descriptor(from), std::string(path).c_str(), &how, sizeof how);
        // Where the kernel, or what stands before it, does not know the call: step by step.
        if (number >= 0 || (errno != ENOSYS && errno != EPERM && errno != EAGAIN)) {
            return owned(static_cast<int>(number), "the folder it lies in cannot be opened");
        }
    }
#endif
    while (!path.empty()) {
        const auto end = std::min(path.find('/'), path.size());
        if (const auto name = path.substr(0, end); !name.empty() && name != ".") {
            if (name == "..") {
                throw system_error(std::errc::permission_denied, "its path leads out of the place");
            }
            from = pass_through(from.get(), std::string(name), O_NOFOLLOW);
        }
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return from;
}

} // namespace

FileAt locate(const std::filesystem::path& path) {
    const std::string& text = path.native();
    const auto cut = text.rfind('/');
    if (cut == std::string::npos || cut + 1 == text.size()) {
        return {nullptr, text};
    }
    const Place place = reach(text.substr(0, std::max<std::size_t>(cut, 1)));
    return {std::make_shared<const File>(pass_through(place.folder(), place.name(), 0)),
            text.substr(cut + 1)};
}

FileAt locate_below(const std::filesystem::path& path, std::size_t named) {
    const std::string& text = path.native();
    const auto cut = text.rfind('/');
    if (named == 0 || named >= text.size() || cut == std::string::npos || cut < named) {
        return locate(path);
    }
    const Place place = reach(text.substr(0, named));
    const auto rest = std::string_view(text).substr(named, cut - named);
    return {std::make_shared<const File>(
                below(pass_through(place.folder(), place.name(), 0),
                      rest.substr(std::min(rest.find_first_not_of('/'), rest.size())))),
            text.substr(cut + 1)};
}

} // namespace hivelint
