#include <hivelint/error.hpp>

#include "words.hpp"

#include <array>
#include <utility>

namespace hivelint {

namespace {

constexpr auto kWords = std::to_array<Word<ErrorCode>>({
    {ErrorCode::not_found, "not-found"},
    {ErrorCode::name_too_long, "name-too-long"},
    {ErrorCode::permission_denied, "permission-denied"},
    {ErrorCode::not_a_regular_file, "not-a-regular-file"},
    {ErrorCode::symbolic_link, "symbolic-link"},
    {ErrorCode::io_error, "io-error"},
    {ErrorCode::changed_while_reading, "changed-while-reading"},
    {ErrorCode::too_short, "too-short"},
    {ErrorCode::not_a_hive, "not-a-hive"},
    {ErrorCode::wrong_file_type, "wrong-file-type"},
    {ErrorCode::unsupported_version, "unsupported-version"},
    {ErrorCode::bad_base_block, "bad-base-block"},
    {ErrorCode::checksum_mismatch, "checksum-mismatch"},
    {ErrorCode::truncated, "truncated"},
    {ErrorCode::bad_root, "bad-root"},
    {ErrorCode::bad_bin, "bad-bin"},
    {ErrorCode::bad_cell, "bad-cell"},
    {ErrorCode::bad_key_node, "bad-key-node"},
    {ErrorCode::bad_subkey_list, "bad-subkey-list"},
    {ErrorCode::bad_value_list, "bad-value-list"},
    {ErrorCode::bad_value, "bad-value"},
    {ErrorCode::bad_data, "bad-data"},
    {ErrorCode::link_key, "link-key"},
    {ErrorCode::predefined_key, "predefined-key"},
    {ErrorCode::tombstone, "tombstone"},
    {ErrorCode::damaged, "damaged"},
    {ErrorCode::limit_exceeded, "limit-exceeded"},
    {ErrorCode::bad_container, "bad-container"},
    {ErrorCode::encrypted, "encrypted"},
    {ErrorCode::no_helper, "no-helper"},
    {ErrorCode::bad_log, "bad-log"},
    {ErrorCode::end_of_chain, "end-of-chain"},
    {ErrorCode::stale_log, "stale-log"},
    {ErrorCode::foreign_log, "foreign-log"},
    {ErrorCode::broken_chain, "broken-chain"},
    {ErrorCode::ambiguous_logs, "ambiguous-logs"},
    {ErrorCode::not_in_place, "not-in-place"},
    {ErrorCode::dirty_volume, "dirty-volume"},
    {ErrorCode::dirty_hive, "dirty-hive"},
    {ErrorCode::nonstandard_value, "nonstandard-value"},
    {ErrorCode::no_room, "no-room"},
    {ErrorCode::duplicate_name, "duplicate-name"},
    {ErrorCode::differencing_hive, "differencing-hive"},
    {ErrorCode::pending_transactions, "pending-transactions"},
    {ErrorCode::interrupted_fix, "interrupted-fix"},
    {ErrorCode::bad_journal, "bad-journal"},
    {ErrorCode::locked, "locked"},
    {ErrorCode::not_as_planned, "not-as-planned"},
    {ErrorCode::already_exists, "already-exists"},
    {ErrorCode::failed_check, "failed-check"},
    {ErrorCode::wrong_type, "wrong-type"},
    {ErrorCode::invalid_argument, "invalid-argument"},
    {ErrorCode::parsers_disagree, "parsers-disagree"},
    {ErrorCode::hivex_failed, "hivex-failed"},
});

} // namespace

std::string_view to_string(ErrorCode code) noexcept {
    return word_of(kWords, code, "unknown-error");
}

std::optional<ErrorCode> error_code_from_string(std::string_view word) noexcept {
    return value_of(kWords, word);
}

Error::Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

Error::Error(ErrorCode code, std::uint64_t offset, std::string message)
    : code_(code), offset_(offset), message_(std::move(message)) {}

} // namespace hivelint
