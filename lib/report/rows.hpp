// Rows: what forms with one line for a finding have in common.
#pragma once

#include <hivelint/check.hpp>
#include <hivelint/scan.hpp>

#include <string>
#include <vector>

namespace hivelint {

/// RecordRow::rank of what could not be read.
inline constexpr int kRankOfError = 10;

/// `in the baseline`, or the reason and the last day of a suppression; empty: it is not known.
std::string known_text(const CheckResult& check);

/// A record's row for one of its checks, or the one row of a record without checks. Nothing in it
/// can control a terminal.
struct RecordRow {
    int rank; ///< findings first
    std::string verdict, value, state, user, path, rule;
};

std::vector<RecordRow> rows_of(const Record& record);
/// The same for several rules: those that say something, or one for a record of which none does.
std::vector<RecordRow> telling_rows_of(const Record& record);

/// `REG_DWORD 1`; the reason where there is no value.
std::string value_text(const Finding& finding);

} // namespace hivelint
