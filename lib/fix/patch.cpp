#include <hivelint/patch.hpp>

#include "check/kind_words.hpp"
#include "check/value_data.hpp"
#include "text/hex.hpp"

#include <hivelint/evidence.hpp>
#include <hivelint/text.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

namespace hivelint {

namespace {

/// What regedit calls the root key of a user's hive when it is loaded: those of the system's own
/// accounts are loaded under their SIDs, whoever is logged on.
std::string_view user_root(const std::filesystem::path& path) {
    struct Account {
        std::string_view user; ///< as user_of() names it
        std::string_view root;
    };
    constexpr auto kAccounts =
        std::to_array<Account>({{"LocalSystem", R"(HKEY_USERS\.DEFAULT)"},
                                {"LocalService", R"(HKEY_USERS\S-1-5-19)"},
                                {"NetworkService", R"(HKEY_USERS\S-1-5-20)"}});
    const auto user = user_of(path, {});
    const auto known = std::ranges::find_if(
        kAccounts, [&](const Account& account) { return user == account.user; });
    return known != kAccounts.end() ? known->root : root_of(HiveKind::user);
}

/// As a line of a .reg file has it.
std::string reg_data(const regf::ValueData& data) {
    if (const auto number = data.type == regf::kRegDword ? number_in(data) : std::nullopt) {
        return fmt::format("dword:{:08x}", *number);
    }
    const auto text = data.type == regf::kRegSz ? text_in(data) : std::nullopt;
    if (text) {
        std::string quoted_text = "\"";
        for (const char c : *text) {
            quoted_text += c == '\\' || c == '"' ? "\\" : "";
            quoted_text.push_back(c);
        }
        return escaped_bytes(quoted_text) + "\"";
    }
    return fmt::format("hex({:x}):{}", data.type, hex(data.bytes, ","));
}

} // namespace

std::string_view action_of(const ValueFix& fix) noexcept {
    if (!fix.becomes) {
        return "delete";
    }
    const bool is_dword = fix.becomes->type == regf::kRegDword;
    return is_dword && number_in(*fix.becomes) == 0U ? "set-zero" : "set";
}

std::string described(const ValueFix& fix) {
    const auto key = escaped_bytes(fix.key); // they can come from a record that anybody wrote
    const auto value = fix.value.empty() ? "(default)" : escaped_bytes(fix.value);
    return fix.becomes ? fmt::format("set {} : {} to {}", key, value, described(*fix.becomes))
                       : fmt::format("delete {} : {}", key, value);
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
    std::string out;
    for (const auto& fix : patch.fixes) {
        out += patch.undoes ? "take back: " : "";
        out += described(fix) + '\n';
        const auto name = fix.value.empty() ? "@" : fmt::format("\"{}\"", escaped_bytes(fix.value));
        out +=
            fmt::format("[{}\\{}] {}={}\n",
                        fix.hive == HiveKind::user ? user_root(patch.path) : root_of(fix.hive),
                        escaped_bytes(fix.key), name, fix.becomes ? reg_data(*fix.becomes) : "-");
    }
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
