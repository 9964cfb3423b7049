#include <hivelint/apply.hpp>

#include "journal.hpp"
#include "new_file.hpp"
#include "platform/memory_block.hpp"
#include "platform/path_text.hpp"
#include "sha256.hpp"
#include "tree_compare.hpp"

#include <hivelint/error.hpp>
#include <hivelint/regf/base_block.hpp>
#include <hivelint/regf/replay.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace hivelint {
namespace {

/// The hive that is changed, locked against other instances for as long as this lives.
class LockedHive {
public:
    explicit LockedHive(const std::filesystem::path& path) : path_(path) {
        const Place place = reach(path);
        const auto before = status_of(place.folder(), place.name());
        if (const auto problem = problem_with_kind(before.kind)) {
            throw Error(*problem);
        }
        // Root could write to it all the same; whoever made it read-only did not mean that.
        if (before.read_only) {
            throw Error(ErrorCode::permission_denied, "the file is read-only");
        }
        file_ = open_alone(place.folder(), place.name());
        status_ = status_of(file_.get());
        if (status_.id != before.id) {
            throw Error(ErrorCode::changed_while_reading, "another file was put in its place");
        }
        const auto parent = path.has_parent_path() ? path.parent_path() : ".";
        const Place folder = reach(parent);
        folder_ = open_folder(folder.folder(), folder.name());
    }

    const File& file() const { return file_; }
    const File& folder() const { return folder_; }
    std::string journal_name() const { return text_of(journal_of(path_).filename()); }
    /// Of the file now, bytes.
    std::uint64_t size() const { return status_of(file_.get()).size; }

    /// Puts a patch's new bytes in place.
    void write(const Patch& patch) {
        for (const auto& range : patch.ranges) {
            write_at(file(), range.offset, range.after);
        }
        if (patch.size_after() > patch.size) {
            write_at(file(), patch.size_after() - patch.tail.size(), patch.tail);
        } else if (patch.size_after() < patch.size) {
            set_size(file(), patch.size_after());
        }
    }
    /// Gives the file back the times it had when it was opened.
    void restore_times() { set_times(file(), status_.accessed, status_.modified); }
    void remove_journal() {
        if (const auto problem = remove_file(folder().get(), journal_name());
            problem != std::errc()) {
            throw system_error(problem, "the journal cannot be removed");
        }
        try {
            make_names_durable(folder(), "the hive's folder");
        } catch (const Error&) {
            // The hive is whole and durable. A power cut can bring the journal back, and recovery
            // then takes the fix back: still the one hive or the other.
        }
    }

private:
    std::filesystem::path path_;
    File file_;
    File folder_;
    FileStatus status_;
};

/// The hive as a source, through the handle that is locked. It has the size that the file has
/// when this is made.
class LockedSource final : public ByteSource {
public:
    explicit LockedSource(const LockedHive& hive) : hive_(hive), size_(hive.size()) {}

    std::uint64_t size() const override { return size_; }
    void read_at(std::uint64_t offset, std::span<std::byte> out) const override {
        while (!out.empty()) {
            const std::size_t got = read_some(hive_.file().get(), offset, out);
            if (got == 0) {
                throw system_error(std::errc::io_error,
                                   fmt::format("cannot be read at {:#x}", offset));
            }
            out = out.subspan(got);
            offset += got;
        }
    }

private:
    const LockedHive& hive_;
    std::uint64_t size_;
};

/// Whether the ranges ascend without overlap, inside a file of that size, change no length, and
/// have one.
bool ranges_fit(std::span<const ByteRange> ranges, std::uint64_t size) {
    std::uint64_t free_from = 0;
    return std::ranges::all_of(ranges, [&](const ByteRange& range) {
        const std::uint64_t length = range.after.size();
        const bool fits = length > 0 && range.before.size() == length &&
                          range.offset >= free_from && range.offset <= size &&
                          length <= size - range.offset;
        free_from = range.offset + length;
        return fits;
    });
}

/// Compare-and-swap: the file must be the one that the patch was made for, to the last byte.
void check_source(const ByteSource& source, const Patch& patch) {
    if (const auto hash = sha256(source); hash != patch.sha256_before) {
        throw Error(ErrorCode::not_as_planned, fmt::format("the file's SHA-256 is {} instead of {}",
                                                           hash, patch.sha256_before));
    }
    const auto check = [&](std::uint64_t offset, std::span<const std::byte> before) {
        std::vector<std::byte> now(before.size());
        source.read_at(offset, now);
        if (!std::ranges::equal(now, before)) {
            throw Error(ErrorCode::not_as_planned, offset,
                        "the old bytes of the patch are not those of the file");
        }
    };
    for (const auto& range : patch.ranges) {
        check(range.offset, range.before);
    }
    if (patch.size_after() < patch.size) {
        check(patch.size_after(), patch.tail);
    }
}

/// Holds what the changed hive will say against what it says now.
void check_tree(const ByteSource& planned, const Patch& patch) {
    // Taken back, a patch that applied logs leaves the hive that its hash names: dirty, as it was.
    if (patch.fix && patch.undoes) {
        if (regf::plan_replay(planned, {}).result == regf::ReplayResult::clean) {
            throw Error(ErrorCode::failed_check,
                        "the hive would be clean, though logs were to be applied to it");
        }
        return;
    }
    // The tree before the fix is that of the recovered hive, which is as long as the fixed one.
    Patch fix = patch;
    fix.ranges = patch.fix.value_or(patch.ranges);
    const Patch back = reversed(fix);
    const OverlaySource stored(planned, back.ranges);
    const auto size_of = [](const ByteSource& hive) {
        return regf::read_base_block(hive).image_size();
    };
    check_planned_change(verified_copy(stored, size_of(stored)),
                         PrivateImage(private_copy(planned, size_of(planned))), patch);
}

/// Whether the patch does what it says, all of it and nothing else: before a byte is written.
void check_outcome(const ByteSource& planned, const Patch& patch) {
    if (const auto hash = sha256(planned); hash != patch.sha256_after) {
        throw Error(
            ErrorCode::failed_check,
            fmt::format("the file's SHA-256 would be {} instead of {}", hash, patch.sha256_after));
    }
    check_tree(planned, patch);
}

/// What a patch makes of a file, checked before a byte is written. The file is read once.
class CheckedChange {
public:
    /// Throws Error invalid_argument, not_as_planned, failed_check.
    CheckedChange(const ByteSource& source, const Patch& patch)
        : before_(whole(source, patch)), source_(before_->bytes()),
          planned_(patched(source_, patch)) {
        check_source(source_, patch);
        if (!patch.ranges.empty()) {
            check_outcome(planned_, patch);
        }
    }

    const ByteSource& planned() const { return planned_; }

private:
    static std::unique_ptr<MemoryBlock> whole(const ByteSource& source, const Patch& patch) {
        const auto [shorter, longer] = std::minmax({patch.size, patch.size_after()});
        if (!ranges_fit(patch.ranges, shorter) || patch.tail.size() != longer - shorter) {
            throw Error(ErrorCode::invalid_argument, "the patch's ranges do not fit its file");
        }
        if (source.size() != patch.size) {
            throw Error(
                ErrorCode::not_as_planned,
                fmt::format("the file has {} bytes instead of {}", source.size(), patch.size));
        }
        auto bytes = std::make_unique<MemoryBlock>(static_cast<std::size_t>(patch.size));
        source.read_at(0, bytes->bytes());
        return bytes;
    }

    std::unique_ptr<MemoryBlock> before_;
    MemorySource source_;
    OverlaySource planned_;
};

/// Whether the file now is the one that was checked, to the last byte.
void check_written(const ByteSource& now, const ByteSource& planned) {
    if (now.size() != planned.size()) {
        throw Error(ErrorCode::failed_check,
                    fmt::format("the file has {} bytes instead of {}", now.size(), planned.size()));
    }
    std::vector<std::byte> found(std::size_t{256} << 10);
    std::vector<std::byte> wanted(found.size());
    for (std::uint64_t offset = 0; offset < now.size(); offset += found.size()) {
        const auto length =
            static_cast<std::size_t>(std::min<std::uint64_t>(found.size(), now.size() - offset));
        now.read_at(offset, std::span(found).first(length));
        planned.read_at(offset, std::span(wanted).first(length));
        const auto [differs, other] = std::mismatch(
            found.begin(), found.begin() + static_cast<std::ptrdiff_t>(length), wanted.begin());
        if (const auto same = static_cast<std::size_t>(differs - found.begin()); same != length) {
            throw Error(ErrorCode::failed_check, offset + same,
                        "what was written cannot be read again");
        }
    }
}

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
    LockedHive hive(path);
    const CheckedChange change(LockedSource(hive), patch);
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
        check_written(LockedSource(hive), change.planned());
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
    check_written(FileSource(copy.partial_path()), change.planned());
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
