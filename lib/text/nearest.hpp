// The word that somebody may have meant.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace hivelint {

/// Of `words`, the one that is most like `word` and nearly it; empty when none is.
std::string_view nearest(std::string_view word, const std::set<std::string_view>& words);

/// `; did you mean 'X'?`, or nothing.
std::string did_you_mean(std::string_view word, const std::set<std::string_view>& words);

} // namespace hivelint
