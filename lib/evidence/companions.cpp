// What lies beside a hive: its transaction logs and the files of transactions.
#include "companions.hpp"

#include "../platform/folder.hpp"
#include "../platform/path_text.hpp"
#include "ascii_case.hpp"

#include <hivelint/regf/name.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace hivelint {
namespace {

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

Companions companions_of(const std::filesystem::path& hive) {
    Companions found;
    const auto parent = hive.has_parent_path() ? hive.parent_path() : std::filesystem::path(".");
    const Place place = reach(parent);
    Folder folder(open_folder(place.folder(), place.name()));
    const std::string hive_name = text_of(hive.filename());
    std::string twin; // another file that Windows would take for the hive
    while (const auto entry = folder.next()) {
        const std::string_view name = entry->name;
        if (name.size() < hive_name.size() ||
            !same_but_for_case(name.substr(0, hive_name.size()), hive_name)) {
            continue;
        }
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
    }
    std::ranges::sort(found.logs, {}, &LogFile::path);
    std::ranges::sort(found.transactions);
    mark_ambiguous(found.logs, twin);
    return found;
}

} // namespace hivelint
