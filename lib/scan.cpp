#include <hivelint/scan.hpp>

#include "state.hpp"

#include <hivelint/apply.hpp>
#include <hivelint/hive.hpp>
#include <hivelint/regf/verify.hpp>
#include <hivelint/regf/walker.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace hivelint {
namespace {

/// The scan of one hive that could be opened.
class HiveScan {
public:
    HiveScan(const ByteSource& source, const ScanOptions& options, Record& record)
        : source_(source), options_(options), record_(record) {}

    void run() {
        record_.base_block = regf::read_base_block(source_);
        record_.user = user_of(record_.path, record_.base_block->file_name);
        record_.state = judge_state(source_, *record_.base_block, record_.notes, record_.error);
        regf::Walker walker(source_, *record_.base_block);
        for (const Rule* rule : options_.rules) {
            record_.checks.push_back({walk(walker, *rule), {"walker"}});
        }
        record_.pages_read = walker.cost().pages;
        if (options_.confirm == Confirm::always ||
            (options_.confirm == Confirm::automatic && in_doubt_)) {
            confirm();
        }
    }

private:
    Finding walk(regf::Walker& walker, const Rule& rule);
    void note_oddities(const Rule& rule, const regf::Lookup& lookup);
    void note_damage(const Error& error);
    void confirm();
    void compare(const Hive& hive, CheckResult& check);
    /// The first failure is the record's error, further ones are notes.
    void fail(Error error) {
        if (record_.error) {
            record_.notes.push_back(described(error));
        } else {
            record_.error = std::move(error);
        }
    }

    const ByteSource& source_;
    const ScanOptions& options_;
    Record& record_;
    bool in_doubt_ = false;
};

Finding HiveScan::walk(regf::Walker& walker, const Rule& rule) {
    try {
        const auto lookup =
            walker.find_value(regf::parse_key_path(rule.key), regf::to_utf16(rule.value));
        Finding finding = evaluate(rule, lookup);
        in_doubt_ = in_doubt_ || finding.verdict != Verdict::clear || !lookup.damage.empty() ||
                    !lookup.duplicate_keys.empty() || !lookup.duplicate_values.empty() ||
                    !record_.base_block->checksum_valid();
        for (const auto& damage : lookup.damage) {
            note_damage(damage);
        }
        note_oddities(rule, lookup);
        return finding;
    } catch (const Error& error) {
        if (state_of(error.code()) == State::unreadable) {
            throw;
        }
        in_doubt_ = true;
        note_damage(error);
        return undecided(rule, error);
    }
}

void HiveScan::note_damage(const Error& error) {
    record_.state = worse(record_.state, state_of(error.code()));
    fail(error);
}

void HiveScan::note_oddities(const Rule& rule, const regf::Lookup& lookup) {
    auto& notes = record_.notes;
    for (const auto offset : lookup.duplicate_keys) {
        notes.push_back(fmt::format("a second key of the same name on the way to {} lies at {:#x}; "
                                    "the first was read",
                                    rule.key, offset));
    }
    for (const auto offset : lookup.duplicate_values) {
        notes.push_back(
            fmt::format("a second value {} lies at {:#x}; the first was read", rule.value, offset));
    }
    if (lookup.name_is_also_a_key) {
        notes.push_back(
            fmt::format("{} holds a key named {}, which has no effect", rule.key, rule.value));
    }
    if (lookup.key_found) {
        note_odd_time(lookup.key_last_written, "the key's last-written time", notes);
    }
}

void HiveScan::confirm() {
    if (record_.base_block->image_size() > source_.size()) {
        record_.notes.emplace_back("not given to hivex: the file ends before its hive bins");
        return;
    }
    const regf::VerifiedImage image(read_front(source_, record_.base_block->image_size()));
    const auto& report = image.report();
    if (const auto* damage = report.first_damage()) {
        const Error error(ErrorCode::damaged, damage->offset,
                          fmt::format("{}: {}", to_string(damage->problem), damage->message));
        record_.notes.push_back(fmt::format("not given to hivex: verify found {} of damage",
                                            counted(report.damage, "piece")));
        if (damage->problem != regf::Problem::base_block) {
            record_.state = worse(record_.state, State::corrupt);
        }
        fail(error);
        return;
    }
    note_irregularities(report, record_.notes);
    try {
        const Hive hive = Hive::open(image);
        for (auto& check : record_.checks) {
            compare(hive, check);
        }
    } catch (const Error& error) {
        record_.notes.emplace_back("hivex could not answer");
        fail(error);
    }
}

void HiveScan::compare(const Hive& hive, CheckResult& check) {
    const Rule& rule = *check.finding.rule;
    const Finding other = evaluate(
        rule, find_value(hive, regf::parse_key_path(rule.key), regf::to_utf16(rule.value)));
    const auto& mine = check.finding;
    const bool same_value = mine.value.has_value() == other.value.has_value() &&
                            (!mine.value || (mine.value->type == other.value->type &&
                                             mine.value->data == other.value->data));
    if (mine.verdict == other.verdict && mine.reason == other.reason && same_value) {
        check.confirmed_by.emplace_back("hivex");
        return;
    }
    fail(Error(ErrorCode::parsers_disagree,
               fmt::format("{}: the walker says {}{}{}, hivex says {}{}{}", rule.id,
                           to_string(mine.verdict), mine.reason.empty() ? "" : " ", mine.reason,
                           to_string(other.verdict), other.reason.empty() ? "" : " ",
                           other.reason)));
}

/// The bytes that an interrupted fix of the record's hive replaced: it is read as it will be once
/// it is rolled back.
std::vector<ByteRange> rollback_of(Record& record, const ByteSource& source) {
    auto rollback = pending_rollback(record.path, source);
    if (!rollback) {
        return {};
    }
    record.notes.emplace_back(
        rollback->empty()
            ? "an interrupted fix: its journal lies beside the hive, which it had not "
              "changed yet"
            : "an interrupted fix: its journal lies beside the hive, which was read "
              "as it will be after rolling back");
    return *std::move(rollback);
}

} // namespace

std::optional<Record> scan_target(const Target& target, const ScanOptions& options) {
    Record record;
    record.path = target.path;
    if (target.problem) {
        record.state = state_of(target.problem->code());
        record.error = target.problem;
        return record;
    }
    record.user = user_of(record.path, {});
    record.state = State::clean;
    try {
        const FileSource source(target.path, target.id);
        record.size = source.size();
        const auto rollback = rollback_of(record, source);
        HiveScan(OverlaySource(source, rollback), options, record).run();
        source.check_unchanged();
    } catch (const Error& error) {
        const bool no_hive = error.code() == ErrorCode::not_a_hive ||
                             (error.code() == ErrorCode::too_short && record.size < 4);
        if (target.only_if_hive && no_hive) {
            return std::nullopt;
        }
        record.state = worse(record.state, state_of(error.code()));
        record.error = error;
        record.checks.clear();
        for (const Rule* rule : options.rules) {
            record.checks.push_back({undecided(*rule, error), {}});
        }
    }
    return record;
}

void Summary::add(const Record& record) {
    hives += record.checks.empty() ? 0 : 1;
    errors += record.error ? 1 : 0;
    dirty += record.state == State::dirty ? 1 : 0;
    for (const auto& check : record.checks) {
        switch (check.finding.verdict) {
        case Verdict::affected: ++affected; break;
        case Verdict::nonstandard: ++nonstandard; break;
        case Verdict::unknown: ++unknown; break;
        case Verdict::clear: ++clear; break;
        }
    }
}

Summary scan(std::span<const Target> targets, const ScanOptions& options,
             const std::function<void(const Record&)>& sink) {
    Summary summary;
    for (const auto& target : targets) {
        if (const auto record = scan_target(target, options)) {
            summary.add(*record);
            sink(*record);
        }
    }
    return summary;
}

} // namespace hivelint
