// Names: which files are users' hives, and whose they are.
#include <hivelint/evidence.hpp>

#include "platform/path_text.hpp"
#include "text/ascii_case.hpp"
#include "text/hex.hpp"

#include <hivelint/regf/name.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <system_error>
#include <utility>

namespace hivelint {
namespace {

constexpr std::string_view kLocalSystem = "LocalSystem";
constexpr std::string_view kRestorePointUser = "_registry_user_ntuser_";
constexpr std::string_view kRestorePointDefault = "_registry_user_.default";

/// The folders whose subfolders are profiles.
constexpr auto kProfileFolders = std::to_array<std::string_view>(
    {"users", "documents and settings", "serviceprofiles", "dokumente und einstellungen"});

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

/// Whether the folder that ends the first `count` components is one whose subfolders are profiles.
bool is_profile_folder(const Components& path, std::size_t count) {
    if (count == 0) {
        return false;
    }
    const auto name = lowered(path[count - 1]);
    if (std::ranges::find(kProfileFolders, name) != kProfileFolders.end()) {
        return true;
    }
    // Windows NT: WINNT\Profiles.
    return name == "profiles" && count > 1 &&
           (same_but_for_case(path[count - 2], "winnt") ||
            same_but_for_case(path[count - 2], "windows"));
}

/// Whether the path ends in these names, before `end`; `*` is any one.
bool ends_in(const Components& path, std::size_t end, std::span<const std::string_view> names) {
    return end >= names.size() &&
           std::ranges::equal(std::span(path).subspan(end - names.size(), names.size()), names,
                              [](const std::string& component, std::string_view name) {
                                  return name == "*" || same_but_for_case(component, name);
                              });
}

/// Where below a profile Windows and its companions keep hives of the user; empty: in the profile.
constexpr auto kBelowProfile = std::to_array<std::array<std::string_view, 7>>({
    {"UPM_Profile"},
    {"AppData", "Local", "Packages", "*", "SystemAppData", "Helium"},
    {"AppData", "Local", "Microsoft", "Windows"},
    {"Local Settings", "Application Data", "Microsoft", "Windows"},
    {},
});

/// The user by the folders that the hive lies in, the last component being the file. Seen from the
/// hive upwards: evidence that lies in an analyst's own folder is not the analyst's.
std::optional<std::string> user_by_folders(const Components& path) {
    if (path.size() < 2) {
        return std::nullopt;
    }
    const std::size_t folders = path.size() - 1;
    if (is_default_hive(path[folders - 1], path.back())) {
        return std::string(kLocalSystem);
    }
    const auto file = lowered(path.back());
    const bool in_profile = file.find("ntuser") != std::string::npos;
    constexpr auto kSystemProfile = std::to_array<std::string_view>({"config", "systemprofile"});
    for (const auto& below : kBelowProfile) {
        const auto size =
            static_cast<std::size_t>(std::ranges::find(below, std::string_view()) - below.begin());
        const auto names = std::span(below).first(size);
        const bool upm = size == 1;
        if ((size == 0 || upm) != in_profile || !ends_in(path, folders, names)) {
            continue;
        }
        const std::size_t profile = folders - size; // components up to the profile's own
        if (ends_in(path, profile, kSystemProfile)) {
            return std::string(kLocalSystem);
        }
        if (profile > 1 && is_profile_folder(path, profile - 1)) {
            return path[profile - 1];
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

NamedSo named_so(std::string_view file, const std::vector<std::string>& names) {
    if (names.empty() || is_log_name(file)) {
        return NamedSo::no;
    }
    const auto components = components_of(file);
    const auto name = components.empty() ? std::string() : lowered(components.back());
    constexpr std::string_view kBetween = " _-.~"; // never a letter: `ecosystem` is none
    const auto between = [&](std::size_t at) {
        return kBetween.find(name[at]) != std::string_view::npos;
    };
    for (const auto& each : names) {
        if (name == each) {
            return NamedSo::exactly;
        }
        const auto more = name.size() - std::min(name.size(), each.size());
        const bool behind = more > 0 && name.starts_with(each) && between(each.size());
        const bool before = more > 0 && name.ends_with(each) && between(more - 1);
        if (behind || before) {
            return NamedSo::nearly;
        }
    }
    return NamedSo::no;
}

bool is_near_hive_name(std::string_view file) {
    const auto name = lowered(file);
    for (const std::string_view hive : {"ntuser.dat", "ntuser.man"}) {
        const auto at = name.rfind(hive);
        if (at == std::string::npos) {
            continue;
        }
        // What Windows itself keeps beside a hive is a log, or NTUSER.DAT{GUID}.TM.blf.
        const auto rest = std::string_view(name).substr(at + hive.size());
        return !rest.empty() && !rest.starts_with('{') && rest.find(".log") == std::string::npos;
    }
    return false;
}

bool is_log_name(std::string_view file) {
    const auto name = lowered(file);
    return name.ends_with(".log") || name.ends_with(".log1") || name.ends_with(".log2");
}

namespace {

/// What the path alone says. Where it is relative, the current folder is a part of it: the answer
/// is the same wherever one stands.
std::optional<std::string> user_by_path(const std::filesystem::path& path) {
    std::error_code failed;
    const auto whole = path.is_absolute() ? path : std::filesystem::absolute(path, failed);
    return user_by_folders(components_of(text_of(failed ? path : whole)));
}

/// The user in the name of a restore point's copy.
std::optional<std::string> user_by_name(const std::filesystem::path& path) {
    const auto components = components_of(text_of(path));
    if (components.empty()) {
        return std::nullopt;
    }
    if (same_but_for_case(components.back(), kRestorePointDefault)) {
        return std::string(kLocalSystem);
    }
    const auto sid = restore_point_sid(components.back());
    return sid ? std::optional(std::string(*sid)) : std::nullopt;
}

} // namespace

std::string_view to_string(OwnerBy by) noexcept {
    switch (by) {
    case OwnerBy::nothing: return "nothing";
    case OwnerBy::path: return "path";
    case OwnerBy::embedded_name: return "embedded-name";
    case OwnerBy::file_name: return "file-name";
    }
    return "nothing";
}

Owner owner_of(const std::filesystem::path& path, std::u16string_view embedded) {
    Owner owner = {.by_embedded_name = user_by_field(embedded)};
    if (auto user = user_by_path(path)) {
        owner.user = std::move(user);
        owner.by = OwnerBy::path;
    } else if (owner.by_embedded_name) {
        owner.user = owner.by_embedded_name;
        owner.by = OwnerBy::embedded_name;
    } else if (auto named = user_by_name(path)) {
        owner.user = std::move(named);
        owner.by = OwnerBy::file_name;
    }
    return owner;
}

std::optional<std::string> user_of(const std::filesystem::path& path,
                                   std::u16string_view embedded) {
    return owner_of(path, embedded).user;
}

} // namespace hivelint
