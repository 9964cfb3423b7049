// What an edit of a value did to a hive, in words that a test can compare: the fields that differ,
// and the lines of the tree that differ.
#pragma once

#include "tests/support/hive_builder.hpp"
#include "tests/support/regf_account.hpp"

#include <hivelint/regf/edit.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hivelint::test {

inline constexpr const char* kEditedKey = "Software\\Microsoft\\Exchange";
inline constexpr const char16_t* kEditedValue = u"MapiHttpDisabled";
inline constexpr std::uint64_t kEditTime = file_time(2024, 2, 29, 12, 34, 56) + 7;
inline constexpr std::uint32_t kEditSequence = 0x0102'0304;

inline HiveSpec edited_spec(ValueSpec value) {
    return HiveSpec{}.with(kEditedKey, std::move(value));
}

/// The edit that sets the value to `number`, or deletes it.
inline regf::Edit edit_to(std::optional<std::uint32_t> number) {
    return {
        .changes = {{.key = Path(kEditedKey).names(),
                     .value = kEditedValue,
                     .becomes = number ? std::optional(regf::dword_data(*number)) : std::nullopt}},
        .time = {kEditTime},
        .sequence = kEditSequence};
}

inline std::vector<ByteRange> ranges_of(const BuiltHive& hive, const regf::Edit& edit) {
    return regf::edit_values(regf::VerifiedImage(hive.bytes), edit);
}

/// The hive with the ranges written into it. Fails the test unless each of them fits the bytes that
/// are there, differs from them in every byte, and begins behind the end of the one before.
inline BuiltHive patched(BuiltHive hive, const std::vector<ByteRange>& ranges) {
    std::uint64_t end = 0;
    bool first = true;
    for (const auto& range : ranges) {
        CHECK((first || range.offset > end));
        CHECK(!range.after.empty());
        REQUIRE(range.before.size() == range.after.size());
        for (std::size_t i = 0; i < range.after.size(); ++i) {
            CHECK(hive.bytes.at(range.offset + i) == range.before[i]);
            CHECK(range.before[i] != range.after[i]);
            hive.bytes.at(range.offset + i) = range.after[i];
        }
        end = range.offset + range.after.size();
        first = false;
    }
    return hive;
}

inline BuiltHive edited(const BuiltHive& hive, const regf::Edit& edit) {
    return patched(hive, ranges_of(hive, edit));
}

inline std::size_t bytes_in(const std::vector<ByteRange>& ranges) {
    std::size_t count = 0;
    for (const auto& range : ranges) {
        count += range.after.size();
    }
    return count;
}

/// A part of a hive that has a name.
struct Field {
    std::string name;
    FileOffset at;
    std::size_t size = 4;
};

/// The fields that every edit of the value of `path` can touch.
inline std::vector<Field> edit_fields(const BuiltHive& hive, const Path& path = kEditedKey) {
    const auto key = hive.key_cell(path);
    return {
        {"sequences", header::kPrimarySequence, 8},
        {"stamp", header::kLastWritten, 8},
        {"checksum", header::kChecksum},
        {"bin-stamp", kPage + bin::kTime, 8},
        {"key-time", key + nk::kLastWritten, 8},
        {"value-count", key + nk::kValueCount},
        {"value-list", key + nk::kValueList},
        {"longest-data", key + nk::kLongestValueData},
    };
}

/// The fields that differ, in the order of the file; a byte outside of all fields is `0x1234`.
inline std::string touched(const std::vector<ByteRange>& ranges, const std::vector<Field>& fields) {
    std::vector<std::string> names;
    for (const auto& range : ranges) {
        for (std::size_t i = 0; i < range.after.size(); ++i) {
            const auto at = range.offset + i;
            const auto field = std::ranges::find_if(
                fields, [&](const Field& one) { return at >= one.at && at < one.at + one.size; });
            auto name = field == fields.end() ? fmt::format("{:#x}", at) : field->name;
            if (names.empty() || names.back() != name) {
                names.push_back(std::move(name));
            }
        }
    }
    return fmt::format("{}", fmt::join(names, " "));
}

/// `Exchange : MapiHttpDisabled REG_DWORD 01000000`; long data by its size and hash.
inline std::string line_of(const std::string& key, const regf::StoredValue& value) {
    std::string data;
    for (const auto byte : value.data) {
        data += fmt::format("{:02x}", static_cast<unsigned>(byte));
    }
    if (value.data.size() > 64) {
        data = fmt::format("{} bytes {:#x}", value.data.size(), std::hash<std::string>{}(data));
    }
    return fmt::format("{} : {} {} {}", key, regf::escaped(value.name),
                       regf::value_type_name(value.type), data);
}

/// The whole tree as the walker lists it: a line for each key and each value, in their order.
inline std::vector<std::string> tree_of(const BuiltHive& hive) {
    Walk walk(hive);
    std::vector<std::string> lines;
    std::vector<regf::KeyPath> pending = {{}};
    while (!pending.empty()) {
        const auto path = std::move(pending.back());
        pending.pop_back();
        const auto listing = walk.walker.list_key(path);
        REQUIRE(listing);
        CHECK(account(listing->damage).empty());
        const auto& key = listing->key;
        const auto name = regf::escaped(key.name);
        lines.push_back(fmt::format("{} {} {:#x} {} {} at {:#x}", name,
                                    regf::FileTime{key.last_written}.iso8601().value_or("-"),
                                    key.flags, key.subkey_count, key.value_count, key.offset));
        for (const auto& value : listing->values) {
            lines.push_back(line_of(name, value));
        }
        for (const auto& subkey : listing->subkeys) {
            pending.push_back(path);
            pending.back().push_back(subkey.name);
        }
    }
    return lines;
}

/// The lines of the tree that only one of the two has: `- ` those of `before`, `+ ` of `after`.
/// Fails the test when the others do not stand in the same order.
inline std::vector<std::string> tree_changes(const BuiltHive& before, const BuiltHive& after) {
    const auto only = [](std::vector<std::string>& lines, const std::vector<std::string>& other,
                         const char* mark) {
        const std::set<std::string> there(other.begin(), other.end());
        std::vector<std::string> gone;
        std::erase_if(lines, [&](const std::string& line) {
            const bool missing = !there.contains(line);
            if (missing) {
                gone.push_back(mark + line);
            }
            return missing;
        });
        return gone;
    };
    const auto old_lines = tree_of(before);
    const auto new_lines = tree_of(after);
    auto old_rest = old_lines;
    auto new_rest = new_lines;
    auto changes = only(old_rest, new_lines, "- ");
    std::ranges::move(only(new_rest, old_lines, "+ "), std::back_inserter(changes));
    CHECK(old_rest == new_rest);
    return changes;
}

/// What tree_changes() finds when the edited key's time changed, its values went from `values` to
/// `left` in number, and `gone` and `come` are its lines of values without the key's name.
inline std::vector<std::string> key_changes(const BuiltHive& hive, std::size_t values,
                                            std::size_t left, const std::string& gone,
                                            const std::string& come = {}) {
    const auto line = [&](const char* mark, std::uint64_t time, std::size_t count) {
        return fmt::format("{} Exchange {} 0x20 0 {} at {:#x}", mark,
                           regf::FileTime{time}.iso8601().value(), count,
                           hive.key_cell(kEditedKey));
    };
    std::vector<std::string> all = {line("-", kDefaultTime, values), "- Exchange : " + gone,
                                    line("+", kEditTime, left)};
    if (!come.empty()) {
        all.push_back("+ Exchange : " + come);
    }
    return all;
}

/// The size of the free cell at `at`; 0 when the cell is allocated.
inline std::uint32_t free_size(const BuiltHive& hive, FileOffset at) {
    const auto size = hive.get32(at);
    return (size & 0x8000'0000) == 0 ? size : 0;
}

/// The size of the allocated cell at `at`.
inline std::uint32_t cell_size(const BuiltHive& hive, FileOffset at) { return 0 - hive.get32(at); }

} // namespace hivelint::test
