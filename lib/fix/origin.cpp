#include "origin.hpp"

#include "evidence/container.hpp"
#include "planned.hpp"
#include "replay/log_replay.hpp"
#include "scan/answer.hpp"

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
    "the hive would be changed otherwise than any fix of that hive changes it (a fix by rules of a "
    "file is known where that file is named)";

/// A value that a fix may have changed, and what it may have become.
struct Candidate {
    regf::Question question;
    std::vector<std::optional<regf::ValueData>> remedies{}; ///< without data: it is deleted
};

bool is_same(const regf::Question& a, const regf::Question& b) {
    return regf::same_name(a.value, b.value) && std::ranges::equal(a.key, b.key, regf::same_name);
}

/// What there is in the hive for a fix to change.
std::vector<Candidate> candidates_in(const regf::VerifiedImage& image,
                                     std::span<const RulePtr> rules) {
    const MemorySource bytes(image.bytes());
    regf::Walker walker(bytes, regf::read_base_block(bytes));
    Asker asker(walker);
    std::vector<Candidate> all;
    const auto add = [&](const RulePtr& rule) {
        const auto& remedy = rule->remedy;
        if (!remedy.set_to && !remedy.may_delete) {
            return;
        }
        for (auto& answer : asker.ask(rule)) {
            const auto verdict = answer.finding.verdict;
            const bool speaks = verdict == Verdict::affected || verdict == Verdict::nonstandard;
            if (answer.asked.empty() || !answer.finding.value || !speaks) {
                continue;
            }
            auto& question = answer.asked.front();
            const auto known = std::ranges::find_if(
                all, [&](const Candidate& other) { return is_same(other.question, question); });
            auto& one = known != all.end() ? *known : all.emplace_back(std::move(question));
            if (remedy.set_to) {
                one.remedies.emplace_back(*remedy.set_to);
            }
            if (remedy.may_delete) {
                one.remedies.emplace_back();
            }
        }
    };
    for (const auto& pack : packs()) {
        std::ranges::for_each(pack.rules, add);
    }
    std::ranges::for_each(rules, add);
    return all;
}

/// What a fix left for the edit to be told by.
struct Trace {
    std::vector<regf::ValueChange> changes{};
    std::vector<Candidate> open{}; ///< which lie where the journal does not reach
    std::optional<regf::FileTime> time{};
};

/// Adds what became of the value; whether a fix can have left it so.
bool add_trace(const Candidate& candidate, regf::Walker& before, regf::Walker& after,
               Trace& trace) {
    const auto& question = candidate.question;
    std::optional<regf::Lookup> now;
    try {
        now = after.find_value(question);
    } catch (const Error&) {
        trace.open.push_back(candidate);
        return true;
    }
    const auto was = before.find_value(question);
    const auto data_of = [](const regf::Lookup& lookup) {
        return lookup.value ? std::optional(regf::ValueData{lookup.value->type, lookup.value->data})
                            : std::nullopt;
    };
    const auto becomes = data_of(*now);
    if (becomes == data_of(was)) {
        return true;
    }
    if (!now->damage.empty()) { // its data lie where the journal does not reach
        trace.open.push_back(candidate);
        return true;
    }
    trace.time = now->key_last_written;
    trace.changes.push_back({question.key, question.value, becomes});
    return now->key_found &&
           std::ranges::find(candidate.remedies, becomes) != candidate.remedies.end();
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

/// Whether such changes of the hive give `after`, which may end earlier.
bool gives(const regf::VerifiedImage& image, const ByteSource& hive, const ByteSource& after,
           const Trace& trace) {
    const auto size = std::min(hive.size(), after.size());
    for (const bool stamps : {true, false}) {
        try {
            const auto ranges =
                regf::edit_values(image, {.changes = trace.changes,
                                          .time = trace.time.value_or(regf::FileTime()),
                                          .sequence = regf::read_base_block(after).primary_sequence,
                                          .stamp_base_block = stamps});
            if (!ranges.empty() && same_front(OverlaySource(hive, ranges), after, size)) {
                return true;
            }
        } catch (const Error&) { // no fix of such a hive
        }
    }
    return false;
}

/// The same, where what became of the open ones is not known: some of their remedies, or none.
bool gives_with_open(const regf::VerifiedImage& image, const ByteSource& hive,
                     const ByteSource& after, Trace& trace) {
    constexpr std::size_t kMostOpen = 4; // each is tried with each
    if (trace.open.empty() || trace.open.size() > kMostOpen) {
        return gives(image, hive, after, trace);
    }
    const Candidate one = std::move(trace.open.back());
    trace.open.pop_back();
    bool found = gives_with_open(image, hive, after, trace);
    for (std::size_t i = 0; i < one.remedies.size() && !found; ++i) {
        Trace with = trace;
        with.changes.push_back({one.question.key, one.question.value, one.remedies[i]});
        found = gives_with_open(image, hive, after, with);
    }
    return found;
}

/// Whether some fix of the sound hive `hive` gives `after`, which may end earlier.
bool is_fix_of(const ByteSource& hive, const ByteSource& after, std::span<const RulePtr> rules) {
    const auto image = image_of(hive);
    const MemorySource bytes(image.bytes());
    regf::Walker before(bytes, regf::read_base_block(bytes));
    regf::Walker now(after, regf::read_base_block(after));
    Trace trace;
    const auto candidates = candidates_in(image, rules);
    return std::ranges::all_of(candidates,
                               [&](const Candidate& candidate) {
                                   return add_trace(candidate, before, now, trace);
                               }) &&
           gives_with_open(image, hive, after, trace);
}

/// Why no fix makes `after` of the hive `before`, whose size becomes `size`; none when one does.
/// `after` may end earlier.
std::optional<std::string> why_no_fix(const ByteSource& before, const ByteSource& after,
                                      std::uint64_t size, const HiveAt& hive,
                                      const std::optional<std::span<const LogBytes>>& logs,
                                      std::span<const RulePtr> rules) {
    if (!is_dirty(before)) {
        return size == before.size() && is_fix_of(before, after, rules)
                   ? std::nullopt
                   : std::optional(std::string(kNoFix));
    }
    Container evidence;
    const auto replay =
        logs ? LogReplay::of(*logs, before) : replay_of(hive.at, hive.path, before, evidence);
    if (replay.plan().reason) {
        return "it was dirty, and the logs beside it do not apply: " +
               replay.plan().reason->message();
    }
    const auto recovered = replay.recovered();
    recovered->finish();
    return recovered->size() == size && is_fix_of(*recovered, after, rules)
               ? std::nullopt
               : std::optional(std::string(kNoFix));
}

} // namespace

void require_fix(const ByteSource& before, const FileChange& change, const HiveAt& hive,
                 const std::optional<std::span<const LogBytes>>& logs,
                 std::span<const RulePtr> rules) {
    // What a longer file has at its end need not be known: it is cut off again.
    FileChange known = change;
    if (change.size_after() > change.size) {
        known.new_size.reset();
        known.tail.clear();
    }
    const auto after = patched(before, known);
    const auto problem = why_no_fix(before, after, change.size_after(), hive, logs, rules);
    if (!problem) {
        return;
    }
    try { // or what was cut off was an undoing
        if (!why_no_fix(after, before, change.size, hive, logs, rules)) {
            return;
        }
    } catch (const Error&) { // then it is no hive
    }
    throw Error(ErrorCode::bad_journal, *problem);
}

} // namespace hivelint
