#include "json.hpp"

#include "hex.hpp"
#include "platform/path_text.hpp"
#include "unicode.hpp"

#include <span>

namespace hivelint {

void put_path(Json& json, const std::filesystem::path& path, const std::string& name) {
    const std::string bytes = text_of(path);
    json[name] = bytes;
    if (!is_utf8(bytes)) {
        json[name + "_bytes"] = hex(std::as_bytes(std::span(bytes)));
    }
}

} // namespace hivelint
