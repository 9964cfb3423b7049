// SARIF 2.1.0, for code scanning: a result for each finding. What is clear or does not apply is
// none.
#include "json_parts.hpp"
#include "platform/path_text.hpp"
#include "rows.hpp"
#include "run_json.hpp"
#include "source/hashes.hpp"
#include "text/words.hpp"
#include "writers.hpp"

#include <hivelint/text.hpp>
#include <hivelint/version.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <span>
#include <utility>

namespace hivelint {
namespace {

/// The id of what could not be read at all.
constexpr std::string_view kUnread = "hivelint-unread";

std::string_view level_of(Severity severity) {
    switch (severity) {
    case Severity::finding: return "error";
    case Severity::review: return "warning";
    case Severity::info: break;
    }
    return "note";
}

/// A relative or absolute path as the reference of a URI (RFC 3986).
std::string uri_of(std::string_view path) {
    constexpr std::string_view kPlain = "-._~/!$&'()*+,;=@";
    std::string uri;
    for (const char c : path) {
        const bool letter =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (letter || kPlain.find(c) != std::string_view::npos) {
            uri.push_back(c);
        } else {
            uri += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
        }
    }
    return uri.starts_with('/') ? "file://" + uri : uri;
}

/// The same for the same finding in later runs: whatever moves in the hive, and when.
std::string fingerprint(const Record& record, std::string_view rule, std::string_view key,
                        std::string_view value) {
    std::string text;
    const std::string path = text_of(record.path);
    for (const auto part : {rule, std::string_view(path), key, value}) {
        text.append(part).push_back('\0');
    }
    return sha256(MemorySource(std::as_bytes(std::span(text))));
}

Json rule_json(const Rule& rule) {
    Json json = {
        {"id", rule.id},
        {"shortDescription", {{"text", rule.title}}},
        {"fullDescription", {{"text", rule.meaning.empty() ? rule.title : rule.meaning}}},
        {"help", {{"text", explained(rule)}}},
        {"defaultConfiguration", {{"level", level_of(rule.severity)}}},
        {"properties", {{"reference", rule.reference}, {"tags", {to_string(rule.hive)}}}},
    };
    if (!rule.link.empty()) {
        json["helpUri"] = rule.link;
    }
    return json;
}

/// As SARIF calls them (section 3.24.11).
constexpr std::string_view algorithm_of(HashKind kind) {
    switch (kind) {
    case HashKind::sha256: return "sha-256";
    case HashKind::sha1: return "sha-1";
    case HashKind::md5: return "md5";
    }
    return "";
}

/// The hive itself.
Json artifact_json(const Record& record) {
    Json artifact = {{"location", {{"uri", uri_of(text_of(record.path))}}},
                     {"length", record.size},
                     {"roles", {"analysisTarget"}}};
    if (!record.files.empty()) {
        for (const auto& [kind, hash] : record.files.front().hashes) {
            artifact["hashes"][std::string(algorithm_of(kind))] = hash;
        }
    }
    return artifact;
}

/// `artifact`: its number in the run.
Json location_json(const Record& record, std::uint64_t artifact, const CheckResult* check) {
    const auto* finding = check == nullptr ? nullptr : &check->finding;
    Json physical = {
        {"artifactLocation", {{"uri", uri_of(text_of(record.path))}, {"index", artifact}}}};
    if (finding != nullptr && finding->value && !check->in_log) {
        physical["region"] = {{"byteOffset", finding->value->offset}};
    } else {
        physical["region"] = {{"byteOffset", 0}, {"byteLength", record.size}};
    }
    Json location = {{"physicalLocation", std::move(physical)}};
    if (finding != nullptr) {
        location["logicalLocations"] = {
            {{"fullyQualifiedName", finding->key + '\\' + finding->rule->value},
             {"kind", "member"}}};
    }
    return Json::array({std::move(location)});
}

class SarifReport final : public Report {
public:
    explicit SarifReport(Sink sink) : sink_(std::move(sink)) {}

    void begin(const ReportRun& run) override;
    void add(const Record& record) override;
    void end(const ReportEnd& end) override;

private:
    void write(const Record& record, Json result, const CheckResult* check);

    Sink sink_;
    ReportRun run_{};
    bool has_results_ = false;
    std::uint64_t artifacts_ = 0; ///< hives of which there is a result
    std::string artifacts_json_;
};

void SarifReport::begin(const ReportRun& run) {
    run_ = run;
    Json rules = Json::array();
    for (const auto& rule : run.rules) {
        rules.push_back(rule_json(*rule));
    }
    rules.push_back({{"id", kUnread},
                     {"shortDescription", {{"text", "A hive could not be read"}}},
                     {"defaultConfiguration", {{"level", "error"}}}});
    const Json tool = {{"driver",
                        {{"name", run.tool},
                         {"version", version()},
                         {"semanticVersion", version()},
                         {"rules", std::move(rules)}}}};
    sink_(fmt::format("{{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":"
                      "\"2.1.0\",\"runs\":[{{\"tool\":{},\"results\":[",
                      json_part(tool)));
}

void SarifReport::write(const Record& record, Json result, const CheckResult* check) {
    result["locations"] = location_json(record, artifacts_, check);
    sink_(std::exchange(has_results_, true) ? ",\n" : "\n");
    sink_(json_part(result));
}

void SarifReport::add(const Record& record) {
    const auto error = record.error ? described(*record.error) : std::string("it was not read");
    bool has_result = record.checks.empty();
    if (has_result) {
        write(record,
              {{"ruleId", kUnread},
               {"level", "error"},
               {"message", {{"text", error}}},
               {"partialFingerprints", {{"hivelint/v1", fingerprint(record, kUnread, "", "")}}}},
              nullptr);
    }
    for (const auto& check : record.checks) {
        const auto& finding = check.finding;
        const auto& rule = *finding.rule;
        if (finding.verdict == Verdict::clear || finding.verdict == Verdict::not_applicable) {
            continue;
        }
        const bool open = finding.verdict == Verdict::unknown;
        const bool review = finding.verdict == Verdict::nonstandard;
        Json result = {
            {"ruleId", rule.id},
            {"kind", open     ? "open"
                     : review ? "review"
                              : "fail"},
            {"level", open || review ? std::string_view("none") : level_of(rule.severity)},
            {"message",
             {{"text", fmt::format("{}: {} ({}{}; hive is {})", rule.title,
                                   open ? error : value_text(finding), to_string(finding.verdict),
                                   record.user ? ", user " + escaped_exactly(*record.user) : "",
                                   to_string(record.state))}}},
            {"partialFingerprints",
             {{"hivelint/v1", fingerprint(record, rule.id, finding.key, rule.value)}}},
            {"properties",
             {{"verdict", to_string(finding.verdict)},
              {"state", to_string(record.state)},
              {"confirmedBy", check.confirmed_by}}},
        };
        if (check.known && check.known->in_baseline) {
            result["baselineState"] = "unchanged";
        } else if (check.known) {
            result["suppressions"] = {{{"kind", "external"},
                                       {"status", "accepted"},
                                       {"justification", known_text(check)}}};
        }
        write(record, std::move(result), &check);
        has_result = true;
    }
    if (has_result) {
        artifacts_json_ += artifacts_++ == 0 ? "\n" : ",\n";
        artifacts_json_ += json_part(artifact_json(record));
    }
}

void SarifReport::end(const ReportEnd& end) {
    Json invocation = {{"executionSuccessful", end.complete},
                       {"arguments", run_.arguments},
                       {"properties", end_json(end)}};
    if (run_.start && run_.start->iso8601()) {
        invocation["startTimeUtc"] = *run_.start->iso8601();
    }
    if (end.time && end.time->iso8601()) {
        invocation["endTimeUtc"] = *end.time->iso8601();
    }
    sink_(fmt::format("\n],\"artifacts\":[{}],\"invocations\":[{}],\"columnKind\":"
                      "\"utf16CodeUnits\"}}]}}\n",
                      artifacts_json_, json_part(invocation)));
}

} // namespace

std::unique_ptr<Report> make_sarif_report(const ReportOptions& /*options*/, Sink sink) {
    return std::make_unique<SarifReport>(std::move(sink));
}

} // namespace hivelint
