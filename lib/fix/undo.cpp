#include <hivelint/undo.hpp>

#include "base/caught.hpp"
#include "change/journal.hpp"
#include "evidence/loaded_hive.hpp"
#include "in_flight.hpp"
#include "origin.hpp"
#include "planned.hpp"
#include "platform/path_text.hpp"
#include "prove.hpp"
#include "source/hashes.hpp"

#include <hivelint/file_source.hpp>
#include <hivelint/text.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <utility>

namespace hivelint {
namespace {

/// A change of the record, and the hive that it is taken back in.
struct Choice {
    std::size_t number;
    std::filesystem::path path;
    std::size_t named;  ///< Target::named
    std::string inside; ///< Patch::inside
};

bool lies_below(const std::filesystem::path& path, const std::filesystem::path& folder) {
    const auto text = text_of(path);
    auto front = text_of(folder);
    while (front.size() > 1 && front.back() == kSeparator) {
        front.pop_back();
    }
    return text.size() > front.size() && text.starts_with(front) &&
           (text[front.size()] == kSeparator || front.back() == kSeparator ||
            text.substr(front.size()).starts_with(kInside));
}

/// Paths that no change is of.
UndoneHive missing(const std::filesystem::path& path, const Error& reason) {
    return {.path = path, .result = UndoResult::refused, .reason = reason, .patch = {}};
}

/// The changes that are asked for, the latest first; paths that no change is of go to `sink`.
std::vector<Choice> chosen(const SavedRun& record, const UndoOptions& options,
                           const std::function<void(const UndoneHive&)>& sink) {
    const auto& paths = options.paths;
    struct Known {
        std::size_t number;
        std::string before;
        std::string after;
    };
    std::vector<Choice> choices;
    std::vector<Known> known;
    std::vector<bool> met(paths.size());
    for (std::size_t i = record.size(); i-- > 0;) {
        SavedChange change;
        try {
            change = record.change(i);
        } catch (const Error& error) {
            sink(missing(record.path(), error));
            continue;
        }
        const auto path = change.patch.path.lexically_normal();
        bool wanted = paths.empty();
        for (std::size_t p = 0; p < paths.size(); ++p) {
            const auto place = absolute_path(paths[p]).lexically_normal();
            if (path == place || lies_below(path, place)) {
                wanted = met[p] = true;
            }
        }
        if (wanted) {
            choices.push_back({i, change.patch.path, change.place, change.patch.inside});
        }
        known.push_back({i, change.patch.sha256_before, change.patch.sha256_after});
    }
    for (std::size_t p = 0; p < paths.size(); ++p) {
        if (met[p]) {
            continue;
        }
        // A hive that was moved or copied is known by what it holds.
        std::string hash;
        std::string inside;
        try {
            const auto target = target_in_container(paths[p]);
            inside = target ? target->inside : "";
            hash = sha256(
                HiveBytes(hive_at(paths[p], target ? target->named : 0, inside, options.containers))
                    .bytes());
        } catch (const Error& error) {
            sink(missing(paths[p], error));
            continue;
        }
        const auto found = std::ranges::find_if(
            known, [&](const Known& each) { return each.after == hash || each.before == hash; });
        if (found == known.end()) {
            sink(
                missing(paths[p], Error(ErrorCode::not_found, "the record holds no change of it")));
        } else {
            choices.push_back({found->number, paths[p], 0, inside});
        }
    }
    return choices;
}

/// A record is not trusted: it may take back only what a fix of that very hive does.
void require_fix_of(const HiveBytes& source, const HiveAt& hive, const Patch& patch,
                    std::span<const RulePtr> rules) {
    if (patch.ranges.empty()) {
        throw Error(ErrorCode::invalid_argument, "the undo record changes nothing");
    }
    try {
        require_fix(patched(source.bytes(), reversed(patch)), patch, hive, source.logs(), rules);
    } catch (const Error& error) {
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format("the undo record is none of a fix of this hive: {}", error.message()));
    }
}

UndoResult take_back(const HiveAt& hive, const Patch& patch, const UndoOptions& options) {
    const HiveBytes source(hive);
    refuse_journal(hive.at);
    const auto hash = sha256(source.bytes());
    if (hash == patch.sha256_before) {
        return UndoResult::already_undone;
    }
    if (hash != patch.sha256_after) {
        throw Error(ErrorCode::not_as_planned,
                    fmt::format("it is not as the fix left it: its SHA-256 is {} instead of {}",
                                hash, patch.sha256_after));
    }
    require_fix_of(source, hive, patch, options.rules);
    Patch back = reversed(patch);
    back.path = hive.path;
    if (!options.dry_run) {
        source.check_unchanged();
        apply(PlannedFix{std::move(back), {}}, hive, options.apply);
        return UndoResult::undone;
    }
    static_cast<void>(CheckedChange(source.bytes(), back));
    source.check_unchanged();
    if (const auto problem = why_not_changed(hive)) {
        throw Error(*problem);
    }
    return UndoResult::would_undo;
}

UndoneHive undo_one(const SavedRun& record, const Choice& choice, const UndoOptions& options) {
    UndoneHive undone = {
        .path = choice.path, .result = UndoResult::refused, .reason = {}, .patch = {}};
    try {
        const auto patch = record.change(choice.number).patch;
        undone.patch = reversed(patch);
        undone.patch->path = choice.path;
        undone.result = take_back(
            hive_at(choice.path, choice.named, choice.inside, options.containers), patch, options);
    } catch (...) {
        undone.reason = caught();
    }
    return undone;
}

/// How many are taken back at a time. The changes of one hive, and of one image, come one after the
/// other.
std::size_t jobs_for(const std::vector<Choice>& choices) {
    std::set<std::filesystem::path> paths;
    const bool distinct = std::ranges::all_of(choices, [&](const Choice& choice) {
        return choice.inside.empty() && paths.insert(choice.path).second;
    });
    return distinct ? writers_for(choices.size()) : 1;
}

} // namespace

std::string_view to_string(UndoResult result) noexcept {
    switch (result) {
    case UndoResult::undone: return "undone";
    case UndoResult::would_undo: return "would-undo";
    case UndoResult::already_undone: return "already-undone";
    case UndoResult::refused: return "refused";
    }
    return "refused";
}

void undo(const SavedRun& record, const UndoOptions& options,
          const std::function<void(const UndoneHive&)>& sink) {
    if (record.header().kind == RunKind::plan) {
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("record {} is a plan: nothing was done by it",
                                escaped_exactly(text_of(record.path()))));
    }
    if (!record.trusted() && options.paths.empty()) {
        throw Error(ErrorCode::permission_denied,
                    fmt::format("record {} belongs to another user: name the hives that it may "
                                "change",
                                escaped_exactly(text_of(record.path()))));
    }
    const auto choices = chosen(record, options, sink);
    run_until_stopped(
        choices.size(), jobs_for(choices), options.stop,
        [&](std::size_t i) { return std::optional(undo_one(record, choices[i], options)); }, sink);
}

} // namespace hivelint
