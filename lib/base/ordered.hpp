// Work on many things at once, with the results in their order.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace hivelint {

/// Calls `work(0)` to `work(count - 1)` on up to `jobs` threads and gives each result to `sink`, in
/// the order of the numbers and on the calling thread. Few results wait at a time, whatever the
/// count. What `work` or `sink` throws ends it, and is thrown here.
///
/// Where there is much to do, a thread takes several neighbours at a time: to hand over each of
/// them alone takes longer than to read a hive that is in memory.
template<typename Work, typename Sink>
void run_ordered(std::size_t count, std::size_t jobs, Work work, Sink sink) {
    using Result = decltype(work(std::size_t{}));
    jobs = std::min(jobs, count);
    if (jobs <= 1) {
        for (std::size_t i = 0; i < count; ++i) {
            sink(work(i));
        }
        return;
    }
    constexpr std::size_t kMostAtATime = 16;
    const std::size_t at_a_time = std::clamp<std::size_t>(count / (8 * jobs), 1, kMostAtATime);
    const std::size_t batches = (count + at_a_time - 1) / at_a_time;
    struct Slot {
        std::vector<Result> results{};
        std::exception_ptr failure{}; ///< of what follows the results
        bool done = false;
    };
    std::mutex mutex;
    std::condition_variable room; // for the next batch to be worked on
    std::condition_variable done; // the one that is next in order
    std::vector<Slot> slots(4 * jobs);
    std::size_t next = 0;
    std::size_t given = 0; // of the batches, to the sink
    bool stopped = false;

    const auto worker = [&] {
        std::unique_lock lock(mutex);
        while (true) {
            room.wait(lock,
                      [&] { return stopped || next == batches || next < given + slots.size(); });
            if (stopped || next == batches) {
                return;
            }
            const std::size_t index = next++;
            lock.unlock();
            Slot slot;
            try {
                const std::size_t end = std::min(count, (index + 1) * at_a_time);
                for (std::size_t i = index * at_a_time; i < end; ++i) {
                    slot.results.push_back(work(i));
                }
            } catch (...) {
                slot.failure = std::current_exception();
            }
            slot.done = true;
            lock.lock();
            slots[index % slots.size()] = std::move(slot);
            if (index == given) {
                done.notify_one();
            }
        }
    };
    std::vector<std::jthread> threads;
    const auto stop = [&] {
        const std::lock_guard lock(mutex);
        stopped = true;
        room.notify_all();
    };
    try {
        for (std::size_t i = 0; i < jobs; ++i) {
            try {
                threads.emplace_back(worker);
            } catch (const std::system_error&) { // the system has no more of them: fewer will do
                if (threads.empty()) {
                    throw;
                }
                break;
            }
        }
        for (std::size_t i = 0; i < batches; ++i) {
            Slot slot;
            {
                std::unique_lock lock(mutex);
                Slot& mine = slots[i % slots.size()];
                done.wait(lock, [&] { return mine.done; });
                slot = std::exchange(mine, Slot());
                given = i + 1;
                room.notify_one();
            }
            for (auto& result : slot.results) {
                sink(std::move(result));
            }
            if (slot.failure) {
                std::rethrow_exception(slot.failure);
            }
        }
    } catch (...) {
        stop();
        throw;
    }
    stop();
}

} // namespace hivelint
