#include "limits.hpp"

#include "platform/storage.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace hivelint {

bool Storage::is_rotational(std::uint64_t device) {
    const std::lock_guard lock(mutex_);
    const auto [known, is_new] = known_.try_emplace(device, false);
    if (is_new) {
        known->second = is_spinning_disk(device);
    }
    return known->second;
}

void Processors::take() {
    std::call_once(counted_, [this] {
        const auto processors = std::max(1U, std::thread::hardware_concurrency());
        free_.emplace(static_cast<std::ptrdiff_t>(processors) + 1); // one waits for storage
    });
    free_->acquire();
}

std::shared_ptr<PrivateFile> PrivateFiles::take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) {
        return nullptr;
    }
    const auto largest = std::ranges::max_element(free_, {}, &PrivateFile::room);
    auto file = std::move(*largest);
    free_.erase(largest);
    return file;
}

void PrivateFiles::give(std::shared_ptr<PrivateFile> file) {
    constexpr std::size_t kWorthKeeping = std::size_t{32} << 20;
    if (file && file->room() < kWorthKeeping) {
        const std::lock_guard lock(mutex_);
        free_.push_back(std::move(file));
    }
}

void Memory::take(std::uint64_t bytes) {
    std::unique_lock lock(mutex_);
    if (waiting_.empty() && fits(bytes)) {
        taken_ += bytes;
        return;
    }
    Waiting self = {.bytes = bytes};
    waiting_.push_back(&self);
    self.room.wait(lock, [&] { return self.has_room; });
}

void Memory::take_more(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    taken_ += bytes;
}

void Memory::give(std::uint64_t bytes) {
    if (bytes == 0) {
        return;
    }
    const std::lock_guard lock(mutex_);
    taken_ -= bytes;
    while (!waiting_.empty() && fits(waiting_.front()->bytes)) {
        auto& first = *waiting_.front();
        waiting_.pop_front();
        taken_ += first.bytes;
        first.has_room = true;
        first.room.notify_one(); // under the lock: else it could be gone by now
    }
}

} // namespace hivelint
