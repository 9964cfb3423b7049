#include <hivelint/patch.hpp>

#include "evidence/companions.hpp"
#include "hex.hpp"
#include "journal.hpp"
#include "regf/bytes.hpp"
#include "sha256.hpp"

#include <hivelint/regf/base_block.hpp>
#include <hivelint/regf/edit.hpp>
#include <hivelint/regf/sequence.hpp>
#include <hivelint/regf/verify.hpp>
#include <hivelint/regf/walker.hpp>

#include <fmt/core.h>

#include <utility>

namespace hivelint {
namespace {

/// What the files beside the hive mean for a change of it.
struct Surroundings {
    std::uint32_t sequence = 0; ///< the first one above every number in the hive and its logs
    bool new_logs = false;
};

Surroundings look_around(const std::filesystem::path& path, const regf::BaseBlock& base_block,
                         const FixOptions& options, std::vector<std::string>& notes) {
    constexpr std::uint32_t kTransactionsPending = 1;
    const Companions companions = companions_of(path);
    const bool pending = (base_block.flags & kTransactionsPending) != 0;
    const auto flags = fmt::format(
        "base block flags {:#x}: transactions may still be rolled forward", base_block.flags);
    if (pending && !options.force) {
        throw Error(ErrorCode::pending_transactions, 144, flags);
    }
    if (pending) {
        notes.push_back("forced; " + flags);
    } else if (!companions.transactions.empty()) {
        notes.push_back(fmt::format(
            "{} lies beside the hive; the base block says that no transactions are pending",
            regf::escaped_bytes(companions.transactions.front().filename().native())));
    }
    regf::LogNumbers numbers = {.highest = base_block.primary_sequence};
    bool new_logs = false;
    for (const auto& log : companions.logs) {
        numbers = regf::log_numbers(FileSource(log.path), numbers.highest);
        new_logs = new_logs || numbers.new_format;
    }
    return {numbers.highest + 1, new_logs};
}

} // namespace

std::string_view to_string(Action action) noexcept {
    return action == Action::set_value ? "set-zero" : "delete";
}

std::uint64_t Patch::bytes_changed() const {
    std::uint64_t count = 0;
    for (const auto& range : ranges) {
        count += range.after.size();
    }
    return count;
}

Patch plan_fix(const std::filesystem::path& path, const Rule& rule, const FixOptions& options) {
    if (read_journal(path)) {
        throw Error(ErrorCode::interrupted_fix,
                    "the journal of an interrupted fix lies beside the hive; recover it first");
    }
    const FileSource source(path);
    const auto base_block = regf::read_base_block(source);
    if (base_block.image_size() > source.size()) {
        throw Error(ErrorCode::truncated, source.size(),
                    fmt::format("the file ends after {} bytes, base block and hive bins take {}",
                                source.size(), base_block.image_size()));
    }
    const regf::VerifiedImage image(read_front(source, base_block.image_size()));
    const MemorySource bytes(image.bytes());
    const Finding finding =
        evaluate(rule, regf::Walker(bytes, base_block)
                           .find_value(regf::parse_key_path(rule.key), regf::to_utf16(rule.value)));
    if (finding.verdict == Verdict::nonstandard && !options.force) {
        throw Error(ErrorCode::nonstandard_value, finding.value->offset,
                    fmt::format("{} of {} bytes is not the documented condition",
                                regf::value_type_name(finding.value->type),
                                finding.value->data.size()));
    }
    Patch patch;
    patch.path = path;
    patch.size = source.size();
    patch.rule = rule.id;
    patch.action = options.action;
    patch.key = rule.key;
    patch.value = rule.value;
    patch.number = rule.remedy.set_to;
    regf::Edit edit = {
        .key = regf::parse_key_path(rule.key),
        .value = regf::to_utf16(rule.value),
        .number = options.action == Action::set_value ? std::optional(patch.number) : std::nullopt,
        .time = options.time,
        .sequence = base_block.primary_sequence + 1,
        .force = options.force,
    };
    if (finding.verdict != Verdict::clear && !regf::edit_value(image, edit).empty()) {
        const auto around = look_around(path, base_block, options, patch.notes);
        edit.sequence = around.sequence;
        // Where the hive has never been stamped, or its logs are of a kind without stamps, the time
        // is not kept up (REGF.md section 2).
        edit.stamp_base_block = !around.new_logs && base_block.last_written.ticks != 0;
        patch.ranges = regf::edit_value(image, edit);
    }
    patch.sha256_before = sha256(source);
    patch.sha256_after =
        patch.ranges.empty() ? patch.sha256_before : sha256(OverlaySource(source, patch.ranges));
    source.check_unchanged();
    return patch;
}

Patch reversed(const Patch& patch) {
    Patch back = patch;
    std::swap(back.sha256_before, back.sha256_after);
    back.undoes = !patch.undoes;
    for (auto& range : back.ranges) {
        std::swap(range.before, range.after);
    }
    return back;
}

std::string preview(const Patch& patch) {
    if (patch.ranges.empty()) {
        return "nothing to do\n";
    }
    const bool sets = patch.action == Action::set_value;
    std::string out = patch.undoes ? "take back: " : "";
    out += sets ? fmt::format("set {} : {} to REG_DWORD {}\n", patch.key, patch.value, patch.number)
                : fmt::format("delete {} : {}\n", patch.key, patch.value);
    out += fmt::format("[HKEY_CURRENT_USER\\{}] \"{}\"={}\n", patch.key, patch.value,
                       sets ? fmt::format("dword:{:08x}", patch.number) : "-");
    for (const auto& range : patch.ranges) {
        out += fmt::format("{:08x}  - {}\n          + {}\n", range.offset, hex(range.before, " "),
                           hex(range.after, " "));
    }
    out += fmt::format("{} bytes in {} ranges; SHA-256 {} becomes {}\n", patch.bytes_changed(),
                       patch.ranges.size(), patch.sha256_before, patch.sha256_after);
    return out;
}

} // namespace hivelint
