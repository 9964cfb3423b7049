#include "contained_listing.hpp"

#include "container/format.hpp"
#include "listing.hpp"
#include "platform/file.hpp"
#include "text/ascii_case.hpp"

#include <hivelint/change.hpp>
#include <hivelint/container.hpp>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace hivelint {
namespace {

/// `install.wim!/*/Users`: in every image of it.
constexpr std::string_view kAny = "*/";

/// What Windows keeps of transactions: `NTUSER.DAT{guid}.TM.blf`, in lower case.
constexpr std::string_view kTransactions = ".blf";

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

} // namespace

ContainedListing::ContainedListing(const DiscoveryOptions& names, std::string_view inside,
                                   std::optional<std::string> stream_name)
    : names_(names), stream_name_(std::move(stream_name)) {
    const auto split = inside.find(kInside);
    inside_ = joined(parts_of(inside.substr(0, split)));
    if (split != std::string_view::npos) {
        inside_nested_ = inside.substr(split + kInside.size());
    }
}

/// Where any partition or image was asked for, with the word for that in place of which.
std::string ContainedListing::as_asked(const std::string& path) const {
    const auto slash = path.find('/');
    return inside_.starts_with(kAny) && slash != std::string::npos
               ? std::string(kAny) + path.substr(slash + 1)
               : path;
}

std::string ContainedListing::listed_inside() const {
    return inside_.starts_with(kAny) ? std::string() : inside_;
}

std::optional<Error> ContainedListing::take(ContainedEntry& listed) {
    if (stream_name_) {
        listed.entry.path = *stream_name_;
    }
    const auto parts = parts_of(listed.entry.path);
    listed.path = joined(parts);
    const auto path = as_asked(listed.path);
    // What lies beside a hive that is named is called as it is, with more behind it.
    const bool beside = (lowered(path).starts_with(lowered(inside_) + '.') &&
                         (is_log_name(path) || path.ends_with(kJournalSuffix))) ||
                        (lowered(path).starts_with(lowered(inside_) + '{') &&
                         lowered(path).ends_with(kTransactions));
    const bool below = path == inside_ || path.starts_with(inside_ + '/');
    if (!inside_.empty() && !below && !beside) {
        return std::nullopt;
    }
    matched_ = matched_ || below;
    if (listed.entry.type == wire::Type::folder || parts.empty()) {
        return std::nullopt;
    }
    return sort(listed, parts);
}

/// `parts` are those of its path.
std::optional<Error> ContainedListing::sort(ContainedEntry& file,
                                            std::span<const std::string_view> parts) {
    const std::string name(parts.back());
    const auto above = [&](std::size_t levels) {
        return parts.size() > levels ? parts[parts.size() - 1 - levels] : std::string_view();
    };
    const auto as = named_as(name, above(1), names_);
    const bool named = !inside_.empty() && as_asked(file.path) == inside_;
    if (file.entry.type != wire::Type::file) {
        const auto kind =
            file.entry.type == wire::Type::link ? FileKind::symbolic_link : FileKind::unknown;
        return as.hive || named ? problem_with_kind(kind) : std::nullopt;
    }
    const bool is_nested = is_container_name(name) || stream_name_;
    if (name.ends_with(kJournalSuffix)) {
        places_.emplace(lowered(file.path), file.entry.id);
    } else if (is_nested || (named && !inside_nested_.empty())) {
        file.only_if_hive = !named;
        nested.push_back(std::move(file));
    } else if (named || as.wanted) { // what is named is taken whatever its name
        file.only_if_hive = !named && (!as.hive || is_common_name(name, above(2)));
        add_hive(std::move(file));
    } else if (is_log_name(name)) {
        places_.emplace(lowered(file.path), file.entry.id);
        logs.emplace(file.entry.id, std::move(file));
    } else if (lowered(name).ends_with(kTransactions) && name.find('{') != std::string::npos) {
        const auto hive = file.path.substr(0, file.path.size() - name.size() + name.find('{'));
        transactions_.emplace(lowered(hive), name);
    }
    return std::nullopt;
}

/// Where a file has several names, one that is a hive's comes before those that are not: its logs
/// lie beside that one.
void ContainedListing::add_hive(ContainedEntry file) {
    const auto [known, is_new] = hive_of_.emplace(file.entry.id, hives.size());
    if (is_new) {
        hives.push_back({.file = std::move(file)});
        return;
    }
    auto& other = hives[known->second].file;
    if (std::tie(file.only_if_hive, file.path) < std::tie(other.only_if_hive, other.path)) {
        other = std::move(file);
    }
}

void ContainedListing::pair_logs() {
    std::set<std::uint64_t> wanted;
    for (auto& hive : hives) {
        const auto path = lowered(hive.file.path);
        for (const std::string_view suffix : {".log", ".log1", ".log2"}) {
            const auto log = places_.find(path + std::string(suffix));
            // Of two hives of one name, which an archive can hold, the first one has it.
            if (log != places_.end() && wanted.insert(log->second).second) {
                hive.logs.push_back(log->second);
            }
        }
        const auto transactions = transactions_.find(path);
        hive.transactions = transactions == transactions_.end() ? "" : transactions->second;
        hive.has_journal = places_.contains(path + std::string(kJournalSuffix));
    }
    std::erase_if(logs, [&](const auto& log) { return !wanted.contains(log.first); });
    places_.clear();
}

} // namespace hivelint
