// One hive, its logs applied and checked, as a report and perhaps as a new file.
#include "change/journal.hpp"
#include "change/new_file.hpp"
#include "evidence/container.hpp"
#include "evidence/loaded_hive.hpp"
#include "hivex/second_parser.hpp"
#include "loaded_logs.hpp"
#include "log_replay.hpp"
#include "platform/path_text.hpp"
#include "text/words.hpp"

#include <hivelint/file_source.hpp>
#include <hivelint/regf/verify.hpp>
#include <hivelint/replay.hpp>

#include <fmt/core.h>

#include <functional>
#include <utility>
#include <vector>

namespace hivelint {
namespace {

/// Throws Error failed_check unless all parsers find a sound hive.
void check_recovered(const ByteSource& source, ReplayReport& report) {
    const auto base_block = regf::read_base_block(source);
    const regf::VerifiedImage image(read_front(source, base_block.image_size()));
    report.keys = image.report().keys;
    report.values = image.report().values;
    if (const auto* damage = image.report().first_damage()) {
        const auto what = fmt::format("the hive has {} of damage, the first: {}: {}",
                                      counted(image.report().damage, "piece"),
                                      to_string(damage->problem), damage->message);
        throw Error(ErrorCode::failed_check, damage->offset,
                    *report.result == regf::ReplayResult::clean
                        ? what
                        : fmt::format("with the logs applied {}; they are not its logs, or it is "
                                      "damaged",
                                      what));
    }
    const auto count = count_with_hivex(image);
    if (!count) {
        return;
    }
    if (count->keys != report.keys || count->values != report.values) {
        throw Error(ErrorCode::parsers_disagree,
                    fmt::format("verify counts {} keys and {} values, hivex {} and {}", report.keys,
                                report.values, count->keys, count->values));
    }
    report.confirmed = true;
}

/// What is read and where it goes.
struct Job {
    const FileAt at;
    const std::optional<std::vector<std::filesystem::path>>& logs; ///< absent: its own
    const std::optional<std::filesystem::path>& output;
    const LoadedHive* loaded = nullptr; ///< of a hive in a container
};

/// Checks the hive, in its new file where there is to be one.
void check_and_write(const ByteSource& hive, const Job& job,
                     const std::function<void()>& check_unchanged, ReplayReport& report) {
    if (!job.output) {
        check_recovered(hive, report);
        check_unchanged();
        return;
    }
    NewFile output(*job.output, "the output file", IfThere::refuse,
                   job.loaded != nullptr ? kOwnerOnly : status_of(job.at.in(), job.at.name).mode);
    output.write(hive);
    make_durable(output.file(), "the output file");
    check_recovered(FileSource(output.partial().in(), output.partial().name), report);
    check_unchanged();
    output.publish();
    report.written = true;
}

void replay_open(Container& evidence, LogSearch& search, const Job& job, const ByteSource& source,
                 ReplayReport& report) {
    if (job.loaded == nullptr) {
        refuse_journal(job.at);
    } else if (job.loaded->has_journal) {
        throw Error(ErrorCode::interrupted_fix,
                    "a journal lies beside it, of a fix that was cut off");
    }
    try {
        const auto base_block = regf::read_base_block(source);
        if (!base_block.dirty()) { // what lies beside it does not matter
            report.base_block = base_block;
            if (base_block.image_size() > source.size()) {
                throw Error(ErrorCode::truncated, source.size(),
                            fmt::format("the file ends after {} bytes, base block and hive bins "
                                        "take {}; no log is to be applied",
                                        source.size(), base_block.image_size()));
            }
            report.result = regf::ReplayResult::clean;
            if (job.output) {
                report.size = source.size();
                report.sequence = base_block.primary_sequence;
                report.bins_size = base_block.bins_size;
                check_and_write(source, job, [&source] { source.check_unchanged(); }, report);
            }
            return;
        }
        if (base_block.checksum_valid()) {
            report.base_block = base_block;
        }
    } catch (const Error& error) {
        if (error.code() != ErrorCode::checksum_mismatch) {
            throw;
        }
    }
    std::optional<LoadedLogs> in_memory;
    if (job.loaded != nullptr) {
        in_memory.emplace(*job.loaded);
    }
    const auto replay = job.logs    ? LogReplay::of(*job.logs, source)
                        : in_memory ? LogReplay::of(in_memory->all(), source)
                                    : replay_of(job.at, report.path, source, evidence, search);
    const auto& plan = replay.plan();
    report.result = plan.result;
    report.summary = summary(replay);
    report.logs = replay.accounts();
    for (const auto& log : plan.logs) {
        report.entries.push_back(log ? log->entries : std::vector<regf::LogEntry>());
    }
    if (plan.reason) {
        throw *plan.reason;
    }
    const auto recovered = replay.recovered();
    recovered->finish();
    report.sequence = replay.next_sequence();
    recovered->set_sequence(report.sequence);
    report.size = recovered->size();
    report.bins_size = regf::read_base_block(*recovered).bins_size;
    check_and_write(
        *recovered, job,
        [&] {
            replay.check_unchanged();
            source.check_unchanged();
        },
        report);
}

ReplayReport replay_target(const Target& hive,
                           const std::optional<std::vector<std::filesystem::path>>& logs,
                           const std::optional<std::filesystem::path>& output, LogSearch& search,
                           Container& evidence, const ContainerOptions& containers = {}) {
    ReplayReport report;
    report.path = path_of(hive.path);
    report.output = output;
    try {
        if (hive.problem) {
            throw Error(*hive.problem);
        }
        if (const auto target = target_in_container(report.path)) {
            const auto loaded = load_hive(*target, containers);
            replay_open(evidence, search, {{}, logs, output, &loaded},
                        MemorySource(loaded.hive.bytes), report);
            return report;
        }
        const FileAt at = evidence.locate(report.path, hive.named);
        const auto source = evidence.open(at, hive.id);
        replay_open(evidence, search, {at, logs, output}, *source, report);
    } catch (const Error& error) {
        report.error = error;
        if (report.result) { // what the logs make of it is not believed: the hive is what it was
            if (*report.result != regf::ReplayResult::clean) {
                report.result = regf::ReplayResult::dirty;
            }
            for (auto& log : report.logs) {
                log.use.used = false;
                log.use.applied = 0;
            }
        }
    }
    return report;
}

} // namespace

ReplayReport replay_hive(const std::filesystem::path& path, const ReplayOptions& options) {
    Container evidence;
    LogSearch search(options.log_places, evidence);
    Target hive;
    hive.path = text_of(path);
    return replay_target(hive, options.logs, options.output, search, evidence, options.containers);
}

struct ReplayRun::Shared {
    Container evidence{};
    LogSearch search;
    explicit Shared(const std::vector<std::filesystem::path>& log_places)
        : search(log_places, evidence) {}
};

ReplayRun::ReplayRun(std::span<const Target> hives,
                     const std::vector<std::filesystem::path>& log_places)
    : shared_(std::make_unique<Shared>(log_places)) {
    if (shared_->search.has_places()) {
        shared_->search.add_hives(hives, shared_->evidence);
    }
}
ReplayRun::~ReplayRun() = default;

std::optional<ReplayReport> ReplayRun::replay(const Target& hive,
                                              const std::optional<std::filesystem::path>& output) {
    auto report = replay_target(hive, {}, output, shared_->search, shared_->evidence);
    const auto none = [](const Error& error) {
        return error.code() == ErrorCode::not_a_hive || error.code() == ErrorCode::too_short ||
               error.code() == ErrorCode::wrong_file_type;
    };
    if (hive.only_if_hive && report.error && none(*report.error)) {
        return std::nullopt;
    }
    return report;
}

std::vector<std::string> ReplayRun::log_notes() const { return shared_->search.notes(); }

} // namespace hivelint
