// The walk looks at the folders of a place one after the other; where listing is slow, threads list
// the next ones ahead.
//
// The evidence is hostile. Folders are therefore opened one by one, each in the one above it, with
// no link followed; none is recursed into on the call stack; and of the folders on the way down
// only the last few are kept open, so that depth costs neither descriptors nor a limit on paths.
#include "walk.hpp"

#include "container/format.hpp"
#include "loaded_hive.hpp"
#include "platform/folder.hpp"
#include "platform/path_text.hpp"

#include <hivelint/file_source.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

namespace hivelint {
namespace {

/// How many of the folders on the way down are open at a time.
constexpr std::size_t kOpenFolders = 16;

/// How many subfolders of one folder are listed ahead.
constexpr std::size_t kListedAhead = 32;

/// The first few targets of a place are not worth a thread.
constexpr std::size_t kTargetsWorthAThread = 4;

/// How many bytes of paths longer than kLongestPath are kept for one place. Windows makes no such
/// paths, but an image can hold a hive on each of 50,000 levels, and their paths alone would fill
/// the memory.
constexpr std::size_t kLongPaths = std::size_t{4} << 20;

/// What the folder is called, also when it is named as `.` or through a link.
std::string name_of_folder(const std::filesystem::path& place) {
    std::error_code failed;
    const auto real = std::filesystem::canonical(place, failed);
    return text_of((failed ? place : real).filename());
}

/// What a file is that holds others; why it cannot be read shows when it is scanned.
std::optional<ContainerFormat> format_at(const Place& at, const FileId& id) {
    try {
        return format_of(FileSource(at.folder(), at.name(), id));
    } catch (const Error&) {
        return std::nullopt;
    }
}

/// The walk through one place.
class Walk {
public:
    Walk(const DiscoveryOptions& options, const std::filesystem::path& place, Lister& lister,
         ListAhead ahead, const OnFound& on_found)
        : options_(options), place_(place), lister_(lister), ahead_(ahead), on_found_(on_found),
          path_(text_of(place)), place_size_(path_.size()) {
        set_kept(passed_over_, options.list_passed_over);
    }

    /// Everything in the place.
    Walked run();

private:
    /// A folder on the way from the place to where the walk is.
    struct Level {
        std::shared_ptr<Folder> folder; ///< null while it is closed
        FileId id;
        std::string name;
        std::string above;                ///< the name of the one that it lies in
        std::size_t path_size = 0;        ///< how much of path_ is its path
        std::vector<std::string> pending; ///< subfolders yet to enter, the next one last
        /// What lists the next of them, null where nothing does.
        std::deque<std::shared_ptr<Lister::Task>> ahead;
    };

    /// The name of the innermost level, or of the one so many levels above it; empty outside.
    std::string_view name_above(std::size_t levels) const {
        return levels < levels_.size() ? levels_[levels_.size() - 1 - levels].name
                                       : std::string_view();
    }
    void enter(Handle parent, const std::string& name, std::string folder_name,
               const std::shared_ptr<Lister::Task>& ahead = nullptr);
    void take(Level& level, Listing listing);
    void list_ahead(Level& level);
    void drop_ahead(Level& level);
    std::optional<Listing> listed(Lister::Task& ahead);
    template<typename Open>
    std::invoke_result_t<Open> opening(Open open);
    void leave();
    void descend(const std::string& name);
    void add(std::optional<FileId> object, std::optional<Error> problem, bool only_if_hive = false,
             std::optional<ContainerFormat> container = {});

    const DiscoveryOptions& options_;
    const std::filesystem::path& place_;
    Lister& lister_;
    ListAhead ahead_;
    const OnFound& on_found_;
    std::vector<Found> found_;
    PassedOver passed_over_;
    std::string path_; ///< of what the walk looks at
    std::size_t place_size_;
    std::vector<Level> levels_;
    std::set<FileId> visited_;
    std::size_t long_paths_ = 0; ///< bytes
    int slow_ = 0;               ///< for so many folders storage is taken to be slow
    bool crowded_ = false;       ///< no folder is listed ahead any more
};

Walked Walk::run() {
    try {
        if (path_.find('\0') != std::string::npos) {
            throw Error(ErrorCode::not_found, "the path holds a NUL character; no file's does");
        }
        const Place at = reach(place_);
        const auto status = status_of(at.folder(), at.name());
        if (status.kind != FileKind::folder) {
            const bool may_be_one = options_.containers && status.kind == FileKind::regular &&
                                    !is_user_hive_name(at.name(), "");
            const auto container = may_be_one ? format_at(at, status.id) : std::nullopt;
            add(status.id, problem_with_kind(status.kind), false, container);
            return {std::move(found_), {}};
        }
        enter(at.folder(), at.name(), name_of_folder(place_));
    } catch (const Error& error) {
        add({}, error);
    }
    while (!levels_.empty() && !options_.stop.stop_requested()) {
        auto& level = levels_.back();
        path_.resize(level.path_size);
        if (level.pending.empty()) {
            leave();
            continue;
        }
        const auto name = std::move(level.pending.back());
        level.pending.pop_back();
        std::shared_ptr<Lister::Task> ahead;
        if (!level.ahead.empty()) {
            ahead = std::move(level.ahead.front());
            level.ahead.pop_front();
        }
        list_ahead(level);
        descend(name);
        enter(level.folder->get(), name, name, ahead);
    }
    if (long_paths_ > kLongPaths) {
        path_ = text_of(place_);
        add({}, Error(ErrorCode::limit_exceeded,
                      fmt::format("below it lie hives with paths longer than {} bytes, and their "
                                  "paths take {} bytes together; those past {} are left out",
                                  kLongestPath, long_paths_, kLongPaths)));
    }
    return {std::move(found_), std::move(passed_over_)};
}

/// Opens and lists the folder at path_, which is called `name` in `parent`, and makes it the
/// innermost level. `ahead` lists it already, or is null.
void Walk::enter(Handle parent, const std::string& name, std::string folder_name,
                 const std::shared_ptr<Lister::Task>& ahead) {
    Level level;
    level.name = std::move(folder_name);
    level.above = name_above(0);
    level.path_size = path_.size();
    try {
        auto listing = ahead ? listed(*ahead) : std::nullopt;
        if (!listing) {
            listing = opening(
                [&] { return list_folder(parent, name, level.name, level.above, options_); });
        }
        // A folder that is mounted in one of its own subfolders would never end.
        if (!visited_.insert(listing->id).second) {
            return;
        }
        take(level, *std::move(listing));
        if (options_.progress) {
            options_.progress(1);
        }
    } catch (const Error& error) {
        std::optional<FileId> id;
        try {
            id = status_of(parent, name).id;
        } catch (const Error&) {
        }
        add(id, error);
        return;
    }
    if (is_user_hive_name(level.name, level.above) && !is_common_name(level.name, name_above(1))) {
        passed_over_.folders.add(path_.substr(0, level.path_size));
    }
    levels_.push_back(std::move(level));
    if (levels_.size() > kOpenFolders) {
        levels_[levels_.size() - kOpenFolders - 1].folder.reset();
    }
}

void Walk::take(Level& level, Listing listing) {
    level.folder = std::move(listing.folder);
    level.id = listing.id;
    // For some folders more: one that is in memory among others that are not says little.
    constexpr int kTrust = 8;
    slow_ = listing.slow ? kTrust : std::max(slow_ - 1, 0);
    for (auto& candidate : listing.candidates) {
        descend(candidate.name);
        add(candidate.object, std::move(candidate.problem), candidate.only_if_hive,
            candidate.container);
        path_.resize(level.path_size);
    }
    const auto pass_over = [&](const std::vector<std::string>& names, Passed& passed) {
        for (const auto& name : names) {
            descend(name);
            passed.add(path_);
            path_.resize(level.path_size);
        }
    };
    pass_over(listing.links, passed_over_.links);
    pass_over(listing.containers, passed_over_.containers);
    pass_over(listing.empty, passed_over_.empty);
    pass_over(listing.others, passed_over_.others);
    pass_over(listing.exports, passed_over_.exports);
    if (listing.cut_short) {
        add(level.id, std::move(listing.cut_short));
    }
    // In the order of the paths below them: a folder that is mounted twice is then met under the
    // first of its paths.
    level.pending = std::move(listing.subfolders);
    std::ranges::sort(level.pending, std::greater(),
                      [](const auto& name) { return name + kSeparator; });
    list_ahead(level);
}

/// Has the next subfolders listed where storage is slow; threads cost more than they save where all
/// is in memory.
void Walk::list_ahead(Level& level) {
    if (crowded_ || !level.folder || (slow_ == 0 && ahead_ == ListAhead::where_slow)) {
        return;
    }
    while (level.ahead.size() < std::min(kListedAhead, level.pending.size())) {
        const auto& name = level.pending[level.pending.size() - 1 - level.ahead.size()];
        auto task = lister_.begin(
            [&options = options_, folder = level.folder, name, folder_name = level.name] {
                return list_folder(folder->get(), name, name, folder_name, options);
            });
        if (!task) {
            return;
        }
        level.ahead.push_back(std::move(task));
    }
}

void Walk::drop_ahead(Level& level) {
    for (const auto& task : level.ahead) {
        lister_.drop(*task);
    }
    level.ahead.clear();
}

/// What was listed ahead; absent when it could not be: then it is tried when its turn comes.
std::optional<Listing> Walk::listed(Lister::Task& ahead) {
    try {
        return lister_.take(ahead);
    } catch (const Error&) {
        return std::nullopt;
    }
}

/// Calls `open`. Where the folders that were listed ahead may have taken all descriptors, gives
/// them up and calls it once more. Throws Error as `open` does.
template<typename Open>
std::invoke_result_t<Open> Walk::opening(Open open) {
    try {
        return open();
    } catch (const Error& error) {
        if (error.code() != ErrorCode::io_error || crowded_) {
            throw;
        }
        crowded_ = true;
        std::ranges::for_each(levels_, [this](Level& level) { drop_ahead(level); });
    }
    return open();
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
        // Somebody may move the folder while it is open. The one that it lies in is then another,
        // perhaps outside of the place: only the folder that the walk came from will do.
        auto folder =
            left.folder ? opening([&] { return open_parent(left.folder->get()); }) : File();
        if (!folder.is_open() || status_of(folder.get()).id != above.id) {
            throw Error(ErrorCode::changed_while_reading,
                        fmt::format("a folder below it was moved during the walk; {} of its "
                                    "folders were not looked at",
                                    above.pending.size()));
        }
        above.folder = std::make_shared<Folder>(std::move(folder));
    } catch (const Error& error) {
        if (!above.pending.empty()) {
            add(above.id, error);
            above.pending.clear();
            drop_ahead(above);
        }
    }
}

void Walk::descend(const std::string& name) {
    if (!path_.ends_with('/') && !path_.ends_with(kSeparator)) {
        path_ += kSeparator;
    }
    path_ += name;
}

/// Adds what stands at path_.
void Walk::add(std::optional<FileId> object, std::optional<Error> problem, bool only_if_hive,
               std::optional<ContainerFormat> container) {
    if (path_.size() > kLongestPath) {
        long_paths_ += path_.size();
        if (long_paths_ > kLongPaths) {
            return;
        }
    }
    found_.push_back({.path = path_,
                      .object = object.value_or(FileId()),
                      .named = place_size_,
                      .has_object = object.has_value(),
                      .only_if_hive = only_if_hive && !problem,
                      .problem = problem ? std::make_unique<Error>(*std::move(problem)) : nullptr,
                      .container = container});
    const Found& found = found_.back();
    const bool slow = slow_ > 0 || ahead_ == ListAhead::always;
    const bool many = found_.size() > kTargetsWorthAThread;
    if (on_found_ && slow && many && found.has_object && !found.problem && !container) {
        on_found_({.path = found.path,
                   .id = found.object,
                   .only_if_hive = found.only_if_hive,
                   .problem = {},
                   .named = found.named});
    }
}

} // namespace

Walked walk(const std::filesystem::path& place, const DiscoveryOptions& options, Lister& lister,
            ListAhead ahead, const OnFound& on_found) {
    if (auto target = target_in_container(place)) {
        Found found = {.path = text_of(place), .object = {}, .named = 0};
        if (options.containers) {
            found = {.path = std::move(target->path),
                     .object = *target->id,
                     .named = target->named,
                     .has_object = true,
                     .container = target->container,
                     .inside = std::move(target->inside)};
        } else {
            found.problem = std::make_unique<Error>(
                ErrorCode::no_helper,
                "it lies in a container, and these are not opened here: take it out first");
        }
        Walked walked;
        walked.found.push_back(std::move(found));
        return walked;
    }
    return Walk(options, place, lister, ahead, on_found).run();
}

} // namespace hivelint
