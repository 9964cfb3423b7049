#include <hivelint/patch.hpp>

#include "text/hex.hpp"

#include <fmt/core.h>

namespace hivelint {

namespace {

/// What regedit calls the root key of the loaded hive.
std::string_view root_of(HiveKind hive) {
    switch (hive) {
    case HiveKind::user: return "HKEY_CURRENT_USER";
    }
    return "";
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
    std::string out = patch.undoes ? "take back: " : "";
    out += sets ? fmt::format("set {} : {} to REG_DWORD {}\n", patch.key, patch.value, patch.number)
                : fmt::format("delete {} : {}\n", patch.key, patch.value);
    out += fmt::format("[{}\\{}] \"{}\"={}\n", root_of(patch.hive), patch.key, patch.value,
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
