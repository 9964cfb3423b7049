#include "saved_change.hpp"

#include "change/ranges.hpp"
#include "change/ranges_json.hpp"
#include "check/value_data.hpp"
#include "platform/path_text.hpp"
#include "text/hex.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace hivelint {
namespace {

constexpr std::string_view kOldSchema = "hivelint-undo/1";

[[noreturn]] void refuse(const std::string& what) {
    throw Error(ErrorCode::invalid_argument, "no record of a fix: " + what);
}

// get() makes integers of what has another sign, a fraction or no digits.
std::uint64_t number(const Json& digits) {
    if (!digits.is_number_unsigned()) {
        // Not what it says: to write down what is nested deeply takes as deep a stack.
        refuse(fmt::format("a JSON {} instead of a number", digits.type_name()));
    }
    return digits.get<std::uint64_t>();
}

std::vector<std::byte> bytes(const Json& digits) {
    auto found = from_hex(digits.get<std::string>());
    if (!found) {
        refuse("hexadecimal digits were expected");
    }
    return *std::move(found);
}

std::string hash(const Json& digits) {
    auto text = digits.get<std::string>();
    if (text.size() != 64 || text.find_first_not_of("0123456789abcdef") != std::string::npos) {
        refuse("a SHA-256 of 64 digits was expected");
    }
    return text;
}

std::filesystem::path path_in(const Json& json, const std::string& name) {
    if (!json.contains(name + "_bytes")) {
        return path_of(json.at(name).get<std::string>());
    }
    const auto raw = bytes(json.at(name + "_bytes"));
    return path_of({reinterpret_cast<const char*>(raw.data()), raw.size()});
}

/// What the value became. A REG_DWORD is a number, other data have their type beside them.
std::optional<regf::ValueData> becomes_in(const Json& json) {
    const auto action = json.at("action").get<std::string>();
    if (action == "delete") {
        return std::nullopt;
    }
    if (action != "set" && action != "set-zero") {
        refuse("another action");
    }
    const auto narrow = [](const Json& digits) {
        const auto wide = number(digits);
        const auto value = static_cast<std::uint32_t>(wide);
        if (value != wide) {
            refuse(fmt::format("{} instead of a number of 32 bits", wide));
        }
        return value;
    };
    if (!json.contains("type_id")) {
        return regf::dword_data(narrow(json.at("number")));
    }
    return regf::ValueData{narrow(json.at("type_id")), bytes(json.at("data"))};
}

ValueFix fix_of(const Json& json) {
    ValueFix fix = {.rule = json.at("check").get<std::string>(),
                    .hive = HiveKind::user,
                    .key = json.at("key").get<std::string>(),
                    .value = json.at("name").get<std::string>(),
                    .becomes = becomes_in(json)};
    if (json.contains("hive")) {
        const auto kind = hive_kind_from_string(json.at("hive").get<std::string>());
        if (!kind) {
            refuse("another kind of hive");
        }
        fix.hive = *kind;
    }
    return fix;
}

void put_fix(Json& json, const ValueFix& fix) {
    json["check"] = fix.rule;
    if (fix.hive != HiveKind::user) {
        json["hive"] = to_string(fix.hive);
    }
    json["action"] = action_of(fix);
    json["key"] = fix.key;
    json["name"] = fix.value;
    const bool is_dword = fix.becomes && fix.becomes->type == regf::kRegDword;
    const auto number = is_dword ? number_in(*fix.becomes) : std::nullopt;
    if (fix.becomes && !number) {
        json["type_id"] = fix.becomes->type;
        json["data"] = hex(fix.becomes->bytes);
    } else {
        json["number"] = number.value_or(0);
    }
}

Patch patch_of(const Json& json) {
    Patch patch;
    patch.path = path_in(json, "path");
    if (patch.path.empty()) {
        refuse("it names no file");
    }
    if (json.contains("inside")) {
        patch.inside = text_of(path_in(json, "inside"));
    }
    patch.size = number(json.at("size"));
    patch.new_size = number(json.at("new_size"));
    if (json.at("replays").get<bool>()) {
        patch.fix.emplace(); // which part is the fix does not matter for taking it back
    }
    if (patch.new_size < patch.size || (patch.new_size > patch.size && !patch.fix)) {
        refuse(fmt::format("sizes {} and {}, but only logs change a hive's, and never make it "
                           "shorter",
                           patch.size, patch.size_after()));
    }
    patch.tail = bytes(json.at("tail"));
    patch.sha256_before = hash(json.at("sha256_before"));
    patch.sha256_after = hash(json.at("sha256_after"));
    patch.fixes.push_back(fix_of(json));
    if (const auto more = json.find("more"); more != json.end()) {
        for (const auto& fix : *more) {
            patch.fixes.push_back(fix_of(fix));
        }
    }
    for (const auto& range : json.at("ranges")) {
        patch.ranges.push_back(
            {number(range.at("offset")), bytes(range.at("before")), bytes(range.at("after"))});
    }
    if (!ranges_fit(patch.ranges, patch.size)) {
        refuse("its ranges do not ascend inside the file, or change its length");
    }
    return patch;
}

} // namespace

Json change_json(const Patch& patch, std::size_t place) {
    Json json = {{"type", "change"}};
    put_path(json, patch.path);
    if (!patch.inside.empty()) {
        put_path(json, path_of(patch.inside), "inside");
    }
    json["place"] = place;
    json["size"] = patch.size;
    json["new_size"] = patch.size_after();
    json["replays"] = patch.fix.has_value();
    json["sha256_before"] = patch.sha256_before;
    json["sha256_after"] = patch.sha256_after;
    put_fix(json, patch.fixes.front()); // a patch that changes anything has one
    for (std::size_t i = 1; i < patch.fixes.size(); ++i) {
        Json one = Json::object();
        put_fix(one, patch.fixes[i]);
        json["more"].push_back(std::move(one));
    }
    json["ranges"] = ranges_json(patch.ranges);
    json["tail"] = hex(patch.tail);
    return json;
}

SavedChange parse_change(std::string_view text) {
    try {
        const Json json = parsed_json(text);
        if (json.contains("schema")) { // of a single fix
            if (json.at("schema") != kOldSchema) {
                refuse(fmt::format("another schema than {}", kOldSchema));
            }
            return {.patch = patch_of(json)};
        }
        if (json.at("type") != "change") {
            refuse("a line of another type");
        }
        SavedChange change = {.patch = patch_of(json),
                              .place = static_cast<std::size_t>(number(json.at("place")))};
        change.place = std::clamp<std::size_t>(change.place, 1, text_of(change.patch.path).size());
        return change;
    } catch (const Json::exception& error) {
        refuse(error.what());
    }
}

Patch parse_undo_record(std::string_view text) { return parse_change(text).patch; }

} // namespace hivelint
