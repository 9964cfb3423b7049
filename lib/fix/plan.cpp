#include <hivelint/patch.hpp>

#include "change/journal.hpp"
#include "change/ranges.hpp"
#include "evidence/container.hpp"
#include "mend.hpp"
#include "planned.hpp"
#include "platform/path_text.hpp"
#include "regf/core/bytes.hpp"
#include "regf/verify/verified_copy.hpp"
#include "replay/log_replay.hpp"
#include "source/hashes.hpp"

#include <hivelint/regf/base_block.hpp>
#include <hivelint/regf/edit.hpp>
#include <hivelint/regf/sequence.hpp>
#include <hivelint/regf/verify.hpp>
#include <hivelint/replay.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace hivelint {
namespace {

/// What the files beside the hive mean for a change of it.
struct Surroundings {
    std::uint32_t sequence = 0; ///< the first one above every number in the hive and its logs
    bool new_logs = false;
};

/// The making of one patch.
class Planner {
public:
    Planner(const HiveAt& hive, std::span<const RulePtr> rules, const FixOptions& options,
            std::optional<std::span<const LogBytes>> logs = {})
        : hive_(hive), rules_(rules), options_(options), logs_(logs) {
        patch_.path = hive.path;
    }

    PlannedFix run();
    PlannedFix plan(const ByteSource& source);

private:
    void plan_stored(const ByteSource& source, PlannedFix& planned);
    void plan_recovered(const ByteSource& source);
    std::vector<ByteRange> fix_ranges(const regf::VerifiedImage& image,
                                      std::optional<std::uint32_t> highest);
    LogReplay replay(const ByteSource& source);
    Surroundings look_around(const regf::BaseBlock& base_block, std::uint32_t highest);

    const HiveAt& hive_;
    std::span<const RulePtr> rules_;
    const FixOptions& options_;
    std::optional<std::span<const LogBytes>> logs_; ///< absent: those beside the hive
    Container evidence_;
    Patch patch_;
};

LogReplay Planner::replay(const ByteSource& source) {
    return logs_ ? LogReplay::of(*logs_, source)
                 : replay_of(hive_.at, hive_.path, source, evidence_);
}

/// `highest`: of the numbers met so far.
Surroundings Planner::look_around(const regf::BaseBlock& base_block, std::uint32_t highest) {
    regf::LogNumbers numbers = {.highest = highest};
    bool new_logs = false;
    const auto take = [&](const ByteSource& log) {
        numbers = regf::log_numbers(log, numbers.highest);
        new_logs = new_logs || numbers.new_format;
    };
    if (logs_) {
        std::ranges::for_each(*logs_, [&](const LogBytes& log) { take(*log.bytes); });
    } else {
        const Companions companions = evidence_.companions_of(hive_.at, hive_.path);
        const auto& transactions = companions.transactions;
        const auto note = note_of_transactions(
            transactions.empty() ? "" : text_of(transactions.front().filename()), base_block,
            options_.force);
        if (note) {
            patch_.notes.push_back(*note);
        }
        for (const auto& log : companions.logs) {
            take(*evidence_.open(hive_.at.beside(text_of(log.path.filename()))));
        }
    }
    return {numbers.highest + 1, new_logs};
}

/// The ranges that mend what can be mended in `image`. What that is, what is not and notes go into
/// the patch. `highest`: of the numbers met so far; absent: the hive's own is.
std::vector<ByteRange> Planner::fix_ranges(const regf::VerifiedImage& image,
                                           std::optional<std::uint32_t> highest) {
    auto mending = mend(image, rules_, options_);
    patch_.fixes = std::move(mending.fixes);
    patch_.left = std::move(mending.left);
    if (mending.changes.empty()) {
        return {};
    }
    const auto base_block = regf::read_base_block(MemorySource(image.bytes()));
    const auto around = look_around(base_block, highest.value_or(base_block.primary_sequence));
    // Where the hive has never been stamped, or its logs are of a kind without stamps, the time
    // is not kept up (REGF.md section 2).
    return regf::edit_values(
        image, {.changes = std::move(mending.changes),
                .time = options_.time,
                .sequence = around.sequence,
                .stamp_base_block = !around.new_logs && base_block.last_written.ticks != 0});
}

void Planner::plan_stored(const ByteSource& source, PlannedFix& planned) {
    auto image = image_of(source);
    patch_.ranges = fix_ranges(image, {});
    const MemorySource bytes(image.bytes());
    const bool is_whole = bytes.size() == source.size();
    const ByteSource& whole = is_whole ? static_cast<const ByteSource&>(bytes) : source;
    patch_.sha256_before = sha256(whole);
    patch_.sha256_after =
        patch_.ranges.empty() ? patch_.sha256_before : sha256(OverlaySource(whole, patch_.ranges));
    source.check_unchanged();
    if (is_whole) {
        planned.stored = std::move(image);
    }
}

void Planner::plan_recovered(const ByteSource& source) {
    patch_.sha256_before = sha256(source);
    patch_.sha256_after = patch_.sha256_before;
    const auto replay = this->replay(source);
    if (replay.plan().reason) {
        throw *replay.plan().reason;
    }
    const auto recovered = replay.recovered();
    recovered->finish();
    // The hive as stored can have a number above that of the last entry (REGF.md section 9).
    const auto ranges = fix_ranges(image_of(*recovered), replay.next_sequence() - 1);
    if (!ranges.empty()) {
        const OverlaySource fixed(*recovered, ranges);
        patch_.ranges = differences(source, fixed);
        patch_.new_size = fixed.size();
        patch_.tail.resize(static_cast<std::size_t>(fixed.size() - source.size()));
        fixed.read_at(source.size(), patch_.tail);
        patch_.sha256_after = sha256(fixed);
        patch_.fix = ranges;
        patch_.notes.push_back("logs applied: " + summary(replay));
    }
    replay.check_unchanged();
    source.check_unchanged();
}

PlannedFix Planner::plan(const ByteSource& source) {
    PlannedFix planned;
    patch_.size = source.size();
    if (options_.replay && is_dirty(source)) {
        plan_recovered(source);
    } else {
        plan_stored(source, planned);
    }
    planned.patch = std::move(patch_);
    return planned;
}

PlannedFix Planner::run() {
    const HiveBytes hive(hive_);
    // Looked for only now: a fix that begins later is noticed as a change of the source.
    refuse_journal(hive_.at);
    logs_ = hive.logs();
    try {
        auto planned = plan(hive.bytes());
        hive.check_unchanged();
        return planned;
    } catch (const Error&) {
        hive.check_unchanged(); // what was read of both, the old hive and the new, says nothing
        throw;
    }
}

} // namespace

std::optional<std::string> note_of_transactions(std::string_view name,
                                                const regf::BaseBlock& base_block, bool force) {
    if (name.empty()) {
        return std::nullopt;
    }
    constexpr std::uint32_t kTransactionsPending = 1;
    // Most log entries have the flag; it takes the files of transactions to mean anything (REGF.md
    // section 9).
    const bool flagged = (base_block.flags & kTransactionsPending) != 0;
    const auto there = fmt::format("{} lies beside the hive, base block flags {:#x}: ",
                                   regf::escaped_exactly(name), base_block.flags);
    if (flagged && !force) {
        throw Error(ErrorCode::pending_transactions, 144,
                    there + "transactions may still be rolled forward");
    }
    return there + (flagged ? "forced, though transactions may still be rolled forward"
                            : "no transactions are pending");
}

regf::VerifiedImage image_of(const ByteSource& hive) {
    const auto base_block = regf::read_base_block(hive);
    if (base_block.image_size() > hive.size()) {
        throw Error(ErrorCode::truncated, hive.size(),
                    fmt::format("the file ends after {} bytes, base block and hive bins take {}",
                                hive.size(), base_block.image_size()));
    }
    return regf::verified_copy(hive, base_block.image_size());
}

bool is_dirty(const ByteSource& hive) {
    try {
        return regf::read_base_block(hive).dirty();
    } catch (const Error& error) {
        if (error.code() == ErrorCode::checksum_mismatch) {
            return true;
        }
        throw;
    }
}

Patch plan_fix(const std::filesystem::path& path, std::span<const RulePtr> rules,
               const FixOptions& options) {
    return plan({.at = locate(path), .path = path}, rules, options).patch;
}

Patch plan_fix(const ByteSource& hive, std::span<const LogBytes> logs,
               std::span<const RulePtr> rules, const FixOptions& options) {
    const HiveAt nowhere = {};
    return Planner(nowhere, rules, options, logs).plan(hive).patch;
}

PlannedFix plan(const HiveAt& hive, std::span<const RulePtr> rules, const FixOptions& options) {
    return Planner(hive, rules, options).run();
}

} // namespace hivelint
