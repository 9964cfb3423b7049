// What all that is written as JSON shares. Those that include this are the files of the library
// that know nlohmann-json.
#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <optional>
#include <string>

namespace hivelint {

using Json = nlohmann::ordered_json;

template<typename T, typename Write>
Json or_null(const std::optional<T>& value, Write write) {
    return value ? Json(write(*value)) : Json();
}

inline Json or_null(const std::optional<std::string>& value) {
    return value ? Json(*value) : Json();
}

/// Adds the path as member `name`; one that is not UTF-8 has its bytes in `name`_bytes as well.
void put_path(Json& json, const std::filesystem::path& path, const std::string& name = "path");

} // namespace hivelint
