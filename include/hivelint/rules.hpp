/// \file
/// The rules that come with hivelint, and rules from files.
#pragma once

#include <hivelint/check.hpp>
#include <hivelint/error.hpp>
#include <hivelint/export.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hivelint {

/// Rules that belong together.
struct RulePack {
    std::string id;             ///< `outlook-connectivity`
    std::string title;          ///< one line for people
    std::uint32_t revision = 1; ///< goes up with every change of what its rules say
    std::vector<RulePtr> rules; ///< in the order in which reports list them
};

/// What is wrong with a file of rules.
struct RuleProblem {
    std::size_t line = 0;   ///< from 1 on
    std::size_t column = 0; ///< from 1 on
    std::string message;    ///< what is there, what was expected
};

/// The packs that are built in, the one of the rules that are checked when none are chosen first.
/// They never change and live as long as the program.
HIVELINT_API std::span<const RulePack> packs();

/// The pack of packs() with that id, or nullptr.
HIVELINT_API const RulePack* find_pack(std::string_view id);

/// The rules that are checked when none are chosen: those of the first pack.
HIVELINT_API std::span<const RulePtr> rules();

/// The rule of packs() with that id, or null.
HIVELINT_API RulePtr find_rule(std::string_view id);

/// The rules of a file, which is TOML as README.md shows it. Read strictly: what is wrong is added
/// to `problems`, all of it, in the order of its lines; the pack then holds the rules that are
/// right.
HIVELINT_API RulePack parse_pack(std::string_view toml, std::vector<RuleProblem>& problems);

/// What must hold before a rule can be asked, beside its key path: an id, a condition that some
/// value can meet, a remedy that fits it. Empty when nothing is wrong.
HIVELINT_API std::string problem_with(const Rule& rule);

} // namespace hivelint
