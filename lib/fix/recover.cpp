#include <hivelint/apply.hpp>

#include "change/in_place.hpp"
#include "change/journal.hpp"

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

Recovery recover(const std::filesystem::path& path) {
    if (!read_journal(path)) {
        return Recovery::nothing_to_do;
    }
    LockedFile hive(path);
    const LockedSource source(hive);
    // Read again under the lock: whoever held it before may have finished.
    const auto rollback = pending_rollback(path, source);
    if (!rollback) {
        return Recovery::nothing_to_do;
    }
    if (rollback->ranges.empty()) {
        // The journal may be cut before it says anything of the hive. That must be one then, if one
        // that only a log can heal.
        static_cast<void>(regf::plan_replay(source, {}));
        hive.remove_journal();
        return Recovery::untouched;
    }
    take_back(hive, *rollback);
    return Recovery::rolled_back;
}

} // namespace hivelint
