#include "container_scan.hpp"

#include "base/caught.hpp"
#include "change/journal.hpp"
#include "check/state.hpp"
#include "platform/path_text.hpp"
#include "questions.hpp"
#include "source/hashes.hpp"
#include "target.hpp"

#include <hivelint/regf/base_block.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace hivelint {
namespace {

Record record_at(const ContainedAt& at) {
    Record record;
    record.path = path_of(at.path);
    if (at.steps.size() > 1) {
        record.steps = at.steps;
    }
    return record;
}

std::optional<regf::FileTime> time_of(std::uint64_t ticks) {
    return ticks == 0 ? std::nullopt : std::optional(regf::FileTime{ticks});
}

EvidenceFile evidence_of(const ContainedFile& file, const ScanOptions& options) {
    return {.path = path_of(file.path),
            .size = file.bytes->size(),
            .inode = file.inode,
            .modified = time_of(file.modified),
            .changed = time_of(file.changed),
            .created = time_of(file.created),
            .hashes = hashes_of(*file.bytes, options.hashes)};
}

/// Whether a file that need not be a hive is none.
bool is_none(const ByteSource& content) {
    try {
        static_cast<void>(regf::read_base_block(content));
        return false;
    } catch (const Error& error) {
        return is_no_hive(error, content);
    }
}

Record scanned(const ContainedHive& hive, const ScanOptions& options, Limits& limits) {
    Record record = record_at(hive.at);
    record.place_in_container = hive.place;
    std::vector<LogBytes> logs;
    logs.reserve(hive.logs.size());
    for (const auto& log : hive.logs) {
        logs.push_back({path_of(log.path), log.bytes});
    }
    try {
        if (!options.hashes.empty()) {
            record.files.push_back(evidence_of(hive.file, options));
            for (const auto& log : hive.logs) {
                record.files.push_back(evidence_of(log, options));
            }
        }
        record = scan_bytes(*hive.file.bytes, logs, std::move(record), options, limits);
    } catch (...) { // the others are scanned all the same
        give_up(record, caught(), options);
    }
    if (hive.lost_log) {
        fail(record, {hive.lost_log->code(),
                      "a log beside it could not be read: " + hive.lost_log->message()});
    }
    if (hive.has_journal) {
        record.state = worse(record.state, State::interrupted);
        fail(record, {ErrorCode::interrupted_fix,
                      "a journal lies beside it, of a fix that was cut off; what is told is what "
                      "is stored"});
    }
    return record;
}

} // namespace

std::vector<Record> scan_container(const Target& target, const ScanOptions& options, Limits& limits,
                                   const LookAtHive& look) {
    std::vector<Record> records;
    const auto add_problem = [&](Record record, const Error& error) {
        record.state = State::unreadable;
        record.error = error;
        records.push_back(std::move(record));
    };
    const ContainerVisitor visitor = {
        .hive =
            [&](const ContainedHive& hive) {
                if (!hive.only_if_hive || !is_none(*hive.file.bytes)) {
                    records.push_back(scanned(hive, options, limits));
                    if (look) {
                        look(hive, records.back());
                    }
                }
            },
        .lost =
            [&](const ContainedAt& at, std::uint64_t size, const Error& error) {
                Record record = record_at(at);
                record.size = size;
                give_up(record, error, options);
                records.push_back(std::move(record));
            },
        .problem = [&](const ContainedAt& at,
                       const Error& error) { add_problem(record_at(at), error); },
        .stopped = [&] { return options.stop.stop_requested(); }};
    try {
        const auto at = limits.evidence.locate(path_of(target.path), target.named);
        if (const auto journal = journal_there(at)) { // what is told is what is stored
            add_problem(record_at({.path = target.path}), *journal);
        }
        visit_container(at, target, options.inside, options.containers, visitor);
    } catch (...) {
        add_problem(record_at({.path = target.path}), caught());
    }
    std::ranges::sort(records, {}, [](const Record& record) { return text_of(record.path); });
    return records;
}

} // namespace hivelint
