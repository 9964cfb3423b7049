#include "platform/path_text.hpp"
#include "text/hex.hpp"
#include "text/json.hpp"

#include <hivelint/known.hpp>

#include <fmt/core.h>

#include <map>
#include <mutex>
#include <set>
#include <utility>

namespace hivelint {
namespace {

/// What a report calls a hive: by its user, or by its path where none is known.
std::string name_of(const std::optional<std::string>& user, const std::string& path) {
    return user ? "user " + *user : "path " + path;
}

/// What makes a finding the same in another run. `data`: in hexadecimal; absent of a secret, and
/// where there is no value.
std::string identity(std::string_view rule, std::string_view key, const std::string& name,
                     std::uint64_t type, std::uint64_t size,
                     const std::optional<std::string>& data) {
    std::string all;
    for (const std::string_view part : {rule, key, std::string_view(name)}) {
        all += part;
        all.push_back('\0');
    }
    all += fmt::format("{} {} {}", type, size, data.value_or("-"));
    return all;
}

bool is_finding(Verdict verdict) {
    return verdict == Verdict::affected || verdict == Verdict::nonstandard;
}

std::string identity(const Finding& finding, const std::string& name) {
    const auto& value = finding.value;
    const bool shown = value && !finding.rule->secret;
    return identity(finding.rule->id, finding.key, name, value ? value->type : 0,
                    value ? value->data.size() : 0,
                    shown ? std::optional(hex(value->data)) : std::nullopt);
}

} // namespace

struct Baseline::State {
    struct Entry {
        Gone told;
        std::string name; ///< of the hive
        bool found = false;
    };

    void add_line(std::string_view line);
    void add_record(const Json& record);

    std::map<std::string, std::size_t> known{}; ///< identity: number of the entry
    std::vector<Entry> entries{};
    std::set<std::string> seen{}; ///< names of hives
    bool complete = false;
    std::mutex mutex{};
};

void Baseline::State::add_record(const Json& record) {
    const auto path = record.contains("path_bytes") ? record.at("path_bytes").get<std::string>()
                                                    : record.at("path").get<std::string>();
    const auto& user_json = record.at("user");
    const auto user =
        user_json.is_null() ? std::nullopt : std::optional(user_json.get<std::string>());
    const auto name = name_of(user, path);
    for (const auto& check : record.at("checks")) {
        const auto verdict = verdict_from_string(check.at("verdict").get<std::string>());
        if (!verdict || !is_finding(*verdict)) {
            continue;
        }
        const auto& value = check.at("value");
        const bool has_data = !value.is_null() && !value.at("data").is_null();
        const auto rule = check.at("id").get<std::string>();
        auto who =
            identity(rule, check.at("key").get<std::string>(), name,
                     value.is_null() ? 0 : value.at("type_id").get<std::uint64_t>(),
                     value.is_null() ? 0 : value.at("size").get<std::uint64_t>(),
                     has_data ? std::optional(value.at("data").get<std::string>()) : std::nullopt);
        if (known.emplace(std::move(who), entries.size()).second) {
            entries.push_back({{.rule = rule,
                                .user = user.value_or(""),
                                .path = record.at("path").get<std::string>()},
                               name});
        }
    }
}

void Baseline::State::add_line(std::string_view line) {
    const Json json = parsed_json(line);
    const auto schema = json.at("schema").get<std::string>();
    if (complete) {
        throw Error(ErrorCode::invalid_argument, "there is more behind its end");
    }
    if (schema == "hivelint/1") {
        add_record(json);
    } else if (schema == "hivelint-end/1") {
        complete = json.at("complete").get<bool>();
        if (!complete) {
            throw Error(ErrorCode::invalid_argument, "the run was interrupted");
        }
    } else {
        throw Error(ErrorCode::invalid_argument, "a record of another schema than hivelint/1");
    }
}

Baseline::Baseline(std::string_view json_lines) : state_(std::make_unique<State>()) {
    std::size_t number = 0;
    for (std::string_view rest = json_lines; !rest.empty();) {
        const auto end = std::min(rest.find('\n'), rest.size());
        const auto line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        ++number;
        const auto refuse = [&](std::string_view why) {
            throw Error(
                ErrorCode::invalid_argument,
                fmt::format("line {}: no report of hivescan --format jsonl: {}", number, why));
        };
        try {
            state_->add_line(line);
        } catch (const Error& error) {
            refuse(error.message());
        } catch (const Json::exception& error) {
            refuse(error.what());
        }
    }
    if (!state_->complete) {
        throw Error(ErrorCode::invalid_argument,
                    "the report is cut: its last line, which says that it is complete, is missing");
    }
}
Baseline::~Baseline() = default;

void Baseline::review(Record& record) {
    Json path = Json::object();
    put_path(path, record.path);
    const auto& raw = path.contains("path_bytes") ? path["path_bytes"] : path["path"];
    const auto name = name_of(record.user, raw.get<std::string>());
    const std::lock_guard lock(state_->mutex);
    if (!record.error) {
        state_->seen.insert(name);
    }
    for (auto& check : record.checks) {
        if (!is_finding(check.finding.verdict)) {
            continue;
        }
        const auto found = state_->known.find(identity(check.finding, name));
        if (found != state_->known.end()) {
            state_->entries[found->second].found = true;
            check.known = Known{.in_baseline = true};
        }
    }
}

std::vector<Baseline::Gone> Baseline::gone() const {
    const std::lock_guard lock(state_->mutex);
    std::vector<Gone> all;
    for (const auto& entry : state_->entries) {
        if (!entry.found) {
            all.push_back(entry.told);
            all.back().hive_was_seen = state_->seen.contains(entry.name);
        }
    }
    return all;
}

std::size_t Baseline::size() const { return state_->entries.size(); }

} // namespace hivelint
