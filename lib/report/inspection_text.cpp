// The text report of one hive.
#include "log_text.hpp"
#include "platform/path_text.hpp"
#include "table.hpp"
#include "text/hex.hpp"
#include "text/words.hpp"
#include "time_text.hpp"

#include <hivelint/regf/name.hpp>
#include <hivelint/report.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <span>

namespace hivelint {
namespace {

void add_base_block(std::vector<Row>& rows, const regf::BaseBlock& block) {
    rows.push_back({"version", fmt::format("{}.{}", block.major, block.minor)});
    rows.push_back(
        {"sequence numbers", fmt::format("primary {}, secondary {}", block.primary_sequence,
                                         block.secondary_sequence)});
    rows.push_back({"last written", time_text(block.last_written)});
    rows.push_back({"last reorganized", time_text(block.last_reorganized)});
    rows.push_back({"embedded name", regf::escaped_bytes(regf::to_utf8(block.file_name))});
    rows.push_back({"root cell", fmt::format("{:#x}", block.root.in_file())});
    rows.push_back({"hive bins", fmt::format("{:#x} bytes", block.bins_size)});
    rows.push_back({"flags", fmt::format("{:#x}", block.flags)});
    rows.push_back({"checksum", block.checksum_valid()
                                    ? fmt::format("{:#010x}", block.stored_checksum)
                                    : fmt::format("{:#010x}, computed {:#010x}",
                                                  block.stored_checksum, block.computed_checksum)});
}

void add_counts(std::vector<Row>& rows, const regf::VerifyReport& report) {
    const auto add = [&](std::string_view what, std::uint64_t number) {
        rows.push_back({std::string(what), fmt::format("{}", number)});
    };
    add("bins", report.bins);
    add("keys", report.keys);
    add("values", report.values);
    add("security records", report.security_records);
    add("allocated cells", report.allocated_cells);
    add("free cells", report.free_cells);
    add("free bytes", report.free_bytes);
}

/// Between quotation marks: those in it have a backslash before them, as in a .reg file.
std::string in_quotes(std::u16string_view text) {
    std::string out = "\"";
    for (const char c : regf::escaped(text)) {
        out.append(c == '"' ? 1 : 0, '\\').push_back(c);
    }
    return out + '"';
}

/// Numbers as numbers, whole strings as text, the rest as its first bytes.
std::string data_text(const regf::StoredValue& value) {
    constexpr std::size_t kShownBytes = 24;
    if (const auto number = dword_of(value)) {
        return fmt::format("{:#x} ({})", *number, *number);
    }
    const auto& data = value.data;
    const bool is_text = value.type == regf::kRegSz || value.type == regf::kRegExpandSz ||
                         value.type == regf::kRegMultiSz;
    if (is_text) {
        std::u16string text;
        for (std::size_t i = 0; i + 1 < data.size(); i += 2) {
            text.push_back(static_cast<char16_t>(std::to_integer<unsigned>(data[i]) |
                                                 std::to_integer<unsigned>(data[i + 1]) << 8));
        }
        if (data.size() % 2 != 0) {
            return fmt::format("{} and a byte {}", in_quotes(text), hex(std::span(data).last(1)));
        }
        const bool ended = !text.empty() && text.back() == u'\0';
        text.resize(text.size() - (ended ? 1 : 0));
        return fmt::format("{}{}", in_quotes(text), ended ? "" : " without an end");
    }
    const auto shown = std::span(data).first(std::min(data.size(), kShownBytes));
    return hex(shown, " ") + (shown.size() < data.size() ? " …" : "");
}

/// A value that is called so is told from the default value, which has no name.
std::string value_name(const std::u16string& name) {
    constexpr std::string_view kDefault = "(default)";
    if (name.empty()) {
        return std::string(kDefault);
    }
    auto shown = regf::escaped(name);
    return shown == kDefault ? "\\u{28}default)" : shown;
}

std::string listing_text(const regf::KeyListing& listing, bool recovered) {
    std::string out =
        fmt::format("key at {:#x}{}, last written {}\n", listing.key.offset,
                    recovered ? " of the recovered hive" : "", time_text(listing.key.last_written));
    std::vector<Row> rows = {{"SUBKEY", "LAST WRITTEN", "SUBKEYS", "VALUES"}};
    for (const auto& subkey : listing.subkeys) {
        rows.push_back({regf::escaped(subkey.name), time_text(subkey.last_written),
                        fmt::format("{}", subkey.subkey_count),
                        fmt::format("{}", subkey.value_count)});
    }
    out += rows.size() == 1 ? "no subkeys\n" : '\n' + table(rows, 0) + '\n';
    rows = {{"VALUE", "TYPE", "SIZE", "DATA"}};
    for (const auto& value : listing.values) {
        rows.push_back({value_name(value.name), regf::value_type_name(value.type),
                        fmt::format("{}", value.data.size()), data_text(value)});
    }
    out += rows.size() == 1 ? "no values\n" : table(rows, 0);
    for (const auto& error : listing.damage) {
        out += fmt::format("damaged: {}\n", regf::escaped_bytes(described(error)));
    }
    return out;
}

std::string issues_text(const regf::VerifyReport& report) {
    std::string out;
    for (const auto& issue : report.issues) {
        out += fmt::format("{} at {:#x}: {}: {}\n", to_string(weight_of(issue.problem)),
                           issue.offset, to_string(issue.problem), issue.message);
    }
    const auto all = report.damage + report.irregularities;
    if (all > report.issues.size()) {
        out += fmt::format("and {} more\n", all - report.issues.size());
    }
    out += all == 0 ? "verify: nothing is wrong\n"
                    : fmt::format("verify: {} of damage, {} irregular\n",
                                  counted(report.damage, "piece"), report.irregularities);
    return out;
}

} // namespace

std::string time_text(regf::FileTime time) {
    if (const auto text = time.iso8601()) {
        return *text;
    }
    return time.ticks == 0 ? "not set" : fmt::format("{:#018x}", time.ticks);
}

std::string text_report(const Inspection& inspection) {
    std::vector<Row> rows = {
        {"path", regf::escaped_exactly(text_of(inspection.path))},
        {"user", inspection.user ? regf::escaped_exactly(*inspection.user) : "-"},
        {"size", fmt::format("{} bytes", inspection.size)},
        {"state", std::string(to_string(inspection.state))},
    };
    if (inspection.base_block) {
        add_base_block(rows, *inspection.base_block);
    }
    for (const auto& log : inspection.logs) {
        rows.push_back({"log", regf::escaped_bytes(log_text(log))});
    }
    if (inspection.sha256) {
        rows.push_back({"sha256", *inspection.sha256});
    }
    if (inspection.report && inspection.asked.counts) {
        add_counts(rows, *inspection.report);
    }
    std::string out = table(rows, 0);
    for (const auto& note : inspection.notes) {
        out += fmt::format("note: {}\n", regf::escaped_bytes(note));
    }
    if (inspection.error) {
        out += fmt::format("error: {}\n", regf::escaped_bytes(described(*inspection.error)));
    }
    if (inspection.report && inspection.asked.verify) {
        out += '\n' + issues_text(*inspection.report);
    }
    if (inspection.key) {
        out += '\n' + listing_text(*inspection.key, inspection.recovered);
    }
    return out;
}

} // namespace hivelint
