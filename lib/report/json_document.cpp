// One JSON document: the run, the records, how it ended.
#include "json_parts.hpp"
#include "run_json.hpp"
#include "writers.hpp"

#include <hivelint/version.hpp>

#include <fmt/core.h>

#include <utility>

namespace hivelint {
namespace {

Json time_json(const std::optional<regf::FileTime>& time) {
    return time ? or_null(time->iso8601()) : Json();
}

Json passed_json(const Passed& passed) {
    Json paths = Json::array();
    for (const auto& path : passed.first) {
        paths.push_back(path);
    }
    return {{"count", passed.count}, {"paths", std::move(paths)}};
}

class JsonReport final : public Report {
public:
    explicit JsonReport(Sink sink) : sink_(std::move(sink)) {}

    void begin(const ReportRun& run) override {
        sink_(fmt::format(R"({{"schema":"hivelint-report/1","run":{},"records":[)",
                          json_part(run_json(run))));
    }
    void add(const Record& record) override {
        sink_(std::exchange(has_records_, true) ? ",\n" : "\n");
        sink_(json_part(record_json(record)));
    }
    void end(const ReportEnd& end) override {
        sink_(fmt::format("\n],\"end\":{}}}\n", json_part(end_json(end))));
    }

private:
    Sink sink_;
    bool has_records_ = false;
};

} // namespace

Json run_json(const ReportRun& run) {
    Json rules = Json::array();
    for (const auto& rule : run.rules) {
        rules.push_back({{"id", rule->id},
                         {"title", rule->title},
                         {"severity", to_string(rule->severity)},
                         {"reference", rule->reference}});
    }
    Json json = {
        {"tool", run.tool},           {"version", version()},
        {"arguments", run.arguments}, {"start", time_json(run.start)},
        {"rules", std::move(rules)},
    };
    if (run.case_id) {
        json["case"] = *run.case_id;
    }
    if (run.host) {
        json["host"] = *run.host;
    }
    if (run.examiner) {
        json["examiner"] = *run.examiner;
    }
    return json;
}

Json end_json(const ReportEnd& end) {
    const auto& summary = end.summary;
    return {
        {"complete", end.complete},
        {"time", time_json(end.time)},
        {"hives", summary.hives},
        {"affected", summary.affected},
        {"to_review", summary.to_review},
        {"for_info", summary.for_info},
        {"clear", summary.clear},
        {"nonstandard", summary.nonstandard},
        {"unknown", summary.unknown},
        {"known", summary.known},
        {"other_kinds", summary.other_kinds},
        {"errors", summary.errors},
        {"dirty", summary.dirty},
        {"recovered", summary.recovered},
        {"left", summary.left},
        {"containers", summary.containers},
        {"passed_over",
         {{"links", passed_json(end.passed_over.links)},
          {"containers", passed_json(end.passed_over.containers)},
          {"empty", passed_json(end.passed_over.empty)},
          {"folders", passed_json(end.passed_over.folders)},
          {"others", passed_json(end.passed_over.others)},
          {"exports", passed_json(end.passed_over.exports)}}},
        {"notes", end.notes},
    };
}

std::unique_ptr<Report> make_json_report(const ReportOptions& /*options*/, Sink sink) {
    return std::make_unique<JsonReport>(std::move(sink));
}

} // namespace hivelint
