#include <hivelint/patch.hpp>

#include "text/hex.hpp"

#include <hivelint/evidence.hpp>
#include <hivelint/text.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace hivelint {

namespace {

/// What regedit calls the root key of the loaded hive: those of the system's own accounts are
/// loaded under their SIDs, whoever is logged on.
std::string_view root_of(const Patch& patch) {
    struct Account {
        std::string_view user; ///< as user_of() names it
        std::string_view root;
    };
    constexpr auto kAccounts =
        std::to_array<Account>({{"LocalSystem", R"(HKEY_USERS\.DEFAULT)"},
                                {"LocalService", R"(HKEY_USERS\S-1-5-19)"},
                                {"NetworkService", R"(HKEY_USERS\S-1-5-20)"}});
    const auto user = user_of(patch.path, {});
    const auto known = std::ranges::find_if(
        kAccounts, [&](const Account& account) { return user == account.user; });
    return known != kAccounts.end() ? known->root : "HKEY_CURRENT_USER";
}

} // namespace

std::string_view to_string(Action action) noexcept {
    return action == Action::set_value ? "set-zero" : "delete";
}

Patch reversed(const Patch& patch) {
    Patch back = patch;
    static_cast<FileChange&>(back) = reversed(static_cast<const FileChange&>(patch));
    back.undoes = !patch.undoes;
    return back;
}

std::string preview(const Patch& patch) {
    if (patch.ranges.empty()) {
        return "nothing to do\n";
    }
    const bool sets = patch.action == Action::set_value;
    const auto key = escaped_bytes(patch.key); // they can come from a record that anybody wrote
    const auto value = escaped_bytes(patch.value);
    std::string out = patch.undoes ? "take back: " : "";
    out += sets ? fmt::format("set {} : {} to REG_DWORD {}\n", key, value, patch.number)
                : fmt::format("delete {} : {}\n", key, value);
    out += fmt::format("[{}\\{}] \"{}\"={}\n", root_of(patch), key, value,
                       sets ? fmt::format("dword:{:08x}", patch.number) : "-");
    // What logs change can be megabytes; it is the fix that people look at.
    for (const auto& range : patch.fix.value_or(patch.ranges)) {
        out += fmt::format("{:08x}  - {}\n          + {}\n", range.offset, hex(range.before, " "),
                           hex(range.after, " "));
    }
    if (patch.fix) {
        out += "these are in the hive with its logs applied; together with what the logs change:\n";
    }
    out += fmt::format("{} bytes in {} ranges; SHA-256 {} becomes {}\n", patch.bytes_changed(),
                       patch.ranges.size(), patch.sha256_before, patch.sha256_after);
    return out;
}

} // namespace hivelint
