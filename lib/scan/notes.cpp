#include "notes.hpp"

#include <fmt/core.h>

#include <map>

namespace hivelint {

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
