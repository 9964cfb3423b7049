// One hive, its logs applied and checked, as a report and perhaps as a new file.
#include "change/journal.hpp"
#include "change/new_file.hpp"
#include "evidence/container.hpp"
#include "hivex/second_parser.hpp"
#include "log_replay.hpp"
#include "text/words.hpp"

#include <hivelint/file_source.hpp>
#include <hivelint/regf/verify.hpp>
#include <hivelint/replay.hpp>

#include <fmt/core.h>

#include <utility>

namespace hivelint {
namespace {

/// Throws Error failed_check unless all parsers find a sound hive.
void check_recovered(const ByteSource& source, ReplayReport& report) {
    const auto base_block = regf::read_base_block(source);
    const regf::VerifiedImage image(read_front(source, base_block.image_size()));
    report.keys = image.report().keys;
    report.values = image.report().values;
    if (const auto* damage = image.report().first_damage()) {
        throw Error(ErrorCode::failed_check, damage->offset,
                    fmt::format("with the logs applied the hive has {} of damage, the first: {}: "
                                "{}; they are not its logs, or it is damaged",
                                counted(image.report().damage, "piece"), to_string(damage->problem),
                                damage->message));
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

void replay_open(Container& evidence, const ReplayOptions& options, ReplayReport& report) {
    const FileAt at = locate(report.path);
    const auto file = evidence.open(at);
    const ByteSource& source = *file;
    refuse_journal(at);
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
    const auto replay = options.logs ? LogReplay::of(*options.logs, source)
                                     : replay_of(at, report.path, source, evidence);
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
    const auto check_unchanged = [&] {
        replay.check_unchanged();
        source.check_unchanged();
    };
    if (options.output) {
        NewFile output(*options.output, "the output file", IfThere::refuse,
                       status_behind(report.path).mode);
        output.write(*recovered);
        make_durable(output.file(), "the output file");
        check_recovered(FileSource(output.partial().in(), output.partial().name), report);
        check_unchanged();
        output.publish();
        report.written = true;
    } else {
        check_recovered(*recovered, report);
        check_unchanged();
    }
}

} // namespace

ReplayReport replay_hive(const std::filesystem::path& path, const ReplayOptions& options) {
    ReplayReport report;
    report.path = path;
    try {
        Container evidence;
        replay_open(evidence, options, report);
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

} // namespace hivelint
