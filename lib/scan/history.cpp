#include "history.hpp"

#include "questions.hpp"

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>

namespace hivelint {
namespace {

/// Another source, and which of its pages were read.
class NotingSource final : public ByteSource {
public:
    explicit NotingSource(const ByteSource& below) : below_(below) {}

    std::uint64_t size() const override { return below_.size(); }
    void read_at(std::uint64_t offset, std::span<std::byte> out) const override {
        if (!out.empty()) {
            for (auto page = offset / regf::kPageSize;
                 page <= (offset + out.size() - 1) / regf::kPageSize; ++page) {
                pages_.insert(page);
            }
        }
        below_.read_at(offset, out);
    }
    void forget() { pages_.clear(); }
    /// Whether the entry writes to what was read.
    bool touched_by(const regf::LogEntry& entry) const {
        return std::ranges::any_of(entry.pages, [this](const regf::LogPage& page) {
            const auto first = pages_.lower_bound(page.offset / regf::kPageSize);
            return first != pages_.end() && *first * regf::kPageSize < page.offset + page.size;
        });
    }

private:
    const ByteSource& below_;
    mutable std::set<std::uint64_t> pages_;
};

/// Adds a state unless it is that before it.
void add(CheckResult& check, PastState state) {
    const auto& history = check.history;
    if (history.empty() || !same_answer(history.back().finding, state.finding) ||
        history.back().finding.key_last_written != state.finding.key_last_written) {
        check.history.push_back(std::move(state));
    }
}

} // namespace

/// Walks to the value again after each log entry that changed what the walk before it read. An
/// image in the middle of the chain can be inconsistent (REGF.md section 6.3): then it says
/// `unknown`.
void add_history(const ByteSource& primary, const std::optional<regf::BaseBlock>& stored,
                 const LogReplay& replay, std::vector<CheckResult>& checks) {
    const auto recovered = replay.recovered();
    NotingSource source(*recovered);
    std::uint32_t bins_size = 0;
    if (stored) {
        bins_size = stored->bins_size;
        for (auto& check : checks) {
            check.history.push_back({{}, {}, ask_walker(primary, *stored, check.finding)});
            // The same walk, noted: no entry is applied yet.
            static_cast<void>(ask_walker(source, *stored, check.finding));
        }
    }
    bool asked = stored.has_value();
    for (const auto& step : replay.plan().steps) {
        const auto& entry = replay.entry_of(step);
        const auto size = recovered->size();
        recovered->advance();
        const bool resized = recovered->size() != size || entry.bins_size != bins_size;
        if (asked && !resized && !source.touched_by(entry)) {
            continue;
        }
        asked = true;
        bins_size = entry.bins_size;
        source.forget();
        const auto base_block = regf::read_base_block(*recovered);
        for (auto& check : checks) {
            add(check, {replay.path_of(step), entry.sequence,
                        ask_walker(source, base_block, check.finding)});
        }
    }
}

} // namespace hivelint
