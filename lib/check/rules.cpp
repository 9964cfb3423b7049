#include <hivelint/rules.hpp>

#include <algorithm>
#include <vector>

namespace hivelint {
namespace {

const std::vector<Rule>& table() {
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

std::span<const Rule> rules() { return table(); }

const Rule* find_rule(std::string_view id) {
    const auto found = std::ranges::find(table(), id, &Rule::id);
    return found == table().end() ? nullptr : &*found;
}

} // namespace hivelint
