#include <hivelint/regf/replay.hpp>

#include "regf/core/base_block_fields.hpp"
#include "regf/core/records.hpp"

#include <hivelint/regf/name.hpp>
#include <hivelint/regf/sequence.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cassert>
#include <utility>

namespace hivelint::regf {
namespace {

/// Makes the plan of a replay.
class Planner {
public:
    Planner(const ByteSource& primary, std::span<const ByteSource* const> logs)
        : primary_(primary), sources_(logs) {}

    LogPlan run();

private:
    void read_primary();
    void read_logs();
    void judge_names();
    void plan_new();
    void plan_old();
    void take(std::size_t log);
    void leave(std::size_t log, ErrorCode code, std::string why);
    void limit_growth();

    Log& log(std::size_t index) { return *plan_.logs[index]; }
    std::uint32_t start(std::size_t index) { return log(index).base_block.primary_sequence; }
    std::uint64_t time(std::size_t index) { return log(index).base_block.last_written.ticks; }

    const ByteSource& primary_;
    std::span<const ByteSource* const> sources_;
    LogPlan plan_;
    std::optional<BaseBlock> base_block_; ///< absent when that of the hive is damaged
    std::vector<std::size_t> usable_;     ///< indexes of logs
};

void Planner::read_primary() {
    const auto fields = std::span(plan_.base_block_bytes);
    primary_.read_at(0, fields.first(static_cast<std::size_t>(
                            std::min<std::uint64_t>(primary_.size(), fields.size()))));
    try {
        const auto block = read_base_block(primary_);
        if (block.checksum_valid()) {
            base_block_ = block;
        }
    } catch (const Error& error) {
        if (error.code() != ErrorCode::checksum_mismatch) {
            throw;
        }
    }
    if (base_block_) {
        return;
    }
    // Section 3: what has neither is no hive, and no log makes it one.
    std::array<std::byte, 8> start = {};
    primary_.read_at(kBaseBlockSize, start);
    const Bytes bin(start, kBaseBlockSize);
    if (bin.u32(0) != magic::kHbin || bin.u32(4) != 0) {
        throw Error(ErrorCode::not_a_hive, 0,
                    fmt::format("the base block is damaged, and no first hive bin follows at {:#x}",
                                kBaseBlockSize));
    }
}

void Planner::read_logs() {
    for (const ByteSource* source : sources_) {
        plan_.logs.emplace_back();
        auto& use = plan_.uses.emplace_back();
        if (source == nullptr) {
            continue;
        }
        try {
            auto& log = plan_.logs.back().emplace(read_log(*source));
            use.format = log.format;
            use.entries = log.entries.size();
            use.stopped = log.stop;
            if (!log.entries.empty()) {
                use.first_number = log.entries.front().sequence;
                use.last_number = log.entries.back().sequence;
            }
            usable_.push_back(plan_.logs.size() - 1);
        } catch (const Error& error) {
            plan_.logs.back().reset();
            use.stopped = error;
        }
    }
}

/// Nothing but the file name field ties a log to a hive (section 7).
void Planner::judge_names() {
    if (!base_block_) {
        return;
    }
    const auto& name = base_block_->file_name;
    std::erase_if(usable_, [&](std::size_t index) {
        const auto& other = log(index).base_block.file_name;
        if (name.empty() || other.empty() || same_name(name, other)) {
            return false;
        }
        leave(index, ErrorCode::foreign_log,
              fmt::format("the log's file name field is '{}', the hive's is '{}'", escaped(other),
                          escaped(name)));
        return true;
    });
}

void Planner::take(std::size_t index) {
    const auto& entries = log(index).entries;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        plan_.steps.push_back({index, i});
    }
    auto& use = plan_.uses[index];
    use.applied = entries.size();
    use.used = true;
    plan_.last_number = entries.back().sequence;
}

/// Why a log that could be read is not used. That its chain ends is then of no interest.
void Planner::leave(std::size_t index, ErrorCode code, std::string why) {
    plan_.uses[index].stopped = Error(code, std::move(why));
}

/// Section 6.3.
void Planner::plan_new() {
    std::erase_if(usable_, [&](std::size_t index) {
        if (!base_block_ || !is_after(base_block_->secondary_sequence, start(index))) {
            return false;
        }
        leave(index, ErrorCode::stale_log,
              fmt::format("the log starts at number {}, the hive is at {} already", start(index),
                          base_block_->secondary_sequence));
        return true;
    });
    // Only what is left lies in one half of the circle, where the comparison is an order.
    std::ranges::sort(usable_, [&](std::size_t a, std::size_t b) {
        return start(a) == start(b) ? a < b : is_after(start(b), start(a));
    });
    if (!base_block_ && usable_.size() > 1) { // section 6.3, 4
        for (const std::size_t index : std::span(usable_).first(usable_.size() - 1)) {
            if (start(index) != start(usable_.back())) {
                leave(index, ErrorCode::stale_log,
                      fmt::format("the base block is damaged, and another log starts at the later "
                                  "number {}",
                                  start(usable_.back())));
            }
        }
        std::erase_if(usable_,
                      [&](std::size_t index) { return start(index) != start(usable_.back()); });
    }
    // Hash-1 covers the pages and where they go, but none of the header's fields.
    const auto same = [](const LogEntry& a, const LogEntry& b) {
        return a.hash == b.hash && a.bins_size == b.bins_size && a.flags == b.flags;
    };
    for (std::size_t i = 0; i + 1 < usable_.size();) {
        const auto index = usable_[i + 1];
        if (start(usable_[i]) != start(index)) {
            ++i;
            continue;
        }
        // A base block that will be the hive's counts, too.
        if (!std::ranges::equal(log(usable_[i]).entries, log(index).entries, same) ||
            (!base_block_ && log(usable_[i]).base_block_bytes != log(index).base_block_bytes)) {
            plan_.reason = Error(ErrorCode::ambiguous_logs,
                                 fmt::format("two logs start at number {} and differ: which one "
                                             "counts is not certain",
                                             start(index)));
            return;
        }
        leave(index, ErrorCode::stale_log, "another log holds the same entries");
        usable_.erase(usable_.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    }
    bool goes_on = true;
    for (const std::size_t index : usable_) {
        const bool first = index == usable_.front();
        if (!first && (!goes_on || start(index) != plan_.last_number + 1)) {
            leave(
                index, ErrorCode::broken_chain,
                fmt::format("the log starts at number {}, but {}", start(index),
                            plan_.steps.empty()
                                ? std::string("the log before it has no entry that can be applied")
                                : fmt::format("the logs before it end at {}", plan_.last_number)));
            goes_on = false;
        } else if (log(index).entries.empty()) {
            goes_on = false; // the others have no predecessor then: 6.3, 5
        } else {
            take(index);
        }
    }
}

/// Section 5.1.
void Planner::plan_old() {
    std::uint64_t hive_time = 0;
    if (base_block_) {
        hive_time = base_block_->last_written.ticks;
    } else {
        constexpr std::uint64_t kFirstBinTime = kBaseBlockSize + 20;
        std::array<std::byte, 8> bytes = {};
        primary_.read_at(kFirstBinTime, bytes);
        hive_time = Bytes(bytes, kFirstBinTime).u64(0);
    }
    std::optional<std::size_t> best;
    for (const std::size_t index : usable_) {
        if (time(index) < hive_time) {
            leave(index, ErrorCode::stale_log,
                  fmt::format("the log's last-written time {:#018x} is before the hive's, {:#018x}",
                              time(index), hive_time));
        } else if (!log(index).entries.empty() && (!best || time(index) > time(*best))) {
            best = index;
        }
    }
    if (!best) {
        return;
    }
    for (const std::size_t index : usable_) {
        if (index != *best && time(index) >= hive_time && !log(index).entries.empty()) {
            leave(index, ErrorCode::stale_log,
                  "another log is newer, or comes first; of logs of the old format one is applied");
        }
    }
    take(*best);
}

/// A few bytes of log can claim a hive of 2 GiB. What Windows adds to a hive it also writes to the
/// log, so a hive of which most is nowhere is not one.
void Planner::limit_growth() {
    std::uint64_t held = primary_.size();
    std::uint64_t end = 0;
    for (const auto& step : plan_.steps) {
        const auto& entry = log(step.log).entries[step.entry];
        for (const auto& page : entry.pages) {
            held += page.size;
            end = std::max(end, page.offset + page.size);
        }
        end = std::max<std::uint64_t>(end, std::uint64_t{kBaseBlockSize} + entry.bins_size);
    }
    if (end > 2 * held) {
        plan_.reason = Error(ErrorCode::limit_exceeded,
                             fmt::format("the logs make a hive of {:#x} bytes out of {:#x} bytes "
                                         "in hive and logs",
                                         end, held));
    }
}

LogPlan Planner::run() {
    read_primary();
    if (base_block_ && !base_block_->dirty()) {
        plan_.uses.resize(sources_.size());
        plan_.logs.resize(sources_.size());
        return std::move(plan_);
    }
    read_logs();
    judge_names();
    const auto is_new = [&](std::size_t index) {
        return log(index).format == LogFormat::new_format;
    };
    const auto new_logs = std::ranges::count_if(usable_, is_new);
    if (new_logs != 0 && static_cast<std::size_t>(new_logs) != usable_.size()) {
        plan_.reason = Error(ErrorCode::ambiguous_logs,
                             "one log has the old format and one the new: they are not of one "
                             "moment");
    } else if (new_logs != 0) {
        plan_new();
    } else {
        plan_old();
    }
    if (!plan_.reason) {
        limit_growth();
    }
    if (!plan_.reason && plan_.steps.empty()) {
        plan_.reason =
            Error(ErrorCode::dirty_hive, sources_.empty() ? "no transaction log lies beside it"
                                                          : "no log beside it can be applied");
    }
    if (plan_.reason) {
        plan_.result = ReplayResult::dirty;
        plan_.steps.clear();
        plan_.last_number = 0;
        for (auto& use : plan_.uses) {
            use.applied = 0;
            use.used = false;
        }
        return std::move(plan_);
    }
    plan_.result = base_block_ ? ReplayResult::recovered : ReplayResult::healed;
    if (!base_block_) {
        plan_.base_block_bytes = log(plan_.steps.front().log).base_block_bytes;
    }
    return std::move(plan_);
}

} // namespace

LogPlan plan_replay(const ByteSource& primary, std::span<const ByteSource* const> logs) {
    return Planner(primary, logs).run();
}

} // namespace hivelint::regf
