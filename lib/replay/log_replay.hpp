// Replay of a hive in a container.
#pragma once

#include "evidence/container.hpp"

#include <hivelint/replay.hpp>

#include <filesystem>

namespace hivelint {

/// As LogReplay::beside(), of a hive in `evidence` that is called `path`.
LogReplay replay_of(const FileAt& hive, const std::filesystem::path& path,
                    const ByteSource& primary, Container& evidence);

} // namespace hivelint
