// What scan and inspect both say of a hive: its state by its base block, and notes for people.
#pragma once

#include <hivelint/check.hpp>
#include <hivelint/error.hpp>
#include <hivelint/regf/base_block.hpp>
#include <hivelint/regf/verify.hpp>
#include <hivelint/source.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hivelint {

inline constexpr std::string_view kLogsNotApplied = "the transaction logs were not applied";

/// The state that the base block shows, with what has to be said about it: of a dirty hive, why its
/// logs are not in what is reported. What keeps the hive from being read in full goes into `error`.
State judge_state(const ByteSource& source, const regf::BaseBlock& base_block,
                  std::string_view why_no_logs, std::vector<std::string>& notes,
                  std::optional<Error>& error);

/// A note when a time is set but cannot be written as a date.
void note_odd_time(regf::FileTime time, std::string_view what, std::vector<std::string>& notes);

/// A note that counts the irregularities by kind, when there are any that no other note tells of.
void note_irregularities(const regf::VerifyReport& report, std::vector<std::string>& notes);

} // namespace hivelint
