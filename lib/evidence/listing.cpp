#include "listing.hpp"

#include "ascii_case.hpp"

#include <chrono>
#include <cstddef>

namespace hivelint {

bool is_common_name(std::string_view file, std::string_view above) {
    return same_but_for_case(file, "default") && !same_but_for_case(above, "system32") &&
           !same_but_for_case(above, "config"); // of config/RegBack
}

Listing list_folder(Handle parent, const std::string& name, std::string_view folder_name,
                    std::string_view above, const DiscoveryOptions& options) {
    const auto start = std::chrono::steady_clock::now();
    Listing listing = {.folder = std::make_shared<Folder>(open_folder(parent, name)), .id = {}};
    listing.id = status_of(listing.folder->get()).id;
    const auto take = [&](std::string entry, std::optional<FileKind> kind) {
        const bool hive = is_user_hive_name(entry, folder_name);
        const bool wanted = hive || (options.all_files && !is_log_name(entry));
        if (kind == FileKind::folder) {
            listing.subfolders.push_back(std::move(entry));
            return;
        }
        if (!wanted && kind) {
            return;
        }
        try {
            const auto status = status_of(listing.folder->get(), entry);
            if (status.kind == FileKind::folder) {
                listing.subfolders.push_back(std::move(entry));
            } else if (hive || (wanted && status.kind == FileKind::regular)) {
                const bool common = !hive || is_common_name(entry, above);
                listing.candidates.push_back(
                    {std::move(entry), status.id, common, problem_with_kind(status.kind)});
            }
        } catch (const Error& error) {
            listing.candidates.push_back({.name = std::move(entry), .problem = error});
        }
    };
    std::size_t entries = 0;
    try {
        while (const auto entry = listing.folder->next()) {
            take(std::string(entry->name), entry->kind);
            ++entries;
        }
    } catch (const Error& error) {
        listing.cut_short = error;
    }
    const auto in_memory = std::chrono::microseconds(60 + entries);
    listing.slow = std::chrono::steady_clock::now() - start > in_memory;
    return listing;
}

} // namespace hivelint
