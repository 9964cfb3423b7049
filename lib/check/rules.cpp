#include <hivelint/rules.hpp>

#include "pack_texts.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace hivelint {
namespace {

RulePack read(std::string_view text) {
    std::vector<RuleProblem> problems;
    auto pack = parse_pack(text, problems);
    assert(problems.empty());
    return pack;
}

/// Read by itself: a scan with the rules that are checked when none are chosen needs no other one.
const RulePack& first_pack() {
    static const RulePack pack = read(kMapiHttp);
    return pack;
}

} // namespace

std::span<const RulePack> packs() {
    static const auto all =
        std::to_array<RulePack>({first_pack(), read(kOutlookConnectivity), read(kWindowsBaseline)});
    return all;
}

const RulePack* find_pack(std::string_view id) {
    const auto found = std::ranges::find(packs(), id, &RulePack::id);
    return found == packs().end() ? nullptr : &*found;
}

std::span<const RulePtr> rules() { return first_pack().rules; }

RulePtr find_rule(std::string_view id) {
    const auto in = [&](std::span<const RulePtr> rules) {
        const auto found = std::ranges::find(
            rules, id, [](const RulePtr& rule) -> std::string_view { return rule->id; });
        return found == rules.end() ? RulePtr() : *found;
    };
    auto rule = in(rules());
    for (std::size_t i = 1; !rule && i < packs().size(); ++i) {
        rule = in(packs()[i].rules);
    }
    return rule;
}

} // namespace hivelint
