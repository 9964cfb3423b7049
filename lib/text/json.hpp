// What all that is written as JSON shares. Those that include this are the files of the library
// that know nlohmann-json.
#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace hivelint {

using Json = nlohmann::ordered_json;

template<typename T, typename Write>
Json or_null(const std::optional<T>& value, Write write) {
    return value ? Json(write(*value)) : Json();
}

inline Json or_null(const std::optional<std::string>& value) {
    return value ? Json(*value) : Json();
}

/// What the text says. nlohmann-json copies what it has read by calling itself once for each level:
/// one that is nested deeper than any that we write (an attacker's) would fill the stack. Throws
/// Error limit_exceeded for it, Json::exception for what is no JSON; with `or_discarded`, the
/// latter is a value that is_discarded().
Json parsed_json(std::string_view text, bool or_discarded = false);

/// Adds the path as member `name`; one that is not UTF-8 has its bytes in `name`_bytes as well.
void put_path(Json& json, const std::filesystem::path& path, const std::string& name = "path");

} // namespace hivelint
