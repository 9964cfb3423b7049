#include <hivelint/replay.hpp>

#include "check/state.hpp"
#include "log_replay.hpp"
#include "platform/path_text.hpp"
#include "regf/core/base_block_fields.hpp"
#include "text/words.hpp"

#include <hivelint/file_source.hpp>
#include <hivelint/regf/name.hpp>
#include <hivelint/regf/sequence.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <utility>

namespace hivelint {
namespace {

/// NAME.LOG: the only log up to Windows XP, an empty leftover beside .LOG1 and .LOG2 (REGF.md
/// section 1).
bool is_single_log(const std::filesystem::path& path) {
    const auto name = text_of(path);
    return !name.ends_with('1') && !name.ends_with('2');
}

} // namespace

LogReplay::LogReplay(std::vector<OpenLog> logs, const ByteSource& primary)
    : primary_(&primary), logs_(std::move(logs)) {
    for (const auto& log : logs_) {
        sources_.push_back(log.problem ? nullptr : log.source.get());
    }
    plan_ = regf::plan_replay(*primary_, sources_);
    refuse_unread();
}

void LogReplay::open(OpenLog& log, const FileAt& at, const Container& evidence) {
    try {
        log.source = evidence.open(at);
    } catch (const Error& error) {
        log.problem = error;
    }
}

/// Where .LOG1 or .LOG2 hold anything, .LOG is none of the hive's logs.
void LogReplay::leave_single_alone(std::vector<OpenLog>& logs) {
    const auto holds_something = [](const OpenLog& log) {
        return !log.source || log.source->size() > 0;
    };
    const bool pair = std::ranges::any_of(
        logs, [&](const OpenLog& log) { return !is_single_log(log.path) && holds_something(log); });
    for (auto& log : logs) {
        if (pair && is_single_log(log.path) && holds_something(log)) {
            log.problem = Error(ErrorCode::stale_log, "left alone: .LOG1 and .LOG2 are the logs");
            log.left_alone = true;
        }
    }
}

/// What a log holds that is there and cannot be read, nobody knows: it can be what goes before the
/// entries of the other one. Without it the answer is not what Windows would load.
void LogReplay::refuse_unread() {
    const auto problem_of = [&](std::size_t i) -> const Error* {
        const auto& stopped = plan_.uses[i].stopped;
        if (logs_[i].problem) {
            return logs_[i].left_alone ? nullptr : &*logs_[i].problem;
        }
        return stopped && state_of(stopped->code()) == State::unreadable ? &*stopped : nullptr;
    };
    std::size_t unread = 0;
    while (unread < logs_.size() && problem_of(unread) == nullptr) {
        ++unread;
    }
    if (unread == logs_.size() || plan_.result == regf::ReplayResult::clean) {
        return;
    }
    plan_.result = regf::ReplayResult::dirty;
    plan_.reason = Error(problem_of(unread)->code(),
                         fmt::format("the log {} cannot be taken into account: {}",
                                     regf::escaped_exactly(text_of(logs_[unread].path.filename())),
                                     problem_of(unread)->message()));
    plan_.steps.clear();
    plan_.last_number = 0;
    for (auto& use : plan_.uses) {
        use.applied = 0;
        use.used = false;
    }
}

LogReplay LogReplay::beside(const std::filesystem::path& hive, const ByteSource& primary) {
    Container evidence;
    return replay_of(locate(hive), hive, primary, evidence);
}

std::vector<LogReplay::OpenLog>
LogReplay::open_beside(const FileAt& hive, const std::filesystem::path& path, Container& evidence) {
    std::vector<OpenLog> opened;
    for (auto& log : evidence.companions_of(hive, path).logs) {
        opened.push_back({std::move(log.path), nullptr, std::move(log.problem)});
        if (!opened.back().problem) {
            open(opened.back(), hive.beside(text_of(opened.back().path.filename())), evidence);
        }
    }
    leave_single_alone(opened);
    return opened;
}

LogReplay replay_of(const FileAt& hive, const std::filesystem::path& path,
                    const ByteSource& primary, Container& evidence) {
    return {LogReplay::open_beside(hive, path, evidence), primary};
}

LogReplay replay_of(const FileAt& hive, const std::filesystem::path& path,
                    const ByteSource& primary, Container& evidence, LogSearch& search) {
    using OpenLog = LogReplay::OpenLog;
    auto opened = LogReplay::open_beside(hive, path, evidence);
    std::set<FileId> known;
    for (const auto& log : opened) {
        if (const auto* file = dynamic_cast<const FileSource*>(log.source.get())) {
            known.insert(file->id());
        }
    }
    const bool own_folder = std::ranges::none_of(opened, [](const OpenLog& log) {
        return log.problem || (log.source && log.source->size() != 0);
    });
    for (auto& log : search.logs_of(hive, path, primary, known, own_folder, evidence)) {
        opened.push_back({std::move(log.path), nullptr, std::move(log.problem)});
        opened.back().searched = true;
        if (!opened.back().problem) {
            LogReplay::open(opened.back(), log.at, evidence);
        }
    }
    return {std::move(opened), primary};
}

std::vector<std::filesystem::path> LogReplay::searched() const {
    std::vector<std::filesystem::path> paths;
    for (const auto& log : logs_) {
        if (log.searched) {
            paths.push_back(log.path);
        }
    }
    return paths;
}

LogReplay LogReplay::of(std::span<const std::filesystem::path> paths, const ByteSource& primary) {
    const Container evidence;
    std::vector<OpenLog> logs;
    for (const auto& path : paths) {
        logs.push_back({path, nullptr, {}});
        open(logs.back(), locate(path), evidence);
    }
    return {std::move(logs), primary};
}

LogReplay LogReplay::of(std::span<const LogBytes> given, const ByteSource& primary) {
    std::vector<OpenLog> logs;
    for (const auto& log : given) {
        logs.push_back({log.path, std::shared_ptr<const ByteSource>(log.bytes, [](auto*) {}), {}});
    }
    leave_single_alone(logs);
    return {std::move(logs), primary};
}

std::vector<LogAccount> LogReplay::accounts() const {
    std::vector<LogAccount> all;
    for (std::size_t i = 0; i < logs_.size(); ++i) {
        all.push_back({logs_[i].path, plan_.uses[i]});
        if (logs_[i].problem) {
            all.back().use.stopped = logs_[i].problem;
        }
    }
    return all;
}

std::optional<LogPlace> LogReplay::place_of(const regf::RecoveredSource& recovered,
                                            std::uint64_t offset) const {
    const auto place = recovered.in_log(offset);
    return place ? std::optional(LogPlace{logs_[place->log].path, place->offset}) : std::nullopt;
}

std::unique_ptr<regf::RecoveredSource> LogReplay::recovered() const {
    return std::make_unique<regf::RecoveredSource>(*primary_, sources_, plan_);
}

std::uint32_t LogReplay::next_sequence() const {
    const std::uint32_t stored =
        regf::Bytes(plan_.base_block_bytes, 0).u32(regf::field::kPrimarySequence);
    regf::LogNumbers numbers = {
        .highest = regf::is_after(stored, plan_.last_number) ? stored : plan_.last_number};
    for (const auto& log : logs_) {
        if (log.source) {
            numbers = regf::log_numbers(*log.source, numbers.highest);
        }
    }
    return numbers.highest + 1;
}

void LogReplay::check_unchanged() const {
    for (const auto& log : logs_) {
        try {
            if (log.source) {
                log.source->check_unchanged();
            }
        } catch (const Error& error) {
            throw Error(error.code(),
                        fmt::format("log {}: {}",
                                    regf::escaped_exactly(text_of(log.path.filename())),
                                    error.message()));
        }
    }
}

std::string entries_text(const regf::LogUse& use) {
    return use.entries == 1 ? fmt::format("1 entry ({})", *use.first_number)
                            : fmt::format("{} entries ({} to {})", use.entries, *use.first_number,
                                          *use.last_number);
}

std::string summary(const LogReplay& replay) {
    const auto& plan = replay.plan();
    std::string out;
    for (const auto& step : plan.steps) {
        if (step.entry == 0) { // all entries of a log are applied, or none
            out += fmt::format("{}{} of {}", out.empty() ? "" : ", ",
                               entries_text(plan.uses[step.log]),
                               regf::escaped_exactly(text_of(replay.path_of(step).filename())));
        }
    }
    return out.empty() && plan.reason ? described(*plan.reason) : out;
}

} // namespace hivelint
