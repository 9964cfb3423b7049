#include <hivelint/rules.hpp>

#include <algorithm>
#include <array>

namespace hivelint {
namespace {

constexpr auto kRules = std::to_array<Rule>({
    {
        .id = "mapi-http-disabled",
        .title = "Outlook cannot use MAPI over HTTP",
        .key = R"(Software\Microsoft\Exchange)",
        .value = "MapiHttpDisabled",
        .bad = 1,
        .remedy = {.set_to = 0, .may_delete = true},
        .severity = Severity::warning,
        .reference = "KB 2937684",
    },
});

} // namespace

std::span<const Rule> rules() { return kRules; }

const Rule* find_rule(std::string_view id) {
    const auto* found = std::ranges::find(kRules, id, &Rule::id);
    return found == kRules.end() ? nullptr : found;
}

} // namespace hivelint
