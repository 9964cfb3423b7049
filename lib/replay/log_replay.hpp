// Replay of a hive in a container.
#pragma once

#include "evidence/container.hpp"
#include "log_search.hpp"

#include <hivelint/replay.hpp>

#include <filesystem>

namespace hivelint {

/// As LogReplay::beside(), of a hive in `evidence` that is called `path`.
LogReplay replay_of(const FileAt& hive, const std::filesystem::path& path,
                    const ByteSource& primary, Container& evidence);
/// And with the logs that `search` finds for it, in its own folder only where none beside it has
/// its name and holds anything.
LogReplay replay_of(const FileAt& hive, const std::filesystem::path& path,
                    const ByteSource& primary, Container& evidence, LogSearch& search);

} // namespace hivelint
