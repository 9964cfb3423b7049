#include <hivelint/patch.hpp>

#include "change/journal.hpp"
#include "change/ranges.hpp"
#include "evidence/companions.hpp"
#include "planned.hpp"
#include "platform/path_text.hpp"
#include "regf/core/bytes.hpp"
#include "regf/verify/verified_copy.hpp"
#include "source/sha256.hpp"

#include <hivelint/file_source.hpp>
#include <hivelint/regf/base_block.hpp>
#include <hivelint/regf/edit.hpp>
#include <hivelint/regf/sequence.hpp>
#include <hivelint/regf/verify.hpp>
#include <hivelint/regf/walker.hpp>
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

/// `highest`: of the numbers met so far.
Surroundings look_around(const std::filesystem::path& path, const regf::BaseBlock& base_block,
                         std::uint32_t highest, const FixOptions& options,
                         std::vector<std::string>& notes) {
    constexpr std::uint32_t kTransactionsPending = 1;
    const Companions companions = companions_of(path);
    // Most log entries have the flag; it takes the files of transactions to mean anything (REGF.md
    // section 9).
    const bool flagged = (base_block.flags & kTransactionsPending) != 0;
    if (!companions.transactions.empty()) {
        const auto there =
            fmt::format("{} lies beside the hive, base block flags {:#x}: ",
                        regf::escaped_bytes(text_of(companions.transactions.front().filename())),
                        base_block.flags);
        if (flagged && !options.force) {
            throw Error(ErrorCode::pending_transactions, 144,
                        there + "transactions may still be rolled forward");
        }
        notes.push_back(there + (flagged ? "forced, though transactions may still be rolled forward"
                                         : "no transactions are pending"));
    }
    regf::LogNumbers numbers = {.highest = highest};
    bool new_logs = false;
    for (const auto& log : companions.logs) {
        numbers = regf::log_numbers(FileSource(log.path), numbers.highest);
        new_logs = new_logs || numbers.new_format;
    }
    return {numbers.highest + 1, new_logs};
}

/// The front of a hive that base block and hive bins take. Throws Error truncated, and as
/// regf::read_base_block().
regf::VerifiedImage image_of(const ByteSource& hive) {
    const auto base_block = regf::read_base_block(hive);
    if (base_block.image_size() > hive.size()) {
        throw Error(ErrorCode::truncated, hive.size(),
                    fmt::format("the file ends after {} bytes, base block and hive bins take {}",
                                hive.size(), base_block.image_size()));
    }
    return regf::verified_copy(hive, base_block.image_size());
}

/// The ranges that mend the condition in `image`; none when it is not there. Notes go into `patch`.
/// `highest`: of the numbers met so far; absent: the hive's own is.
std::vector<ByteRange> fix_ranges(const regf::VerifiedImage& image, const Rule& rule,
                                  const FixOptions& options, Patch& patch,
                                  std::optional<std::uint32_t> highest = {}) {
    const MemorySource bytes(image.bytes());
    const auto base_block = regf::read_base_block(bytes);
    const Finding finding =
        evaluate(rule, regf::Walker(bytes, base_block).find_value(question_of(rule)));
    if (finding.verdict == Verdict::nonstandard && !options.force) {
        throw Error(ErrorCode::nonstandard_value, finding.value->offset,
                    fmt::format("{} of {} bytes is not the documented condition",
                                regf::value_type_name(finding.value->type),
                                finding.value->data.size()));
    }
    regf::Edit edit = {
        .key = regf::parse_key_path(rule.key),
        .value = regf::to_utf16(rule.value),
        .number =
            options.action == Action::set_value ? std::optional(rule.remedy.set_to) : std::nullopt,
        .time = options.time,
        .sequence = base_block.primary_sequence + 1,
        .force = options.force,
    };
    if (finding.verdict == Verdict::clear || regf::edit_value(image, edit).empty()) {
        return {};
    }
    const auto around =
        look_around(patch.path, base_block, highest.value_or(base_block.primary_sequence), options,
                    patch.notes);
    edit.sequence = around.sequence;
    // Where the hive has never been stamped, or its logs are of a kind without stamps, the time
    // is not kept up (REGF.md section 2).
    edit.stamp_base_block = !around.new_logs && base_block.last_written.ticks != 0;
    return regf::edit_value(image, edit);
}

/// Whether logs have anything to say of the hive (REGF.md section 3).
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

PlannedFix plan_open(const FileSource& source, const std::filesystem::path& path, const Rule& rule,
                     const FixOptions& options) {
    PlannedFix planned;
    Patch& patch = planned.patch;
    patch.path = path;
    patch.size = source.size();
    patch.rule = rule.id;
    patch.action = options.action;
    patch.hive = rule.hive;
    patch.key = rule.key;
    patch.value = rule.value;
    patch.number = rule.remedy.set_to;
    if (!options.replay || !is_dirty(source)) {
        auto image = image_of(source);
        patch.ranges = fix_ranges(image, rule, options, patch);
        const MemorySource bytes(image.bytes());
        const bool is_whole = bytes.size() == source.size();
        const ByteSource& whole = is_whole ? static_cast<const ByteSource&>(bytes) : source;
        patch.sha256_before = sha256(whole);
        patch.sha256_after =
            patch.ranges.empty() ? patch.sha256_before : sha256(OverlaySource(whole, patch.ranges));
        source.check_unchanged();
        if (is_whole) {
            planned.stored = std::move(image);
        }
        return planned;
    }
    patch.sha256_before = sha256(source);
    patch.sha256_after = patch.sha256_before;
    const auto replay = LogReplay::beside(path, source);
    if (replay.plan().reason) {
        throw *replay.plan().reason;
    }
    const auto recovered = replay.recovered();
    recovered->finish();
    // The hive as stored can have a number above that of the last entry (REGF.md section 9).
    const auto ranges =
        fix_ranges(image_of(*recovered), rule, options, patch, replay.next_sequence() - 1);
    if (!ranges.empty()) {
        const OverlaySource fixed(*recovered, ranges);
        patch.ranges = differences(source, fixed);
        patch.new_size = fixed.size();
        patch.tail.resize(static_cast<std::size_t>(fixed.size() - source.size()));
        fixed.read_at(source.size(), patch.tail);
        patch.sha256_after = sha256(fixed);
        patch.fix = ranges;
        patch.notes.push_back("logs applied: " + summary(replay));
    }
    replay.check_unchanged();
    source.check_unchanged();
    return planned;
}

} // namespace

Patch plan_fix(const std::filesystem::path& path, const Rule& rule, const FixOptions& options) {
    return plan(path, rule, options).patch;
}

PlannedFix plan(const std::filesystem::path& path, const Rule& rule, const FixOptions& options) {
    if (options.action == Action::delete_value && !rule.remedy.may_delete) {
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("to delete {} does not mend {}", rule.value, rule.id));
    }
    const FileSource source(path);
    // Looked for only now: a fix that begins later is noticed as a change of the source.
    if (read_journal(path)) {
        throw Error(ErrorCode::interrupted_fix,
                    "the journal of an interrupted fix lies beside the hive; recover it first");
    }
    try {
        return plan_open(source, path, rule, options);
    } catch (const Error&) {
        source.check_unchanged(); // what was read of both, the old hive and the new, says nothing
        throw;
    }
}

} // namespace hivelint
