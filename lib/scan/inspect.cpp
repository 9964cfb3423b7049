#include <hivelint/inspect.hpp>

#include "change/journal.hpp"
#include "check/state.hpp"
#include "evidence/container.hpp"
#include "notes.hpp"
#include "regf/verify/verified_copy.hpp"
#include "source/sha256.hpp"
#include "text/words.hpp"

#include <hivelint/evidence.hpp>

#include <algorithm>

namespace hivelint {
namespace {

void inspect_open(const ByteSource& source, Inspection& result) {
    const InspectOptions& asked = result.asked;
    if (asked.verify || asked.counts) {
        result.sha256 = sha256(source);
    }
    result.base_block = regf::read_base_block(source);
    const auto& base_block = *result.base_block;
    const auto owner = owner_of(result.path, base_block.file_name);
    result.user = owner.user;
    result.user_by = owner.by;
    result.state = judge_state(source, base_block, kLogsNotApplied, result.notes, result.error);
    if (asked.verify || asked.counts) {
        // Of a cut file, verify what is there.
        const auto held = std::min(base_block.image_size(), source.size());
        result.report = regf::verified_copy(source, held).report();
        const auto* damage = result.report->first_damage();
        if (damage != nullptr && damage->problem != regf::Problem::base_block) {
            result.state = worse(result.state, State::corrupt);
        }
    }
    if (asked.key) {
        regf::Walker walker(source, base_block);
        result.key = walker.list_key(*asked.key);
        if (!result.key) {
            result.notes.emplace_back("there is no such key");
        } else if (result.key->unreachable) {
            result.notes.emplace_back(
                "on the way to the key lies a wrong hash: Windows does not find it");
        }
    }
    source.check_unchanged();
}

} // namespace

Inspection inspect(const std::filesystem::path& path, const InspectOptions& options) {
    Inspection result;
    result.path = path;
    result.asked = options;
    try {
        const FileAt at = locate(path);
        const auto source = Container().open(at);
        result.size = source->size();
        inspect_open(*source, result);
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
