#include "json.hpp"

#include "hex.hpp"
#include "platform/path_text.hpp"
#include "unicode.hpp"

#include <hivelint/error.hpp>

#include <fmt/core.h>

#include <span>

namespace hivelint {

Json parsed_json(std::string_view text, bool or_discarded) {
    static constexpr int kDeepest = 64;
    const auto bounded = [](int depth, Json::parse_event_t, const Json&) {
        if (depth > kDeepest) {
            throw Error(ErrorCode::limit_exceeded,
                        fmt::format("JSON of more than {} levels", kDeepest));
        }
        return true;
    };
    return Json::parse(text, bounded, /*allow_exceptions=*/!or_discarded);
}

void put_path(Json& json, const std::filesystem::path& path, const std::string& name) {
    const std::string bytes = text_of(path);
    json[name] = bytes;
    if (!is_utf8(bytes)) {
        json[name + "_bytes"] = hex(std::as_bytes(std::span(bytes)));
    }
}

} // namespace hivelint
