// What lies beside a hive: its transaction logs and the files of transactions.
#include "companions.hpp"

#include "../descriptor.hpp"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string_view>

namespace hivelint {
namespace {

char lowered(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, lowered, lowered);
}

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};

} // namespace

Companions companions_of(const std::filesystem::path& hive) {
    Companions found;
    const auto parent = hive.has_parent_path() ? hive.parent_path() : std::filesystem::path(".");
    const Place place = reach(parent);
    const std::unique_ptr<DIR, CloseFolder> folder(
        ::fdopendir(open_for_reading(place.folder(), place.name(), O_DIRECTORY)));
    if (!folder) {
        throw system_error(errno, "the hive's folder cannot be listed");
    }
    const std::string hive_name = hive.filename().native();
    while (const auto* entry = ::readdir(folder.get())) {
        const std::string_view name = entry->d_name;
        if (name.size() <= hive_name.size() || !same(name.substr(0, hive_name.size()), hive_name)) {
            continue;
        }
        const auto suffix = name.substr(hive_name.size());
        if (same(suffix, ".log") || same(suffix, ".log1") || same(suffix, ".log2")) {
            found.logs.push_back(parent / name);
        } else if (suffix.starts_with('{') && suffix.size() > 4 &&
                   same(suffix.substr(suffix.size() - 4), ".blf")) {
            found.transactions.push_back(parent / name);
        }
    }
    std::ranges::sort(found.logs);
    std::ranges::sort(found.transactions);
    return found;
}

} // namespace hivelint
