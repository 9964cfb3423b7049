// Expected texts in a build without hivex.
#pragma once

#include <hivelint/scan.hpp>

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace hivelint::test {

/// `text`, which is what a build with hivex says, as this build says it: where there is no second
/// parser, nothing is confirmed by one.
inline std::string as_built(std::string text) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kWithout = {
        {{"by walker+hivex", "by walker"},
         {R"(["walker","hivex"])", R"(["walker"])"},
         {"not given to hivex", "not given to a second parser"},
         {"verify and hivex agree on", "verify counts"}}};
    for (const auto& [with, without] : kWithout) {
        for (auto at = text.find(with); second_parser().empty() && at != std::string::npos;
             at = text.find(with, at + without.size())) {
            text.replace(at, with.size(), without);
        }
    }
    return text;
}

} // namespace hivelint::test
