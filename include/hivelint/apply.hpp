/// \file
/// Apply: puts a patch into a hive in place, so that a crash at any instant leaves the old hive or
/// the new one.
///
/// A journal beside the hive holds the old bytes. It is complete and durable before the first byte
/// of the hive changes and is removed after the last one is durable and checked. A journal found
/// beside a hive therefore means an interrupted fix, and recover() takes it back.
#pragma once

#include <hivelint/error.hpp>
#include <hivelint/evidence.hpp>
#include <hivelint/export.hpp>
#include <hivelint/patch.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace hivelint {

/// How apply() and undo() change a file.
struct ApplyOptions {
    bool preserve_times = false; ///< give the file its old modification time again
    /// Called when the file is locked, known to be the one that the patch was made for, and the
    /// patch is checked, before anything is written. What it throws ends apply().
    std::function<void()> before_change{};
};

/// Checks what the patch makes of the file at `path`: the hash is the planned one, the hive is
/// sound, and both parsers see the old tree but for the planned change. Then writes it into the
/// file, which keeps its inode, owner, mode, attributes and hard links, and holds what is there
/// against what was checked, byte for byte; what differs is rolled back. Throws Error: locked,
/// interrupted_fix, not_as_planned (the file's hash is not sha256_before), failed_check, and what
/// opening and writing files throws; the hive is then as it was.
HIVELINT_API void apply(const Patch& patch, const std::filesystem::path& path,
                        const ApplyOptions& options = {});

/// Writes a patched copy to `output`, which must not exist, and leaves the hive alone. The copy is
/// written beside `output` as `.NAME.hivelint-partial-N`, checked as apply() does, and gets its
/// name when it is durable: a crash leaves it whole or not at all there.
/// Throws Error: already_exists, and as apply().
HIVELINT_API void apply_to_copy(const Patch& patch, const std::filesystem::path& path,
                                const std::filesystem::path& output);

/// The hive `hive` as the patch makes it, checked as apply() does: for a hive that is bytes. With
/// reversed(patch), what was before. Throws Error: not_as_planned, failed_check.
HIVELINT_API std::vector<std::byte> apply_to_bytes(const Patch& patch, const ByteSource& hive);

/// What recover() found and did.
enum class Recovery : std::uint8_t {
    nothing_to_do, ///< there is no journal
    untouched,     ///< the journal was not complete, so the hive was not changed yet; it is removed
    rolled_back,   ///< the old bytes are back, and the journal is removed
    would_recover, ///< a dry run: one of these two
    discarded,     ///< the journal fits nothing, and was put aside
};
/// `nothing-to-do`, `untouched`, `rolled-back`, `would-recover`, `discarded`
HIVELINT_API std::string_view to_string(Recovery recovery) noexcept;

/// How recover() works.
struct RecoverOptions {
    bool dry_run = false; ///< look, and write nothing
    /// Put a journal aside that fits nothing, as `NAME.hivelint-journal.discarded-N`.
    bool discard = false;
    /// What a fix may have mended, besides what the rules of packs() find.
    std::vector<RulePtr> rules{};
    ContainerOptions containers{}; ///< how images are opened
};

/// What became of one hive that was to be recovered.
struct RecoveredHive {
    std::filesystem::path path;                ///< of the hive
    Recovery result = Recovery::nothing_to_do; ///< what was done
    std::optional<Error> reason;               ///< why nothing was done, though a journal is there
    std::optional<std::filesystem::path> kept_as; ///< the journal that was put aside
};

/// Rolls an interrupted fix of the hive at `path` back. A journal that is not complete is removed
/// when the hive still has the size and the hash that it names, and is a hive, be its base block
/// damaged; when it is cut before these, that must do.
/// The journal is not trusted: it is carried out only when it takes back what a fix by rules
/// of packs(), and `rules`, makes of that very hive, to the byte, with its logs where the hive was
/// dirty; and it goes when the hive, read again, has the hash that it had. Throws Error: locked,
/// bad_journal (no journal, a damaged one, of another file, or one that no fix wrote), as
/// regf::plan_replay() without logs, failed_check, and what opening and writing files throws. Hive
/// and journal are then left as they are.
HIVELINT_API Recovery recover(const std::filesystem::path& path,
                              std::span<const RulePtr> rules = {});
/// The same for a hive that discover() found: it must still be that file, reached through no link
/// behind the place that was named. Does not throw: the reason is told.
HIVELINT_API RecoveredHive recover(const Target& target, const RecoverOptions& options = {});

} // namespace hivelint
