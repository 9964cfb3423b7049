#include <hivelint/fix.hpp>

#include "change/ranges_json.hpp"
#include "platform/path_text.hpp"
#include "text/hex.hpp"

#include <fmt/core.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace hivelint {

std::string undo_record(const Patch& patch, std::string_view tool, regf::FileTime time) {
    Json json = {{"schema", "hivelint-undo/1"}, {"tool", tool}, {"time", or_null(time.iso8601())}};
    put_path(json, patch.path);
    json["size"] = patch.size;
    json["new_size"] = patch.size_after();
    json["replays"] = patch.fix.has_value();
    json["sha256_before"] = patch.sha256_before;
    json["sha256_after"] = patch.sha256_after;
    json["check"] = patch.rule;
    json["action"] = to_string(patch.action);
    json["key"] = patch.key;
    json["name"] = patch.value;
    json["number"] = patch.number;
    json["ranges"] = ranges_json(patch.ranges);
    json["tail"] = hex(patch.tail);
    return json.dump(2, ' ', true, Json::error_handler_t::replace) + '\n';
}

Patch parse_undo_record(std::string_view text) {
    const auto bytes = [](const Json& digits) {
        const auto found = from_hex(digits.get<std::string>());
        if (!found) {
            throw Error(ErrorCode::invalid_argument, "hexadecimal digits were expected");
        }
        return *found;
    };
    // get() makes integers of what has another sign, a fraction or no digits.
    const auto number = [](const Json& digits) {
        if (!digits.is_number_unsigned()) {
            throw Error(ErrorCode::invalid_argument,
                        fmt::format("no undo record: {} instead of a number", digits.dump()));
        }
        return digits.get<std::uint64_t>();
    };
    try {
        const Json json = Json::parse(text);
        if (json.at("schema") != "hivelint-undo/1") {
            throw Error(
                ErrorCode::invalid_argument,
                fmt::format("schema {} instead of hivelint-undo/1", json.at("schema").dump()));
        }
        Patch patch;
        bool known_action = false;
        patch.path = path_of(json.at("path").get<std::string>());
        if (json.contains("path_bytes")) {
            const auto raw = bytes(json.at("path_bytes"));
            patch.path = path_of({reinterpret_cast<const char*>(raw.data()), raw.size()});
        }
        patch.size = number(json.at("size"));
        patch.new_size = number(json.at("new_size"));
        if (json.at("replays").get<bool>()) {
            patch.fix.emplace(); // which part is the fix does not matter for taking it back
        }
        if (patch.new_size < patch.size || (patch.new_size > patch.size && !patch.fix)) {
            throw Error(ErrorCode::invalid_argument,
                        fmt::format("no undo record: sizes {} and {}, but only logs change a "
                                    "hive's, and never make it shorter",
                                    patch.size, patch.size_after()));
        }
        patch.tail = bytes(json.at("tail"));
        patch.sha256_before = json.at("sha256_before").get<std::string>();
        patch.sha256_after = json.at("sha256_after").get<std::string>();
        patch.rule = json.at("check").get<std::string>();
        for (const Action action : {Action::set_value, Action::delete_value}) {
            if (json.at("action") == to_string(action)) {
                patch.action = action;
                known_action = true;
            }
        }
        if (!known_action) {
            throw Error(ErrorCode::invalid_argument, "no undo record: another action");
        }
        patch.key = json.at("key").get<std::string>();
        patch.value = json.at("name").get<std::string>();
        patch.number = json.at("number").get<std::uint32_t>();
        for (const auto& range : json.at("ranges")) {
            patch.ranges.push_back(
                {number(range.at("offset")), bytes(range.at("before")), bytes(range.at("after"))});
        }
        return patch;
    } catch (const Json::exception& error) {
        throw Error(ErrorCode::invalid_argument, fmt::format("no undo record: {}", error.what()));
    }
}

} // namespace hivelint
