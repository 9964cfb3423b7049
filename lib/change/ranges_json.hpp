// Byte ranges as JSON, as records and reports have them.
#pragma once

#include "text/hex.hpp"
#include "text/json.hpp"

#include <hivelint/source.hpp>

#include <span>

namespace hivelint {

inline Json ranges_json(std::span<const ByteRange> ranges) {
    Json json = Json::array();
    for (const auto& range : ranges) {
        json.push_back(
            {{"offset", range.offset}, {"before", hex(range.before)}, {"after", hex(range.after)}});
    }
    return json;
}

} // namespace hivelint
