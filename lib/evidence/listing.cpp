#include "listing.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <fcntl.h>

namespace hivelint {
namespace {

bool same_but_for_case(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : int{c}; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

} // namespace

Folder open_folder(int parent, const std::string& name) {
    Descriptor descriptor(open_for_reading(parent, name, O_DIRECTORY));
    DIR* const folder = ::fdopendir(descriptor.get());
    if (folder == nullptr) {
        throw system_error(errno, "the folder cannot be opened");
    }
    descriptor.release();
    return {folder, ::closedir};
}

FileId id_of_folder(const Folder& folder) {
    struct stat status = {};
    const int descriptor = ::dirfd(folder.get());
    if (descriptor < 0 || ::fstat(descriptor, &status) != 0) {
        throw system_error(errno, "the folder cannot be examined");
    }
    return id_of(status);
}

struct stat status_of(int parent, const std::string& name) {
    struct stat status = {};
    if (::fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        throw system_error(errno, "cannot be examined");
    }
    return status;
}

bool is_common_name(std::string_view file, std::string_view above) {
    return same_but_for_case(file, "default") && !same_but_for_case(above, "system32") &&
           !same_but_for_case(above, "config"); // of config/RegBack
}

Listing list_folder(int parent, const std::string& name, std::string_view folder_name,
                    std::string_view above, const DiscoveryOptions& options) {
    const auto start = std::chrono::steady_clock::now();
    std::size_t entries = 0;
    Listing listing = {.folder = open_folder(parent, name), .id = {}};
    listing.id = id_of_folder(listing.folder);
    const auto take = [&](std::string entry, unsigned char type) {
        const bool hive = is_user_hive_name(entry, folder_name);
        const bool wanted = hive || (options.all_files && !is_log_name(entry));
        if (type == DT_DIR) {
            listing.subfolders.push_back(std::move(entry));
            return;
        }
        if (!wanted && type != DT_UNKNOWN) {
            return;
        }
        try {
            const auto status = status_of(::dirfd(listing.folder.get()), entry);
            if (S_ISDIR(status.st_mode)) {
                listing.subfolders.push_back(std::move(entry));
            } else if (hive || (wanted && S_ISREG(status.st_mode))) {
                const bool common = !hive || is_common_name(entry, above);
                listing.candidates.push_back(
                    {std::move(entry), id_of(status), common, problem_with_kind(status.st_mode)});
            }
        } catch (const Error& error) {
            listing.candidates.push_back({.name = std::move(entry), .problem = error});
        }
    };
    while (true) {
        errno = 0;
        const auto* entry = ::readdir(listing.folder.get());
        if (entry == nullptr) {
            if (errno != 0) {
                listing.cut_short = system_error(errno, "the folder cannot be listed to its end");
            }
            const auto in_memory = std::chrono::microseconds(60 + entries);
            listing.slow = std::chrono::steady_clock::now() - start > in_memory;
            return listing;
        }
        ++entries;
        const std::string_view found = entry->d_name;
        if (found != "." && found != "..") {
            take(std::string(found), entry->d_type);
        }
    }
}

} // namespace hivelint
