// The text report of fixes.
#include "platform/path_text.hpp"
#include "table.hpp"
#include "text/words.hpp"

#include <hivelint/regf/name.hpp>
#include <hivelint/report.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace hivelint {
namespace {

std::string remarks(const FixedHive& hive) {
    const FixOutcome& outcome = hive.outcome;
    std::string out;
    if (outcome.reason) {
        out += fmt::format("  refused: {}\n", regf::escaped_bytes(described(*outcome.reason)));
    }
    if (outcome.patch && outcome.result == FixResult::would_fix) {
        out += preview(*outcome.patch);
    }
    if (outcome.undo_record) {
        out +=
            fmt::format("  undo record: {}\n", regf::escaped_bytes(text_of(*outcome.undo_record)));
    }
    if (outcome.output) {
        out += fmt::format("  patched copy: {}\n", regf::escaped_bytes(text_of(*outcome.output)));
    }
    for (const auto& note : hive.record.notes) {
        out += fmt::format("  note: {}\n", regf::escaped_bytes(note));
    }
    if (outcome.patch) {
        for (const auto& note : outcome.patch->notes) {
            out += fmt::format("  note: {}\n", regf::escaped_bytes(note));
        }
    }
    return out.empty() ? out : regf::escaped_bytes(text_of(hive.record.path)) + '\n' + out;
}

} // namespace

std::string text_report(std::span<const FixedHive> hives) {
    std::vector<Row> rows = {{"RESULT", "BYTES", "USER", "PATH"}};
    std::string below;
    for (const auto& [record, outcome] : hives) {
        const bool changes = outcome.patch && outcome.reason == std::nullopt;
        rows.push_back({std::string(to_string(outcome.result)),
                        changes ? fmt::format("{}", outcome.patch->bytes_changed()) : "-",
                        record.user ? regf::escaped_bytes(*record.user) : "-",
                        regf::escaped_bytes(text_of(record.path))});
    }
    for (const auto& hive : hives) {
        below += remarks(hive);
    }
    const auto count = [&](FixResult result) {
        return std::ranges::count(hives, result,
                                  [](const FixedHive& hive) { return hive.outcome.result; });
    };
    std::string out = hives.empty() ? "" : table(rows, 0) + '\n';
    if (!below.empty()) {
        out += below + '\n';
    }
    out += fmt::format("{}: {} fixed, {} would be fixed, {} with nothing to do, {} refused\n",
                       counted(hives.size(), "hive"), count(FixResult::fixed),
                       count(FixResult::would_fix), count(FixResult::nothing_to_do),
                       count(FixResult::refused));
    return out;
}

} // namespace hivelint
