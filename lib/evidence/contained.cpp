// A container is listed once; of what it lists, the hives, the logs beside them and the containers
// in it are kept. Where files can be read anywhere, each hive is then given on as one on disk is;
// where they come one behind the other, one pass has all that is wanted, and a hive is given on as
// soon as its logs are there.
#include "contained.hpp"

#include "contained_listing.hpp"
#include "container/container_reader.hpp"
#include "container/format.hpp"
#include "platform/memory_file.hpp"
#include "platform/path_text.hpp"
#include "source/check_range.hpp"

#include <hivelint/file_source.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string_view>
#include <utility>

namespace hivelint {
namespace {

/// The content of a file in memory, or why there is none.
struct Content {
    std::vector<std::byte> bytes{};
    std::optional<Error> error{};
};

/// A file of our own that is open.
class HandleSource final : public ByteSource {
public:
    explicit HandleSource(Handle file) : file_(file), size_(status_of(file).size) {}

    std::uint64_t size() const override { return size_; }
    void read_at(std::uint64_t offset, std::span<std::byte> out) const override {
        check_range(size_, offset, out.size());
        while (!out.empty()) {
            const auto got = read_some(file_, offset, out);
            if (got == 0) {
                throw Error(ErrorCode::truncated, offset, "the memory ends there");
            }
            out = out.subspan(got);
            offset += got;
        }
    }

private:
    Handle file_;
    std::uint64_t size_;
};

void copy(const ByteSource& content, MemoryFile& file) {
    std::vector<std::byte> buffer(std::size_t{1} << 20);
    for (std::uint64_t at = 0; at < content.size(); at += buffer.size()) {
        const auto part = std::span(buffer).first(
            static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), content.size() - at)));
        content.read_at(at, part);
        file.put(at, part);
    }
    file.set_length(content.size());
}

/// What the walks through a container and those in it have in common.
struct Visit {
    const DiscoveryOptions& names;
    const ContainerOptions& options;
    const ContainerVisitor& visitor;
};

/// One container, perhaps in another one.
class ContainerWalk {
public:
    ContainerWalk(const Visit& visit, ContainerFormat format, Handle file,
                  const std::string& beside, ContainedAt at, const std::string& inside)
        : visit_(visit), at_(std::move(at)), reader_(format, file, path_of(beside), visit.options),
          listing_(visit.names, inside, stream_name()) {}

    void run();

private:
    using Held = std::map<std::uint64_t, Content>;

    std::optional<std::string> stream_name() const;
    void complete(ContainedEntry& kept);
    void give_anywhere();
    void give_from_anywhere(ListedHive& hive);
    void give_in_passing();
    void give_when_whole(ListedHive& hive, Held& held);
    void give(const ListedHive& hive, const ByteSource& content, std::vector<ContainedFile> logs,
              std::optional<Error> lost_log);
    void open_nested(const ContainedEntry& kept, const MemoryFile& file);
    ContainedAt at(std::string_view path) const;
    ContainedFile file_of(const ContainedEntry& kept, const ByteSource& content) const;
    void refuse(std::string_view path, const Error& error) const {
        visit_.visitor.problem(at(path), error);
    }
    void lose(const ListedHive& hive, const Error& error) const {
        visit_.visitor.lost(at(hive.file.path), hive.file.entry.size, error);
    }

    Visit visit_;
    ContainedAt at_;
    ContainerReader reader_;
    ContainedListing listing_;
    std::uint64_t held_ = 0; ///< bytes
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

ContainedFile ContainerWalk::file_of(const ContainedEntry& kept, const ByteSource& content) const {
    return {.path = at(kept.path).path,
            .bytes = &content,
            .inode = kept.entry.inode,
            .modified = kept.entry.modified,
            .changed = kept.entry.changed,
            .created = kept.entry.created};
}

/// Of the one file of a container that has no name for it: the container's own, but for its ending.
std::optional<std::string> ContainerWalk::stream_name() const {
    if (!reader_.one_stream()) {
        return std::nullopt;
    }
    const auto name = text_of(path_of(at_.steps.back()).stem());
    return name.substr(name.rfind('/') + 1);
}

void ContainerWalk::run() {
    const auto take = [this](wire::Entry entry) {
        ContainedEntry listed = {.entry = std::move(entry), .path = {}};
        if (const auto problem = listing_.take(listed)) {
            refuse(listed.path, *problem);
        }
    };
    reader_.list(listing_.listed_inside(), take, [this](const wire::Problem& problem) {
        refuse(problem.path, Error(problem.code, problem.message));
    });
    if (listing_.is_missing()) {
        refuse(listing_.inside(), Error(ErrorCode::not_found, "nothing of this name lies in it"));
    }
    listing_.pair_logs();
    if (reader_.random_access()) {
        give_anywhere();
    } else if (!listing_.hives.empty() || !listing_.nested.empty()) {
        give_in_passing();
    }
}

void ContainerWalk::give(const ListedHive& hive, const ByteSource& content,
                         std::vector<ContainedFile> logs, std::optional<Error> lost_log) {
    const auto place = hive.file.entry.place;
    visit_.visitor.hive(
        {.at = at(hive.file.path),
         .file = file_of(hive.file, content),
         .logs = std::move(logs),
         .lost_log = std::move(lost_log),
         .place = place == wire::Entry::kNowhere ? std::nullopt : std::optional(place),
         .only_if_hive = hive.file.only_if_hive,
         .has_journal = hive.has_journal,
         .transactions = hive.transactions});
}

/// Asks for what the listing left out. Throws Error.
void ContainerWalk::complete(ContainedEntry& kept) {
    auto entry = reader_.stat(kept.entry.id);
    entry.path = std::move(kept.entry.path);
    kept.entry = std::move(entry);
}

void ContainerWalk::give_from_anywhere(ListedHive& hive) {
    complete(hive.file);
    std::vector<std::unique_ptr<ContainedSource>> sources;
    std::vector<ContainedFile> logs;
    std::optional<Error> lost_log;
    for (const auto id : hive.logs) {
        auto& log = listing_.logs.at(id);
        try {
            complete(log);
            sources.push_back(std::make_unique<ContainedSource>(reader_, id, log.entry.size));
            logs.push_back(file_of(log, *sources.back()));
        } catch (const Error& error) {
            lost_log = error;
        }
    }
    give(hive, ContainedSource(reader_, hive.file.entry.id, hive.file.entry.size), std::move(logs),
         std::move(lost_log));
}

void ContainerWalk::give_anywhere() {
    for (auto& hive : listing_.hives) {
        if (visit_.visitor.stopped()) {
            return;
        }
        try {
            give_from_anywhere(hive);
        } catch (const Error& error) {
            lose(hive, error);
        }
    }
    const auto most = visit_.options.limits.nested_bytes;
    for (auto& each : listing_.nested) {
        if (visit_.visitor.stopped()) {
            return;
        }
        try {
            complete(each);
            if (each.entry.size > most) {
                throw Error(ErrorCode::limit_exceeded,
                            fmt::format("it takes {} bytes in another container; at most {} are "
                                        "read of one there",
                                        each.entry.size, most));
            }
            MemoryFile file;
            copy(ContainedSource(reader_, each.entry.id, each.entry.size), file);
            open_nested(each, file);
        } catch (const Error& error) {
            refuse(each.path, error);
        }
    }
}

/// Gives the hive on if all of it is there, and lets go of it.
void ContainerWalk::give_when_whole(ListedHive& hive, Held& held) {
    const auto content = held.find(hive.file.entry.id);
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
        logs.push_back(file_of(listing_.logs.at(id), *sources.back()));
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
    std::map<std::uint64_t, ListedHive*> hives; // by their own ids and those of their logs
    std::map<std::uint64_t, const ContainedEntry*> nested;
    std::set<std::uint64_t> missing;
    const auto most_of_file = visit_.options.limits.file_bytes;
    for (auto& hive : listing_.hives) {
        if (const auto size = hive.file.entry.size; size > most_of_file) {
            lose(hive, Error(ErrorCode::limit_exceeded,
                             fmt::format("it is said to take {} bytes; {} are unpacked at most",
                                         size, most_of_file)));
            continue;
        }
        hives.emplace(hive.file.entry.id, &hive);
        missing.insert(hive.file.entry.id);
        for (const auto id : hive.logs) {
            hives.emplace(id, &hive);
            missing.insert(id);
        }
    }
    for (const auto& each : listing_.nested) {
        nested.emplace(each.entry.id, &each);
        missing.insert(each.entry.id);
    }
    Held held;
    std::optional<MemoryFile> nested_file;
    const auto begin_file = [&](std::uint64_t id) -> MemoryFile* {
        return nested.contains(id) ? &nested_file.emplace() : nullptr;
    };
    const auto take_file = [&](std::uint64_t id, std::vector<std::byte> bytes,
                               std::optional<Error> error) {
        if (visit_.visitor.stopped()) {
            throw Error(ErrorCode::io_error, "it was to stop"); // ends the pass
        }
        missing.erase(id);
        if (const auto inner = nested.find(id); inner != nested.end()) {
            if (error) {
                refuse(inner->second->path, *error);
            } else {
                open_nested(*inner->second, *nested_file);
            }
            nested_file.reset();
            return;
        }
        const auto most = visit_.options.limits.held_bytes;
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
        reader_.fetch(ids, take_file, begin_file);
    } catch (const Error& error) {
        gone = error;
    }
    for (const auto id : ids) {
        if (missing.contains(id) && !visit_.visitor.stopped()) {
            take_file(id, {}, gone);
        }
    }
}

/// What is called like a container, and may be one.
void ContainerWalk::open_nested(const ContainedEntry& kept, const MemoryFile& file) {
    try {
        const HandleSource content(file.get());
        const auto format = format_of(content);
        if (!format) {
            give({.file = kept}, content, {}, {});
            return;
        }
        if (at_.steps.size() >= visit_.options.limits.depth) {
            throw Error(
                ErrorCode::limit_exceeded,
                fmt::format("it lies in {} others; no deeper ones are opened", at_.steps.size()));
        }
        ContainerWalk(visit_, *format, file.get(), {}, at(kept.path), listing_.inside_nested())
            .run();
    } catch (const Error& error) {
        refuse(kept.path, error);
    }
}

} // namespace

void visit_container(const FileAt& at, const Target& target, const DiscoveryOptions& names,
                     const ContainerOptions& options, const ContainerVisitor& visitor) {
    const FileSource container(at.in(), at.name, target.id);
    const File file = open_for_reading(at.in(), at.name);
    if (status_of(file.get()).id != container.id()) {
        throw Error(ErrorCode::changed_while_reading, "another file has its name now");
    }
    ContainerWalk({names, options, visitor}, *target.container, file.get(), target.path,
                  {.path = target.path, .steps = {target.path}}, target.inside)
        .run();
    container.check_unchanged();
}

} // namespace hivelint
