// Comparison: two trees, whichever parser reads them, alike but for one expected change.
#pragma once

#include "regf/core/records.hpp"
#include "same_bytes.hpp"

#include <hivelint/error.hpp>
#include <hivelint/regf/lookup.hpp>
#include <hivelint/regf/name.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hivelint {

/// A value as a parser sees it.
struct Content {
    std::u16string name;
    std::uint32_t type;
    std::vector<std::byte> data;

    friend bool operator==(const Content&, const Content&) = default;
};

/// Two keys of one place in the tree, before and after.
template<typename Before, typename After>
struct Pair {
    Before before;
    After after;
    /// How many names of the changed key's path led here; none when the key lies elsewhere.
    std::optional<std::size_t> matched;
};

/// The one change that may lie between two trees.
struct ExpectedChange {
    regf::KeyPath key;
    std::u16string value;
    /// What the value becomes, a REG_DWORD; absent: it is deleted.
    std::optional<std::uint32_t> number;
};

/// Compares a hive before and after a change, as two parsers see it or one. Before and After are
/// keys: offset() of the cell in the file, name(), last_written(), subkeys() as more of them,
/// value_places() as offsets of cells in the file, values() as Contents.
class Comparison {
public:
    /// `expected` and `same` must outlive this.
    Comparison(std::string_view parser, const ExpectedChange& expected, const SameBytes& same)
        : parser_(parser), expected_(expected), same_(same) {}

    template<typename Before, typename After>
    void run(Before before, After after) {
        std::vector<Pair<Before, After>> pending;
        pending.push_back({std::move(before), std::move(after), 0});
        while (!pending.empty()) {
            const Pair<Before, After> pair = std::move(pending.back());
            pending.pop_back();
            compare(pair, pending);
        }
    }

private:
    [[noreturn]] void fail(const std::u16string& key, std::string_view what) const {
        throw Error(ErrorCode::failed_check, fmt::format("{} sees another {} at key '{}'", parser_,
                                                         what, regf::escaped(key)));
    }

    template<typename Before, typename After>
    void compare(const Pair<Before, After>& pair, std::vector<Pair<Before, After>>& pending) {
        const bool same =
            pair.before.offset() == pair.after.offset() && same_.cell(pair.before.offset());
        const bool changed = pair.matched == expected_.key.size();
        if (!same) {
            compare_names(pair, changed);
        }
        if (!same || changed || !has_same_values(pair)) {
            compare_values(pair, changed);
        }
        auto before = pair.before.subkeys();
        auto after = pair.after.subkeys();
        if (before.size() != after.size()) {
            fail(pair.before.name(), "number of subkeys");
        }
        const bool above = pair.matched && *pair.matched < expected_.key.size();
        for (std::size_t i = 0; i < before.size(); ++i) {
            const bool on_path =
                above && regf::same_name(before[i].name(), expected_.key[*pair.matched]);
            const auto matched = on_path ? std::optional(*pair.matched + 1) : std::nullopt;
            pending.push_back({std::move(before[i]), std::move(after[i]), matched});
        }
    }

    template<typename Before, typename After>
    void compare_names(const Pair<Before, After>& pair, bool changed) const {
        const auto name = pair.before.name();
        if (name != pair.after.name()) {
            fail(name, "name");
        }
        if (!changed && pair.before.last_written() != pair.after.last_written()) {
            fail(name, "last-written time");
        }
    }

    template<typename Before, typename After>
    bool has_same_values(const Pair<Before, After>& pair) const {
        const auto places = pair.before.value_places();
        return places == pair.after.value_places() &&
               std::ranges::all_of(places, [&](std::uint64_t place) { return same_.value(place); });
    }

    template<typename Before, typename After>
    void compare_values(const Pair<Before, After>& pair, bool changed) const {
        auto expected = pair.before.values();
        if (changed) {
            change(expected);
        }
        if (expected != pair.after.values()) {
            fail(pair.before.name(), "set of values");
        }
    }

    /// Does to the values what is expected.
    void change(std::vector<Content>& values) const {
        const auto found = std::ranges::find_if(
            values, [&](const Content& one) { return regf::same_name(one.name, expected_.value); });
        if (found == values.end()) {
            return;
        }
        if (!expected_.number) {
            values.erase(found);
            return;
        }
        found->type = regf::kRegDword;
        found->data.assign(4, std::byte{0});
        for (std::size_t i = 0; i < 4; ++i) {
            found->data[i] = static_cast<std::byte>(*expected_.number >> (8 * i));
        }
    }

    std::string_view parser_;
    const ExpectedChange& expected_;
    const SameBytes& same_;
};

} // namespace hivelint
