// Discovery: walks folders and lists the hives in them.
//
// The evidence is hostile. Folders are therefore opened one by one, each in the one above it, with
// no link followed; none is recursed into on the call stack; and of the folders on the way down
// only the last few are kept open, so that depth costs neither descriptors nor a limit on paths.
#include <hivelint/evidence.hpp>

#include "../platform/folder.hpp"
#include "../platform/path_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <set>
#include <tuple>
#include <utility>

namespace hivelint {
namespace {

/// How many of the folders on the way down are open at a time.
constexpr std::size_t kOpenFolders = 16;

/// How many bytes of paths longer than kLongestPath are kept for one place. Windows makes no such
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

/// Absent where it cannot be told.
std::optional<FileId> id_of(Handle parent, const std::string& name) {
    try {
        return status_of(parent, name).id;
    } catch (const Error&) {
        return std::nullopt;
    }
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
    return text_of((failed ? place : real).filename());
}

/// The walk through one place.
class Walk {
public:
    Walk(const DiscoveryOptions& options, const std::filesystem::path& place,
         std::vector<Found>& found)
        : options_(options), place_(place), found_(found), path_(text_of(place)) {}

    void run();

private:
    /// A folder on the way from the place to where the walk is.
    struct Level {
        Folder folder; ///< none while it is closed
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
    void enter(Handle parent, const std::string& name, std::string folder_name);
    void list(Level& level);
    void take(Level& level, const std::string& name, std::optional<FileKind> kind);
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
        if (status.kind != FileKind::folder) {
            add(status.id, problem_with_kind(status.kind));
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
        enter(level.folder.get(), name, name);
    }
    if (long_paths_ > kLongPaths) {
        path_ = text_of(place_);
        add({}, Error(ErrorCode::limit_exceeded,
                      fmt::format("below it lie hives with paths longer than {} bytes, and their "
                                  "paths take {} bytes together; those past {} are left out",
                                  kLongestPath, long_paths_, kLongPaths)));
    }
}

/// Opens and lists the folder at path_, which is called `name` in `parent`, and makes it the
/// innermost level.
void Walk::enter(Handle parent, const std::string& name, std::string folder_name) {
    Level level;
    level.name = std::move(folder_name);
    level.path_size = path_.size();
    try {
        level.folder = Folder(open_folder(parent, name));
        level.id = status_of(level.folder.get()).id;
    } catch (const Error& error) {
        add(id_of(parent, name), error);
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
        levels_[levels_.size() - kOpenFolders - 1].folder = Folder();
    }
}

void Walk::list(Level& level) {
    try {
        while (const auto entry = level.folder.next()) {
            const std::string name(entry->name);
            path_.resize(level.path_size);
            descend(name);
            take(level, name, entry->kind);
        }
    } catch (const Error& error) {
        path_.resize(level.path_size);
        add(level.id, error);
    }
    // In the order of the paths below them: a folder that is mounted twice is then met under the
    // first of its paths.
    std::ranges::sort(level.pending, std::greater(),
                      [](const auto& name) { return name + kSeparator; });
}

/// Judges one entry of a folder; path_ is its path.
void Walk::take(Level& level, const std::string& name, std::optional<FileKind> kind) {
    const bool hive = is_user_hive_name(name, level.name);
    const bool wanted = hive || (options_.all_files && !is_log_name(name));
    if (kind == FileKind::folder) {
        level.pending.push_back(name);
        return;
    }
    if (!wanted && kind) {
        return;
    }
    try {
        const auto status = status_of(level.folder.get(), name);
        if (status.kind == FileKind::folder) {
            level.pending.push_back(name);
        } else if (hive || (wanted && status.kind == FileKind::regular)) {
            add(status.id, problem_with_kind(status.kind),
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
    if (levels_.empty() || levels_.back().folder.is_open()) {
        return;
    }
    auto& above = levels_.back();
    path_.resize(above.path_size);
    try {
        // Somebody may move the folder while it is open. Its `..` is then another one, perhaps
        // outside of the place: only the folder that the walk came from will do.
        File folder = left.folder.is_open() ? open_parent(left.folder.get()) : File();
        if (!folder.is_open() || status_of(folder.get()).id != above.id) {
            throw Error(ErrorCode::changed_while_reading,
                        fmt::format("a folder below it was moved during the walk; {} of its "
                                    "folders were not looked at",
                                    above.pending.size()));
        }
        above.folder = Folder(std::move(folder));
    } catch (const Error& error) {
        if (!above.pending.empty()) {
            add(above.id, error);
            above.pending.clear();
        }
    }
}

void Walk::descend(const std::string& name) {
    // As a path is written; of Windows, which knows both, as it was begun.
    if (!path_.ends_with('/') && !path_.ends_with(kSeparator)) {
        path_ += kSeparator;
    }
    path_ += name;
}

/// Adds what stands at path_.
void Walk::add(std::optional<FileId> object, std::optional<Error> problem, bool only_if_hive) {
    if (path_.size() > kLongestPath) {
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
