// Where a change of a hive can come from. Journals and undo records are untrusted: they may change
// only what a fix of that very hive would have changed, to the byte.
#pragma once

#include "platform/file.hpp"

#include <hivelint/change.hpp>
#include <hivelint/check.hpp>

#include <filesystem>
#include <span>

namespace hivelint {

/// Throws Error bad_journal (the caller may call it otherwise) unless a fix of what rules of
/// packs(), and `rules`, find makes `change` of the hive `before`; with the logs that lie beside
/// the hive, where `change` makes a clean hive of a dirty one. `at` and `path` say where it lies.
void require_fix(const ByteSource& before, const FileChange& change, const FileAt& at,
                 const std::filesystem::path& path, std::span<const RulePtr> rules);

} // namespace hivelint
