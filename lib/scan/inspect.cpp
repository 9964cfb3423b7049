#include <hivelint/inspect.hpp>

#include "change/journal.hpp"
#include "check/state.hpp"
#include "evidence/container.hpp"
#include "evidence/loaded_hive.hpp"
#include "notes.hpp"
#include "regf/verify/verified_copy.hpp"
#include "replay/loaded_logs.hpp"
#include "replay/log_replay.hpp"
#include "source/hashes.hpp"
#include "text/words.hpp"

#include <hivelint/evidence.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <utility>

namespace hivelint {
namespace {

/// Looks at one hive, as stored and with its logs.
class Look {
public:
    Look(const ByteSource& stored, std::function<LogReplay()> replay, Inspection& result)
        : stored_(stored), replay_(std::move(replay)), result_(result) {}

    void run();

private:
    std::string apply_logs();
    void tell(const ByteSource& source, const regf::BaseBlock& base_block);

    const ByteSource& stored_;
    std::function<LogReplay()> replay_; ///< of its logs
    Inspection& result_;
};

void Look::run() {
    const InspectOptions& asked = result_.asked;
    if (asked.verify || asked.counts) {
        result_.sha256 = sha256(stored_);
    }
    std::optional<Error> damage;
    try {
        result_.base_block = regf::read_base_block(stored_);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::checksum_mismatch) {
            throw;
        }
        damage = error;
    }
    std::string why(kLogsNotApplied);
    if ((damage || result_.base_block->dirty()) && asked.apply_logs) {
        why = apply_logs();
    }
    if (!result_.recovered) {
        if (damage) {
            throw *damage;
        }
        result_.state =
            judge_state(stored_, *result_.base_block, why, result_.notes, result_.error);
        tell(stored_, *result_.base_block);
    }
    stored_.check_unchanged();
}

/// Tells of the hive with its logs applied. Why that could not be; empty when it was.
std::string Look::apply_logs() {
    const auto replay = replay_();
    result_.logs = replay.accounts();
    const auto& plan = replay.plan();
    if (plan.reason) {
        return plan.reason->message();
    }
    const auto recovered = replay.recovered();
    recovered->finish();
    const auto base_block = regf::read_base_block(*recovered);
    const auto image = regf::verified_copy(*recovered, base_block.image_size());
    if (const auto* found = image.report().first_damage()) {
        for (auto& log : result_.logs) {
            log.use.used = false;
            log.use.applied = 0;
        }
        return fmt::format("with its logs applied it would be damaged ({}: {}), so they were not",
                           to_string(found->problem), found->message);
    }
    result_.recovered = true;
    const bool healed = plan.result == regf::ReplayResult::healed;
    if (healed) {
        result_.base_block = base_block;
    }
    static_cast<void>(
        judge_state(*recovered, base_block, kLogsNotApplied, result_.notes, result_.error));
    result_.state = healed ? State::healed : State::recovered;
    result_.notes.push_back(fmt::format(
        "{}: {} applied; offsets are those of the recovered hive, not of the file",
        healed ? "healed, with the base block of the log" : "recovered", summary(replay)));
    tell(*recovered, base_block);
    replay.check_unchanged();
    return {};
}

void Look::tell(const ByteSource& source, const regf::BaseBlock& base_block) {
    const InspectOptions& asked = result_.asked;
    const auto owner = owner_of(result_.path, base_block.file_name);
    result_.user = owner.user;
    result_.user_by = owner.by;
    if (asked.verify || asked.counts) {
        // Of a cut file, verify what is there.
        const auto held = std::min(base_block.image_size(), source.size());
        result_.report = regf::verified_copy(source, held).report();
        const auto* damage = result_.report->first_damage();
        if (damage != nullptr && damage->problem != regf::Problem::base_block) {
            result_.state = worse(result_.state, State::corrupt);
        }
    }
    if (asked.key) {
        regf::Walker walker(source, base_block);
        result_.key = walker.list_key(*asked.key);
        if (!result_.key) {
            result_.notes.emplace_back("there is no such key");
        } else if (result_.key->unreachable) {
            result_.notes.emplace_back(
                "on the way to the key lies a wrong hash: Windows does not find it");
        }
    }
}

void inspect_contained(const Target& target, Inspection& result) {
    const auto loaded = load_hive(target, result.asked.containers);
    const MemorySource hive(loaded.hive.bytes);
    const LoadedLogs logs(loaded);
    result.size = hive.size();
    Look(hive, [&] { return LogReplay::of(logs.all(), hive); }, result).run();
    if (loaded.has_journal) {
        throw Error(ErrorCode::interrupted_fix, "a journal lies beside it, of a fix that was cut "
                                                "off");
    }
}

} // namespace

Inspection inspect(const std::filesystem::path& path, const InspectOptions& options) {
    Inspection result;
    result.path = path;
    result.asked = options;
    Container evidence;
    LogSearch logs(options.log_places, evidence);
    try {
        if (const auto target = target_in_container(path)) {
            inspect_contained(*target, result);
            return result;
        }
        const FileAt at = locate(path);
        const auto source = evidence.open(at);
        result.size = source->size();
        Look(*source, [&] { return replay_of(at, path, *source, evidence, logs); }, result).run();
        refuse_journal(at);
    } catch (const Error& error) {
        result.state =
            worse(result.base_block ? result.state : State::clean, state_of(error.code()));
        if (!result.error) {
            result.error = error;
        } else {
            result.notes.push_back(described(error));
        }
    }
    return result;
}

} // namespace hivelint
