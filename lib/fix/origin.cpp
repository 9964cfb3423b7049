#include "origin.hpp"

#include "evidence/container.hpp"
#include "planned.hpp"
#include "replay/log_replay.hpp"

#include <hivelint/error.hpp>
#include <hivelint/regf/base_block.hpp>
#include <hivelint/regf/edit.hpp>
#include <hivelint/regf/walker.hpp>
#include <hivelint/rules.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace hivelint {
namespace {

constexpr std::string_view kNoFix =
    "the hive would be changed otherwise than any fix of that hive changes it";

/// What a fix left for the edit to be told by: when it was, and its number.
struct Trace {
    std::uint32_t sequence;
    std::optional<regf::FileTime> time; ///< of the key
};

Trace trace_of(const ByteSource& after, const regf::Question& question) {
    const auto base_block = regf::read_base_block(after);
    Trace trace = {.sequence = base_block.primary_sequence, .time = {}};
    try {
        const auto lookup = regf::Walker(after, base_block).find_value(question);
        trace.time = lookup.key_found ? std::optional(lookup.key_last_written) : std::nullopt;
    } catch (const Error&) { // the key lies where the journal does not reach
    }
    return trace;
}

/// The edits that fixes by `rule` may have made of the hive `image`, as ranges of it.
std::vector<std::vector<ByteRange>> fixes_by(const Rule& rule, const regf::VerifiedImage& image,
                                             const ByteSource& after) {
    const auto question = questions_of(rule).front();
    const auto trace = trace_of(after, question);
    std::vector<std::vector<ByteRange>> all;
    for (const bool sets : {true, false}) {
        for (const bool stamps : {true, false}) {
            if (sets ? !rule.remedy.set_to : !rule.remedy.may_delete) {
                continue;
            }
            try {
                all.push_back(
                    regf::edit_value(image, {.key = question.key,
                                             .value = question.value,
                                             .number = sets ? rule.remedy.set_to : std::nullopt,
                                             .time = trace.time.value_or(regf::FileTime()),
                                             .sequence = trace.sequence,
                                             .stamp_base_block = stamps,
                                             .force = true}));
            } catch (const Error&) { // no fix of such a hive
            }
        }
    }
    return all;
}

/// Whether the two are the same in their first `size` bytes.
bool same_front(const ByteSource& a, const ByteSource& b, std::uint64_t size) {
    std::vector<std::byte> one(std::size_t{256} << 10);
    std::vector<std::byte> other(one.size());
    for (std::uint64_t offset = 0; offset < size; offset += one.size()) {
        const auto length =
            static_cast<std::size_t>(std::min<std::uint64_t>(one.size(), size - offset));
        a.read_at(offset, std::span(one).first(length));
        b.read_at(offset, std::span(other).first(length));
        if (!std::equal(one.begin(), one.begin() + static_cast<std::ptrdiff_t>(length),
                        other.begin())) {
            return false;
        }
    }
    return true;
}

/// Whether some fix of the sound hive `hive` gives `after`, which may end earlier.
bool is_fix_of(const ByteSource& hive, const ByteSource& after) {
    const auto image = image_of(hive);
    const auto size = std::min(hive.size(), after.size());
    const auto by = [&](const RulePtr& rule) {
        return std::ranges::any_of(fixes_by(*rule, image, after), [&](const auto& ranges) {
            return !ranges.empty() && same_front(OverlaySource(hive, ranges), after, size);
        });
    };
    return std::ranges::any_of(
        packs(), [&](const RulePack& pack) { return std::ranges::any_of(pack.rules, by); });
}

/// Why no fix makes `after` of the hive `before`, whose size becomes `size`; none when one does.
/// `after` may end earlier.
std::optional<std::string> why_no_fix(const ByteSource& before, const ByteSource& after,
                                      std::uint64_t size, const FileAt& at,
                                      const std::filesystem::path& path) {
    if (!is_dirty(before)) {
        return size == before.size() && is_fix_of(before, after)
                   ? std::nullopt
                   : std::optional(std::string(kNoFix));
    }
    Container evidence;
    const auto replay = replay_of(at, path, before, evidence);
    if (replay.plan().reason) {
        return "it was dirty, and the logs beside it do not apply: " +
               replay.plan().reason->message();
    }
    const auto recovered = replay.recovered();
    recovered->finish();
    return recovered->size() == size && is_fix_of(*recovered, after)
               ? std::nullopt
               : std::optional(std::string(kNoFix));
}

} // namespace

void require_fix(const ByteSource& before, const FileChange& change, const FileAt& at,
                 const std::filesystem::path& path) {
    // What a longer file has at its end need not be known: it is cut off again.
    FileChange known = change;
    if (change.size_after() > change.size) {
        known.new_size.reset();
        known.tail.clear();
    }
    const auto after = patched(before, known);
    const auto problem = why_no_fix(before, after, change.size_after(), at, path);
    if (!problem) {
        return;
    }
    try { // or what was cut off was an undoing
        if (!why_no_fix(after, before, change.size, at, path)) {
            return;
        }
    } catch (const Error&) { // then it is no hive
    }
    throw Error(ErrorCode::bad_journal, *problem);
}

} // namespace hivelint
