// A container is listed once; of what it lists, the hives, the logs beside them and the containers
// in it are kept. Where files can be read anywhere, each hive is then given on as one on disk is;
// where they come one behind the other, one pass has all that is wanted, and a hive is given on as
// soon as its logs are there.
#include "contained.hpp"

#include "ascii_case.hpp"
#include "base/caught.hpp"
#include "container/container_reader.hpp"
#include "container/format.hpp"
#include "listing.hpp"
#include "platform/memory_file.hpp"
#include "platform/path_text.hpp"

#include <hivelint/change.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>

namespace hivelint {
namespace {

/// The parts of a path in a container, without what says nothing.
std::vector<std::string_view> parts_of(std::string_view path) {
    std::vector<std::string_view> parts;
    while (!path.empty()) {
        const auto end = std::min(path.find('/'), path.size());
        if (const auto part = path.substr(0, end); !part.empty() && part != ".") {
            parts.push_back(part);
        }
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return parts;
}

std::string joined(std::span<const std::string_view> parts) {
    std::string path;
    for (const auto part : parts) {
        if (!path.empty()) {
            path.push_back('/');
        }
        path += part;
    }
    return path;
}

/// The content of a file in memory, or why there is none.
struct Content {
    std::vector<std::byte> bytes{};
    std::optional<Error> error{};
};

/// A file that is worth it, as the container lists it.
struct Kept {
    wire::Entry entry;
    std::string path; ///< without what says nothing
    bool only_if_hive = false;
};

struct KeptHive {
    Kept kept;
    std::vector<std::uint64_t> logs{};
    bool has_journal = false;
};

/// What the walk through one container and those in it has in common.
struct Walk {
    const DiscoveryOptions& names;
    const ContainerOptions& options;
    const ContainerVisitor& visitor;
};

/// One container, perhaps in another one.
class ContainerWalk {
public:
    ContainerWalk(const Walk& walk, ContainerFormat format, Handle file, const std::string& beside,
                  ContainedAt at, const std::string& inside)
        : walk_(walk), at_(std::move(at)), reader_(format, file, path_of(beside), walk.options) {
        const auto split = inside.find(kInside);
        inside_ = joined(parts_of(std::string_view(inside).substr(0, split)));
        if (split != std::string::npos) {
            inside_nested_ = inside.substr(split + kInside.size());
        }
    }

    void run();

private:
    using Held = std::map<std::uint64_t, Content>;

    void take(wire::Entry entry);
    void sort_file(Kept kept, std::span<const std::string_view> parts, bool named);
    void add_hive(Kept kept);
    void pair_logs();
    void complete(Kept& kept);
    void give_anywhere();
    void give_from_anywhere(KeptHive& hive);
    void give_in_passing();
    void give_when_whole(KeptHive& hive, Held& held);
    void give(const KeptHive& hive, const ByteSource& content, std::vector<ContainedFile> logs,
              std::optional<Error> lost_log);
    void open_nested(const Kept& kept, const ByteSource& content);
    ContainedAt at(std::string_view path) const;
    ContainedFile file_of(const Kept& kept, const ByteSource& content) const;
    void refuse(std::string_view path, const Error& error) const {
        walk_.visitor.problem(at(path), error);
    }
    void lose(const KeptHive& hive, const Error& error) const {
        walk_.visitor.lost(at(hive.kept.path), hive.kept.entry.size, error);
    }

    Walk walk_;
    ContainedAt at_;
    ContainerReader reader_;
    std::string inside_;                           ///< what alone is looked at in this container
    std::string inside_nested_;                    ///< and in the one that lies there
    std::vector<KeptHive> hives_;                  ///< as they are listed
    std::map<std::uint64_t, std::size_t> hive_of_; ///< of hives_, by id
    std::map<std::uint64_t, Kept> logs_;           ///< what is called like one, by id
    std::map<std::string, std::uint64_t> places_;  ///< of logs_ and journals, by path in lower case
    std::vector<Kept> nested_;                     ///< as they are listed
    bool matched_ = false;                         ///< whether there is anything at `inside_`
    std::uint64_t held_ = 0;                       ///< bytes
};

ContainedAt ContainerWalk::at(std::string_view path) const {
    ContainedAt where = at_;
    if (!path.empty()) {
        where.path += kInside;
        where.path += path;
        where.steps.emplace_back(path);
    }
    return where;
}

ContainedFile ContainerWalk::file_of(const Kept& kept, const ByteSource& content) const {
    return {.path = at(kept.path).path,
            .bytes = &content,
            .inode = kept.entry.inode,
            .modified = kept.entry.modified,
            .changed = kept.entry.changed,
            .created = kept.entry.created};
}

void ContainerWalk::run() {
    reader_.list(
        inside_, [this](wire::Entry entry) { take(std::move(entry)); },
        [this](const wire::Problem& problem) {
            refuse(problem.path, Error(problem.code, problem.message));
        });
    if (!inside_.empty() && !matched_) {
        refuse(inside_, Error(ErrorCode::not_found, "nothing of this name lies in it"));
    }
    pair_logs();
    if (reader_.random_access()) {
        give_anywhere();
    } else if (!hives_.empty() || !nested_.empty()) {
        give_in_passing();
    }
}

/// Keeps what is worth it of what is listed.
void ContainerWalk::take(wire::Entry entry) {
    if (reader_.one_stream()) { // it has no name of its own
        const auto name = text_of(path_of(at_.steps.back()).stem());
        entry.path = name.substr(name.rfind('/') + 1);
    }
    Kept kept = {.entry = std::move(entry), .path = {}};
    const auto parts = parts_of(kept.entry.path);
    kept.path = joined(parts);
    const bool named = !inside_.empty() && kept.path == inside_;
    // What lies beside a hive that is named is called as it is, with more behind it.
    const bool beside = lowered(kept.path).starts_with(lowered(inside_) + '.') &&
                        (is_log_name(kept.path) || kept.path.ends_with(kJournalSuffix));
    if (!inside_.empty() && !named && !beside && !kept.path.starts_with(inside_ + '/')) {
        return;
    }
    matched_ = matched_ || !beside;
    if (kept.entry.type != wire::Type::folder && !parts.empty()) {
        sort_file(std::move(kept), parts, named);
    }
}

/// `parts` are those of its path; `named`: it is what alone is looked at.
void ContainerWalk::sort_file(Kept kept, std::span<const std::string_view> parts, bool named) {
    const std::string name(parts.back());
    const auto above = [&](std::size_t levels) {
        return parts.size() > levels ? parts[parts.size() - 1 - levels] : std::string_view();
    };
    const auto as = named_as(name, above(1), walk_.names);
    if (kept.entry.type != wire::Type::file) {
        const auto kind =
            kept.entry.type == wire::Type::link ? FileKind::symbolic_link : FileKind::unknown;
        if (as.hive || named) {
            refuse(kept.path, *problem_with_kind(kind));
        }
        return;
    }
    const bool nested = is_container_name(name) || reader_.one_stream();
    if (name.ends_with(kJournalSuffix)) {
        places_.emplace(lowered(kept.path), kept.entry.id);
    } else if (named && inside_nested_.empty() && !nested) {
        add_hive(std::move(kept)); // whatever its name
    } else if (nested || (named && !inside_nested_.empty())) {
        nested_.push_back(std::move(kept));
    } else if (as.wanted) {
        kept.only_if_hive = !as.hive || is_common_name(name, above(2));
        add_hive(std::move(kept));
    } else if (is_log_name(name)) {
        places_.emplace(lowered(kept.path), kept.entry.id);
        logs_.emplace(kept.entry.id, std::move(kept));
    }
}

/// Where a file has several names, one that is a hive's comes before those that are not: its logs
/// lie beside that one.
void ContainerWalk::add_hive(Kept kept) {
    const auto [known, is_new] = hive_of_.emplace(kept.entry.id, hives_.size());
    if (is_new) {
        hives_.push_back({.kept = std::move(kept)});
        return;
    }
    auto& other = hives_[known->second].kept;
    if (std::tie(kept.only_if_hive, kept.path) < std::tie(other.only_if_hive, other.path)) {
        other = std::move(kept);
    }
}

void ContainerWalk::pair_logs() {
    std::set<std::uint64_t> wanted;
    for (auto& hive : hives_) {
        const auto path = lowered(hive.kept.path);
        for (const std::string_view suffix : {".log", ".log1", ".log2"}) {
            const auto log = places_.find(path + std::string(suffix));
            // Of two hives of one name, which an archive can hold, the first one has it.
            if (log != places_.end() && wanted.insert(log->second).second) {
                hive.logs.push_back(log->second);
            }
        }
        hive.has_journal = places_.contains(path + std::string(kJournalSuffix));
    }
    std::erase_if(logs_, [&](const auto& log) { return !wanted.contains(log.first); });
    places_.clear();
}

void ContainerWalk::give(const KeptHive& hive, const ByteSource& content,
                         std::vector<ContainedFile> logs, std::optional<Error> lost_log) {
    const auto place = hive.kept.entry.place;
    walk_.visitor.hive(
        {.at = at(hive.kept.path),
         .file = file_of(hive.kept, content),
         .logs = std::move(logs),
         .lost_log = std::move(lost_log),
         .place = place == wire::Entry::kNowhere ? std::nullopt : std::optional(place),
         .only_if_hive = hive.kept.only_if_hive,
         .has_journal = hive.has_journal});
}

/// Asks for what the listing left out. Throws Error.
void ContainerWalk::complete(Kept& kept) {
    auto entry = reader_.stat(kept.entry.id);
    entry.path = std::move(kept.entry.path);
    kept.entry = std::move(entry);
    if (kept.entry.encrypted) {
        throw Error(ErrorCode::encrypted, "Windows has encrypted it (EFS)");
    }
}

void ContainerWalk::give_from_anywhere(KeptHive& hive) {
    complete(hive.kept);
    std::vector<std::unique_ptr<ContainedSource>> sources;
    std::vector<ContainedFile> logs;
    std::optional<Error> lost_log;
    for (const auto id : hive.logs) {
        auto& log = logs_.at(id);
        try {
            complete(log);
            sources.push_back(std::make_unique<ContainedSource>(reader_, id, log.entry.size));
            logs.push_back(file_of(log, *sources.back()));
        } catch (const Error& error) {
            lost_log = error;
        }
    }
    give(hive, ContainedSource(reader_, hive.kept.entry.id, hive.kept.entry.size), std::move(logs),
         std::move(lost_log));
}

void ContainerWalk::give_anywhere() {
    for (auto& hive : hives_) {
        if (walk_.visitor.stopped()) {
            return;
        }
        try {
            give_from_anywhere(hive);
        } catch (const Error& error) {
            lose(hive, error);
        }
    }
    const auto most = walk_.options.limits.nested_bytes;
    for (auto& each : nested_) {
        try {
            complete(each);
            if (each.entry.size > most) {
                throw Error(ErrorCode::limit_exceeded,
                            fmt::format("it takes {} bytes in another container; at most {} are "
                                        "read of one there",
                                        each.entry.size, most));
            }
        } catch (const Error& error) {
            refuse(each.path, error);
            continue;
        }
        open_nested(each, ContainedSource(reader_, each.entry.id, each.entry.size));
    }
}

/// Gives the hive on if all of it is there, and lets go of it.
void ContainerWalk::give_when_whole(KeptHive& hive, Held& held) {
    const auto content = held.find(hive.kept.entry.id);
    const auto is_held = [&](std::uint64_t id) { return held.contains(id); };
    if (content == held.end() || !std::ranges::all_of(hive.logs, is_held)) {
        return;
    }
    std::vector<std::unique_ptr<MemorySource>> sources;
    std::vector<ContainedFile> logs;
    std::optional<Error> lost_log;
    for (const auto id : hive.logs) {
        const auto& log = held.at(id);
        if (log.error) {
            lost_log = log.error;
            continue;
        }
        sources.push_back(std::make_unique<MemorySource>(log.bytes));
        logs.push_back(file_of(logs_.at(id), *sources.back()));
    }
    if (content->second.error) {
        lose(hive, *content->second.error);
    } else {
        give(hive, MemorySource(content->second.bytes), std::move(logs), std::move(lost_log));
    }
    for (const auto id : hive.logs) {
        held_ -= held.at(id).bytes.size();
        held.erase(id);
    }
    held_ -= content->second.bytes.size();
    held.erase(content);
}

void ContainerWalk::give_in_passing() {
    std::map<std::uint64_t, KeptHive*> hives; // by their own ids and those of their logs
    std::map<std::uint64_t, const Kept*> nested;
    std::set<std::uint64_t> missing;
    for (auto& hive : hives_) {
        hives.emplace(hive.kept.entry.id, &hive);
        missing.insert(hive.kept.entry.id);
        for (const auto id : hive.logs) {
            hives.emplace(id, &hive);
            missing.insert(id);
        }
    }
    for (const auto& each : nested_) {
        nested.emplace(each.entry.id, &each);
        missing.insert(each.entry.id);
    }
    Held held;
    const auto take_file = [&](std::uint64_t id, std::vector<std::byte> bytes,
                               std::optional<Error> error) {
        if (walk_.visitor.stopped()) {
            throw Error(ErrorCode::io_error, "it was to stop"); // ends the pass
        }
        missing.erase(id);
        if (const auto inner = nested.find(id); inner != nested.end()) {
            if (error) {
                refuse(inner->second->path, *error);
            } else {
                open_nested(*inner->second, MemorySource(bytes));
            }
            return;
        }
        const auto most = walk_.options.limits.held_bytes;
        if (held_ + bytes.size() > most) {
            bytes.clear();
            error =
                Error(ErrorCode::limit_exceeded,
                      fmt::format("hives that wait for their logs take more than {} bytes", most));
        }
        held_ += bytes.size();
        held[id] = {.bytes = std::move(bytes), .error = std::move(error)};
        give_when_whole(*hives.at(id), held);
    };
    Error gone(ErrorCode::bad_container, "the container ends before it");
    const std::vector<std::uint64_t> ids(missing.begin(), missing.end());
    try {
        reader_.fetch(ids, take_file);
    } catch (const Error& error) {
        gone = error;
    }
    for (const auto id : ids) {
        if (missing.contains(id) && !walk_.visitor.stopped()) {
            take_file(id, {}, gone);
        }
    }
}

/// What is called like a container, and may be one.
void ContainerWalk::open_nested(const Kept& kept, const ByteSource& content) {
    try {
        const auto format = format_of(content);
        if (!format) {
            KeptHive hive = {.kept = kept};
            hive.kept.only_if_hive = inside_.empty() || kept.path != inside_;
            give(hive, content, {}, {});
            return;
        }
        if (at_.steps.size() >= walk_.options.limits.depth) {
            throw Error(
                ErrorCode::limit_exceeded,
                fmt::format("it lies in {} others; no deeper ones are opened", at_.steps.size()));
        }
        MemoryFile file;
        file.fill(static_cast<std::size_t>(content.size()),
                  [&](std::uint64_t offset, std::span<std::byte> part) {
                      content.read_at(offset, part);
                  });
        ContainerWalk(walk_, *format, file.get(), {}, at(kept.path), inside_nested_).run();
    } catch (const Error& error) {
        refuse(kept.path, error);
    }
}

} // namespace

void visit_container(const FileSource& container, Handle file, ContainerFormat format,
                     const std::string& path, const std::string& inside,
                     const DiscoveryOptions& names, const ContainerOptions& options,
                     const ContainerVisitor& visitor) {
    ContainerWalk({names, options, visitor}, format, file, path, {.path = path, .steps = {path}},
                  inside)
        .run();
    container.check_unchanged();
}

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
    const auto path = path_of(in_container.path);
    const FileAt at = locate(path);
    const FileSource source(at.in(), at.name, in_container.id);
    const File file = open_for_reading(at.in(), at.name);
    visit_container(source, file.get(), *in_container.container, in_container.path,
                    in_container.inside, {}, options, visitor);
    if (failure || found.empty()) {
        throw failure.value_or(Error(ErrorCode::not_found, "no hive lies there"));
    }
    return std::move(found.front());
}

} // namespace hivelint
