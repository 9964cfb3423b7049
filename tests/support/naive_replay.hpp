// A replay as one would write it in ten lines: a copy of the hive, and every page written into it.
#pragma once

#include "tests/support/hive_cells.hpp"

#include <hivelint/regf/recovered_source.hpp>
#include <hivelint/regf/replay.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace hivelint::test {

/// What RecoveredSource must hold after the first `steps` of `replay`, byte for byte.
inline std::vector<std::byte> naive_replay(std::span<const std::byte> primary,
                                           std::span<const std::vector<std::byte>> logs,
                                           const regf::LogPlan& replay, std::size_t steps) {
    std::vector<std::byte> hive(primary.begin(), primary.end());
    std::ranges::copy(replay.base_block_bytes, hive.begin());
    for (const auto& step : std::span(replay.steps).first(steps)) {
        const auto& log = *replay.logs[step.log];
        const auto& entry = log.entries[step.entry];
        hive.resize(std::max<std::size_t>(hive.size(), kPage + entry.bins_size));
        for (const auto& page : entry.pages) {
            store_bytes(hive, static_cast<std::size_t>(page.offset),
                        std::span(logs[step.log])
                            .subspan(static_cast<std::size_t>(page.in_log), page.size));
        }
        store(hive, 4, entry.sequence, 4);
        store(hive, 8, entry.sequence, 4);
        store(hive, 28, 0, 4);
        store(hive, 40, entry.bins_size, 4);
        if (log.format == regf::LogFormat::new_format) {
            store(hive, 144, (load(hive, 144, 4) & ~1ULL) | (entry.flags & 1U), 4);
        }
        store(hive, 508, base_block_checksum(hive), 4);
    }
    return hive;
}

} // namespace hivelint::test
