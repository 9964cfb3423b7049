#include "container.hpp"

#include "platform/file.hpp"
#include "platform/folder.hpp"
#include "platform/path_text.hpp"
#include "text/ascii_case.hpp"

#include <hivelint/regf/name.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace hivelint {

/// The names in a folder, found by how they begin, without letter case.
class FolderNames {
public:
    explicit FolderNames(std::filesystem::path folder) : folder_(std::move(folder)) {}

    const std::filesystem::path& folder() const { return folder_; }

    /// Lists the folder, unless that was done. Whether the names are those in it now. Throws Error.
    bool be_listed(const FileAt& hive);

    /// Calls `each` with every name that begins so.
    template<class Each>
    void for_each_beginning(std::string_view beginning, Each each) const;

private:
    void list(File opened);
    std::string_view name_at(std::size_t start) const { return names_.c_str() + start; }

    std::filesystem::path folder_;
    std::mutex mutex_;
    std::optional<FileStatus> status_; ///< before it was listed; absent until then
    std::string names_;                ///< each with a null character behind it
    std::vector<std::size_t> starts_;  ///< of the names in `names_`, sorted without letter case
};

namespace {

std::filesystem::path parent_of(const std::filesystem::path& path) {
    return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

bool before_but_for_case(std::string_view a, std::string_view b) {
    return std::ranges::lexicographical_compare(a, b, {}, lowered_letter, lowered_letter);
}

/// Marks what differs by letter case only: Windows would see one of them.
void mark_ambiguous(std::vector<LogFile>& logs, const std::string& twin) {
    for (auto& log : logs) {
        const auto name = text_of(log.path.filename());
        const auto other = std::ranges::find_if(logs, [&](const LogFile& each) {
            return &each != &log && same_but_for_case(text_of(each.path.filename()), name);
        });
        const std::string rival = other != logs.end() ? text_of(other->path.filename()) : twin;
        if (!rival.empty()) {
            log.problem = Error(ErrorCode::ambiguous_logs,
                                fmt::format("{} lies beside it: names that differ by letter case "
                                            "only; which log is whose is not certain",
                                            regf::escaped_bytes(rival)));
        }
    }
}

} // namespace

bool FolderNames::be_listed(const FileAt& hive) {
    const std::scoped_lock lock(mutex_);
    if (!status_) {
        list(folder_of(hive));
        return true;
    }
    const auto now = status_of(hive.folder ? hive.in() : folder_of(hive).get());
    return now.id == status_->id && now.modified == status_->modified;
}

void FolderNames::list(File opened) {
    Folder folder(std::move(opened));
    const auto status = status_of(folder.get());
    names_.clear();
    starts_.clear();
    while (const auto entry = folder.next()) {
        starts_.push_back(names_.size());
        names_ += entry->name;
        names_ += '\0';
    }
    std::ranges::sort(starts_, before_but_for_case,
                      [&](std::size_t start) { return name_at(start); });
    status_ = status;
}

template<class Each>
void FolderNames::for_each_beginning(std::string_view beginning, Each each) const {
    const auto begins = [&](std::size_t start) {
        return name_at(start).substr(0, beginning.size());
    };
    for (const auto start :
         std::ranges::equal_range(starts_, beginning, before_but_for_case, begins)) {
        each(name_at(start));
    }
}

FileAt Container::locate(const std::filesystem::path& path, std::size_t named) {
    {
        const std::scoped_lock lock(mutex_);
        if (reached_ && reached_->named == named &&
            reached_->parent.native() == path.parent_path().native()) {
            return {reached_->folder, text_of(path.filename())};
        }
    }
    FileAt file = locate_below(path, named);
    if (file.folder) {
        const std::scoped_lock lock(mutex_);
        reached_ = {.parent = path.parent_path(), .named = named, .folder = file.folder};
    }
    return file;
}

std::unique_ptr<FileSource> Container::open(const FileAt& file,
                                            std::optional<FileId> expected) const {
    return std::make_unique<FileSource>(file.in(), file.name, expected);
}

std::shared_ptr<FolderNames> Container::names_of(const FileAt& hive,
                                                 const std::filesystem::path& folder) {
    while (true) {
        std::shared_ptr<FolderNames> names;
        {
            const std::scoped_lock lock(mutex_);
            if (!last_ || last_->folder().native() != folder.native()) {
                last_ = std::make_shared<FolderNames>(folder);
            }
            names = last_;
        }
        if (names->be_listed(hive)) {
            return names;
        }
        const std::scoped_lock lock(mutex_);
        if (last_ == names) {
            last_.reset();
        }
    }
}

std::vector<std::string> Container::names_beside(const FileAt& hive,
                                                 const std::filesystem::path& path) {
    std::vector<std::string> names;
    names_of(hive, parent_of(path))->for_each_beginning("", [&](std::string_view name) {
        names.emplace_back(name);
    });
    return names;
}

Companions Container::companions_of(const FileAt& hive, const std::filesystem::path& path) {
    const auto parent = parent_of(path);
    const std::string hive_name = text_of(path.filename());
    Companions found;
    std::string twin; // another file that Windows would take for the hive
    names_of(hive, parent)->for_each_beginning(hive_name, [&](std::string_view name) {
        const auto suffix = name.substr(hive_name.size());
        if (suffix.empty() && name != hive_name) {
            twin = name;
        } else if (same_but_for_case(suffix, ".log") || same_but_for_case(suffix, ".log1") ||
                   same_but_for_case(suffix, ".log2")) {
            found.logs.push_back({parent / path_of(name)});
        } else if (suffix.starts_with('{') && suffix.size() > 4 &&
                   same_but_for_case(suffix.substr(suffix.size() - 4), ".blf")) {
            found.transactions.push_back(parent / path_of(name));
        }
    });
    std::ranges::sort(found.logs, {}, &LogFile::path);
    std::ranges::sort(found.transactions);
    mark_ambiguous(found.logs, twin);
    return found;
}

} // namespace hivelint
