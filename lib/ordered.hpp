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
    struct Slot {
        Result result{};
        std::exception_ptr failure{};
        bool done = false;
    };
    std::mutex mutex;
    std::condition_variable room; // for the next one to be worked on
    std::condition_variable done; // the one that is next in order
    std::vector<Slot> slots(4 * jobs);
    std::size_t next = 0;
    std::size_t given = 0; // to the sink
    bool stopped = false;

    const auto worker = [&] {
        std::unique_lock lock(mutex);
        while (true) {
            room.wait(lock,
                      [&] { return stopped || next == count || next < given + slots.size(); });
            if (stopped || next == count) {
                return;
            }
            const std::size_t index = next++;
            lock.unlock();
            Slot slot;
            try {
                slot.result = work(index);
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
        for (std::size_t i = 0; i < count; ++i) {
            Slot slot;
            {
                std::unique_lock lock(mutex);
                Slot& mine = slots[i % slots.size()];
                done.wait(lock, [&] { return mine.done; });
                slot = std::exchange(mine, Slot());
                given = i + 1;
                room.notify_one();
            }
            if (slot.failure) {
                std::rethrow_exception(slot.failure);
            }
            sink(std::move(slot.result));
        }
    } catch (...) {
        stop();
        throw;
    }
    stop();
}

} // namespace hivelint
