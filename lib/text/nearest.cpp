#include "nearest.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace hivelint {
namespace {

/// How many letters have to be put in, taken out or changed to make one of the other.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t i = 0; i <= b.size(); ++i) {
        row[i] = i;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row.back();
}

} // namespace

std::string_view nearest(std::string_view word, const std::set<std::string_view>& words) {
    constexpr std::size_t kLongest = 64; // no word of ours is
    std::string_view best;
    std::size_t least = word.size() / 3 + 2;
    for (const auto each : words) {
        const bool part = word.size() >= 4 && each.find(word) != std::string_view::npos;
        const auto far = word.size() > kLongest ? least : part ? 1 : distance(word, each);
        if (far < least) {
            best = each;
            least = far;
        }
    }
    return best;
}

std::string did_you_mean(std::string_view word, const std::set<std::string_view>& words) {
    const auto like = nearest(word, words);
    return like.empty() ? std::string() : "; did you mean '" + std::string(like) + "'?";
}

} // namespace hivelint
