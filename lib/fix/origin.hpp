// Where a change of a hive can come from. Journals and undo records are untrusted: they may change
// only what a fix of that very hive would have changed, to the byte.
#pragma once

#include "hive_at.hpp"

#include <hivelint/change.hpp>
#include <hivelint/check.hpp>

#include <hivelint/replay.hpp>

#include <optional>
#include <span>

namespace hivelint {

/// Throws Error bad_journal (the caller may call it otherwise) unless a fix of what rules of
/// packs(), and `rules`, find makes `change` of the hive `before`; with the logs that lie beside
/// the hive, where `change` makes a clean hive of a dirty one. `logs` are these, where `hive` is no
/// file of its own.
void require_fix(const ByteSource& before, const FileChange& change, const HiveAt& hive,
                 const std::optional<std::span<const LogBytes>>& logs,
                 std::span<const RulePtr> rules);

} // namespace hivelint
