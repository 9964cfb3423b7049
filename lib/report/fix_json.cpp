// Fixes, what is taken back and recoveries as lines of JSON.
#include "change/ranges_json.hpp"
#include "json_parts.hpp"
#include "platform/path_text.hpp"
#include "text/hex.hpp"
#include "writers.hpp"

#include <hivelint/report.hpp>

#include <utility>

namespace hivelint {
namespace {

Json fix_json(const FixOutcome& outcome, const RunHeader& run) {
    const auto path = [](const std::filesystem::path& where) { return text_of(where); };
    Json json = {
        {"run_id", run.id},
        {"tool", run.tool},
        {"time", or_null(run.time.iso8601())},
        {"action", outcome.patch && !outcome.patch->fixes.empty()
                       ? Json(action_of(outcome.patch->fixes.front()))
                       : Json()},
        {"result", to_string(outcome.result)},
        {"reason", or_null(outcome.reason, error_json)},
    };
    json["fixes"] = Json::array();
    if (outcome.patch) {
        for (const auto& fix : outcome.patch->fixes) {
            json["fixes"].push_back(
                {{"check", fix.rule},
                 {"key", fix.key},
                 {"name", fix.value},
                 {"action", action_of(fix)},
                 {"data", fix.becomes ? Json(hex(fix.becomes->bytes)) : Json()}});
        }
    }
    json["left"] = Json::array();
    for (const auto& finding : outcome.left) {
        json["left"].push_back({{"check", finding.rule},
                                {"key", finding.key},
                                {"reason", error_json(finding.reason)}});
    }
    const bool changes = outcome.patch && !outcome.patch->ranges.empty();
    json["ranges"] = changes ? ranges_json(outcome.patch->ranges) : Json::array();
    if (changes && !outcome.patch->tail.empty()) {
        json["ranges"].push_back(
            {{"offset", outcome.patch->size}, {"before", ""}, {"after", hex(outcome.patch->tail)}});
    }
    json["bytes_changed"] = changes ? outcome.patch->bytes_changed() : 0;
    json["sha256_before"] = outcome.patch ? Json(outcome.patch->sha256_before) : Json();
    json["sha256_after"] = outcome.patch ? Json(outcome.patch->sha256_after) : Json();
    json["notes"] = outcome.patch ? Json(outcome.patch->notes) : Json::array();
    json["undo_record"] = or_null(outcome.undo_record, path);
    json["output"] = or_null(outcome.output, path);
    return json;
}

class FixJsonReport final : public FixReport {
public:
    FixJsonReport(RunHeader run, Sink sink) : run_(std::move(run)), sink_(std::move(sink)) {}
    void add(const FixedHive& hive) override { sink_(json_line(hive, run_)); }

private:
    RunHeader run_;
    Sink sink_;
};

} // namespace

std::unique_ptr<FixReport> make_fix_jsonl_report(const RunHeader& run, Sink sink) {
    return std::make_unique<FixJsonReport>(run, std::move(sink));
}

std::string json_line(const FixedHive& hive, const RunHeader& run) {
    Json json = record_json(hive.record);
    json["fix"] = fix_json(hive.outcome, run);
    return json_text(json);
}

std::string json_line(const UndoneHive& hive, const SavedRun& record) {
    Json json = {{"schema", "hivelint-undo/2"}};
    put_path(json, hive.path);
    json["result"] = to_string(hive.result);
    json["reason"] = or_null(hive.reason, error_json);
    json["run_id"] = record.header().id;
    put_path(json, record.path(), "record");
    json["sha256_before"] = hive.patch ? Json(hive.patch->sha256_before) : Json();
    json["sha256_after"] = hive.patch ? Json(hive.patch->sha256_after) : Json();
    return json_text(json);
}

std::string json_line(const RecoveredHive& hive) {
    Json json = {{"schema", "hivelint-recovery/1"}};
    put_path(json, hive.path);
    json["result"] = hive.reason ? "refused" : to_string(hive.result);
    json["reason"] = or_null(hive.reason, error_json);
    put_path(json, journal_of(hive.path), "journal");
    json["kept_as"] =
        or_null(hive.kept_as, [](const std::filesystem::path& path) { return text_of(path); });
    return json_text(json);
}

} // namespace hivelint
