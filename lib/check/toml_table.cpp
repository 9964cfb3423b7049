#include "toml_table.hpp"

#include "text/nearest.hpp"

#include <hivelint/text.hpp>

#include <fmt/core.h>

namespace hivelint {
void add_problem(std::vector<RuleProblem>& problems, const toml::source_region& at,
                 std::string message) {
    problems.push_back({at.begin.line, at.begin.column, std::move(message)});
}

std::string_view kind_of(const toml::node& node) {
    switch (node.type()) {
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "an array";
    case toml::node_type::string: return "a string";
    case toml::node_type::integer: return "an integer";
    case toml::node_type::floating_point: return "a number with a point";
    case toml::node_type::boolean: return "true or false";
    default: return "a date or a time";
    }
}

const toml::node* TomlTable::find(std::string_view name) {
    known_.insert(name);
    return table_.get(name);
}

std::optional<std::string> TomlTable::text(std::string_view name) {
    const auto* node = find(name);
    if (node == nullptr) {
        return std::nullopt;
    }
    if (!node->is_string()) {
        problem(*node,
                fmt::format("'{}' is {}, where a string was expected", name, kind_of(*node)));
        return std::nullopt;
    }
    auto text = node->value<std::string>();
    if (text->find('\0') != std::string::npos) {
        problem(*node, fmt::format("'{}' holds a zero, which no text has", name));
        return std::nullopt;
    }
    return text;
}

std::optional<bool> TomlTable::flag(std::string_view name) {
    const auto* node = find(name);
    if (node != nullptr && !node->is_boolean()) {
        problem(*node,
                fmt::format("'{}' is {}, where true or false was expected", name, kind_of(*node)));
        return std::nullopt;
    }
    return node == nullptr ? std::nullopt : node->value<bool>();
}

std::optional<std::uint64_t> TomlTable::number(std::string_view name, std::uint64_t most) {
    const auto* node = find(name);
    if (node == nullptr) {
        return std::nullopt;
    }
    const auto number = node->is_integer() ? node->value<std::int64_t>() : std::nullopt;
    if (!number || *number < 0 || static_cast<std::uint64_t>(*number) > most) {
        problem(*node,
                fmt::format("'{}' is {}, where a number from 0 to {} was expected", name,
                            number ? std::to_string(*number) : std::string(kind_of(*node)), most));
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(*number);
}

std::string TomlTable::required_text(std::string_view name) {
    auto found = text(name);
    if (!found && table_.get(name) == nullptr) {
        problem(fmt::format("'{}' is missing", name));
    } else if (found && found->empty()) {
        problem(*table_.get(name), fmt::format("'{}' is empty", name));
    }
    return found.value_or("");
}

void TomlTable::finish() {
    for (const auto& [key, node] : table_) {
        if (known_.contains(key.str())) {
            continue;
        }
        add_problem(problems_, key.source(),
                    fmt::format("there is no field '{}'{}", escaped_bytes(key.str()),
                                did_you_mean(key.str(), known_)));
    }
}

} // namespace hivelint
