// A log is tied to its hive by the file name field and the GUIDs of the base block, of which it has
// a copy, and by its number (REGF.md sections 2, 6.3 and 7).
#include "log_search.hpp"

#include "platform/path_text.hpp"
#include "regf/core/base_block_fields.hpp"
#include "text/ascii_case.hpp"
#include "text/words.hpp"

#include <hivelint/regf/log.hpp>
#include <hivelint/regf/name.hpp>
#include <hivelint/regf/sequence.hpp>
#include <hivelint/text.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace hivelint {

struct LogSearch::Chain {
    std::vector<const Tie*> logs; ///< in their order, at least one
    bool exact = false;           ///< it starts where the hive stopped
};

namespace {

/// RmId and LogId; TmId is that of the transaction manager, which can begin anew.
constexpr auto kGuids = std::to_array<std::size_t>({112, 128});
constexpr std::size_t kGuidSize = 16;

bool is_log(const Tie& tie) {
    return tie.file_type == regf::kNewLog || tie.file_type == regf::kOldLog ||
           tie.file_type == regf::kOlderLog;
}

/// Reads what ties; absent: it has no base block. Throws Error as read_at().
std::optional<Tie> tie_of(const ByteSource& source) {
    Tie tie;
    if (source.size() < tie.bytes.size()) {
        return std::nullopt;
    }
    source.read_at(0, tie.bytes);
    const regf::Bytes fields(tie.bytes, 0);
    if (fields.u32(0) != regf::magic::kRegf) {
        return std::nullopt;
    }
    tie.file_type = fields.u32(regf::field::kFileType);
    tie.block = regf::parse_base_block(fields);
    return tie;
}

/// Whether the two say that they are of one hive, and nothing says that they are not.
bool tied(const Tie& a, const Tie& b) {
    bool equal = false;
    for (const auto at : kGuids) {
        const auto guid_of = [at](const Tie& tie) {
            return std::span(tie.bytes).subspan(at, kGuidSize);
        };
        const auto none = [](std::span<const std::byte> guid) {
            return std::ranges::all_of(guid, [](std::byte byte) { return byte == std::byte{}; });
        };
        if (none(guid_of(a)) || none(guid_of(b))) {
            continue;
        }
        if (!std::ranges::equal(guid_of(a), guid_of(b))) {
            return false;
        }
        equal = true;
    }
    const auto& name = a.block.file_name;
    const auto& other = b.block.file_name;
    return name.empty() || other.empty() ? equal : regf::same_name(name, other);
}

/// Whether the log's entries can be those that the hive waits for.
bool fits(const Tie& log, const Tie& hive) {
    if (!tied(log, hive) || !log.block.checksum_valid()) {
        return false;
    }
    if (!hive.block.checksum_valid()) {
        return true; // its numbers say nothing
    }
    return log.file_type == regf::kNewLog
               ? !regf::is_after(hive.block.secondary_sequence, log.block.primary_sequence)
               : log.block.last_written.ticks >= hive.block.last_written.ticks;
}

/// Whether the log starts where the hive stopped: at the last number that was written to it as a
/// whole, or the one whose writing was cut off.
bool fits_exactly(const Tie& log, const Tie& hive) {
    const auto start = log.block.primary_sequence;
    return hive.block.checksum_valid() &&
           (start == hive.block.primary_sequence || start == hive.block.secondary_sequence);
}

std::string name_of(const Tie& tie) { return escaped_exactly(tie.path); }

/// What lies beside a hive and can be a log of it or another hive, by its name.
bool may_be_of_a_hive(std::string_view name, std::string_view folder) {
    const auto low = lowered(name);
    return low.find("log") != std::string::npos || low.find("dat") != std::string::npos ||
           is_user_hive_name(name, folder);
}

} // namespace

LogSearch::LogSearch(const std::vector<std::filesystem::path>& places, Container& evidence)
    : places_(places) {
    for (auto& target : discover(places, {.all_files = true, .logs = true})) {
        std::optional<Error> problem = target.problem;
        if (!problem) {
            try {
                const auto source =
                    evidence.open(evidence.locate(path_of(target.path), target.named), target.id);
                if (auto tie = tie_of(*source); tie && is_log(*tie)) {
                    tie->path = target.path;
                    tie->named = target.named;
                    tie->id = *target.id;
                    logs_.push_back(*std::move(tie));
                }
                continue;
            } catch (const Error& error) {
                problem = error;
            }
        }
        const bool named = std::ranges::any_of(
            places, [&](const auto& place) { return text_of(place) == target.path; });
        const auto what = fmt::format("{} cannot be searched for logs: {}",
                                      escaped_exactly(target.path), problem->message());
        if (named) {
            throw Error(problem->code(), what);
        }
        problems_.push_back(what);
    }
}

void LogSearch::add_hives(std::span<const Target> hives, Container& evidence) {
    hives_.clear();
    for (const auto& hive : hives) {
        if (hive.problem) {
            continue;
        }
        try {
            const auto source =
                evidence.open(evidence.locate(path_of(hive.path), hive.named), hive.id);
            if (auto tie = tie_of(*source); tie && tie->file_type == 0 && tie->block.dirty()) {
                tie->path = hive.path;
                tie->id = source->id();
                hives_.push_back(*std::move(tie));
            }
        } catch (const Error&) { // its own record says so
        }
    }
}

FileAt LogSearch::locate(const Tie& log, Container& evidence) const {
    return evidence.locate(path_of(log.path), log.named);
}

/// What the hive's own folder holds, logs and dirty hives.
const std::vector<Tie>& LogSearch::own_folder_of(const FileAt& hive,
                                                 const std::filesystem::path& path,
                                                 Container& evidence) {
    const auto parent = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    if (in_folder_ && folder_ == text_of(parent)) {
        return *in_folder_;
    }
    in_folder_.emplace();
    folder_ = text_of(parent);
    const auto folder_name = text_of(parent.filename());
    const auto names = evidence.names_beside(hive, path);
    std::set<std::string> all; // without letter case
    std::ranges::transform(names, std::inserter(all, all.end()), lowered);
    for (const auto& name : names) {
        const auto dot = is_log_name(name) ? name.rfind('.') : std::string::npos;
        const bool anothers =
            dot != std::string::npos && all.contains(lowered(name.substr(0, dot)));
        if (anothers || !may_be_of_a_hive(name, folder_name)) {
            continue; // a log under the name of a hive that is there is that one's
        }
        try {
            const auto source = evidence.open(hive.beside(name));
            if (auto tie = tie_of(*source); tie && (is_log(*tie) || tie->block.dirty())) {
                tie->path = text_of(parent / path_of(name));
                tie->named = folder_.size();
                tie->id = source->id();
                in_folder_->push_back(*std::move(tie));
            }
        } catch (const Error&) { // no file, or none that can be read: then none that can be applied
        }
    }
    return *in_folder_;
}

std::uint32_t LogSearch::last_number(const Tie& log, Container& evidence) {
    const auto known = ends_.find(log.path);
    if (known != ends_.end()) {
        return known->second;
    }
    auto last = log.block.primary_sequence;
    try {
        const auto source = evidence.open(locate(log, evidence), log.id);
        if (const auto read = regf::read_log(*source); !read.entries.empty()) {
            last = read.entries.back().sequence;
        }
    } catch (const Error&) { // the plan of the replay says why
    }
    return ends_[log.path] = last;
}

std::vector<LogSearch::Chain>
LogSearch::chains_of(const Tie& hive, const std::vector<const Tie*>& logs, Container& evidence) {
    auto sorted = logs;
    std::ranges::sort(sorted, [](const Tie* a, const Tie* b) {
        const auto first = a->block.primary_sequence;
        const auto second = b->block.primary_sequence;
        return first != second ? regf::is_after(second, first) : a->path < b->path;
    });
    std::vector<Chain> chains;
    for (const Tie* log : sorted) {
        const auto goes_on = std::ranges::find_if(chains, [&](const Chain& chain) {
            const Tie& end = *chain.logs.back();
            const bool copy = end.bytes == log->bytes &&
                              last_number(end, evidence) == last_number(*log, evidence);
            return copy || (log->file_type == regf::kNewLog && end.file_type == regf::kNewLog &&
                            last_number(end, evidence) + 1 == log->block.primary_sequence);
        });
        if (goes_on != chains.end()) {
            goes_on->logs.push_back(log);
        } else {
            chains.push_back({{log}, fits_exactly(*log, hive)});
        }
    }
    return chains;
}

std::vector<FoundLog> LogSearch::logs_of(const FileAt& hive, const std::filesystem::path& path,
                                         const ByteSource& primary, const std::set<FileId>& known,
                                         bool own_folder, Container& evidence) {
    const std::scoped_lock lock(mutex_);
    const auto me = tie_of(primary);
    if (!me) {
        return {};
    }
    std::vector<const Tie*> fitting;
    std::vector<const Tie*> rivals;
    const auto take = [&](const std::vector<Tie>& all) {
        for (const auto& each : all) {
            if (!is_log(each)) {
                if (each.file_type == 0 && each.bytes != me->bytes) {
                    rivals.push_back(&each);
                }
            } else if (!known.contains(each.id) && fits(each, *me)) {
                fitting.push_back(&each);
            }
        }
    };
    take(logs_);
    take(hives_);
    if (own_folder) {
        take(own_folder_of(hive, path, evidence));
    }
    // Those of a place that is the hive's own folder come twice.
    std::ranges::sort(fitting, {}, [](const Tie* tie) { return tie->id; });
    const auto same = std::ranges::unique(fitting, {}, [](const Tie* tie) { return tie->id; });
    fitting.erase(same.begin(), same.end());

    auto chains = chains_of(*me, fitting, evidence);
    if (std::ranges::any_of(chains, &Chain::exact)) {
        std::erase_if(chains, [](const Chain& chain) { return !chain.exact; });
    }
    std::string why;
    std::vector<FoundLog> found;
    for (const auto& chain : chains) {
        const Tie& head = *chain.logs.front();
        const auto rival = std::ranges::find_if(rivals, [&](const Tie* other) {
            return fits(head, *other) && (fits_exactly(head, *other) || !chain.exact);
        });
        if (rival != rivals.end()) {
            why = fmt::format("{} could be of {} as well", name_of(head), name_of(**rival));
        }
        for (const Tie* log : chain.logs) {
            paired_.insert(log->path);
            found.push_back({path_of(log->path), locate(*log, evidence)});
        }
    }
    if (chains.size() > 1) {
        why = fmt::format("{} and {} could both be its logs, and do not go on one from the other",
                          name_of(*chains[0].logs.front()), name_of(*chains[1].logs.front()));
    }
    for (auto& log : found) {
        if (!why.empty()) {
            log.problem = Error(ErrorCode::ambiguous_logs,
                                "by its content it is not certain whose log it is: " + why);
        }
    }
    std::ranges::sort(found, {}, &FoundLog::path);
    return found;
}

std::vector<std::string> LogSearch::notes() const {
    const std::scoped_lock lock(mutex_);
    auto all = problems_;
    for (const auto& log : logs_) {
        if (!paired_.contains(log.path)) {
            all.push_back(fmt::format("log {} is of none of the dirty hives", name_of(log)));
        }
    }
    return all;
}

} // namespace hivelint
