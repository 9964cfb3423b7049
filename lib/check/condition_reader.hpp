// ConditionReader: a condition as a file of rules has it, and the words that such files know.
#pragma once

#include "base/words.hpp"
#include "text/nearest.hpp"
#include "toml_table.hpp"

#include <hivelint/check.hpp>
#include <hivelint/text.hpp>

#include <fmt/core.h>

#include <array>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace hivelint {

/// A word of a table, or a problem that names the nearest one.
template<typename T, std::size_t N>
std::optional<T> word_in(TomlTable& table, std::string_view name,
                         const std::array<Word<T>, N>& words) {
    const auto text = table.text(name);
    if (!text) {
        return std::nullopt;
    }
    std::set<std::string_view> known;
    for (const auto& [value, word] : words) {
        if (word == *text) {
            return value;
        }
        known.insert(word);
    }
    std::string all;
    for (const auto word : known) {
        all += fmt::format("{}{}", all.empty() ? "" : ", ", word);
    }
    table.problem(*table.find(name),
                  fmt::format("'{}' is '{}'{}; known are {}", name, escaped_bytes(*text),
                              did_you_mean(*text, known), all));
    return std::nullopt;
}

/// Reads one condition: its fields are a part of a rule's or of a clause's.
class ConditionReader {
public:
    /// `type`: of the value, as the file says; absent: as the condition has it.
    ConditionReader(TomlTable& table, std::optional<std::uint32_t> type)
        : table_(table), type_(type.value_or(regf::kRegDword)), typed_(type.has_value()) {}

    /// Absent when there is none, or it is wrong, which is told.
    std::optional<Condition> read();

    /// `equals` and `good`: a number, a text or an array of either.
    std::optional<Condition> equal_to(const toml::node& node, std::string_view name);

private:
    std::optional<std::uint64_t> number_of(const toml::node& node, std::string_view name);
    std::optional<Condition> not_equal();
    std::optional<Condition> in_range();
    std::optional<Condition> text(std::string_view name, TextMatch how);
    std::optional<Condition> bytes();
    std::optional<Condition> marked(std::string_view name, const Condition& condition);

    TomlTable& table_;
    std::uint32_t type_;
    bool typed_;
    bool exact_ = false;
};

/// The field `type` of the table; absent when there is none, or it is no type, which is told.
std::optional<std::uint32_t> type_in(TomlTable& table);

/// The data that a field of `table` stands for: a number, a text, the texts of a REG_MULTI_SZ, or
/// the bytes of another type in hexadecimal. `type` absent: a REG_DWORD or a REG_SZ. Absent when it
/// is none of them, which is told.
std::optional<regf::ValueData> data_of(TomlTable& table, const toml::node& node,
                                       std::optional<std::uint32_t> type, std::string_view name);

} // namespace hivelint
