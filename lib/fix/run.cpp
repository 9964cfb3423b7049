#include <hivelint/fix.hpp>

#include "change/journal.hpp"
#include "change/new_file.hpp"
#include "evidence/container.hpp"
#include "origin.hpp"
#include "planned.hpp"
#include "platform/path_text.hpp"
#include "source/sha256.hpp"

#include <hivelint/file_source.hpp>
#include <hivelint/regf/name.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace hivelint {
namespace {

std::filesystem::path folder_of(const std::filesystem::path& path) {
    return path.has_parent_path() ? path.parent_path() : ".";
}

FileId id_of_folder(const std::filesystem::path& folder) {
    try {
        return status_behind(folder).id;
    } catch (const Error& error) {
        throw Error(error.code(),
                    fmt::format("{} {}", regf::escaped_bytes(text_of(folder)), error.message()));
    }
}

Patch read_record(const FileSource& file) {
    const auto bytes = read_front(file, file.size());
    return parse_undo_record({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

/// The patch in the undo record at `path`; absent when there is none that can be read.
std::optional<Patch> recorded(const std::filesystem::path& path) {
    constexpr std::uint64_t kMost = std::uint64_t{1} << 26;
    try {
        const FileSource file(path);
        return file.size() <= kMost ? std::optional(read_record(file)) : std::nullopt;
    } catch (const Error&) {
        return std::nullopt;
    }
}

/// Whether the file at `path` is the undo record of a fix of this very hive that came to nothing:
/// the hive holds once more the bytes that it held before.
bool is_stale_record(const std::filesystem::path& path, const Patch& patch) {
    const auto old = recorded(path);
    return old && old->path == patch.path && old->sha256_before == patch.sha256_before;
}

/// The place in `folder` for the record of `patch`. Hives that are the same to the last byte, as
/// copies of a default profile are, have theirs one after the other.
std::filesystem::path place_in(const std::filesystem::path& folder, const Patch& patch) {
    const auto name = fmt::format("hivelint-undo-{}-{}", patch.sha256_before.substr(0, 16),
                                  patch.sha256_after.substr(0, 16));
    auto place = folder / (name + ".json");
    for (int copy = 2;; ++copy) {
        const auto other = recorded(place);
        if (!other || other->path == patch.path) {
            return place;
        }
        place = folder / fmt::format("{}-{}.json", name, copy);
    }
}

/// Keeps the record durably. The hive must be locked and hold the bytes that the patch was made
/// for. Throws Error already_exists, io_error, permission_denied.
void keep_undo_record(const std::filesystem::path& path, const Patch& patch,
                      std::string_view text) {
    NewFile record(path, fmt::format("undo record {}", regf::escaped_bytes(text_of(path))),
                   is_stale_record(path, patch) ? IfThere::replace : IfThere::refuse, kOwnerOnly);
    write_at(record.file(), 0, std::as_bytes(std::span(text)));
    record.publish();
}

/// Where the undo record goes; absent when none is kept. Throws Error invalid_argument when that is
/// beside the hive.
std::optional<std::filesystem::path> undo_place(const Patch& patch, const FixRun& run) {
    if (!run.undo_file && !run.undo_folder) {
        return std::nullopt;
    }
    const auto folder = run.undo_file ? folder_of(*run.undo_file) : *run.undo_folder;
    if (id_of_folder(folder) == id_of_folder(folder_of(patch.path))) {
        throw Error(ErrorCode::invalid_argument,
                    "the undo record would lie beside the hive; name another folder for it");
    }
    return run.undo_file ? *run.undo_file : place_in(folder, patch);
}

/// Why the record's finding is left alone, though it is one, or might be.
std::optional<Error> objection(const Record& record, const Finding& finding,
                               const FixOptions& options) {
    if (record.error) {
        return record.error;
    }
    if (finding.verdict == Verdict::nonstandard && !options.force) {
        return Error(ErrorCode::nonstandard_value,
                     fmt::format("{} of {} bytes is not the documented condition",
                                 regf::value_type_name(finding.value->type),
                                 finding.value->data.size()));
    }
    const bool logs_count = record.state == State::recovered || record.state == State::healed;
    if (logs_count && finding.verdict != Verdict::clear && !options.replay) {
        return Error(ErrorCode::dirty_hive,
                     "its newest data is in the transaction logs; --replay applies them together "
                     "with the fix");
    }
    // Of a finding in such a hive plan_fix() says why no log can be applied.
    if (record.state == State::dirty && finding.verdict == Verdict::clear) {
        return Error(ErrorCode::dirty_hive,
                     "there is nothing to do in the hive as it is stored, but newer data may be in "
                     "the transaction logs, which were not applied");
    }
    return std::nullopt;
}

void write(PlannedFix& fix, const HiveAt& at, const FixRun& run, FixOutcome& outcome) {
    Patch& patch = fix.patch;
    // The record must name the file wherever it is read from later.
    std::error_code failed;
    patch.path = std::filesystem::absolute(patch.path, failed);
    if (failed) {
        throw system_error(std::errc(failed.default_error_condition().value()),
                           "the current folder cannot be told");
    }
    outcome.patch->path = patch.path;
    if (run.output) {
        apply_to_copy(patch, patch.path, *run.output);
        outcome.output = run.output;
        return;
    }
    ApplyOptions options = run.apply;
    if (const auto place = undo_place(patch, run)) {
        // Only under the lock is it certain that a record which lies there is of no use any more.
        options.before_change = [&, place] {
            keep_undo_record(*place, patch, undo_record(patch, run.tool, run.fix.time));
            outcome.undo_record = place;
        };
    }
    try {
        apply(fix, at, options);
    } catch (const Error& error) {
        // Unless the fix is half done, there is nothing to be undone. (Another process's journal
        // can lie there too.)
        const bool half_done =
            error.code() == ErrorCode::failed_check && is_there(journal_of(at.at));
        if (outcome.undo_record && !half_done) {
            try_to_remove(*outcome.undo_record); // else it stays, and says nothing that is not so
            outcome.undo_record.reset();
        }
        throw;
    }
}

FixOutcome fix(const Record& record, const HiveAt& at, const FixRun& run) {
    FixOutcome outcome;
    const Finding& finding = record.checks.front().finding;
    outcome.reason = objection(record, finding, run.fix);
    if (outcome.reason) {
        outcome.result = FixResult::refused;
        return outcome;
    }
    if (finding.verdict == Verdict::clear) {
        return outcome;
    }
    try {
        auto planned = plan(at, *run.rule, run.fix);
        outcome.patch = planned.patch;
        if (outcome.patch->ranges.empty()) {
            return outcome; // another process mended it since it was scanned
        }
        if (run.dry_run) {
            outcome.result = FixResult::would_fix;
            return outcome;
        }
        write(planned, at, run, outcome);
        outcome.result = FixResult::fixed;
    } catch (const Error& error) {
        outcome.result = FixResult::refused;
        outcome.reason = error;
    }
    return outcome;
}

} // namespace

std::string_view to_string(FixResult result) noexcept {
    switch (result) {
    case FixResult::nothing_to_do: return "nothing-to-do";
    case FixResult::would_fix: return "would-fix";
    case FixResult::fixed: return "fixed";
    case FixResult::refused: return "refused";
    }
    return "refused";
}

std::optional<FixedHive> fix_target(const Target& target, const FixRun& run) {
    auto record = scan_target(target, {.rules = {run.rule}, .confirm = Confirm::automatic});
    if (!record) {
        return std::nullopt;
    }
    FixOutcome outcome;
    if (record->checks.empty()) {
        outcome.result = FixResult::refused;
        outcome.reason = record->error;
    } else {
        try {
            outcome = fix(*record,
                          {.at = locate_below(record->path, target.named),
                           .path = record->path,
                           .id = target.id},
                          run);
        } catch (const Error& error) {
            outcome.result = FixResult::refused;
            outcome.reason = error;
        }
    }
    return FixedHive{*std::move(record), std::move(outcome)};
}

namespace {

/// A record is not trusted: it may take back only what a fix of that very hive does.
void require_fix_of(const HiveAt& hive, const Patch& patch) {
    const auto source = Container().open(hive.at);
    const Patch back = reversed(patch);
    if (patch.ranges.empty()) {
        throw Error(ErrorCode::invalid_argument, "the undo record changes nothing");
    }
    if (sha256(*source) != patch.sha256_after) {
        return; // apply() says so
    }
    try {
        require_fix(patched(*source, back), patch, hive.at, hive.path);
    } catch (const Error& error) {
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format("the undo record is none of a fix of this hive: {}", error.message()));
    }
    source->check_unchanged();
}

} // namespace

Patch undo(const std::filesystem::path& record, const std::optional<std::filesystem::path>& path,
           const ApplyOptions& options) {
    const Patch patch = read_record(FileSource(record));
    Patch back = reversed(patch);
    back.path = path.value_or(patch.path);
    const HiveAt hive = {.at = locate(back.path), .path = back.path};
    require_fix_of(hive, patch);
    apply(PlannedFix{back, {}}, hive, options);
    return back;
}

} // namespace hivelint
