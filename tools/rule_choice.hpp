// RuleChoice: the options that say which rules are checked, and those that tell of rules.
#pragma once

#include "command_line.hpp"

#include <hivelint/evidence.hpp>
#include <hivelint/rules.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hivelint::tools {

/// Hives of the kinds that the rules are about, and only these.
DiscoveryOptions discovery_for(const std::vector<RulePtr>& rules);

class RuleChoice {
public:
    /// Adds --check, --pack and --rules. It must outlive the line.
    void add_to(CommandLine& line);
    /// Adds --list-rules, --explain and --check-rules.
    void add_telling_to(CommandLine& line);
    /// Adds --rules alone, for rules that are known rather than chosen.
    void add_known_to(CommandLine& line);

    /// Whether rules are to be told of, and nothing is to be scanned.
    bool tells() const { return list_ || !explain_.empty() || !check_.empty(); }
    /// Tells of them; the exit status. `json`: one rule a line.
    int tell(bool json) const;

    /// The rules to check. Throws UsageError: an id or a pack that there is none of, a file with
    /// something wrong in it.
    std::vector<RulePtr> rules() const;
    /// The rule of that id, of those of the files or built in. Throws UsageError: there is none.
    RulePtr rule(const std::string& id) const { return find(chosen(), id); }
    /// All rules of the files.
    std::vector<RulePtr> of_files() const;

private:
    std::vector<RulePack> chosen() const;
    RulePtr find(const std::vector<RulePack>& chosen, const std::string& id) const;

    std::vector<std::string> ids_{};
    std::vector<std::string> packs_{};
    std::vector<std::filesystem::path> files_{};
    std::vector<std::filesystem::path> check_{};
    std::string explain_{};
    bool list_ = false;
};

} // namespace hivelint::tools
