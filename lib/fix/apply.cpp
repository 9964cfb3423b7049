#include <hivelint/apply.hpp>

#include "apply_planned.hpp"
#include "change/journal.hpp"
#include "change/locked_hive.hpp"
#include "change/new_file.hpp"
#include "checked_change.hpp"
#include "platform/path_text.hpp"
#include "source/sha256.hpp"

#include <hivelint/error.hpp>
#include <hivelint/regf/replay.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace hivelint {
namespace {

File make_journal(const File& folder, const std::string& name) {
    try {
        return make_file(folder.get(), name, Access::owner_only,
                         "no journal can be made beside the hive");
    } catch (const Error& error) {
        if (error.code() == ErrorCode::already_exists) {
            throw Error(ErrorCode::interrupted_fix,
                        "the journal of an interrupted fix lies beside the hive; recover it first");
        }
        throw;
    }
}

void write_journal(const LockedHive& hive, const Patch& patch) {
    const std::string name = hive.journal_name();
    const File file = make_journal(hive.folder(), name);
    try {
        const bool shrinks = patch.size_after() < patch.size;
        const auto text = journal_text({.complete = true,
                                        .size = patch.size,
                                        .new_size = patch.size_after(),
                                        .sha256_before = patch.sha256_before,
                                        .sha256_after = patch.sha256_after,
                                        .ranges = patch.ranges,
                                        .tail = shrinks ? patch.tail : std::vector<std::byte>()});
        write_at(file, 0, std::as_bytes(std::span(text)));
        make_durable(file, "the journal");
        make_names_durable(hive.folder(), "the hive's folder");
    } catch (const Error&) {
        static_cast<void>(remove_file(hive.folder().get(), name));
        throw;
    }
}

/// Puts the old bytes back, durably, before the journal that holds them is removed.
void roll_back(LockedHive& hive, const Patch& patch) {
    hive.write(reversed(patch));
    try {
        hive.restore_times();
    } catch (const Error&) { // only the file's owner may; the bytes matter more
    }
    make_durable(hive.file(), "the hive");
    hive.remove_journal();
}

} // namespace

void apply(const Patch& patch, const std::filesystem::path& path, const ApplyOptions& options) {
    apply(PlannedFix{patch, {}}, path, options);
}

void apply(const PlannedFix& fix, const std::filesystem::path& path, const ApplyOptions& options) {
    const Patch& patch = fix.patch;
    LockedHive hive(path);
    const CheckedChange change(LockedSource(hive), patch, fix.stored);
    if (patch.ranges.empty()) {
        return;
    }
    if (options.before_change) {
        options.before_change();
    }
    write_journal(hive, patch);
    try {
        hive.write(patch);
        if (options.preserve_times) {
            hive.restore_times();
        }
        make_durable(hive.file(), "the hive");
        change.check_written(LockedSource(hive));
        hive.remove_journal();
    } catch (const Error& error) {
        try {
            roll_back(hive, patch);
        } catch (const Error& second) {
            throw Error(ErrorCode::failed_check,
                        fmt::format("{}; rolling back failed too ({}), the journal was left for a "
                                    "later recovery",
                                    error.message(), second.message()));
        }
        throw;
    }
}

void apply_to_copy(const Patch& patch, const std::filesystem::path& path,
                   const std::filesystem::path& output) {
    const FileSource source(path);
    const CheckedChange change(source, patch);
    NewFile copy(output, "the output file", IfThere::refuse);
    copy.write(change.planned());
    make_durable(copy.file(), "the output file");
    source.check_unchanged();
    change.check_written(FileSource(copy.partial_path()));
    copy.publish();
}

std::string_view to_string(FixResult result) noexcept {
    switch (result) {
    case FixResult::nothing_to_do: return "nothing-to-do";
    case FixResult::would_fix: return "would-fix";
    case FixResult::fixed: return "fixed";
    case FixResult::refused: return "refused";
    }
    return "refused";
}

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
    LockedHive hive(path);
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
    hive.write(*rollback);
    make_durable(hive.file(), "the hive");
    hive.remove_journal();
    return Recovery::rolled_back;
}

std::optional<Patch> pending_rollback(const std::filesystem::path& path, const ByteSource& source) {
    const auto journal = read_journal(path);
    if (!journal) {
        return std::nullopt;
    }
    Patch change;
    if (journal->complete) {
        change.ranges = journal->ranges;
    }
    Patch rollback = reversed(change);
    // What the journal has of the file's end is put back even where the file is long enough: it can
    // have become so, in a recovery that was cut off, before its bytes were there.
    rollback.size = journal->complete ? journal->new_size : source.size();
    rollback.new_size = journal->complete ? journal->size : source.size();
    rollback.tail = journal->complete ? journal->tail : std::vector<std::byte>();
    // The file has one of the two lengths, or one between them.
    const auto [shorter, longer] = std::minmax(journal->size, journal->new_size);
    const std::uint64_t cut = journal->size - std::min(journal->size, journal->new_size);
    // A journal that is not complete may be cut before the size or the hash.
    const bool fits = journal->complete
                          ? source.size() >= shorter && source.size() <= longer &&
                                journal->tail.size() == cut && ranges_fit(rollback.ranges, shorter)
                          : journal->size == 0 || journal->size == source.size();
    if (!fits || (!journal->sha256_before.empty() &&
                  sha256(patched(source, rollback)) != journal->sha256_before)) {
        throw Error(
            ErrorCode::bad_journal,
            fmt::format("with the bytes of the journal beside it the file is not the one of "
                        "{} bytes with SHA-256 {} that the journal was made for",
                        journal->size, journal->sha256_before));
    }
    return rollback;
}

OverlaySource patched(const ByteSource& source, const Patch& patch) {
    const bool grows = patch.size_after() > patch.size;
    return {source, patch.ranges, patch.size_after(),
            grows ? std::span<const std::byte>(patch.tail) : std::span<const std::byte>()};
}

} // namespace hivelint
