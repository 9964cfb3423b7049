#include "listing.hpp"

#include "ascii_case.hpp"

#include <hivelint/change.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <utility>

namespace hivelint {

bool is_common_name(std::string_view file, std::string_view above) {
    return same_but_for_case(file, "default") && !same_but_for_case(above, "system32") &&
           !same_but_for_case(above, "config"); // of config/RegBack
}

namespace {

/// What archives and disk images are called.
bool is_container_name(std::string_view name) {
    constexpr auto kEndings = std::to_array<std::string_view>(
        {".7z",  ".ad1",  ".aff4",  ".cab", ".dd",  ".e01", ".esd", ".ex01", ".gz",
         ".img", ".iso",  ".qcow2", ".rar", ".raw", ".swm", ".tar", ".tgz",  ".vdi",
         ".vhd", ".vhdx", ".vmdk",  ".wim", ".xz",  ".zip", ".zst"});
    const auto dot = name.rfind('.');
    return dot != std::string_view::npos &&
           std::ranges::any_of(kEndings, [ending = name.substr(dot)](std::string_view each) {
               return same_but_for_case(each, ending);
           });
}

/// Sorts the entries of one folder.
class Sorter {
public:
    Sorter(Listing& listing, std::string_view folder_name, std::string_view above,
           const DiscoveryOptions& options)
        : listing_(listing), folder_name_(folder_name), above_(above), options_(options) {}

    void take(std::string entry, std::optional<FileKind> kind);
    /// The hives whose journals were met, unless they are candidates already.
    void add_hives_of_journals();

private:
    void take_examined(std::string entry, bool hive, bool wanted);

    Listing& listing_;
    std::string_view folder_name_;
    std::string_view above_;
    const DiscoveryOptions& options_;
    std::vector<std::string> with_journal_;
};

void Sorter::take(std::string entry, std::optional<FileKind> kind) {
    const auto named = named_so(entry, options_.also);
    const bool in_config =
        same_but_for_case(folder_name_, "config") || same_but_for_case(folder_name_, "regback");
    const bool hive = (options_.users && is_user_hive_name(entry, folder_name_)) ||
                      (in_config && named == NamedSo::exactly);
    const bool near = !hive &&
                      ((options_.users && is_near_hive_name(entry)) || named != NamedSo::no) &&
                      !is_container_name(entry) && !entry.ends_with(kJournalSuffix);
    const bool wanted =
        hive || near || (options_.all_files && (options_.logs || !is_log_name(entry)));
    if (kind == FileKind::folder) {
        listing_.subfolders.push_back(std::move(entry));
        return;
    }
    if (entry.size() > kJournalSuffix.size() && entry.ends_with(kJournalSuffix)) {
        with_journal_.push_back(entry.substr(0, entry.size() - kJournalSuffix.size()));
    }
    if (!hive && kind == FileKind::symbolic_link) {
        listing_.links.push_back(std::move(entry));
        return;
    }
    if (!hive && (!kind || kind == FileKind::regular) && is_container_name(entry)) {
        listing_.containers.push_back(entry);
    }
    if (wanted || !kind) {
        take_examined(std::move(entry), hive, wanted);
    }
}

void Sorter::take_examined(std::string entry, bool hive, bool wanted) {
    try {
        const auto status = status_of(listing_.folder->get(), entry);
        if (status.kind == FileKind::folder) {
            listing_.subfolders.push_back(std::move(entry));
        } else if (!hive && status.kind == FileKind::symbolic_link) {
            listing_.links.push_back(std::move(entry));
        } else if (status.kind == FileKind::regular && status.size == 0 &&
                   same_but_for_case(folder_name_, "regback")) {
            listing_.empty.push_back(std::move(entry)); // since 1803 Windows leaves them so
        } else if (hive || (wanted && status.kind == FileKind::regular)) {
            const bool common = !hive || is_common_name(entry, above_);
            listing_.candidates.push_back(
                {std::move(entry), status.id, common, problem_with_kind(status.kind)});
        }
    } catch (const Error& error) {
        listing_.candidates.push_back({.name = std::move(entry), .problem = error});
    }
}

void Sorter::add_hives_of_journals() {
    for (auto& name : with_journal_) {
        const auto known = std::ranges::find(listing_.candidates, name, &Candidate::name);
        if (known != listing_.candidates.end()) {
            known->only_if_hive = false;
            continue;
        }
        try {
            const auto status = status_of(listing_.folder->get(), name);
            listing_.candidates.push_back({.name = std::move(name),
                                           .object = status.id,
                                           .problem = problem_with_kind(status.kind)});
        } catch (const Error& error) {
            listing_.candidates.push_back(
                {.name = std::move(name),
                 .problem = Error(error.code(), fmt::format("its journal lies there, but it {}",
                                                            error.message()))});
        }
    }
}

} // namespace

Listing list_folder(Handle parent, const std::string& name, std::string_view folder_name,
                    std::string_view above, const DiscoveryOptions& options) {
    const auto start = std::chrono::steady_clock::now();
    Listing listing = {.folder = std::make_shared<Folder>(open_folder(parent, name)), .id = {}};
    listing.id = status_of(listing.folder->get()).id;
    Sorter sorter(listing, folder_name, above, options);
    std::size_t entries = 0;
    try {
        while (const auto entry = listing.folder->next()) {
            sorter.take(std::string(entry->name), entry->kind);
            ++entries;
        }
    } catch (const Error& error) {
        listing.cut_short = error;
    }
    sorter.add_hives_of_journals();
    const auto in_memory = std::chrono::microseconds(60 + entries);
    listing.slow = std::chrono::steady_clock::now() - start > in_memory;
    return listing;
}

} // namespace hivelint
