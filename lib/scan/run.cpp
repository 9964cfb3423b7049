#include "run.hpp"

#include "base/ahead.hpp"
#include "base/ordered.hpp"
#include "container_scan.hpp"
#include "evidence/listing.hpp"
#include "limits.hpp"
#include "target.hpp"

#include <hivelint/scan.hpp>

#include <algorithm>
#include <memory>
#include <mutex>
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

ScanOptions checked(ScanOptions options) {
    check_rules(options.rules);
    return options;
}

} // namespace

/// What the threads of a run share, and what they found before the run had all targets.
struct ScanRun::Shared {
    using Early = Ahead<std::optional<Record>>;
    static constexpr std::size_t kMostEarly = 2048; // records are kept until their turn comes

    explicit Shared(ScanOptions scan_options)
        : options(checked(std::move(scan_options))), limits(options.log_places) {}

    void begin(const Target& target) {
        const std::lock_guard lock(mutex);
        if (begun.contains(target.path)) {
            return;
        }
        if (auto task =
                early.begin([this, target] { return scan_target(target, options, limits); })) {
            begun.emplace(target.path, std::move(task));
        }
    }
    /// Which log is whose shows when all hives are known that it could be of.
    void know(std::span<const Target> targets) {
        if (limits.logs.has_places()) {
            limits.logs.add_hives(targets, limits.evidence);
        }
    }
    std::vector<Record> records_of(const Target& target) {
        std::vector<Record> records;
        if (target.container) {
            records = scan_container(target, options, limits);
        } else {
            const auto found = begun.find(target.path);
            auto record = found != begun.end() ? early.take(*found->second)
                                               : scan_target(target, options, limits);
            if (record) {
                records.push_back(*std::move(record));
            }
        }
        if (options.review) {
            std::ranges::for_each(records, options.review);
        }
        return records;
    }

    /// Makes something of the records of each target, on several threads, and gives it on in order.
    template<typename Made, typename Make, typename Give>
    Summary scan(std::span<const Target> targets, Make make, Give give) {
        know(targets);
        Summary summary;
        std::size_t done = 0;
        run_ordered(
            targets.size(), jobs_for(options.jobs, targets.size()),
            [&](std::size_t i) -> std::optional<Made> {
                if (options.stop.stop_requested()) {
                    return std::nullopt;
                }
                return make(records_of(targets[i]));
            },
            [&](const std::optional<Made>& made) {
                if (!made) {
                    ++summary.left;
                    return;
                }
                give(*made, summary);
                summary.containers += targets[done].container ? 1 : 0;
                ++done;
                if (options.progress) {
                    options.progress(done, targets.size());
                }
            });
        return summary;
    }

    ScanOptions options;
    Limits limits;
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
    // Which log is whose is known when all hives are.
    if (run.shared_->options.jobs == 0 && !run.shared_->limits.logs.has_places()) {
        on_found = [&run](const Target& target) { run.shared_->begin(target); };
    }
    return discover(places, options, ahead, on_found);
}

Summary ScanRun::scan(std::span<const Target> targets,
                      const std::function<void(const Record&)>& sink) {
    return shared_->scan<std::vector<Record>>(
        targets, [](std::vector<Record> records) { return records; },
        [&](const std::vector<Record>& records, Summary& summary) {
            for (const auto& record : records) {
                summary.add(record);
                sink(record);
            }
        });
}

Summary ScanRun::scan(std::span<const Target> targets,
                      const std::function<std::string(const Record&)>& render,
                      const std::function<void(std::string_view)>& write) {
    struct Rendered {
        Summary summary;
        std::string text;
    };
    return shared_->scan<Rendered>(
        targets,
        [&](const std::vector<Record>& records) {
            Rendered rendered;
            for (const auto& record : records) {
                rendered.summary.add(record);
                rendered.text += render(record);
            }
            return rendered;
        },
        [&](const Rendered& rendered, Summary& summary) {
            summary.add(rendered.summary);
            if (!rendered.text.empty()) {
                write(rendered.text);
            }
        });
}

std::vector<std::string> ScanRun::log_notes() const { return shared_->limits.logs.notes(); }

Summary scan(std::span<const Target> targets, const ScanOptions& options,
             const std::function<void(const Record&)>& sink) {
    return ScanRun(options).scan(targets, sink);
}

Summary scan(std::span<const Target> targets, const ScanOptions& options,
             const std::function<std::string(const Record&)>& render,
             const std::function<void(std::string_view)>& write) {
    return ScanRun(options).scan(targets, render, write);
}

} // namespace hivelint
