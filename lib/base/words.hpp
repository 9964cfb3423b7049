// Tables of the words that values of an enumeration have in reports, read in both directions.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace hivelint {

template<typename T>
struct Word {
    T value;
    std::string_view word;
};

/// The word of a value; `otherwise` when it has none.
template<typename T, std::size_t N>
constexpr std::string_view word_of(const std::array<Word<T>, N>& table, T value,
                                   std::string_view otherwise) noexcept {
    const auto found = std::ranges::find(table, value, &Word<T>::value);
    return found == table.end() ? otherwise : found->word;
}

/// The value of a word; absent when there is none.
template<typename T, std::size_t N>
constexpr std::optional<T> value_of(const std::array<Word<T>, N>& table,
                                    std::string_view word) noexcept {
    const auto found = std::ranges::find(table, word, &Word<T>::word);
    return found == table.end() ? std::nullopt : std::optional(found->value);
}

} // namespace hivelint
