// A replay as one line of JSON.
#include "json_parts.hpp"
#include "platform/path_text.hpp"

#include <hivelint/report.hpp>

#include <utility>

namespace hivelint {
namespace {

Json entry_json(const regf::LogEntry& entry) {
    return {
        {"number", entry.sequence},     {"offset", entry.offset},      {"size", entry.size},
        {"bins_size", entry.bins_size}, {"pages", entry.pages.size()},
    };
}

/// The words of a scan for the same states.
std::string_view state_word(regf::ReplayResult result) {
    switch (result) {
    case regf::ReplayResult::clean: return to_string(State::clean);
    case regf::ReplayResult::recovered: return to_string(State::recovered);
    case regf::ReplayResult::healed: return to_string(State::healed);
    case regf::ReplayResult::dirty: break;
    }
    return to_string(State::dirty);
}

/// What the logs make of the hive.
Json recovered_json(const ReplayReport& report) {
    return {
        {"size", report.size}, {"bins_size", report.bins_size}, {"sequence", report.sequence},
        {"keys", report.keys}, {"values", report.values},       {"confirmed", report.confirmed},
    };
}

} // namespace

std::string json_line(const ReplayReport& report, bool entries) {
    Json json = {{"schema", "hivelint-replay/1"}};
    put_path(json, report.path);
    json["state"] = or_null(report.result, state_word);
    json["base_block"] = or_null(report.base_block, base_block_json);
    Json logs = Json::array();
    for (std::size_t i = 0; i < report.logs.size(); ++i) {
        Json log = log_json(report.logs[i]);
        if (entries) {
            Json chain = Json::array();
            for (const auto& entry : report.entries[i]) {
                chain.push_back(entry_json(entry));
            }
            log["chain"] = std::move(chain);
        }
        logs.push_back(std::move(log));
    }
    json["logs"] = std::move(logs);
    json["result"] = report.size != 0 && !report.error ? recovered_json(report) : Json();
    json["output"] = Json();
    if (report.output) {
        put_path(json, *report.output, "output");
    }
    json["written"] = report.written;
    json["error"] = or_null(report.error, error_json);
    return json_text(json);
}

} // namespace hivelint
