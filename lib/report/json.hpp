// What the writers of JSON share.
#pragma once

#include "text/json.hpp"

#include <hivelint/patch.hpp>

#include <vector>

namespace hivelint {

Json ranges_json(const std::vector<ByteRange>& ranges);

} // namespace hivelint
