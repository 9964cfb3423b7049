// The run over many hives.
#include "base/ahead.hpp"
#include "base/ordered.hpp"
#include "evidence/listing.hpp"
#include "platform/storage.hpp"
#include "scan_shared.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

namespace hivelint {
namespace {

/// Reads wait for storage, not for a processor: 32 of them hide what an SSD or a network share
/// takes to answer. A few targets are not worth as many threads.
std::size_t jobs_for(std::size_t asked, std::size_t targets) {
    constexpr std::size_t kDepth = 32;
    constexpr std::size_t kWorthAThread = 4;
    return asked != 0 ? asked : std::clamp<std::size_t>(targets / kWorthAThread, 1, kDepth);
}

} // namespace

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

std::optional<Record> scan_target(const Target& target, const ScanOptions& options) {
    ScanShared shared;
    return scan_target(target, options, shared);
}

void Summary::add(const Record& record) {
    hives += record.checks.empty() ? 0 : 1;
    errors += record.error ? 1 : 0;
    dirty += record.state == State::dirty ? 1 : 0;
    recovered += record.state == State::recovered || record.state == State::healed ? 1 : 0;
    for (const auto& check : record.checks) {
        switch (check.finding.verdict) {
        case Verdict::affected: ++affected; break;
        case Verdict::nonstandard: ++nonstandard; break;
        case Verdict::unknown: ++unknown; break;
        case Verdict::clear: ++clear; break;
        }
    }
}

/// What the threads of a run share, and what they found before the run had all targets.
struct ScanRun::Shared {
    using Early = Ahead<std::optional<Record>>;
    static constexpr std::size_t kMostEarly = 2048; // records are kept until their turn comes

    explicit Shared(ScanOptions scan_options) : options(std::move(scan_options)) {}

    void begin(const Target& target) {
        const std::lock_guard lock(mutex);
        if (begun.contains(target.path)) {
            return;
        }
        if (auto task = early.begin([this, target] { return scan_target(target, options, all); })) {
            begun.emplace(target.path, std::move(task));
        }
    }
    std::optional<Record> record_of(const Target& target) {
        const auto found = begun.find(target.path);
        return found != begun.end() ? early.take(*found->second)
                                    : scan_target(target, options, all);
    }

    ScanOptions options;
    ScanShared all{};
    std::mutex mutex{};
    std::unordered_map<std::string, std::shared_ptr<Early::Task>> begun{};
    Early early{kMostEarly}; // last: its threads use the others
};

ScanRun::ScanRun(const ScanOptions& options) : shared_(std::make_unique<Shared>(options)) {}
ScanRun::~ScanRun() = default;

std::vector<Target> ScanRun::discover(const std::vector<std::filesystem::path>& places,
                                      const DiscoveryOptions& options) {
    return discover_in(*this, places, options, ListAhead::where_slow);
}

std::vector<Target> discover_in(ScanRun& run, const std::vector<std::filesystem::path>& places,
                                const DiscoveryOptions& options, ListAhead ahead) {
    OnFound on_found;
    if (run.shared_->options.jobs == 0) {
        on_found = [&run](const Target& target) { run.shared_->begin(target); };
    }
    return discover(places, options, ahead, on_found);
}

Summary ScanRun::scan(std::span<const Target> targets,
                      const std::function<void(const Record&)>& sink) {
    Summary summary;
    run_ordered(
        targets.size(), jobs_for(shared_->options.jobs, targets.size()),
        [&](std::size_t i) { return shared_->record_of(targets[i]); },
        [&](const std::optional<Record>& record) {
            if (record) {
                summary.add(*record);
                sink(*record);
            }
        });
    return summary;
}

Summary ScanRun::scan(std::span<const Target> targets,
                      const std::function<std::string(const Record&)>& render,
                      const std::function<void(std::string_view)>& write) {
    struct Rendered {
        Summary summary;
        std::string text;
    };
    Summary summary;
    run_ordered(
        targets.size(), jobs_for(shared_->options.jobs, targets.size()),
        [&](std::size_t i) {
            Rendered rendered;
            if (const auto record = shared_->record_of(targets[i])) {
                rendered.summary.add(*record);
                rendered.text = render(*record);
            }
            return rendered;
        },
        [&](const Rendered& rendered) {
            summary.add(rendered.summary);
            if (!rendered.text.empty()) {
                write(rendered.text);
            }
        });
    return summary;
}

Summary scan(std::span<const Target> targets, const ScanOptions& options,
             const std::function<void(const Record&)>& sink) {
    return ScanRun(options).scan(targets, sink);
}

Summary scan(std::span<const Target> targets, const ScanOptions& options,
             const std::function<std::string(const Record&)>& render,
             const std::function<void(std::string_view)>& write) {
    return ScanRun(options).scan(targets, render, write);
}

void Summary::add(const Summary& other) {
    hives += other.hives;
    affected += other.affected;
    clear += other.clear;
    nonstandard += other.nonstandard;
    unknown += other.unknown;
    errors += other.errors;
    dirty += other.dirty;
    recovered += other.recovered;
}

} // namespace hivelint
