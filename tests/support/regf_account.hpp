// What the walker and verify() say of a built hive, as text that a test can compare:
// `bad-cell 0x1024`, `damage key-node 0x1024`, `REG_DWORD 01000000`.
#pragma once

#include "tests/support/hive_builder.hpp"

#include <hivelint/regf/base_block.hpp>
#include <hivelint/regf/verify.hpp>
#include <hivelint/regf/walker.hpp>
#include <hivelint/source.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hivelint::test {

/// `bad-cell 0x1024`
inline std::string at(std::string_view word, std::uint64_t offset) {
    return fmt::format("{} {:#x}", word, offset);
}

/// The form that account() has for several.
inline std::string all(const std::vector<std::string>& parts) {
    return fmt::format("{}", fmt::join(parts, ", "));
}

inline std::string account(const Error& error) {
    const std::string word(to_string(error.code()));
    return error.offset() ? at(word, *error.offset()) : word;
}

inline std::string account(const std::vector<Error>& damage) {
    std::vector<std::string> parts;
    parts.reserve(damage.size());
    for (const auto& error : damage) {
        parts.push_back(account(error));
    }
    return all(parts);
}

inline std::string account(const regf::VerifyReport& report) {
    std::vector<std::string> parts;
    parts.reserve(report.issues.size());
    for (const auto& issue : report.issues) {
        parts.push_back(
            at(fmt::format("{} {}", to_string(weight_of(issue.problem)), to_string(issue.problem)),
               issue.offset));
    }
    return all(parts);
}

/// The account of the Error that `act` throws.
template<typename Act>
std::string error_of(Act act) {
    try {
        act();
    } catch (const Error& error) {
        return account(error);
    }
    return "no error";
}

/// Type and data, or what there is not.
inline std::string answer(const regf::Lookup& lookup) {
    if (!lookup.value) {
        return lookup.key_found ? "no value" : "no key";
    }
    std::string out = regf::value_type_name(lookup.value->type) + ' ';
    for (const auto byte : lookup.value->data) {
        out += fmt::format("{:02x}", static_cast<unsigned>(byte));
    }
    return out;
}

/// A built hive and a walker over it. The hive must outlive it.
struct Walk {
    explicit Walk(const BuiltHive& hive)
        : source(hive.bytes), walker(source, regf::read_base_block(source)) {}

    MemorySource source;
    regf::Walker walker;
};

inline regf::Lookup find(const BuiltHive& hive, const Path& path, std::u16string_view name) {
    return Walk(hive).walker.find_value(path.names(), name);
}

inline std::optional<regf::KeyListing> list(const BuiltHive& hive, const Path& path) {
    return Walk(hive).walker.list_key(path.names());
}

/// The account of what find() throws.
inline std::string find_error(const BuiltHive& hive, const Path& path, std::u16string_view name) {
    return error_of([&] { find(hive, path, name); });
}

/// The account of what verify() finds.
inline std::string verified(const BuiltHive& hive) { return account(regf::verify(hive.bytes)); }

} // namespace hivelint::test
