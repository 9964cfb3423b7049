#include "rule_choice.hpp"

#include "platform/path_text.hpp"
#include "text/nearest.hpp"
#include "text_file.hpp"
#include "tool.hpp"

#include <hivelint/report.hpp>
#include <hivelint/text.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <set>

namespace hivelint::tools {
namespace {

/// The pack of a file; what is wrong with it, a line each, is added to `wrong`.
RulePack read_file(const std::filesystem::path& path, std::string& wrong) {
    std::vector<RuleProblem> problems;
    auto pack = parse_pack(text_in(path, "rules"), problems);
    wrong += lines_of(path, problems);
    if (pack.id.empty()) {
        pack.id = text_of(path.stem());
    }
    return pack;
}

/// The same, with all that is wrong with all of them in one error.
std::vector<RulePack> read_files(const std::vector<std::filesystem::path>& paths) {
    std::vector<RulePack> packs;
    packs.reserve(paths.size());
    std::string wrong;
    for (const auto& path : paths) {
        packs.push_back(read_file(path, wrong));
    }
    refuse_if_wrong(wrong, "the rules");
    return packs;
}

int check_files(const std::vector<std::filesystem::path>& paths) {
    bool failed = false;
    Output output({});
    for (const auto& path : paths) {
        std::string wrong;
        const auto pack = read_file(path, wrong);
        failed = failed || !wrong.empty();
        output.write(wrong.empty()
                         ? fmt::format("{}: {} rule{}\n", escaped_exactly(text_of(path)),
                                       pack.rules.size(), pack.rules.size() == 1 ? "" : "s")
                         : wrong);
    }
    return failed ? kIncomplete : kClean;
}

} // namespace

DiscoveryOptions discovery_for(const std::vector<RulePtr>& rules) {
    DiscoveryOptions discovery = {.users = false};
    for (const auto& rule : rules) {
        const std::string name(file_name_of(rule->hive));
        if (rule->hive == HiveKind::user) {
            discovery.users = true;
        } else if (std::ranges::find(discovery.also, name) == discovery.also.end()) {
            discovery.also.push_back(name);
        }
    }
    return discovery;
}

void RuleChoice::add_to(CommandLine& line) {
    const auto keep = [](std::vector<std::string>& words) {
        return [&words](const std::string& word) {
            if (std::ranges::find(words, word) == words.end()) {
                words.push_back(word);
            }
            return std::string();
        };
    };
    line.words("--check", keep(ids_),
               "only this rule; may be repeated: " + check_names() +
                   ", and those that --list-rules lists")
        .value_name("ID")
        .one_at_a_time();
    line.words("--pack", keep(packs_),
               "check the rules of this pack; may be repeated: outlook-connectivity, "
               "windows-baseline; mapi-http, the default")
        .value_name("NAME")
        .one_at_a_time();
    line.paths("--rules", files_, "check the rules of this TOML file; may be repeated")
        .value_name("FILE")
        .one_at_a_time();
}

void RuleChoice::add_known_to(CommandLine& line) {
    line.paths("--rules", files_,
               "fixes by rules of this TOML file are known, too; may be repeated")
        .value_name("FILE")
        .one_at_a_time();
}

void RuleChoice::add_telling_to(CommandLine& line) {
    line.flag("--list-rules", list_, "list all rules, and scan nothing");
    line.text("--explain", explain_, "say what a rule means and how it is mended, and scan nothing")
        .value_name("ID")
        .not_empty();
    line.paths("--check-rules", check_,
               "say what is wrong with this file of rules, and scan nothing; may be repeated")
        .value_name("FILE")
        .one_at_a_time();
}

std::vector<RulePack> RuleChoice::chosen() const {
    std::vector<RulePack> all;
    for (const auto& name : packs_) {
        const auto* pack = find_pack(name);
        if (pack == nullptr) {
            std::string all_names;
            std::set<std::string_view> known;
            for (const auto& each : hivelint::packs()) {
                all_names += (all_names.empty() ? "" : ", ") + each.id;
                known.insert(each.id);
            }
            throw UsageError(fmt::format("there is no pack '{}'; there are {}{}",
                                         escaped_bytes(name), all_names,
                                         did_you_mean(name, known)));
        }
        all.push_back(*pack);
    }
    std::ranges::move(read_files(files_), std::back_inserter(all));
    return all;
}

RulePtr RuleChoice::find(const std::vector<RulePack>& chosen, const std::string& id) const {
    for (const auto& pack : chosen) {
        const auto found = std::ranges::find(
            pack.rules, id, [](const RulePtr& rule) -> const auto& { return rule->id; });
        if (found != pack.rules.end()) {
            return *found;
        }
    }
    auto rule = find_rule(id);
    if (rule == nullptr) {
        std::set<std::string_view> known;
        const auto add = [&known](const RulePack& pack) {
            for (const auto& each : pack.rules) {
                known.insert(each->id);
            }
        };
        std::ranges::for_each(chosen, add);
        std::ranges::for_each(hivelint::packs(), add);
        throw UsageError(fmt::format("there is no check '{}': see --list-rules{}",
                                     escaped_bytes(id), did_you_mean(id, known)));
    }
    return rule;
}

std::vector<RulePtr> RuleChoice::of_files() const {
    std::vector<RulePtr> rules;
    for (const auto& pack : read_files(files_)) {
        rules.insert(rules.end(), pack.rules.begin(), pack.rules.end());
    }
    return rules;
}

std::vector<RulePtr> RuleChoice::rules() const {
    const auto all = chosen();
    std::vector<RulePtr> rules;
    rules.reserve(ids_.size());
    for (const auto& id : ids_) {
        rules.push_back(find(all, id));
    }
    if (ids_.empty()) {
        for (const auto& pack : all) {
            rules.insert(rules.end(), pack.rules.begin(), pack.rules.end());
        }
        if (all.empty()) {
            rules.assign(hivelint::rules().begin(), hivelint::rules().end());
        }
    }
    return rules;
}

int RuleChoice::tell(bool json) const {
    if ((list_ ? 1 : 0) + (explain_.empty() ? 0 : 1) + (check_.empty() ? 0 : 1) > 1) {
        throw UsageError("--list-rules, --explain and --check-rules: one of them at a time");
    }
    if (!check_.empty()) {
        return check_files(check_);
    }
    Output output({});
    if (!explain_.empty()) {
        output.write(explained(*find(chosen(), explain_)));
        return kClean;
    }
    auto all = chosen();
    if (all.empty()) {
        all.assign(hivelint::packs().begin(), hivelint::packs().end());
    }
    output.write(json ? json_lines(all) : text_report(all, output.width()));
    return kClean;
}

} // namespace hivelint::tools
