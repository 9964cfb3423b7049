// History: every state that a rule's value passed through while the log entries were applied.
#pragma once

#include <hivelint/regf/base_block.hpp>
#include <hivelint/replay.hpp>
#include <hivelint/scan.hpp>
#include <hivelint/source.hpp>

#include <optional>
#include <vector>

namespace hivelint {

/// Fills the history of each check: first what the primary file says, where its base block is
/// `stored`, then each state after an entry. Throws Error when a source cannot be read.
void add_history(const ByteSource& primary, const std::optional<regf::BaseBlock>& stored,
                 const LogReplay& replay, std::vector<CheckResult>& checks);

} // namespace hivelint
