// Text in XML and HTML.
#pragma once

#include <hivelint/text.hpp>

#include <string>
#include <string_view>

namespace hivelint {

/// For attributes and between tags: nothing in it is markup, and no control character is left, of
/// which XML may have none.
inline std::string xml_text(std::string_view text) {
    std::string out;
    for (const char c : escaped_bytes(text)) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        case '\'': out += "&#39;"; break;
        default: out += c;
        }
    }
    return out;
}

/// The same for several lines.
inline std::string xml_lines(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto end = text.find('\n');
        out += xml_text(text.substr(0, end)) + '\n';
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return out;
}

} // namespace hivelint
