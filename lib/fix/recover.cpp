#include <hivelint/apply.hpp>

#include "base/caught.hpp"
#include "change/in_place.hpp"
#include "change/journal.hpp"
#include "change/locked_file.hpp"
#include "container/format.hpp"
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

/// The journal beside the file. Throws Error as read_journal(), and when it has just gone.
Journal journal_at(const FileAt& at, std::uint64_t size) {
    auto journal = read_journal(at, size);
    if (!journal) {
        throw Error(ErrorCode::changed_while_reading, "its journal has just gone");
    }
    return *std::move(journal);
}

/// The rollback of a fix that changed the hive `source`; without ranges when it did not. Throws
/// Error when no fix wrote such a journal.
FileChange rollback_of(const HiveAt& hive, const ByteSource& source,
                       const std::optional<std::span<const LogBytes>>& logs,
                       std::span<const RulePtr> rules) {
    const auto inside = hive.image ? hive.image->inside : std::string();
    const auto journal = journal_at(hive.at, source.size());
    auto rollback = pending_rollback(hive.at, source, inside);
    if (!rollback) {
        throw Error(ErrorCode::changed_while_reading, "its journal has just gone");
    }
    if (rollback->ranges.empty()) {
        // The journal may be cut before it says anything of the hive. That must be one then, if one
        // that only a log can heal.
        static_cast<void>(regf::plan_replay(source, {}));
    } else {
        require_fix(patched(source, *rollback), journal.change, hive, logs, rules);
    }
    return *std::move(rollback);
}

/// The hive that the journal beside the file is of: the file, or one in it. Absent where the
/// journal of an image is cut before it says which: no byte was changed yet.
std::optional<HiveAt> hive_of_journal(const FileAt& at, const std::filesystem::path& path,
                                      const std::optional<FileId>& expected,
                                      const RecoverOptions& options) {
    const auto file = Container().open(at, expected);
    const auto format = format_of(*file);
    const auto journal = journal_at(at, file->size());
    HiveAt hive = {.at = at, .path = path, .id = expected};
    if (!format && !journal.of_image) {
        return hive;
    }
    if (format && journal.inside.empty() && !journal.complete && journal.change.size == 0) {
        return std::nullopt;
    }
    if (!format || journal.inside.empty()) {
        throw Error(ErrorCode::bad_journal,
                    fmt::format("the journal is that of {}, which this is not",
                                format ? "a hive" : "a disk image"));
    }
    hive.path = path_of(text_of(path).append(kInside).append(journal.inside));
    hive.image = {.image = path,
                  .named = text_of(path).size(),
                  .format = *format,
                  .inside = journal.inside,
                  .how = &options.containers};
    return hive;
}

Recovery roll_back(const HiveAt& at, std::span<const RulePtr> rules) {
    const auto logs = at.image ? std::optional<HiveBytes>(at) : std::nullopt;
    const auto hive = change_at(at);
    // Looked for again under the lock: whoever held it before may have finished.
    if (!is_there(journal_of(at.at))) {
        return Recovery::nothing_to_do;
    }
    const auto rollback =
        rollback_of(at, ChangedSource(*hive), logs ? logs->logs() : std::nullopt, rules);
    if (rollback.ranges.empty()) {
        hive->remove_journal();
        return Recovery::untouched;
    }
    take_back(*hive, rollback);
    return Recovery::rolled_back;
}

/// Removes a journal that says nothing yet.
Recovery forget(const FileAt& at, const std::optional<FileId>& expected) {
    LockedFile file(at, expected); // no fix is under way
    file.remove_journal();
    return Recovery::untouched;
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
        const auto hive = hive_of_journal(at, path, expected, options);
        if (!options.dry_run) {
            recovered.result = hive ? roll_back(*hive, options.rules) : forget(at, expected);
            return;
        }
        if (hive) {
            const HiveBytes source(*hive);
            static_cast<void>(rollback_of(*hive, source.bytes(), source.logs(), options.rules));
            source.check_unchanged();
        }
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
