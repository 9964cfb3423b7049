#include <hivelint/apply.hpp>

#include "base/caught.hpp"
#include "change/in_place.hpp"
#include "change/journal.hpp"
#include "evidence/container.hpp"
#include "origin.hpp"
#include "planned.hpp"
#include "platform/path_text.hpp"

#include <hivelint/evidence.hpp>
#include <hivelint/regf/replay.hpp>
#include <hivelint/text.hpp>

#include <fmt/core.h>

#include <new>

namespace hivelint {

std::string_view to_string(Recovery recovery) noexcept {
    switch (recovery) {
    case Recovery::nothing_to_do: return "nothing-to-do";
    case Recovery::untouched: return "untouched";
    case Recovery::rolled_back: return "rolled-back";
    case Recovery::would_recover: return "would-recover";
    case Recovery::discarded: return "discarded";
    }
    return "nothing-to-do";
}

namespace {

/// The rollback of a fix that changed the hive `source`; without ranges when it did not. Throws
/// Error when no fix wrote such a journal.
FileChange rollback_of(const FileAt& at, const std::filesystem::path& path,
                       const ByteSource& source, std::span<const RulePtr> rules) {
    const auto journal = read_journal(at, source.size());
    const auto rollback = pending_rollback(at, source);
    if (!journal || !rollback) {
        throw Error(ErrorCode::changed_while_reading, "its journal has just gone");
    }
    if (rollback->ranges.empty()) {
        // The journal may be cut before it says anything of the hive. That must be one then, if one
        // that only a log can heal.
        static_cast<void>(regf::plan_replay(source, {}));
    } else {
        require_fix(patched(source, *rollback), journal->change, at, path, rules);
    }
    return *rollback;
}

Recovery roll_back(LockedFile& hive, const std::filesystem::path& path,
                   std::span<const RulePtr> rules) {
    // Looked for again under the lock: whoever held it before may have finished.
    if (!is_there(journal_of(hive.at()))) {
        return Recovery::nothing_to_do;
    }
    const auto rollback = rollback_of(hive.at(), path, LockedSource(hive), rules);
    if (rollback.ranges.empty()) {
        hive.remove_journal();
        return Recovery::untouched;
    }
    take_back(hive, rollback);
    return Recovery::rolled_back;
}

/// Renames the journal; what it is called now.
std::string put_aside(const FileAt& journal) {
    constexpr int kMostTries = 1000;
    for (int n = 1;; ++n) {
        const FileAt aside = {journal.folder, fmt::format("{}.discarded-{}", journal.name, n)};
        const auto problem = rename_file(journal, aside, IfThere::refuse);
        if (problem == std::errc()) {
            make_names_durable(folder_of(aside), "the hive's folder");
            return aside.name;
        }
        if (problem != std::errc::file_exists || n == kMostTries) {
            throw system_error(problem, "the journal cannot be put aside");
        }
    }
}

/// A journal that fits nothing: its way out.
void discard(const FileAt& at, const std::filesystem::path& path,
             const std::optional<FileId>& expected, const RecoverOptions& options,
             RecoveredHive& recovered) {
    if (options.dry_run) {
        recovered.result = Recovery::would_recover;
        return;
    }
    const LockedFile hive(at, expected); // no fix is under way
    recovered.kept_as = path.parent_path() / path_of(put_aside(journal_of(at)));
    recovered.result = Recovery::discarded;
}

void recover_at(const FileAt& at, const std::filesystem::path& path,
                const std::optional<FileId>& expected, const RecoverOptions& options,
                RecoveredHive& recovered) {
    if (!is_there(journal_of(at))) {
        return;
    }
    try {
        if (!options.dry_run) {
            LockedFile hive(at, expected);
            recovered.result = roll_back(hive, path, options.rules);
            return;
        }
        const auto source = Container().open(at, expected);
        static_cast<void>(rollback_of(at, path, *source, options.rules));
        source->check_unchanged();
        if (const auto problem = why_not_alone(at)) {
            throw Error(*problem);
        }
        recovered.result = Recovery::would_recover;
    } catch (const Error& error) {
        if (error.code() != ErrorCode::bad_journal) {
            throw;
        }
        if (options.discard) {
            discard(at, path, expected, options, recovered);
            return;
        }
        throw Error(error.code(),
                    fmt::format("{}; recover --discard puts the journal {} aside and leaves the "
                                "hive as it is",
                                error.message(),
                                escaped_exactly(text_of(journal_of(path).filename()))));
    }
}

} // namespace

Recovery recover(const std::filesystem::path& path, std::span<const RulePtr> rules) {
    RecoveredHive recovered;
    RecoverOptions options;
    options.rules.assign(rules.begin(), rules.end());
    recover_at(locate(path), path, {}, options, recovered);
    return recovered.result;
}

RecoveredHive recover(const Target& target, const RecoverOptions& options) {
    RecoveredHive recovered;
    recovered.path = path_of(target.path);
    try {
        if (target.problem) {
            throw Error(*target.problem);
        }
        recover_at(locate_below(recovered.path, target.named), recovered.path, target.id, options,
                   recovered);
    } catch (...) {
        recovered.reason = caught();
    }
    return recovered;
}

} // namespace hivelint
