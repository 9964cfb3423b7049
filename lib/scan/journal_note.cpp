#include "journal_note.hpp"

#include "change/journal.hpp"
#include "check/state.hpp"
#include "notes.hpp"
#include "platform/path_text.hpp"
#include "questions.hpp"
#include "replay/log_replay.hpp"

#include <hivelint/change.hpp>
#include <hivelint/text.hpp>

#include <fmt/core.h>

#include <utility>

namespace hivelint {
namespace {

/// What the checks would find in `before`, where that is something else than they found.
void tell_of_answers(const ByteSource& before, const std::string& journal, Record& record) {
    const auto base_block = regf::read_base_block(before);
    for (auto& check : record.checks) {
        auto then = ask_walker(before, base_block, check.finding);
        if (!same_answer(then, check.finding)) {
            record.notes.push_back(fmt::format("{}: rolled back, the hive would be {} for {}{}{}",
                                               journal, to_string(then.verdict),
                                               check.finding.rule->id,
                                               then.reason.empty() ? "" : ", ", then.reason));
            check.rolled_back = std::move(then);
        }
    }
}

/// The same of the hive `before`, as Windows would load it.
void tell_of_rollback(const FileAt& at, const ByteSource& before, const std::string& journal,
                      Limits& limits, Record& record) {
    const auto replay = replay_of(at, record.path, before, limits.evidence);
    if (replay.plan().reason || replay.plan().result == regf::ReplayResult::clean) {
        tell_of_answers(before, journal, record);
        return;
    }
    const auto recovered = replay.recovered();
    recovered->finish();
    tell_of_answers(*recovered, journal, record);
}

} // namespace

void tell_of_journal(const FileAt& at, const ByteSource& source, Limits& limits, Record& record) {
    const auto there = journal_there(at);
    if (!there) {
        return;
    }
    if (there->code() == ErrorCode::locked) {
        throw *there;
    }
    const auto doubt = [&record](const Error& error) {
        record.state = worse(record.state, state_of(error.code()));
        fail(record, error);
    };
    const auto name = escaped_exactly(text_of(journal_of(record.path).filename()));
    try {
        const auto rollback = pending_rollback(at, source);
        doubt(*there);
        if (!rollback || rollback->ranges.empty()) {
            record.notes.push_back(name + ": the fix had not changed the hive yet");
        } else {
            tell_of_rollback(at, patched(source, *rollback), name, limits, record);
        }
    } catch (const Error& error) {
        doubt(error);
    }
}

} // namespace hivelint
