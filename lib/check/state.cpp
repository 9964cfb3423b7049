#include "state.hpp"

#include "base/words.hpp"

#include <algorithm>
#include <array>

namespace hivelint {

namespace {

constexpr auto kStates = std::to_array<Word<State>>({
    {State::clean, "clean"},
    {State::recovered, "recovered"},
    {State::healed, "healed"},
    {State::dirty, "dirty"},
    {State::interrupted, "interrupted"},
    {State::truncated, "truncated"},
    {State::corrupt, "corrupt"},
    {State::not_a_hive, "not-a-hive"},
    {State::unreadable, "unreadable"},
});

} // namespace

std::string_view to_string(State state) noexcept { return word_of(kStates, state, "unreadable"); }

std::optional<State> state_from_string(std::string_view word) noexcept {
    return value_of(kStates, word);
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
    case ErrorCode::interrupted_fix:
    case ErrorCode::bad_journal: return State::interrupted;
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
    case ErrorCode::not_in_place:
    case ErrorCode::dirty_volume:
    case ErrorCode::dirty_hive:
    case ErrorCode::nonstandard_value:
    case ErrorCode::no_room:
    case ErrorCode::duplicate_name:
    case ErrorCode::differencing_hive:
    case ErrorCode::pending_transactions:
    case ErrorCode::not_as_planned:
    case ErrorCode::already_exists:
    case ErrorCode::failed_check:
    case ErrorCode::wrong_type:
    case ErrorCode::invalid_argument:
    case ErrorCode::parsers_disagree:
    case ErrorCode::hivex_failed: return State::clean;
    case ErrorCode::bad_container:
    case ErrorCode::encrypted:
    case ErrorCode::no_helper:
    case ErrorCode::locked:
    case ErrorCode::not_found:
    case ErrorCode::name_too_long:
    case ErrorCode::permission_denied:
    case ErrorCode::io_error:
    case ErrorCode::changed_while_reading:
    case ErrorCode::unsupported_version: return State::unreadable;
    }
    return State::unreadable;
}

State worse(State a, State b) {
    // In the order of what a reader must know first.
    constexpr auto kOrder = std::to_array({State::clean, State::recovered, State::healed,
                                           State::dirty, State::interrupted, State::corrupt,
                                           State::truncated, State::not_a_hive, State::unreadable});
    return std::ranges::find(kOrder, a) < std::ranges::find(kOrder, b) ? b : a;
}

} // namespace hivelint
