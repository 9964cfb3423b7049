// Replay of logs that were found already.
#pragma once

#include "evidence/companions.hpp"

#include <hivelint/replay.hpp>

#include <vector>

namespace hivelint {

/// As LogReplay::beside(): `logs` are those that lie beside the hive.
LogReplay replay_of(std::vector<LogFile> logs, const ByteSource& primary);

} // namespace hivelint
