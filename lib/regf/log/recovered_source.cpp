// The overlay that a replay makes (REGF.md section 6.4).
#include "regf/core/base_block_fields.hpp"
#include "text/le.hpp"

#include <hivelint/regf/recovered_source.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cassert>

namespace hivelint::regf {
RecoveredSource::RecoveredSource(const ByteSource& primary, std::span<const ByteSource* const> logs,
                                 const LogPlan& plan)
    : primary_(primary), log_sources_(logs), plan_(plan), size_(primary.size()),
      base_block_(plan.base_block_bytes) {}

void RecoveredSource::advance() {
    assert(applied_ < plan_.steps.size());
    const LogStep& step = plan_.steps[applied_++];
    const Log& log = *plan_.logs[step.log];
    const LogEntry& entry = log.entries[step.entry];
    for (const auto& page : entry.pages) {
        put(page, log_sources_[step.log]);
        size_ = std::max(size_, page.offset + page.size);
    }
    // Bins can grow and shrink along the chain; what lies behind them is slack (section 6.4).
    size_ = std::max<std::uint64_t>(size_, std::uint64_t{kBaseBlockSize} + entry.bins_size);
    store_u32(&base_block_[field::kBinsSize], entry.bins_size);
    if (log.format == LogFormat::new_format) {
        const std::uint32_t flags = Bytes(base_block_, 0).u32(field::kFlags);
        store_u32(&base_block_[field::kFlags],
                  (flags & ~kPendingTransactions) | (entry.flags & kPendingTransactions));
    }
    set_sequence(entry.sequence);
}

void RecoveredSource::finish() {
    while (applied_ < plan_.steps.size()) {
        advance();
    }
}

void RecoveredSource::set_sequence(std::uint32_t number) {
    store_u32(&base_block_[field::kPrimarySequence], number);
    store_u32(&base_block_[field::kSecondarySequence], number);
    store_u32(&base_block_[field::kFileType], 0);
    store_u32(&base_block_[field::kChecksum], base_block_checksum(Bytes(base_block_, 0)));
}

/// A later page wins over what it overlaps.
void RecoveredSource::put(const LogPage& page, const ByteSource* log) {
    const std::uint64_t begin = page.offset;
    const std::uint64_t end = begin + page.size;
    auto at = runs_.lower_bound(begin);
    if (at != runs_.begin()) {
        const auto before = std::prev(at);
        const Run run = before->second;
        if (run.end > begin) {
            before->second.end = begin;
            if (run.end > end) {
                runs_[end] = {run.end, run.log, run.in_log + (end - before->first)};
            }
        }
    }
    while (at != runs_.end() && at->first < end) {
        if (at->second.end > end) {
            const Run run = at->second;
            runs_[end] = {run.end, run.log, run.in_log + (end - at->first)};
        }
        at = runs_.erase(at);
    }
    runs_[begin] = {end, log, page.in_log};
}

/// Outside of the logs' pages: the base block, what the hive's file holds, and zeros behind it.
void RecoveredSource::read_primary(std::uint64_t offset, std::span<std::byte> out) const {
    const std::uint64_t held = std::max(std::min(primary_.size(), offset + out.size()), offset);
    const auto stored = out.first(static_cast<std::size_t>(held - offset));
    primary_.read_at(std::min(offset, primary_.size()), stored);
    std::ranges::fill(out.subspan(stored.size()), std::byte{0});
    if (offset < base_block_.size()) {
        const auto fields = std::span(base_block_).subspan(static_cast<std::size_t>(offset));
        std::ranges::copy(fields.first(std::min(fields.size(), out.size())), out.begin());
    }
}

void RecoveredSource::read_at(std::uint64_t offset, std::span<std::byte> out) const {
    if (offset > size_ || out.size() > size_ - offset) {
        throw Error(ErrorCode::truncated, offset,
                    fmt::format("{} bytes are wanted at {:#x}, but the recovered hive holds {:#x}",
                                out.size(), offset, size_));
    }
    // The run that offset lies in, or the first one behind it.
    auto run = runs_.upper_bound(offset);
    if (run != runs_.begin() && std::prev(run)->second.end > offset) {
        --run;
    }
    while (!out.empty()) {
        const bool in_run = run != runs_.end() && run->first <= offset;
        const std::uint64_t end = in_run               ? run->second.end
                                  : run != runs_.end() ? run->first
                                                       : offset + out.size();
        const auto part =
            out.first(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), end - offset)));
        if (in_run) {
            run->second.log->read_at(run->second.in_log + (offset - run->first), part);
            ++run;
        } else {
            read_primary(offset, part);
        }
        offset += part.size();
        out = out.subspan(part.size());
    }
}

std::optional<RecoveredSource::InLog> RecoveredSource::in_log(std::uint64_t offset) const {
    const auto after = runs_.upper_bound(offset);
    if (after == runs_.begin()) {
        return std::nullopt;
    }
    const auto run = std::prev(after);
    if (run->second.end <= offset) {
        return std::nullopt;
    }
    const auto log = std::ranges::find(log_sources_, run->second.log);
    return InLog{.log = static_cast<std::size_t>(log - log_sources_.begin()),
                 .offset = run->second.in_log + (offset - run->first)};
}

void RecoveredSource::check_unchanged() const {
    primary_.check_unchanged();
    for (const auto* log : log_sources_) {
        if (log != nullptr) {
            log->check_unchanged();
        }
    }
}

} // namespace hivelint::regf
