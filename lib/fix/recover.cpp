#include <hivelint/apply.hpp>

#include "change/in_place.hpp"
#include "change/journal.hpp"
#include "origin.hpp"
#include "planned.hpp"
#include "platform/path_text.hpp"

#include <hivelint/evidence.hpp>
#include <hivelint/regf/replay.hpp>

namespace hivelint {

std::string_view to_string(Recovery recovery) noexcept {
    switch (recovery) {
    case Recovery::nothing_to_do: return "nothing-to-do";
    case Recovery::untouched: return "untouched";
    case Recovery::rolled_back: return "rolled-back";
    }
    return "nothing-to-do";
}

namespace {

/// Rolls the locked hive back. `path`: what it is called.
Recovery roll_back(LockedFile& hive, const std::filesystem::path& path) {
    const LockedSource source(hive);
    // Read again under the lock: whoever held it before may have finished.
    const auto journal = read_journal(hive.at(), source.size());
    const auto rollback = pending_rollback(hive.at(), source);
    if (!journal || !rollback) {
        return Recovery::nothing_to_do;
    }
    if (rollback->ranges.empty()) {
        // The journal may be cut before it says anything of the hive. That must be one then, if one
        // that only a log can heal.
        static_cast<void>(regf::plan_replay(source, {}));
        hive.remove_journal();
        return Recovery::untouched;
    }
    const auto before = patched(source, *rollback);
    require_fix(before, journal->change, hive.at(), path);
    take_back(hive, *rollback);
    return Recovery::rolled_back;
}

} // namespace

Recovery recover(const FileAt& at, const std::filesystem::path& path,
                 std::optional<FileId> expected) {
    if (!is_there(journal_of(at))) {
        return Recovery::nothing_to_do;
    }
    LockedFile hive(at, expected);
    return roll_back(hive, path);
}

Recovery recover(const std::filesystem::path& path) { return recover(locate(path), path, {}); }

Recovery recover(const Target& target) {
    if (target.problem) {
        throw *target.problem;
    }
    const auto path = path_of(target.path);
    return recover(locate_below(path, target.named), path, target.id);
}

} // namespace hivelint
