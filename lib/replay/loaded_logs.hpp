// The logs of a hive that was taken into memory, as bytes.
#pragma once

#include "evidence/loaded_hive.hpp"

#include <hivelint/replay.hpp>
#include <hivelint/source.hpp>

#include <deque>
#include <span>
#include <vector>

namespace hivelint {

/// What it is made of must outlive it.
class LoadedLogs {
public:
    explicit LoadedLogs(const LoadedHive& loaded) {
        for (const auto& log : loaded.logs) {
            logs_.push_back({log.path, &sources_.emplace_back(log.bytes)});
        }
    }

    std::span<const LogBytes> all() const { return logs_; }

private:
    std::deque<MemorySource> sources_;
    std::vector<LogBytes> logs_;
};

} // namespace hivelint
