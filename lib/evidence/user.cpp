// Names: which files are users' hives, whose they are, and the lists that name files.
#include <hivelint/evidence.hpp>

#include "ascii_case.hpp"
#include "platform/path_text.hpp"
#include "text/hex.hpp"

#include <hivelint/regf/name.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace hivelint {
namespace {

constexpr std::string_view kLocalSystem = "LocalSystem";
constexpr std::string_view kRestorePointUser = "_registry_user_ntuser_";
constexpr std::string_view kRestorePointDefault = "_registry_user_.default";

/// The folders whose subfolders are profiles.
constexpr auto kProfileFolders =
    std::to_array<std::string_view>({"users", "documents and settings", "serviceprofiles"});

using Components = std::vector<std::string>;

/// The byte that `text` begins with, when it begins with `%` and two hexadecimal digits.
std::optional<char> encoded_byte(std::string_view text) {
    if (text.size() < 3 || text[0] != '%') {
        return std::nullopt;
    }
    const auto high = hex_digit(text[1]);
    const auto low = hex_digit(text[2]);
    return high && low ? std::optional(static_cast<char>(*high * 16 + *low)) : std::nullopt;
}

/// Whether a collector encoded `path`: it then holds path syntax (`\ / : .`) in encoded form. A
/// percent sign alone says nothing, it is a legal character of Windows names.
bool encoded_by_collector(std::string_view path) {
    for (auto at = path.find('%'); at != std::string_view::npos; at = path.find('%', at + 1)) {
        const auto byte = encoded_byte(path.substr(at));
        if (byte && std::string_view("\\/:.").find(*byte) != std::string_view::npos) {
            return true;
        }
    }
    return false;
}

std::string percent_decoded(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto byte = encoded_byte(text);
        out.push_back(byte.value_or(text.front()));
        text.remove_prefix(byte ? 3 : 1);
    }
    return out;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> parts;
    while (true) {
        const auto end = text.find_first_of(separators);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
}

/// The components of a path as Windows knew them: decoded where a collector encoded it, split at
/// backslashes too (a Windows tool's path can be one Linux name), without `.` and `..`.
Components components_of(std::string_view path) {
    const std::string text = encoded_by_collector(path) ? percent_decoded(path) : std::string(path);
    Components components;
    for (const auto part : split(text, "/\\")) {
        if (part == "..") {
            // What precedes it is not on the way: Users/alice/../bob is bob's.
            if (!components.empty()) {
                components.pop_back();
            }
        } else if (!part.empty() && part != ".") {
            components.emplace_back(part);
        }
    }
    return components;
}

bool is_profile_hive(std::string_view file) {
    return same_but_for_case(file, "ntuser.dat") || same_but_for_case(file, "ntuser.man");
}

/// Whether `file` in `folder` is the hive DEFAULT: that of LocalSystem, in spite of its name.
bool is_default_hive(std::string_view folder, std::string_view file) {
    return same_but_for_case(file, "default") &&
           (same_but_for_case(folder, "config") || same_but_for_case(folder, "regback"));
}

/// The SID in the name of a restore point's copy of a user's hive.
std::optional<std::string_view> restore_point_sid(std::string_view file) {
    if (!lowered(file).starts_with(std::string(kRestorePointUser) + "s-1-")) {
        return std::nullopt;
    }
    const auto sid = file.substr(kRestorePointUser.size());
    const auto numbers = sid.substr(std::string_view("s-1-").size());
    const bool whole = !numbers.empty() && numbers.front() != '-' && numbers.back() != '-' &&
                       numbers.find_first_not_of("0123456789-") == std::string_view::npos;
    return whole ? std::optional(sid) : std::nullopt;
}

/// The user by the folders on the way to the file, which is the last component. The innermost
/// folder that says something wins: evidence may itself lie in a user's folder.
std::optional<std::string> user_by_folders(const Components& path) {
    for (std::size_t after = path.size(); after-- > 1;) {
        const auto& folder = path[after - 1];
        const auto& next = path[after];
        const bool next_is_file = after + 1 == path.size();
        if (next_is_file
                ? is_default_hive(folder, next)
                : same_but_for_case(folder, "config") && same_but_for_case(next, "systemprofile")) {
            return std::string(kLocalSystem);
        }
        if (!next_is_file &&
            std::ranges::find(kProfileFolders, lowered(folder)) != kProfileFolders.end()) {
            return next;
        }
    }
    return std::nullopt;
}

/// The user by the base block's file name field, the last characters of the path from which
/// Windows last loaded the hive. It counts only where that path is a profile's own: a copy that an
/// analyst loaded from `Users\analyst\Desktop` is not the analyst's.
std::optional<std::string> user_by_field(std::u16string_view field) {
    const auto text = regf::to_utf8(field.substr(0, field.find(u'\0')));
    const auto parts = split(text, "\\");
    if (parts.size() < 2) {
        return std::nullopt;
    }
    const auto file = parts.back();
    const auto folder = parts[parts.size() - 2];
    if (is_default_hive(folder, file)) {
        return std::string(kLocalSystem);
    }
    // With nothing before it, not even a backslash, the folder's name may be cut.
    if (!is_profile_hive(file) || parts.size() < 3 || folder.empty()) {
        return std::nullopt;
    }
    // The first part is what is left of a name: `tings` may be Documents and Settings.
    const auto above = lowered(parts[parts.size() - 3]);
    const bool cut = parts.size() == 3;
    const auto may_be = [&](std::string_view name) {
        return cut ? name.ends_with(above) : name == above;
    };
    if (same_but_for_case(folder, "systemprofile") && may_be("config")) {
        return std::string(kLocalSystem);
    }
    return std::ranges::any_of(kProfileFolders, may_be) ? std::optional(std::string(folder))
                                                        : std::nullopt;
}

} // namespace

bool is_user_hive_name(std::string_view file, std::string_view folder) {
    // A collector can put the whole path into the name of the file.
    const auto path = components_of(std::string(folder) + '/' + std::string(file));
    if (path.empty()) {
        return false;
    }
    const auto name = lowered(path.back());
    const std::string_view in = path.size() > 1 ? path[path.size() - 2] : std::string_view();
    if (name.ends_with(".dat") || name.ends_with(".man")) {
        return name.find("ntuser") != std::string::npos ||
               (name == "user.dat" && same_but_for_case(in, "helium"));
    }
    return is_default_hive(in, name) || name == kRestorePointDefault ||
           restore_point_sid(name).has_value();
}

bool is_log_name(std::string_view file) {
    const auto name = lowered(file);
    return name.ends_with(".log") || name.ends_with(".log1") || name.ends_with(".log2");
}

std::optional<std::string> user_of(const std::filesystem::path& path,
                                   std::u16string_view embedded) {
    const auto components = components_of(text_of(path));
    if (auto user = user_by_folders(components)) {
        return user;
    }
    if (auto user = user_by_field(embedded)) {
        return user;
    }
    if (components.empty()) {
        return std::nullopt;
    }
    if (same_but_for_case(components.back(), kRestorePointDefault)) {
        return std::string(kLocalSystem);
    }
    const auto sid = restore_point_sid(components.back());
    return sid ? std::optional(std::string(*sid)) : std::nullopt;
}

std::vector<std::filesystem::path> split_path_list(std::string_view list) {
    const bool by_nul = list.find('\0') != std::string_view::npos;
    std::vector<std::filesystem::path> paths;
    for (const auto path : split(list, by_nul ? std::string_view("\0", 1) : "\n")) {
        if (!path.empty()) {
            paths.push_back(path_of(path));
        }
    }
    return paths;
}

} // namespace hivelint
