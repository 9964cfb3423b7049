#include <hivelint/scan.hpp>

#include "base/caught.hpp"
#include "check/state.hpp"
#include "evidence_files.hpp"
#include "history.hpp"
#include "journal_note.hpp"
#include "notes.hpp"
#include "platform/path_text.hpp"
#include "questions.hpp"
#include "regf/core/base_block_fields.hpp"
#include "replay/log_replay.hpp"
#include "target.hpp"
#include "text/ascii_case.hpp"
#include "text/words.hpp"

#include <hivelint/evidence.hpp>
#include <hivelint/file_source.hpp>
#include <hivelint/regf/name.hpp>
#include <hivelint/text.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <utility>

namespace hivelint {
namespace {

/// Whose hive it is, and what speaks against that.
void name_owner(Record& record, std::u16string_view embedded) {
    const auto owner = owner_of(record.path, embedded);
    record.user = owner.user;
    record.user_by = owner.by;
    const auto& other = owner.by_embedded_name;
    if (owner.by == OwnerBy::path && other && lowered(*other) != lowered(*owner.user)) {
        record.notes.push_back(
            fmt::format("the folder says that it is {}'s, its embedded name {}'s",
                        escaped_exactly(*owner.user), escaped_exactly(*other)));
    }
}

std::string names_of(const std::vector<std::filesystem::path>& paths) {
    std::string names;
    for (const auto& path : paths) {
        names += (names.empty() ? "" : ", ") + escaped_exactly(text_of(path));
    }
    return names;
}

/// NTUSER.DAT and NTUSER.MAN side by side: which one counts. Asked of the usual spellings only,
/// since the folder is not listed for it.
void note_mandatory(Record& record, const FileAt& at) {
    const auto name = lowered(at.name);
    const bool mandatory = name == "ntuser.man";
    if (!mandatory && name != "ntuser.dat") {
        return;
    }
    for (const std::string_view other :
         {mandatory ? "NTUSER.DAT" : "NTUSER.MAN", mandatory ? "ntuser.dat" : "ntuser.man"}) {
        if (is_there(at.beside(other))) {
            record.notes.push_back(
                mandatory ? fmt::format("{} lies beside it: Windows loads this one, the mandatory "
                                        "profile's",
                                        other)
                          : fmt::format("{} lies beside it: Windows loads that one, the mandatory "
                                        "profile's, and not this one",
                                        other));
            return;
        }
    }
}

/// Of a base block that may be damaged.
std::optional<std::u16string> embedded_name(const ByteSource& source) {
    std::array<std::byte, regf::kFieldsSize> fields = {};
    if (source.size() < fields.size()) {
        return std::nullopt;
    }
    source.read_at(0, fields);
    return regf::parse_base_block(regf::Bytes(fields, 0)).file_name;
}

/// What is said of a hive that can be opened.
class TargetScan {
public:
    using Replay = std::function<LogReplay(const ByteSource& primary)>;

    TargetScan(const ByteSource& primary, Replay replay, const ScanOptions& options, Record& record,
               Allowance& allowance)
        : primary_(primary), replay_(std::move(replay)), options_(options), record_(record),
          allowance_(allowance) {}

    void run();

private:
    std::string apply_logs();
    bool scan_recovered(const LogReplay& replay);
    void disown_logs();
    void compare_with_primary(Record& found) const;
    void scan_stored(std::string_view why_no_logs);

    const ByteSource& primary_;
    Replay replay_; ///< of its logs
    const ScanOptions& options_;
    Record& record_;
    Allowance& allowance_;
    std::optional<regf::BaseBlock> stored_;     ///< absent when the base block is damaged
    std::optional<std::u16string> stored_name_; ///< of a damaged base block
};

void TargetScan::run() {
    std::optional<Error> damage;
    try {
        stored_ = regf::read_base_block(primary_);
        record_.base_block = stored_;
        name_owner(record_, stored_->file_name);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::checksum_mismatch) {
            throw;
        }
        damage = error;
        stored_name_ = embedded_name(primary_);
    }
    std::string why_no_logs(kLogsNotApplied);
    if ((!stored_ || stored_->dirty()) && options_.apply_logs) {
        why_no_logs = apply_logs();
        if (why_no_logs.empty()) {
            return;
        }
        if (!stored_ || stored_->primary_sequence == stored_->secondary_sequence) {
            // Else it is told with the numbers.
            record_.notes.push_back(fmt::format(
                "dirty: the base block is damaged; {}, so newer data may be missing", why_no_logs));
        }
    }
    if (damage) {
        throw *damage;
    }
    scan_stored(why_no_logs);
}

/// Scans the hive with the logs beside it applied. Why that could not be; empty when it was.
std::string TargetScan::apply_logs() {
    try {
        const auto replay = replay_(primary_);
        record_.logs = replay.accounts();
        if (const auto searched = replay.searched(); !searched.empty()) {
            record_.notes.push_back("paired by content, not by name: " + names_of(searched));
        }
        if (const auto& reason = replay.plan().reason) {
            const State state = state_of(reason->code());
            if (state != State::unreadable && state != State::not_a_hive) {
                return reason->message();
            }
            fail(record_, *reason); // a log that could not be read
            return std::string(kLogsNotApplied);
        }
        return scan_recovered(replay)
                   ? ""
                   : "with its logs applied it would be damaged, so they were not applied";
    } catch (const Error& error) {
        disown_logs();
        if (state_of(error.code()) != State::unreadable) {
            return fmt::format("{}: {}", kLogsNotApplied, described(error));
        }
        fail(record_, error);
        return std::string(kLogsNotApplied);
    }
}

/// For logs that were applied to no purpose.
void TargetScan::disown_logs() {
    for (auto& log : record_.logs) {
        log.use.used = false;
        log.use.applied = 0;
    }
}

void TargetScan::scan_stored(std::string_view why_no_logs) {
    std::optional<Error> error;
    record_.state =
        worse(record_.state, judge_state(primary_, *stored_, why_no_logs, record_.notes, error));
    if (error) {
        fail(record_, *std::move(error));
    }
    Questions(primary_, *stored_, options_, record_, allowance_).run();
    if (options_.history) {
        for (auto& check : record_.checks) {
            check.history.push_back({{}, {}, check.finding});
        }
    }
}

/// Scans the hive with its logs applied. False when what they make is damaged: then they are not
/// its logs, and the record is as it was.
bool TargetScan::scan_recovered(const LogReplay& replay) {
    const auto recovered = replay.recovered();
    recovered->finish();
    const auto base_block = regf::read_base_block(*recovered);
    // A base block that is damaged can still be read where only its checksum is wrong.
    const bool healed = replay.plan().result == regf::ReplayResult::healed;
    Record found = record_;
    found.state = healed ? State::healed : State::recovered;
    found.notes.push_back(fmt::format(
        "{}: {} applied", healed ? "healed, with the base block of the log" : "recovered",
        summary(replay)));
    if (healed) {
        found.base_block = base_block;
        if (stored_) {
            stored_name_ = stored_->file_name;
        }
        if (stored_name_ && !stored_name_->empty() && !base_block.file_name.empty() &&
            !regf::same_name(*stored_name_, base_block.file_name)) {
            found.notes.push_back(fmt::format(
                "the log's embedded name is {}, the one in the damaged base block {}: the log may "
                "be another hive's",
                escaped_bytes(to_utf8(base_block.file_name)),
                escaped_bytes(to_utf8(*stored_name_))));
        }
        name_owner(found, base_block.file_name);
    }
    static_cast<void>(
        judge_state(*recovered, base_block, kLogsNotApplied, found.notes, found.error));
    Questions questions(*recovered, base_block, options_, found, allowance_);
    // That the logs are its own only shows in what they make of it.
    questions.run(/*in_doubt=*/true);
    if (questions.damaged()) {
        // Its offset is none of the file's.
        const Error& error = *found.error;
        fail(record_, {error.code(), "with its logs applied: " + described(error)});
        disown_logs();
        return false;
    }
    for (auto& check : found.checks) {
        if (const auto& value = check.finding.value) {
            check.in_log = replay.place_of(*recovered, value->offset);
        }
    }
    compare_with_primary(found);
    if (options_.history) {
        add_history(primary_, stored_, replay, found.checks);
    }
    replay.check_unchanged();
    record_ = std::move(found);
    return true;
}

void TargetScan::compare_with_primary(Record& found) const {
    for (auto& check : found.checks) {
        if (!stored_) {
            continue;
        }
        auto primary = ask_walker(primary_, *stored_, check.finding);
        if (!same_answer(primary, check.finding)) {
            check.primary = std::move(primary);
        }
    }
}

/// Whether the hive is read in one go. A spinning disk takes as long for one of the walker's seven
/// pages as for a megabyte; a hive too big for the memory is never read so.
bool read_whole(const FileSource& source, const ScanOptions& options, Limits& limits) {
    constexpr std::uint64_t kWorthSeeking = std::uint64_t{8} << 20;
    constexpr std::uint64_t kMost = std::uint64_t{256} << 20;
    if (source.size() == 0) {
        return false; // there is nothing to read
    }
    if (!options.hashes.empty()) {
        return source.size() <= kMost;
    }
    switch (options.read) {
    case ReadMode::sparse: return false;
    case ReadMode::whole: return source.size() <= kMost;
    case ReadMode::automatic: break;
    }
    return source.size() <= kWorthSeeking && limits.storage.is_rotational(source.id().device);
}

/// Scans the open file.
void scan_file(const FileAt& at, const FileSource& source, const ScanOptions& options,
               Limits& limits, Record& record) {
    Allowance allowance(limits);
    const auto replay = [&](const ByteSource& primary) {
        return replay_of(at, record.path, primary, limits.evidence, limits.logs);
    };
    if (read_whole(source, options, limits)) {
        allowance.hold(source.size());
        FileLease lease(limits.files);
        lease.file = private_copy(source, source.size(), lease.file);
        const MemorySource whole(lease.file->bytes());
        add_hive_file(record, at, source, whole, options);
        TargetScan(whole, replay, options, record, allowance).run();
    } else {
        add_hive_file(record, at, source, source, options);
        TargetScan(source, replay, options, record, allowance).run();
    }
    source.check_unchanged();
}

/// Whether it goes on as a log does behind its base block.
bool is_log(const ByteSource& source) {
    std::array<std::byte, 4> start = {};
    if (source.size() < regf::kFieldsSize + start.size()) {
        return true; // its header alone
    }
    source.read_at(regf::kFieldsSize, start);
    const auto number = regf::Bytes(start, regf::kFieldsSize).u32(0);
    return number == regf::magic::kHvle || number == regf::magic::kDirt;
}

} // namespace

void give_up(Record& record, const Error& error, const ScanOptions& options) {
    record.state = worse(record.state, state_of(error.code()));
    if (record.error) {
        record.notes.push_back(described(*record.error));
    }
    record.error = error;
    record.checks.clear();
    for (const auto& rule : options.rules) {
        record.checks.push_back({undecided(rule, error), {}});
    }
}

bool is_no_hive(const Error& error, const ByteSource& source) {
    return error.code() == ErrorCode::not_a_hive ||
           (error.code() == ErrorCode::wrong_file_type && is_log(source)) ||
           (error.code() == ErrorCode::too_short && source.size() < 4);
}

Record scan_source(const ByteSource& hive, std::span<const LogBytes> logs,
                   const std::filesystem::path& name, const ScanOptions& options) {
    check_rules(options.rules);
    Limits limits;
    Record record;
    record.path = name;
    return scan_bytes(hive, logs, std::move(record), options, limits);
}

Record scan_bytes(const ByteSource& hive, std::span<const LogBytes> logs, Record record,
                  const ScanOptions& options, Limits& limits) {
    record.size = hive.size();
    name_owner(record, {});
    record.state = State::clean;
    try {
        Allowance allowance(limits);
        const auto replay = [&](const ByteSource& primary) { return LogReplay::of(logs, primary); };
        TargetScan(hive, replay, options, record, allowance).run();
        hive.check_unchanged();
    } catch (...) {
        give_up(record, caught(), options);
    }
    return record;
}

std::optional<Record> scan_target(const Target& target, const ScanOptions& options) {
    check_rules(options.rules);
    Limits limits(options.log_places);
    return scan_target(target, options, limits);
}

std::optional<Record> scan_target(const Target& target, const ScanOptions& options,
                                  Limits& limits) {
    Record record;
    record.path = path_of(target.path);
    if (target.problem) {
        record.state = state_of(target.problem->code());
        record.error = target.problem;
        return record;
    }
    if (target.container) {
        record.error = Error(ErrorCode::not_a_hive,
                             "it is a container, which a scan of several targets opens");
        record.state = state_of(record.error->code());
        return record;
    }
    name_owner(record, {});
    record.state = State::clean;
    std::unique_ptr<FileSource> source;
    FileAt at;
    try {
        at = limits.evidence.locate(record.path, target.named);
        source = limits.evidence.open(at, target.id);
        record.size = source->size();
        note_mandatory(record, at);
        scan_file(at, *source, options, limits, record);
    } catch (const Error& error) {
        if (target.only_if_hive && source && is_no_hive(error, *source)) {
            return std::nullopt;
        }
        give_up(record, error, options);
    } catch (...) { // the others are scanned all the same
        give_up(record, caught(), options);
    }
    if (source) {
        try {
            add_log_files(record, at, limits.evidence, options);
            tell_of_journal(at, *source, limits, record);
            // A rollback can have ended before its journal was looked for.
            source->check_unchanged();
        } catch (...) {
            const Error error = caught();
            if (error.code() == ErrorCode::locked) { // what was read changes at this moment
                Record blank;
                blank.path = record.path;
                blank.user = record.user;
                blank.user_by = record.user_by;
                blank.size = record.size;
                record = std::move(blank);
            }
            give_up(record, error, options);
        }
    }
    return record;
}

} // namespace hivelint
