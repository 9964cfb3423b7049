// Records and inspections as lines of JSON.
#include "data_text.hpp"
#include "json_parts.hpp"
#include "platform/path_text.hpp"
#include "run_json.hpp"
#include "text/hex.hpp"
#include "writers.hpp"

#include <hivelint/regf/name.hpp>
#include <hivelint/report.hpp>

#include <fmt/core.h>

#include <span>
#include <utility>

namespace hivelint {

std::string json_text(const Json& json) {
    return json.dump(-1, ' ', true, Json::error_handler_t::replace) + '\n';
}

std::string json_part(const Json& json) {
    auto text = json_text(json);
    text.pop_back();
    return text;
}

Json error_json(const Error& error) {
    return {
        {"code", to_string(error.code())},
        {"offset", error.offset() ? Json(*error.offset()) : Json()},
        {"message", error.message()},
    };
}

Json base_block_json(const regf::BaseBlock& block) {
    return {
        {"version", fmt::format("{}.{}", block.major, block.minor)},
        {"primary_sequence", block.primary_sequence},
        {"secondary_sequence", block.secondary_sequence},
        {"last_written", or_null(block.last_written.iso8601())},
        {"file_name", regf::to_utf8(block.file_name)},
    };
}

Json log_json(const LogAccount& account) {
    const auto& use = account.use;
    const auto number = [](std::uint32_t value) { return value; };
    Json json = Json::object();
    put_path(json, account.path);
    json["format"] = or_null(use.format, [](regf::LogFormat format) { return to_string(format); });
    json["first"] = or_null(use.first_number, number);
    json["last"] = or_null(use.last_number, number);
    json["entries"] = use.entries;
    json["applied"] = use.applied;
    json["used"] = use.used;
    json["stopped"] = or_null(use.stopped, error_json);
    return json;
}

namespace {

Json value_json(const regf::StoredValue& value) {
    const auto number = dword_of(value);
    return {
        {"type", regf::value_type_name(value.type)},
        {"type_id", value.type},
        {"size", value.data.size()},
        {"data", hex(value.data)},
        {"number", number ? Json(*number) : Json()},
    };
}

Json key_time_json(const Finding& finding) {
    return finding.key_last_written ? or_null(finding.key_last_written->iso8601()) : Json();
}

/// The value of a finding; of a secret one the type and the size.
Json found_json(const Finding& finding) {
    auto json = or_null(finding.value, value_json);
    if (finding.value && finding.rule->secret) {
        json["data"] = nullptr;
        json["number"] = nullptr;
    }
    return json;
}

Json primary_json(const Finding& finding) {
    return {{"verdict", to_string(finding.verdict)}, {"value", found_json(finding)}};
}

Json past_json(const PastState& past) {
    Json json = {{"log", Json()}};
    if (past.log) {
        put_path(json, *past.log, "log");
    }
    json["number"] = past.number ? Json(*past.number) : Json();
    json["verdict"] = to_string(past.finding.verdict);
    json["reason"] = past.finding.reason.empty() ? Json() : Json(past.finding.reason);
    json["key_last_written"] = key_time_json(past.finding);
    json["value"] = found_json(past.finding);
    return json;
}

Json log_place_json(const LogPlace& place) {
    Json json = Json::object();
    put_path(json, place.log);
    json["offset"] = place.offset;
    return json;
}

Json check_json(const CheckResult& check) {
    const Finding& finding = check.finding;
    Json json = {
        {"id", finding.rule->id},
        {"verdict", to_string(finding.verdict)},
        {"reason", finding.reason.empty() ? Json() : Json(finding.reason)},
        {"key", finding.key},
        {"name", finding.rule->value},
        {"key_last_written", key_time_json(finding)},
        {"value", found_json(finding)},
        {"offset", finding.value ? Json(finding.value->offset) : Json()},
        {"confirmed_by", check.confirmed_by},
        {"primary", or_null(check.primary, primary_json)},
    };
    if (check.in_log) {
        json["in_log"] = log_place_json(*check.in_log);
    }
    if (check.rolled_back) {
        json["rolled_back"] = primary_json(*check.rolled_back);
    }
    if (check.known) {
        json["known"] = {
            {"by", check.known->in_baseline ? "baseline" : "suppression"},
            {"reason", check.known->reason.empty() ? Json() : Json(check.known->reason)},
            {"until", or_null(check.known->until)}};
    }
    if (!check.history.empty()) {
        Json history = Json::array();
        for (const auto& past : check.history) {
            history.push_back(past_json(past));
        }
        json["history"] = std::move(history);
    }
    return json;
}

/// Adds the name itself, character by character; one with half a surrogate pair has U+FFFD for it,
/// and all its units in `name_utf16`.
void put_name(Json& json, const std::u16string& name) {
    const auto text = regf::to_utf8(name);
    json["name"] = text;
    if (regf::to_utf16(text) != name) {
        std::vector<std::byte> units;
        for (const char16_t unit : name) {
            units.push_back(static_cast<std::byte>(unit & 0xFF));
            units.push_back(static_cast<std::byte>(unit >> 8));
        }
        json["name_utf16"] = hex(units);
    }
}

Json key_json(const regf::KeyInfo& key) {
    Json json = Json::object();
    put_name(json, key.name);
    json.update(Json{
        {"last_written", or_null(key.last_written.iso8601())},
        {"flags", key.flags},
        {"subkeys", key.subkey_count},
        {"values", key.value_count},
        {"offset", key.offset},
    });
    return json;
}

/// What a text says, to its first zero; of a REG_MULTI_SZ each of its texts; null for all else.
Json texts_json(const regf::StoredValue& value) {
    const bool several = value.type == regf::kRegMultiSz;
    const bool one = value.type == regf::kRegSz || value.type == regf::kRegExpandSz;
    const auto texts = several || one ? texts_of(value) : std::nullopt;
    if (!texts) {
        return nullptr;
    }
    return several ? Json(*texts) : Json(texts->empty() ? std::string() : texts->front());
}

Json listing_json(const regf::KeyListing& listing) {
    Json json = key_json(listing.key);
    Json subkeys = Json::array();
    for (const auto& subkey : listing.subkeys) {
        subkeys.push_back(key_json(subkey));
    }
    Json values = Json::array();
    for (const auto& value : listing.values) {
        Json one = Json::object();
        put_name(one, value.name);
        one.update(value_json(value));
        one["text"] = texts_json(value);
        one["offset"] = value.offset;
        values.push_back(std::move(one));
    }
    Json damage = Json::array();
    for (const auto& error : listing.damage) {
        damage.push_back(error_json(error));
    }
    json["subkey_list"] = std::move(subkeys);
    json["value_list"] = std::move(values);
    json["damage"] = std::move(damage);
    return json;
}

Json report_json(const regf::VerifyReport& report) {
    Json issues = Json::array();
    for (const auto& issue : report.issues) {
        issues.push_back({
            {"weight", to_string(weight_of(issue.problem))},
            {"problem", to_string(issue.problem)},
            {"offset", issue.offset},
            {"message", issue.message},
        });
    }
    return {
        {"damage", report.damage},
        {"irregularities", report.irregularities},
        {"issues", std::move(issues)},
    };
}

Json counts_json(const regf::VerifyReport& report) {
    return {
        {"bins", report.bins},
        {"keys", report.keys},
        {"values", report.values},
        {"security_records", report.security_records},
        {"allocated_cells", report.allocated_cells},
        {"free_cells", report.free_cells},
        {"free_bytes", report.free_bytes},
    };
}

Json file_json(const EvidenceFile& file) {
    const auto time = [](const std::optional<regf::FileTime>& moment) {
        return moment ? or_null(moment->iso8601()) : Json();
    };
    Json json = Json::object();
    put_path(json, file.path);
    json.update({{"size", file.size},
                 {"inode", file.inode},
                 {"modified", time(file.modified)},
                 {"changed", time(file.changed)},
                 {"created", time(file.created)}});
    for (const auto& [kind, digits] : file.hashes) {
        json[std::string(to_string(kind))] = digits;
    }
    return json;
}

} // namespace

Json record_json(const Record& record) {
    Json json = {{"schema", "hivelint/1"}};
    put_path(json, record.path);
    if (!record.steps.empty()) {
        json["steps"] = record.steps;
        const auto& place = record.place_in_container;
        json["place_in_container"] = place ? Json(*place) : Json();
    }
    json["user"] = or_null(record.user);
    json["user_by"] = record.user ? Json(to_string(record.user_by)) : Json();
    json["size"] = record.size;
    json["kind"] = record.kind.empty() ? Json() : Json(record.kind);
    json["state"] = to_string(record.state);
    json["base_block"] = or_null(record.base_block, base_block_json);
    Json logs = Json::array();
    for (const auto& log : record.logs) {
        logs.push_back(log_json(log));
    }
    json["logs"] = std::move(logs);
    Json checks = Json::array();
    for (const auto& check : record.checks) {
        checks.push_back(check_json(check));
    }
    json["checks"] = std::move(checks);
    if (!record.files.empty()) {
        json["files"] = Json::array();
        for (const auto& file : record.files) {
            json["files"].push_back(file_json(file));
        }
    }
    json["notes"] = record.notes;
    json["error"] = or_null(record.error, error_json);
    return json;
}

namespace {

class JsonLinesReport final : public Report {
public:
    explicit JsonLinesReport(Sink sink) : sink_(std::move(sink)) {}
    void add(const Record& record) override { sink_(json_line(record)); }
    void end(const ReportEnd& end) override {
        Json line = {{"schema", "hivelint-end/1"}};
        line.update(end_json(end));
        line.erase("time"); // the same evidence, the same lines
        sink_(json_text(line));
    }

private:
    Sink sink_;
};

} // namespace

std::unique_ptr<Report> make_jsonl_report(const ReportOptions& /*options*/, Sink sink) {
    return std::make_unique<JsonLinesReport>(std::move(sink));
}

std::string json_line(const Record& record) { return json_text(record_json(record)); }

std::string json_report(const Inspection& inspection) {
    Json json = {{"schema", "hivelint-info/1"}};
    put_path(json, inspection.path);
    json["user"] = or_null(inspection.user);
    json["user_by"] = inspection.user ? Json(to_string(inspection.user_by)) : Json();
    json["size"] = inspection.size;
    json["state"] = to_string(inspection.state);
    json["base_block"] = or_null(inspection.base_block, [](const regf::BaseBlock& block) {
        Json all = base_block_json(block);
        all["root_cell"] = block.root.value;
        all["bins_size"] = block.bins_size;
        all["clustering_factor"] = block.clustering_factor;
        all["flags"] = block.flags;
        all["last_reorganized"] = or_null(block.last_reorganized.iso8601());
        all["checksum"] = block.stored_checksum;
        all["checksum_valid"] = block.checksum_valid();
        return all;
    });
    Json logs = Json::array();
    for (const auto& log : inspection.logs) {
        logs.push_back(log_json(log));
    }
    json["logs"] = std::move(logs);
    json["offsets_of"] = inspection.recovered ? "recovered-hive" : "file";
    json["sha256"] = or_null(inspection.sha256);
    json["counts"] = inspection.asked.counts ? or_null(inspection.report, counts_json) : Json();
    json["verify"] = inspection.asked.verify ? or_null(inspection.report, report_json) : Json();
    json["key"] = or_null(inspection.key, listing_json);
    json["notes"] = inspection.notes;
    json["error"] = or_null(inspection.error, error_json);
    return json_text(json);
}

} // namespace hivelint
