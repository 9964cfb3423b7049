// Discovery: walks folders and lists the hives in them.
//
// The evidence is hostile. Folders are therefore opened one by one, each in the one above it, with
// no link followed; none is recursed into on the call stack; and of the folders on the way down
// only the last few are kept open, so that depth costs neither descriptors nor a limit on paths.
#include <hivelint/evidence.hpp>

#include "../descriptor.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <dirent.h>
#include <fcntl.h>
#include <functional>
#include <memory>
#include <set>
#include <sys/stat.h>
#include <tuple>
#include <utility>

namespace hivelint {
using namespace descriptors;
namespace {

/// How many of the folders on the way down are open at a time.
constexpr std::size_t kOpenFolders = 16;

/// How many bytes of paths longer than PATH_MAX are kept for one place. Windows makes no such
/// paths, but an image can hold a hive on each of 50,000 levels, and their paths alone would fill
/// the memory.
constexpr std::size_t kLongPaths = std::size_t{4} << 20;

/// A target as it is kept until all are known: there can be a million.
struct Found {
    std::string path;
    FileId object; ///< the file system object there, be it a regular file or not
    bool has_object = false;
    bool only_if_hive = false;
    std::unique_ptr<Error> problem{};
};

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

Folder open_folder(int parent, const std::string& name) {
    Descriptor descriptor(open_for_reading(parent, name, O_DIRECTORY));
    Folder folder(::fdopendir(descriptor.get()));
    if (!folder) {
        throw system_error(errno, "the folder cannot be opened");
    }
    descriptor.release();
    return folder;
}

/// Throws Error.
struct stat status_of(int parent, const std::string& name) {
    struct stat status = {};
    if (::fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        throw system_error(errno, "cannot be examined");
    }
    return status;
}

FileId id_of_folder(const Folder& folder) {
    struct stat status = {};
    const int descriptor = ::dirfd(folder.get());
    if (descriptor < 0 || ::fstat(descriptor, &status) != 0) {
        throw system_error(errno, "the folder cannot be examined");
    }
    return id_of(status);
}

bool same_but_for_case(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : int{c}; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

/// `config/default` is a common name outside of System32 too: there, only a hive is worth a word.
/// `above` is the name of the folder that the file's folder lies in.
bool is_common_name(std::string_view file, std::string_view above) {
    return same_but_for_case(file, "default") && !same_but_for_case(above, "system32") &&
           !same_but_for_case(above, "config"); // of config/RegBack
}

/// What the folder is called, also when it is named as `.` or through a link.
std::string name_of_folder(const std::filesystem::path& place) {
    std::error_code failed;
    const auto real = std::filesystem::canonical(place, failed);
    return (failed ? place : real).filename().native();
}

/// The walk through one place.
class Walk {
public:
    Walk(const DiscoveryOptions& options, const std::filesystem::path& place,
         std::vector<Found>& found)
        : options_(options), place_(place), found_(found), path_(place.native()) {}

    void run();

private:
    /// A folder on the way from the place to where the walk is.
    struct Level {
        Folder folder; ///< null while it is closed
        FileId id;
        std::string name;
        std::size_t path_size = 0;        ///< how much of path_ is its path
        std::vector<std::string> pending; ///< subfolders yet to enter, the next one last
    };

    /// The name of the innermost level, or of the one so many levels above it; empty outside.
    std::string_view name_above(std::size_t levels) const {
        return levels < levels_.size() ? levels_[levels_.size() - 1 - levels].name
                                       : std::string_view();
    }
    void enter(int parent, const std::string& name, std::string folder_name);
    void list(Level& level);
    void take(Level& level, const std::string& name, unsigned char type);
    void leave();
    void descend(const std::string& name);
    void add(std::optional<FileId> object, std::optional<Error> problem, bool only_if_hive = false);

    const DiscoveryOptions& options_;
    const std::filesystem::path& place_;
    std::vector<Found>& found_;
    std::string path_; ///< of what the walk looks at
    std::vector<Level> levels_;
    std::set<FileId> visited_;
    std::size_t long_paths_ = 0; ///< bytes
};

void Walk::run() {
    try {
        if (path_.find('\0') != std::string::npos) {
            throw Error(ErrorCode::not_found, "the path holds a NUL character; no file's does");
        }
        const Place at = reach(place_);
        const auto status = status_of(at.folder(), at.name());
        if (!S_ISDIR(status.st_mode)) {
            add(id_of(status), problem_with_kind(status.st_mode));
            return;
        }
        enter(at.folder(), at.name(), name_of_folder(place_));
    } catch (const Error& error) {
        add({}, error);
    }
    while (!levels_.empty()) {
        auto& level = levels_.back();
        path_.resize(level.path_size);
        if (level.pending.empty()) {
            leave();
            continue;
        }
        const auto name = std::move(level.pending.back());
        level.pending.pop_back();
        descend(name);
        enter(::dirfd(level.folder.get()), name, name);
    }
    if (long_paths_ > kLongPaths) {
        path_ = place_.native();
        add({}, Error(ErrorCode::limit_exceeded,
                      fmt::format("below it lie hives with paths longer than {} bytes, and their "
                                  "paths take {} bytes together; those past {} are left out",
                                  PATH_MAX, long_paths_, kLongPaths)));
    }
}

/// Opens and lists the folder at path_, which is called `name` in `parent`, and makes it the
/// innermost level.
void Walk::enter(int parent, const std::string& name, std::string folder_name) {
    Level level;
    level.name = std::move(folder_name);
    level.path_size = path_.size();
    try {
        level.folder = open_folder(parent, name);
        level.id = id_of_folder(level.folder);
    } catch (const Error& error) {
        struct stat status = {};
        const bool known = ::fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
        add(known ? std::optional(id_of(status)) : std::nullopt, error);
        return;
    }
    // A folder that is mounted in one of its own subfolders would never end.
    if (!visited_.insert(level.id).second) {
        return;
    }
    list(level);
    if (is_user_hive_name(level.name, name_above(0)) &&
        !is_common_name(level.name, name_above(1))) {
        path_.resize(level.path_size);
        add(level.id, Error(ErrorCode::not_a_regular_file,
                            "is a folder, not a regular file; what lies in it was looked at"));
    }
    levels_.push_back(std::move(level));
    if (levels_.size() > kOpenFolders) {
        levels_[levels_.size() - kOpenFolders - 1].folder.reset();
    }
}

void Walk::list(Level& level) {
    while (true) {
        errno = 0;
        const auto* entry = ::readdir(level.folder.get());
        const int failed = errno;
        path_.resize(level.path_size);
        if (entry == nullptr) {
            if (failed != 0) {
                add(level.id, system_error(failed, "the folder cannot be listed to its end"));
            }
            break;
        }
        const std::string name = entry->d_name;
        if (name != "." && name != "..") {
            descend(name);
            take(level, name, entry->d_type);
        }
    }
    // In the order of the paths below them: a folder that is mounted twice is then met under the
    // first of its paths.
    std::ranges::sort(level.pending, std::greater(), [](const auto& name) { return name + '/'; });
}

/// Judges one entry of a folder; path_ is its path.
void Walk::take(Level& level, const std::string& name, unsigned char type) {
    const bool hive = is_user_hive_name(name, level.name);
    const bool wanted = hive || (options_.all_files && !is_log_name(name));
    if (type == DT_DIR) {
        level.pending.push_back(name);
        return;
    }
    if (!wanted && type != DT_UNKNOWN) {
        return;
    }
    try {
        const auto status = status_of(::dirfd(level.folder.get()), name);
        if (S_ISDIR(status.st_mode)) {
            level.pending.push_back(name);
        } else if (hive || (wanted && S_ISREG(status.st_mode))) {
            add(id_of(status), problem_with_kind(status.st_mode),
                !hive || is_common_name(name, name_above(0)));
        }
    } catch (const Error& error) {
        add({}, error);
    }
}

/// Goes back to the level above, opening it again if it was closed.
void Walk::leave() {
    const auto left = std::move(levels_.back());
    levels_.pop_back();
    if (levels_.empty() || levels_.back().folder) {
        return;
    }
    auto& above = levels_.back();
    path_.resize(above.path_size);
    try {
        // Somebody may move the folder while it is open. Its `..` is then another one, perhaps
        // outside of the place: only the folder that the walk came from will do.
        auto folder = left.folder ? open_folder(::dirfd(left.folder.get()), "..") : Folder();
        if (!folder || id_of_folder(folder) != above.id) {
            throw Error(ErrorCode::changed_while_reading,
                        fmt::format("a folder below it was moved during the walk; {} of its "
                                    "folders were not looked at",
                                    above.pending.size()));
        }
        above.folder = std::move(folder);
    } catch (const Error& error) {
        if (!above.pending.empty()) {
            add(above.id, error);
            above.pending.clear();
        }
    }
}

void Walk::descend(const std::string& name) {
    if (!path_.ends_with('/')) {
        path_ += '/';
    }
    path_ += name;
}

/// Adds what stands at path_.
void Walk::add(std::optional<FileId> object, std::optional<Error> problem, bool only_if_hive) {
    if (path_.size() > PATH_MAX) {
        long_paths_ += path_.size();
        if (long_paths_ > kLongPaths) {
            return;
        }
    }
    found_.push_back({.path = path_,
                      .object = object.value_or(FileId()),
                      .has_object = object.has_value(),
                      .only_if_hive = only_if_hive && !problem,
                      .problem = problem ? std::make_unique<Error>(*std::move(problem)) : nullptr});
}

} // namespace

std::vector<Target> discover(const std::vector<std::filesystem::path>& places,
                             const DiscoveryOptions& options) {
    std::vector<Found> found;
    for (const auto& place : places) {
        Walk(options, place, found).run();
    }
    // Where a file has several names, one that is a hive's comes before those that are not: its
    // logs lie beside that one. Where a folder has two problems, the one with the greater code
    // (it could not be listed) says more than that it is no file.
    const auto rank = [](const Found& each) {
        const int code = each.problem ? static_cast<int>(each.problem->code()) : 0;
        return std::tuple(each.only_if_hive, std::string_view(each.path), -code);
    };
    std::ranges::sort(found, {}, rank);
    std::set<FileId> objects;
    std::vector<Target> targets;
    targets.reserve(found.size());
    for (auto& each : found) {
        const bool twice = !targets.empty() && targets.back().path == each.path;
        if (twice || (each.has_object && !objects.insert(each.object).second)) {
            continue;
        }
        Target target;
        target.path = std::move(each.path);
        target.only_if_hive = each.only_if_hive;
        if (each.problem) {
            target.problem = std::move(*each.problem);
        } else {
            target.id = each.object;
        }
        targets.push_back(std::move(target));
    }
    std::ranges::sort(targets, {}, &Target::path);
    return targets;
}

} // namespace hivelint
