// A table of a TOML file, read strictly: every field is asked for, has the type that was expected,
// or is told. The files of the library that include this are those that know toml++.
#pragma once

#include <hivelint/rules.hpp>

#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace hivelint {

/// toml++ asserts what some files break (`a = [,]`): that is the file's fault, and no bug of ours.
class TomlAssertion : public std::runtime_error {
public:
    TomlAssertion() : runtime_error("no sound TOML") {}
};
constexpr void assert_in_toml(bool holds) {
    if (!holds) {
        throw TomlAssertion();
    }
}

} // namespace hivelint

#define TOML_ASSERT(expr) ::hivelint::assert_in_toml(static_cast<bool>(expr))
#include <toml++/toml.h>

namespace hivelint {

/// Of `words`, the one that is most like `word` and nearly it; empty when none is.
std::string_view nearest(std::string_view word, const std::set<std::string_view>& words);

/// Adds a problem at that place.
void add_problem(std::vector<RuleProblem>& problems, const toml::source_region& at,
                 std::string message);

/// What a node is, for people: `a string`, `a table`.
std::string_view kind_of(const toml::node& node);

class TomlTable {
public:
    TomlTable(const toml::table& table, std::vector<RuleProblem>& problems)
        : table_(table), problems_(problems) {}

    /// The node of that name; null when there is none.
    const toml::node* find(std::string_view name);
    /// The field of that name; absent when there is none or it is of another type, which is told.
    std::optional<std::string> text(std::string_view name);
    std::optional<bool> flag(std::string_view name);
    std::optional<std::uint64_t> number(std::string_view name, std::uint64_t most);
    /// The same, and its absence is told.
    std::string required_text(std::string_view name);

    /// Tells those fields that nobody asked for.
    void finish();

    void problem(const toml::node& at, std::string message) {
        add_problem(problems_, at.source(), std::move(message));
    }
    void problem(std::string message) {
        add_problem(problems_, table_.source(), std::move(message));
    }
    std::vector<RuleProblem>& problems() { return problems_; }

private:
    const toml::table& table_;
    std::vector<RuleProblem>& problems_;
    std::set<std::string_view> known_{};
};

} // namespace hivelint
