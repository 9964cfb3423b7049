#include "base/caught.hpp"
#include "change/journal.hpp"
#include "evidence/container.hpp"
#include "fix_record.hpp"
#include "mend.hpp"
#include "origin.hpp"
#include "planned.hpp"
#include "platform/path_text.hpp"
#include "prove.hpp"
#include "source/hashes.hpp"
#include "text/words.hpp"

#include <hivelint/file_source.hpp>
#include <hivelint/fix.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace hivelint {
namespace {

bool is_nothing(Verdict verdict) {
    return verdict == Verdict::clear || verdict == Verdict::not_applicable;
}

/// Whether there is nothing to do in a hive, as far as its record tells.
bool is_well(const Record& record) {
    return std::ranges::all_of(
        record.checks, [](const CheckResult& check) { return is_nothing(check.finding.verdict); });
}

/// Why nothing in the hive is mended, though something is found in it, or might be.
std::optional<Error> objection(const Record& record, const FixOptions& options) {
    if (record.error) {
        return record.error;
    }
    const bool well = is_well(record);
    if (record.kind == "part-of-user" && !well) {
        return Error(ErrorCode::not_a_hive,
                     "it is a part of a user's hive; only whole ones are mended");
    }
    const bool logs_count = record.state == State::recovered || record.state == State::healed;
    if (logs_count && !well && !options.replay) {
        return Error(ErrorCode::dirty_hive,
                     "its newest data is in the transaction logs; --replay applies them together "
                     "with the fix");
    }
    // Of a finding in such a hive plan_fix() says why no log can be applied.
    if (record.state == State::dirty && well) {
        return Error(ErrorCode::dirty_hive,
                     "there is nothing to do in the hive as it is stored, but newer data may be in "
                     "the transaction logs, which were not applied");
    }
    return std::nullopt;
}

/// The findings that no remedy is tried on; where they are all that there is to find, no plan is
/// made.
std::vector<Unmended> untried(const Record& record, const FixOptions& options) {
    std::vector<Unmended> left;
    for (const auto& check : record.checks) {
        const Finding& finding = check.finding;
        const auto reason = why_left(finding, options);
        if (reason && finding.verdict != Verdict::unknown) {
            left.push_back({finding.rule->id, finding.key, {reason->code(), reason->message()}});
        } else if (!is_nothing(finding.verdict)) {
            return {};
        }
    }
    return left;
}

/// To other names of the file nothing was said of the change.
void note_names(const HiveAt& hive, Patch& patch) {
    const auto names = status_of(hive.at.in(), hive.at.name).names;
    if (names > 1) {
        patch.notes.push_back(fmt::format(
            "the file has {} names (hard links); the change is under all of them", names));
    }
}

/// One hive of a run.
class TargetFix {
public:
    TargetFix(const Target& target, const FixRun& run, const Record& record, const ReadyPlan* ready)
        : target_(target), run_(run), record_(record), ready_(ready),
          hive_(hive_at(record.path, target.named,
                        target.container ? record.steps.at(1) : std::string(), run.containers)) {
        hive_.id = target.id;
    }

    FixOutcome run();

private:
    PlannedFix planned() const;
    std::optional<std::filesystem::path> output() const { return output_of(target_, run_); }
    void copy_as_it_is(FixOutcome& outcome) const;
    void require_possible(const PlannedFix& fix) const;
    void write(PlannedFix& fix, FixOutcome& outcome) const;
    void change_hive(const PlannedFix& fix, FixOutcome& outcome) const;
    std::size_t place() const;
    void name(Patch& patch) const;

    const Target& target_;
    const FixRun& run_;
    const Record& record_;
    const ReadyPlan* ready_;
    HiveAt hive_;
};

/// Target::named of the absolute path.
std::size_t TargetFix::place() const {
    const auto length = text_of(absolute_path(path_of(target_.path))).size();
    return length - std::min(length, target_.path.size() - target_.named);
}

/// Says where the patch is for, wherever it is read later.
void TargetFix::name(Patch& patch) const {
    if (!hive_.image) {
        patch.path = absolute_path(hive_.path);
        return;
    }
    patch.inside = hive_.image->inside;
    patch.path =
        path_of(text_of(absolute_path(hive_.image->image)).append(kInside).append(patch.inside));
}

PlannedFix TargetFix::planned() const {
    if (hive_.image && hive_.image->format == ContainerFormat::wim && !run_.append) {
        throw Error(ErrorCode::not_in_place,
                    "a WIM is changed by appending to it: --in-place does that, --output writes a "
                    "new one");
    }
    if (ready_ != nullptr && ready_->reason) {
        throw Error(*ready_->reason);
    }
    if (ready_ != nullptr) {
        PlannedFix fix = {ready_->patch, {}};
        fix.patch.path = hive_.path;
        return fix;
    }
    if (run_.planned == nullptr) {
        return plan(hive_, run_.rules, run_.fix);
    }
    const auto found = run_.planned->find(hive_.path);
    if (found == run_.planned->end()) {
        throw Error(ErrorCode::not_as_planned, "the plan holds no change of it");
    }
    const Patch& patch = found->second;
    const HiveBytes source(hive_);
    refuse_journal(hive_.at);
    const auto hash = sha256(source.bytes());
    if (hash == patch.sha256_after) {
        PlannedFix none = {patch, {}};
        none.patch.ranges.clear();
        none.patch.tail.clear();
        none.patch.fixes.clear();
        return none;
    }
    if (hash != patch.sha256_before) {
        throw Error(ErrorCode::not_as_planned,
                    fmt::format("it is not the hive that the plan was made for: its SHA-256 is {} "
                                "instead of {}",
                                hash, patch.sha256_before));
    }
    try {
        require_fix(source.bytes(), patch, hive_, source.logs(), run_.rules);
    } catch (const Error& error) {
        throw Error(ErrorCode::not_as_planned,
                    "the plan's change is none of a fix of this hive: " + error.message());
    }
    source.check_unchanged();
    return {patch, {}};
}

/// A copy was asked for, fix or no fix.
void TargetFix::copy_as_it_is(FixOutcome& outcome) const {
    const auto where = output();
    if (!where || run_.dry_run) {
        return;
    }
    refuse_copy(hive_);
    if (record_.state == State::recovered || record_.state == State::healed) {
        throw Error(ErrorCode::dirty_hive,
                    "there is nothing to mend, and a copy without its logs would lack what is in "
                    "them; hivereplay writes one with them");
    }
    if (run_.output_folder) {
        make_folders(where->parent_path());
    }
    copy_hive(hive_, *where);
    outcome.output = where;
}

/// What a dry run can tell. Throws Error.
void TargetFix::require_possible(const PlannedFix& fix) const {
    const auto refuse = [](const std::optional<Error>& problem) {
        if (problem) {
            throw Error(*problem);
        }
    };
    if (const auto where = output()) {
        refuse_copy(hive_);
        if (run_.output_folder && !is_there(*run_.output_folder)) {
            return; // it is made
        }
        if (is_there(*where)) {
            throw Error(ErrorCode::already_exists, "the output file exists already");
        }
        if (is_there(where->has_parent_path() ? where->parent_path() : ".")) {
            refuse(why_not_beside(locate(*where)));
        } else if (!run_.output_folder) {
            throw Error(ErrorCode::not_found, "the output file's folder is not there");
        }
        return;
    }
    const HiveBytes source(hive_);
    static_cast<void>(CheckedChange(source.bytes(), fix.patch, fix.stored));
    refuse(why_not_changed(hive_));
    if (run_.record != nullptr) {
        refuse(run_.record->problem());
    }
}

void TargetFix::change_hive(const PlannedFix& fix, FixOutcome& outcome) const {
    ApplyOptions options = run_.apply;
    bool recorded = false;
    if (run_.record != nullptr) {
        options.before_change = [&] {
            run_.record->add(fix.patch, place());
            recorded = true;
        };
    }
    try {
        apply(fix, hive_, options);
    } catch (const Error& error) {
        // Unless the fix is half done, there is nothing to be undone. (Another process's journal
        // can lie there too.)
        const bool half_done =
            error.code() == ErrorCode::failed_check && is_there(journal_of(hive_.at));
        if (recorded && !half_done) {
            try {
                run_.record->withdraw(fix.patch, described(error));
            } catch (const Error&) { // then the record tells of a change that is undone already
            }
        } else if (recorded) {
            outcome.undo_record = run_.record->path();
        }
        throw;
    }
    if (recorded) {
        outcome.undo_record = run_.record->path();
    }
}

void TargetFix::write(PlannedFix& fix, FixOutcome& outcome) const {
    name(fix.patch);
    name(*outcome.patch);
    if (const auto where = output()) {
        refuse_copy(hive_);
        if (run_.output_folder) {
            make_folders(where->parent_path());
        }
        apply_to_copy(fix.patch, hive_, *where);
        outcome.output = where;
    } else {
        change_hive(fix, outcome);
    }
}

/// Nothing of it was mended.
void refuse(FixOutcome& outcome, std::vector<Unmended> left) {
    outcome.result = FixResult::refused;
    outcome.reason = left.front().reason;
    outcome.left = std::move(left);
}

FixOutcome TargetFix::run() {
    FixOutcome outcome;
    if (auto left = untried(record_, run_.fix); !record_.error && !left.empty()) {
        refuse(outcome, std::move(left));
        return outcome;
    }
    outcome.reason = objection(record_, run_.fix);
    if (outcome.reason) {
        outcome.result = FixResult::refused;
        return outcome;
    }
    try {
        if (is_well(record_) && run_.planned == nullptr) {
            copy_as_it_is(outcome);
            return outcome;
        }
        auto fix = planned();
        outcome.patch = fix.patch;
        if (fix.patch.ranges.empty() && !fix.patch.left.empty()) {
            refuse(outcome, fix.patch.left);
            return outcome;
        }
        if (fix.patch.ranges.empty()) { // another process mended it since it was scanned
            copy_as_it_is(outcome);
            return outcome;
        }
        outcome.left = fix.patch.left;
        if (!output()) {
            note_names(hive_, *outcome.patch);
        }
        if (run_.dry_run) {
            require_possible(fix);
            if (run_.record != nullptr && run_.record->header().kind == RunKind::plan) {
                name(fix.patch);
                run_.record->add(fix.patch, place());
            }
            outcome.result = FixResult::would_fix;
        } else {
            write(fix, outcome);
            outcome.result = FixResult::fixed;
        }
    } catch (...) { // the other hives are fixed all the same
        outcome.result = FixResult::refused;
        outcome.reason = caught();
    }
    return outcome;
}

} // namespace

std::optional<std::filesystem::path> output_of(const Target& target, const FixRun& run) {
    if (!run.output_folder) {
        return run.output;
    }
    const std::string_view path = target.path;
    auto below = path.substr(std::min(target.named, path.size()));
    if (below.empty()) { // the place is the hive itself
        below = path.substr(path.find_last_of(kSeparator) + 1);
    }
    below.remove_prefix(std::min(below.find_first_not_of(kSeparator), below.size()));
    return *run.output_folder / path_of(below);
}

FixedHive fix_record(const Target& target, const FixRun& run, Record record,
                     const ReadyPlan* ready) {
    FixOutcome outcome;
    outcome.result = FixResult::refused;
    outcome.reason = record.error;
    if (!record.checks.empty()) {
        try {
            outcome = TargetFix(target, run, record, ready).run();
        } catch (...) {
            outcome.reason = caught();
        }
    }
    return {std::move(record), std::move(outcome)};
}

std::optional<FixedHive> fix_target(const Target& target, const FixRun& run) {
    if (run.record != nullptr) {
        run.record->keep_out_of(path_of(target.path).parent_path());
    }
    auto record = scan_target(target, {.rules = run.rules, .confirm = Confirm::automatic});
    if (!record) {
        return std::nullopt;
    }
    return fix_record(target, run, *std::move(record));
}

} // namespace hivelint
