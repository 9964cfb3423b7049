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
#include <iterator>
#include <numeric>
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
    std::size_t depth; ///< how many names lie above it, the root's own aside
    /// Of the changes, those whose path begins with the names that led here.
    std::vector<std::size_t> on_way;
};

/// What may lie between two trees: changes of values that are there.
struct ExpectedChange {
    struct Value {
        regf::KeyPath key;
        std::u16string value;
        std::optional<regf::ValueData> becomes; ///< absent: it is deleted
    };
    std::vector<Value> values;
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
        std::vector<std::size_t> all(expected_.values.size());
        std::iota(all.begin(), all.end(), std::size_t{0});
        std::vector<Pair<Before, After>> pending;
        pending.push_back({std::move(before), std::move(after), 0, std::move(all)});
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

    const regf::KeyPath& key(std::size_t change) const { return expected_.values[change].key; }

    /// The changes of values of that key.
    template<typename Before, typename After>
    std::vector<std::size_t> changes_at(const Pair<Before, After>& pair) const {
        std::vector<std::size_t> here;
        std::ranges::copy_if(pair.on_way, std::back_inserter(here),
                             [&](std::size_t change) { return key(change).size() == pair.depth; });
        return here;
    }

    template<typename Before, typename After>
    void compare(const Pair<Before, After>& pair, std::vector<Pair<Before, After>>& pending) {
        const bool same =
            pair.before.offset() == pair.after.offset() && same_.cell(pair.before.offset());
        const auto changes = changes_at(pair);
        if (!same) {
            compare_names(pair, !changes.empty());
        }
        if (!same || !changes.empty() || !has_same_values(pair)) {
            compare_values(pair, changes);
        }
        auto before = pair.before.subkeys();
        auto after = pair.after.subkeys();
        if (before.size() != after.size()) {
            fail(pair.before.name(), "number of subkeys");
        }
        const bool above = pair.on_way.size() > changes.size();
        for (std::size_t i = 0; i < before.size(); ++i) {
            auto on_way = above ? leading_to(pair, before[i].name()) : std::vector<std::size_t>();
            pending.push_back(
                {std::move(before[i]), std::move(after[i]), pair.depth + 1, std::move(on_way)});
        }
    }

    /// The changes below the subkey of that name.
    template<typename Before, typename After>
    std::vector<std::size_t> leading_to(const Pair<Before, After>& pair,
                                        const std::u16string& name) const {
        std::vector<std::size_t> below;
        std::ranges::copy_if(pair.on_way, std::back_inserter(below), [&](std::size_t change) {
            return key(change).size() > pair.depth &&
                   regf::same_name(name, key(change)[pair.depth]);
        });
        return below;
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
    void compare_values(const Pair<Before, After>& pair,
                        const std::vector<std::size_t>& changes) const {
        auto expected = pair.before.values();
        for (const auto change : changes) {
            make(expected_.values[change], expected);
        }
        if (expected != pair.after.values()) {
            fail(pair.before.name(), "set of values");
        }
    }

    /// Does to the values what is expected.
    static void make(const ExpectedChange::Value& change, std::vector<Content>& values) {
        const auto found = std::ranges::find_if(
            values, [&](const Content& one) { return regf::same_name(one.name, change.value); });
        if (found == values.end()) {
            return;
        }
        if (!change.becomes) {
            values.erase(found);
            return;
        }
        found->type = change.becomes->type;
        found->data = change.becomes->bytes;
    }

    std::string_view parser_;
    const ExpectedChange& expected_;
    const SameBytes& same_;
};

} // namespace hivelint
