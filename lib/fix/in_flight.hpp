// Several hives in flight, until somebody asks to stop.
#pragma once

#include "base/ordered.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>

namespace hivelint {

/// How many hives are written to at a time: writing waits for storage, and more than a few make a
/// disk seek.
inline std::size_t writers_for(std::size_t hives) {
    constexpr std::size_t kAtATime = 8;
    constexpr std::size_t kWorthAThread = 4;
    return std::clamp<std::size_t>(hives / kWorthAThread, 1, kAtATime);
}

/// Calls `work` with the numbers below `count` as run_ordered() does, and `sink` with each result
/// that there is. `stop`, which may be empty, is asked before each hive; when `sink` throws, none
/// is begun any more. Whether hives were left.
template<typename Work, typename Sink>
bool run_until_stopped(std::size_t count, std::size_t jobs, const std::function<bool()>& stop,
                       Work work, Sink sink) {
    using Result = decltype(work(std::size_t{}));
    std::atomic<bool> left = false;
    run_ordered(
        count, jobs,
        [&](std::size_t i) -> Result {
            if (left || (stop && stop())) {
                left = true;
                return std::nullopt;
            }
            return work(i);
        },
        [&](const Result& result) {
            if (!result) {
                return;
            }
            try {
                sink(*result);
            } catch (...) {
                left = true;
                throw;
            }
        });
    return left;
}

} // namespace hivelint
