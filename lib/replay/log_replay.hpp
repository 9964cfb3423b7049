// Replay of a hive in a container.
#pragma once

#include "evidence/container.hpp"

#include <hivelint/replay.hpp>

#include <filesystem>

namespace hivelint {

/// As LogReplay::beside(), of a hive in `evidence`.
LogReplay replay_of(const std::filesystem::path& hive, const ByteSource& primary,
                    Container& evidence);

} // namespace hivelint
