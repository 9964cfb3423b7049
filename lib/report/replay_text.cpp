// The text report of a replay.
#include "log_text.hpp"
#include "platform/path_text.hpp"
#include "table.hpp"
#include "text/words.hpp"

#include <hivelint/regf/name.hpp>
#include <hivelint/report.hpp>

#include <fmt/core.h>

namespace hivelint {
namespace {

std::string state_text(const ReplayReport& report) {
    switch (*report.result) {
    case regf::ReplayResult::clean: return "clean: there is nothing to apply";
    case regf::ReplayResult::recovered: return "recovered: " + report.summary;
    case regf::ReplayResult::healed:
        return fmt::format("healed, with the base block of the log: {}", report.summary);
    case regf::ReplayResult::dirty: break;
    }
    return "dirty";
}

std::string entry_table(const std::vector<regf::LogEntry>& entries) {
    std::vector<Row> rows = {{"  NUMBER", "OFFSET", "SIZE", "HIVE BINS", "PAGES", "PAGE BYTES"}};
    for (const auto& entry : entries) {
        std::uint64_t bytes = 0;
        for (const auto& page : entry.pages) {
            bytes += page.size;
        }
        rows.push_back({fmt::format("  {}", entry.sequence), fmt::format("{:#x}", entry.offset),
                        fmt::format("{:#x}", entry.size), fmt::format("{:#x}", entry.bins_size),
                        fmt::format("{}", entry.pages.size()), fmt::format("{:#x}", bytes)});
    }
    return table(rows, 0);
}

} // namespace

std::string log_text(const LogAccount& account) {
    const auto& use = account.use;
    std::string text = regf::escaped_exactly(text_of(account.path.filename()));
    if (use.first_number) {
        text += fmt::format(", {} format, {}{}", to_string(*use.format), entries_text(use),
                            use.used ? " applied" : ", not applied");
    }
    return use.stopped ? fmt::format("{}; {}", text, described(*use.stopped)) : text;
}

std::string text_report(const ReplayReport& report, bool entries) {
    std::vector<Row> rows = {{"hive", regf::escaped_exactly(text_of(report.path))}};
    if (report.base_block) {
        rows.push_back(
            {"numbers", fmt::format("primary {}, secondary {}", report.base_block->primary_sequence,
                                    report.base_block->secondary_sequence)});
    }
    if (report.result) {
        rows.push_back({"state", state_text(report)});
    }
    for (const auto& log : report.logs) {
        rows.push_back({"log", regf::escaped_bytes(log_text(log))});
    }
    const bool recovered = report.size != 0 && !report.error;
    if (recovered) {
        rows.push_back(
            {"result", fmt::format("{} bytes, hive bins {:#x}, sequence number {}; "
                                   "{} {} and {}",
                                   report.size, report.bins_size, report.sequence,
                                   report.confirmed ? "verify and hivex agree on" : "verify counts",
                                   counted(report.keys, "key"), counted(report.values, "value"))});
        rows.push_back({"written", report.written ? regf::escaped_exactly(text_of(*report.output))
                                                  : "no, --output was not given"});
    }
    if (report.error) {
        rows.push_back({"error", regf::escaped_bytes(described(*report.error))});
    }
    std::string out = table(rows, 0);
    for (std::size_t i = 0; entries && i < report.logs.size(); ++i) {
        out +=
            fmt::format("\n{}\n{}", regf::escaped_exactly(text_of(report.logs[i].path.filename())),
                        entry_table(report.entries[i]));
    }
    return out;
}

} // namespace hivelint
