#include <hivelint/rules.hpp>

#include <algorithm>
#include <vector>

namespace hivelint {
namespace {

const std::vector<Rule>& built_in() {
    static const std::vector<Rule> rules = {
        {
            .id = "mapi-http-disabled",
            .title = "Outlook cannot use MAPI over HTTP",
            .hive = HiveKind::user,
            .key = R"(Software\Microsoft\Exchange)",
            .value = "MapiHttpDisabled",
            .condition = NumberIs{1},
            .remedy = {.set_to = 0, .may_delete = true},
            .severity = Severity::warning,
            .reference = "KB 2937684",
        },
    };
    return rules;
}

} // namespace

std::span<const Rule> rules() { return built_in(); }

const Rule* find_rule(std::string_view id) {
    const auto found = std::ranges::find(built_in(), id, &Rule::id);
    return found == built_in().end() ? nullptr : &*found;
}

} // namespace hivelint
