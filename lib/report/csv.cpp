// CSV (RFC 4180): a row for each finding. The first columns are those of RECmd, by which Timeline
// Explorer knows the file.
#include "data_text.hpp"
#include "platform/path_text.hpp"
#include "rows.hpp"
#include "text/words.hpp"
#include "writers.hpp"

#include <hivelint/text.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace hivelint {
namespace {

constexpr auto kColumns = std::to_array<std::string_view>({
    "HivePath",
    "HiveType",
    "Description",
    "Category",
    "KeyPath",
    "ValueName",
    "ValueType",
    "ValueData",
    "ValueData2",
    "ValueData3",
    "Comment",
    "Recursive",
    "Deleted",
    "LastWriteTimestamp",
    "PluginDetailFile",
    // Ours.
    "Rule",
    "Severity",
    "Verdict",
    "Reason",
    "State",
    "User",
    "UserBy",
    "Offset",
    "ConfirmedBy",
    "StoredVerdict",
    "Error",
    "Notes",
    "Known",
    "SHA256",
    "SHA1",
    "MD5",
});

/// What nothing that reads it obeys: other controls than the ends of lines are escaped.
std::string harmless(std::string_view text) {
    std::string out;
    while (true) {
        const auto end = text.find_first_of("\r\n");
        out += escaped_bytes(text.substr(0, end));
        if (end == std::string_view::npos) {
            return out;
        }
        out.push_back(text[end]);
        text.remove_prefix(end + 1);
    }
}

/// A cell. What a spreadsheet would take for a formula has an apostrophe before it.
std::string cell(std::string_view value) {
    const auto text = harmless(value);
    const bool formula =
        !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
    std::string out = formula ? "'" + text : text;
    if (out.find_first_of(",\"\r\n") == std::string::npos) {
        return out;
    }
    std::string quoted = "\"";
    for (const char c : out) {
        quoted.append(c == '"' ? 2 : 1, c);
    }
    return quoted + '"';
}

template<typename Texts>
std::string joined(const Texts& texts, std::string_view between) {
    std::string all;
    for (const auto& text : texts) {
        all.append(all.empty() ? "" : between).append(text);
    }
    return all;
}

/// Of the hive's file; empty when none was asked for.
std::string hash_of(const Record& record, HashKind kind) {
    if (record.files.empty()) {
        return {};
    }
    const auto& hashes = record.files.front().hashes;
    const auto found = std::ranges::find(hashes, kind, [](const auto& hash) { return hash.first; });
    return found == hashes.end() ? std::string() : found->second;
}

/// As RECmd names kinds.
std::string type_of(const Record& record) {
    if (record.kind == "user" || record.kind == "part-of-user") {
        return "NTUSER";
    }
    std::string name;
    for (const char c : record.kind) {
        name.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    }
    return name;
}

/// `2022-03-08 14:27:51.0000000`
std::string time_of(const Finding& finding) {
    auto time = finding.key_last_written ? finding.key_last_written->iso8601() : std::nullopt;
    if (!time) {
        return {};
    }
    time->at(10) = ' ';
    time->pop_back(); // the Z
    return *time;
}

class CsvReport final : public Report {
public:
    explicit CsvReport(Sink sink) : sink_(std::move(sink)) {}

    void begin(const ReportRun& run) override;
    void add(const Record& record) override;

private:
    void write(const std::vector<std::string>& values);

    Sink sink_;
};

void CsvReport::write(const std::vector<std::string>& values) {
    std::string line;
    for (const auto& value : values) {
        line += cell(value);
        line.push_back(',');
    }
    line.pop_back();
    sink_(line.append("\r\n"));
}

void CsvReport::begin(const ReportRun& /*run*/) { write({kColumns.begin(), kColumns.end()}); }

void CsvReport::add(const Record& record) {
    const std::string path = escaped_exactly(text_of(record.path));
    const std::string user = record.user ? escaped_exactly(*record.user) : "";
    const std::string error = record.error ? described(*record.error) : "";
    const std::string notes = joined(record.notes, "\n");
    const std::string by(record.user ? to_string(record.user_by) : "");
    const std::string state(to_string(record.state));
    if (record.checks.empty()) {
        std::vector<std::string> row(kColumns.size());
        row[0] = path;
        row[19] = state;
        row[20] = user;
        row[21] = by;
        row[25] = error;
        row[26] = notes;
        row[28] = hash_of(record, HashKind::sha256);
        row[29] = hash_of(record, HashKind::sha1);
        row[30] = hash_of(record, HashKind::md5);
        write(row);
        return;
    }
    for (const auto& check : record.checks) {
        const auto& finding = check.finding;
        const auto& rule = *finding.rule;
        write({path,
               type_of(record),
               rule.title,
               "hivelint",
               "ROOT\\" + finding.key,
               rule.value,
               finding.value ? regf::value_type_name(finding.value->type) : "",
               data_text(finding),
               "",
               "",
               rule.reference,
               "False",
               "False",
               time_of(finding),
               "",
               rule.id,
               std::string(to_string(rule.severity)),
               std::string(to_string(finding.verdict)),
               finding.reason,
               state,
               user,
               by,
               finding.value ? std::to_string(finding.value->offset) : "",
               joined(check.confirmed_by, "+"),
               check.primary ? std::string(to_string(check.primary->verdict)) : "",
               error,
               notes,
               known_text(check),
               hash_of(record, HashKind::sha256),
               hash_of(record, HashKind::sha1),
               hash_of(record, HashKind::md5)});
    }
}

} // namespace

std::unique_ptr<Report> make_csv_report(const ReportOptions& /*options*/, Sink sink) {
    return std::make_unique<CsvReport>(std::move(sink));
}

} // namespace hivelint
