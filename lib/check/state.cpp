#include "state.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace hivelint {

std::string_view to_string(State state) noexcept {
    switch (state) {
    case State::clean: return "clean";
    case State::recovered: return "recovered";
    case State::healed: return "healed";
    case State::dirty: return "dirty";
    case State::truncated: return "truncated";
    case State::corrupt: return "corrupt";
    case State::not_a_hive: return "not-a-hive";
    case State::unreadable: return "unreadable";
    }
    return "unreadable";
}

State state_of(ErrorCode code) {
    switch (code) {
    case ErrorCode::not_a_regular_file:
    case ErrorCode::symbolic_link:
    case ErrorCode::not_a_hive:
    case ErrorCode::wrong_file_type: return State::not_a_hive;
    case ErrorCode::too_short:
    case ErrorCode::truncated: return State::truncated;
    case ErrorCode::checksum_mismatch: return State::dirty; // REGF.md section 3
    case ErrorCode::bad_base_block:
    case ErrorCode::bad_root:
    case ErrorCode::bad_bin:
    case ErrorCode::bad_cell:
    case ErrorCode::bad_key_node:
    case ErrorCode::bad_subkey_list:
    case ErrorCode::bad_value_list:
    case ErrorCode::bad_value:
    case ErrorCode::bad_data:
    case ErrorCode::damaged:
    case ErrorCode::limit_exceeded: return State::corrupt;
    case ErrorCode::link_key:
    case ErrorCode::predefined_key:
    case ErrorCode::tombstone:
    case ErrorCode::bad_log:
    case ErrorCode::end_of_chain:
    case ErrorCode::stale_log:
    case ErrorCode::foreign_log:
    case ErrorCode::broken_chain:
    case ErrorCode::ambiguous_logs:
    case ErrorCode::dirty_hive:
    case ErrorCode::nonstandard_value:
    case ErrorCode::duplicate_name:
    case ErrorCode::differencing_hive:
    case ErrorCode::pending_transactions:
    case ErrorCode::interrupted_fix:
    case ErrorCode::bad_journal:
    case ErrorCode::locked:
    case ErrorCode::not_as_planned:
    case ErrorCode::already_exists:
    case ErrorCode::failed_check:
    case ErrorCode::wrong_type:
    case ErrorCode::invalid_argument:
    case ErrorCode::parsers_disagree:
    case ErrorCode::hivex_failed: return State::clean;
    case ErrorCode::not_found:
    case ErrorCode::permission_denied:
    case ErrorCode::io_error:
    case ErrorCode::changed_while_reading:
    case ErrorCode::unsupported_version: return State::unreadable;
    }
    return State::unreadable;
}

State worse(State a, State b) {
    // In the order of what a reader must know first.
    constexpr auto kOrder =
        std::to_array({State::clean, State::recovered, State::healed, State::dirty, State::corrupt,
                       State::truncated, State::not_a_hive, State::unreadable});
    return std::ranges::find(kOrder, a) < std::ranges::find(kOrder, b) ? b : a;
}

State judge_state(const ByteSource& source, const regf::BaseBlock& base_block,
                  std::string_view why_no_logs, std::vector<std::string>& notes,
                  std::optional<Error>& error) {
    constexpr std::uint32_t kLayeredKeys = 2; // flags, from version 1.6 on
    State state = State::clean;
    if (base_block.primary_sequence != base_block.secondary_sequence) {
        state = State::dirty;
        notes.push_back(
            fmt::format("dirty: the sequence numbers differ (primary {}, secondary {}); {}, so "
                        "newer data may be missing",
                        base_block.primary_sequence, base_block.secondary_sequence, why_no_logs));
    }
    if (!base_block.checksum_valid()) {
        state = State::dirty;
        error = Error(ErrorCode::checksum_mismatch, 508,
                      fmt::format("base block checksum {:#010x}, computed {:#010x}; the base block "
                                  "would have to be restored from a log",
                                  base_block.stored_checksum, base_block.computed_checksum));
    }
    if (base_block.image_size() > source.size()) {
        state = State::truncated;
        error = Error(ErrorCode::truncated, source.size(),
                      fmt::format("the file ends after {} bytes, base block and hive bins take {}",
                                  source.size(), base_block.image_size()));
    }
    if (base_block.minor == 6 && (base_block.flags & kLayeredKeys) != 0) {
        notes.emplace_back("a differencing hive: what it does not hold, a lower layer may");
    }
    if (base_block.clustering_factor != 1) {
        notes.push_back(
            fmt::format("clustering factor {} instead of 1", base_block.clustering_factor));
    }
    note_odd_time(base_block.last_written, "the base block's last-written time", notes);
    return state;
}

std::string described(const Error& error) {
    return error.offset() ? fmt::format("{} at {:#x}: {}", to_string(error.code()), *error.offset(),
                                        error.message())
                          : fmt::format("{}: {}", to_string(error.code()), error.message());
}

std::string counted(std::uint64_t number, std::string_view singular) {
    return fmt::format("{} {}{}", number, singular, number == 1 ? "" : "s");
}

void note_odd_time(regf::FileTime time, std::string_view what, std::vector<std::string>& notes) {
    if (time.ticks != 0 && !time.time()) {
        notes.push_back(fmt::format("{} is {:#018x}, past the year 9999", what, time.ticks));
    }
}

void note_irregularities(const regf::VerifyReport& report, std::vector<std::string>& notes) {
    std::map<std::string_view, std::uint64_t> kinds;
    for (const auto& issue : report.issues) {
        if (weight_of(issue.problem) == regf::Weight::irregularity &&
            issue.problem != regf::Problem::dirty) {
            ++kinds[to_string(issue.problem)];
        }
    }
    std::string list;
    for (const auto& [kind, number] : kinds) {
        list += fmt::format("{}{} {}", list.empty() ? "" : ", ", kind, number);
    }
    if (!list.empty()) {
        notes.push_back(
            fmt::format("verify found irregularities: {}{}", list,
                        report.issues.size() < report.irregularities ? " and more" : ""));
    }
}

} // namespace hivelint
