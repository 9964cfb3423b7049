// What the threads of one scan share.
#pragma once

#include <hivelint/scan.hpp>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <semaphore>

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

/// Holds a processor while it lives.
class Working {
public:
    explicit Working(std::counting_semaphore<>& processors) : processors_(processors) {
        processors_.acquire();
    }
    ~Working() { processors_.release(); }
    Working(const Working&) = delete;
    Working& operator=(const Working&) = delete;

private:
    std::counting_semaphore<>& processors_;
};

struct ScanShared {
    /// As many verify and hash as there are processors; the others wait for storage.
    std::counting_semaphore<> processors;
    Storage storage{};
};

/// As the public one.
std::optional<Record> scan_target(const Target& target, const ScanOptions& options,
                                  ScanShared& shared);

} // namespace hivelint
