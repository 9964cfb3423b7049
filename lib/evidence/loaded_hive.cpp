#include "loaded_hive.hpp"

#include "contained.hpp"
#include "container/format.hpp"
#include "platform/file.hpp"
#include "platform/path_text.hpp"

#include <hivelint/file_source.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace hivelint {

std::optional<Target> target_in_container(const std::filesystem::path& path) {
    const auto text = text_of(path);
    if (text.find(kInside) == std::string::npos || is_there(path)) {
        return std::nullopt;
    }
    for (auto at = text.find(kInside); at != std::string::npos; at = text.find(kInside, at + 1)) {
        try {
            const FileSource file(path_of(text.substr(0, at)));
            if (const auto format = format_of(file)) {
                Target target;
                target.path = text.substr(0, at);
                target.id = file.id();
                target.named = at;
                target.container = format;
                target.inside = text.substr(at + kInside.size());
                return target;
            }
        } catch (const Error&) { // it stands behind another one, or the path is none
        }
    }
    return std::nullopt;
}

LoadedHive load_hive(const Target& in_container, const ContainerOptions& options) {
    std::vector<LoadedHive> found;
    std::optional<Error> failure;
    const auto load = [](const ContainedFile& file) {
        return LoadedHive::File{path_of(file.path), read_front(*file.bytes, file.bytes->size())};
    };
    const auto fail = [&](const Error& error) {
        if (!failure) {
            failure = error;
        }
    };
    const ContainerVisitor visitor = {
        .hive =
            [&](const ContainedHive& hive) {
                if (!found.empty()) {
                    throw Error(ErrorCode::invalid_argument,
                                "there is more than one hive; name one of them");
                }
                if (hive.lost_log) {
                    throw Error(hive.lost_log->code(),
                                "a log beside it could not be read: " + hive.lost_log->message());
                }
                LoadedHive loaded = {.hive = load(hive.file), .has_journal = hive.has_journal};
                std::ranges::transform(hive.logs, std::back_inserter(loaded.logs), load);
                found.push_back(std::move(loaded));
            },
        .lost = [&](const ContainedAt&, std::uint64_t, const Error& error) { fail(error); },
        .problem = [&](const ContainedAt&, const Error& error) { fail(error); },
        .stopped = [] { return false; }};
    visit_container(locate_below(path_of(in_container.path), in_container.named), in_container, {},
                    options, visitor);
    if (failure || found.empty()) {
        throw failure.value_or(Error(ErrorCode::not_found, "no hive lies there"));
    }
    return std::move(found.front());
}

} // namespace hivelint
