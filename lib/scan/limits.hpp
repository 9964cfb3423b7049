// Limits: what the threads of one scan share, so that they neither fill the memory nor the caches.
#pragma once

#include "evidence/container.hpp"
#include "replay/log_search.hpp"
#include "source/private_file.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <semaphore>
#include <utility>
#include <vector>

namespace hivelint {

/// How hives are read from each device, found out once.
class Storage {
public:
    /// Whether the device (st_dev) is a spinning disk, as far as the system says so.
    bool is_rotational(std::uint64_t device);

private:
    std::mutex mutex_;
    std::map<std::uint64_t, bool> known_;
};

/// Lets as many threads read and verify whole hives at once as there are processors for, and one
/// more. With more of them each would find its hive gone from the processor's cache.
class Processors {
public:
    void take();
    void give() { free_->release(); }

private:
    std::once_flag counted_;
    std::optional<std::counting_semaphore<>>
        free_; ///< since the first was taken: asking takes time
};

/// Holds a processor while it lives.
class Working {
public:
    explicit Working(Processors& processors) : processors_(processors) { processors_.take(); }
    ~Working() { processors_.give(); }
    Working(const Working&) = delete;
    Working& operator=(const Working&) = delete;

private:
    Processors& processors_;
};

/// Files of hives that were verified, to be used again: to get as much memory from the system anew
/// takes longer than to verify what is in it.
class PrivateFiles {
public:
    /// The largest one that is free; null when there is none.
    std::shared_ptr<PrivateFile> take();
    /// Nobody else may have it.
    void give(std::shared_ptr<PrivateFile> file);

private:
    std::mutex mutex_;
    std::vector<std::shared_ptr<PrivateFile>> free_;
};

/// Has a file from there while it lives, perhaps another one in the end.
struct FileLease {
    explicit FileLease(PrivateFiles& from) : file(from.take()), files(from) {}
    ~FileLease() { files.give(std::move(file)); }
    FileLease(const FileLease&) = delete;
    FileLease& operator=(const FileLease&) = delete;

    std::shared_ptr<PrivateFile> file;
    PrivateFiles& files;
};

/// What hives that are read whole may take at a time, all together. One alone may take more.
class Memory {
public:
    /// Waits until there is room, behind those who came before.
    void take(std::uint64_t bytes);
    /// Does not wait.
    void take_more(std::uint64_t bytes);
    void give(std::uint64_t bytes);

private:
    static constexpr std::uint64_t kMost = std::uint64_t{16} << 20; // more would leave the caches

    /// One who waits. Each is woken alone, when the room is its own: of thirty who look whether
    /// there is some now, all but one wait again.
    struct Waiting {
        std::uint64_t bytes;
        std::condition_variable room{};
        bool has_room = false;
    };

    bool fits(std::uint64_t bytes) const { return taken_ == 0 || taken_ + bytes <= kMost; }

    std::mutex mutex_;
    std::deque<Waiting*> waiting_;
    std::uint64_t taken_ = 0;
};

/// What all threads of a scan have in common.
struct Limits {
    Limits() = default;
    /// Logs are searched in these places too. Throws Error as LogSearch.
    explicit Limits(const std::vector<std::filesystem::path>& log_places)
        : logs(log_places, evidence) {}

    Container evidence{};
    LogSearch logs{};
    Processors processors{};
    Storage storage{};
    PrivateFiles files{};
    Memory memory{};
};

/// What one target takes of them while it is scanned.
class Allowance {
public:
    explicit Allowance(Limits& limits) : all(limits) {}
    ~Allowance() { all.memory.give(held_); }
    Allowance(const Allowance&) = delete;
    Allowance& operator=(const Allowance&) = delete;

    /// Call it before so many bytes are read in one go. Who holds some does not wait for more:
    /// all could wait for each other.
    void hold(std::uint64_t bytes) {
        if (held_ == 0) {
            all.memory.take(bytes);
        } else {
            all.memory.take_more(bytes);
        }
        held_ += bytes;
    }

    Limits& all;

private:
    std::uint64_t held_ = 0;
};

} // namespace hivelint
