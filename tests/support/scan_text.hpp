// What a scan says of one hive, in one line that a test can compare:
// `dirty affected by walker+hivex, checksum-mismatch 0x1fc`.
#pragma once

#include "tests/support/hive_files.hpp"

#include <hivelint/file_source.hpp>
#include <hivelint/rules.hpp>
#include <hivelint/scan.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace hivelint::test {

inline constexpr const char16_t* kMapi = u"MapiHttpDisabled";

/// A hive in which the rule's value has this number.
inline HiveSpec affected(std::uint32_t number = 1) {
    return HiveSpec{}.with(kExchange, dword(kMapi, number));
}

inline ScanOptions kb_only(Confirm confirm = Confirm::automatic) {
    return {.rules = {find_rule("mapi-http-disabled")}, .confirm = confirm};
}

/// `corrupt unknown bad-cell by walker, damaged 0x1210`: state, verdict and reason, the parsers
/// behind it, and the record's error.
inline std::string line_of(const Record& record) {
    auto out = std::string(to_string(record.state));
    for (const auto& check : record.checks) {
        out += fmt::format(" {}", to_string(check.finding.verdict));
        out += check.finding.reason.empty() ? "" : " " + check.finding.reason;
        if (!check.confirmed_by.empty()) {
            out += fmt::format(" by {}", fmt::join(check.confirmed_by, "+"));
        }
    }
    if (record.error) {
        out += fmt::format(", {}", to_string(record.error->code()));
        out += record.error->offset() ? fmt::format(" {:#x}", *record.error->offset()) : "";
    }
    return out;
}

using Lines = std::vector<std::string>;

/// Several lines as one text, which a failure shows.
inline std::string one_text(const Lines& lines) {
    return fmt::format("{}", fmt::join(lines, "\n"));
}

/// The record in one line, then its notes.
inline std::string all_of(const Record& record) {
    Lines lines = {line_of(record)};
    lines.insert(lines.end(), record.notes.begin(), record.notes.end());
    return one_text(lines);
}

/// The record of a file that was found without a problem.
inline Record scan_file(const std::filesystem::path& file, const ScanOptions& options = kb_only()) {
    const Target target = {.path = file.string(), .id = FileSource(file).id(), .problem = {}};
    return scan_target(target, options).value();
}

/// The record of a hive in a folder of its own.
inline Record scan_hive(const BuiltHive& hive, Confirm confirm = Confirm::automatic) {
    const TempDir dir;
    return scan_file(save(dir, hive), kb_only(confirm));
}

} // namespace hivelint::test
