#include "listing.hpp"

#include "container/format.hpp"
#include "text/ascii_case.hpp"

#include <hivelint/change.hpp>
#include <hivelint/file_source.hpp>

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

/// Hives that Windows keeps, by their names; in `config` and RegBack, or anywhere.
bool is_other_hive_name(std::string_view name, bool in_config) {
    static const std::vector<std::string> in = {"bbi",      "bcd",    "components", "default",
                                                "drivers",  "elam",   "sam",        "security",
                                                "software", "system", "vsmidk"};
    static const std::vector<std::string> anywhere = {"amcache.hve", "usrclass.dat", "syscache.hve",
                                                      "settings.dat"};
    return named_so(name, anywhere) == NamedSo::exactly ||
           (in_config && named_so(name, in) == NamedSo::exactly);
}

} // namespace

Named named_as(std::string_view name, std::string_view folder, const DiscoveryOptions& options) {
    const auto named = named_so(name, options.also);
    const bool in_config =
        same_but_for_case(folder, "config") || same_but_for_case(folder, "regback");
    Named as;
    as.hive = (options.users && is_user_hive_name(name, folder)) ||
              (in_config && named == NamedSo::exactly);
    as.near = !as.hive && ((options.users && is_near_hive_name(name)) || named != NamedSo::no) &&
              !is_container_name(name) && !name.ends_with(kJournalSuffix);
    as.wanted = as.hive || as.near || (options.all_files && (options.logs || !is_log_name(name)));
    as.other = !as.wanted && is_other_hive_name(name, in_config);
    return as;
}

namespace {

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
    std::optional<std::pair<ContainerFormat, FileId>> container_at(const std::string& entry) const;
    void take_examined(std::string entry, bool hive, bool wanted);

    Listing& listing_;
    std::string_view folder_name_;
    std::string_view above_;
    const DiscoveryOptions& options_;
    std::vector<std::string> with_journal_;
};

void Sorter::take(std::string entry, std::optional<FileKind> kind) {
    const auto [hive, near, wanted, other] = named_as(entry, folder_name_, options_);
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
    const bool regular = !kind || kind == FileKind::regular;
    if (!hive && !near && regular && options_.containers && may_be_container(entry)) {
        if (const auto format = container_at(entry)) {
            listing_.candidates.push_back(
                {.name = std::move(entry), .object = format->second, .container = format->first});
            return;
        }
    } else if (!hive && regular && is_container_name(entry)) {
        listing_.containers.push_back(entry);
    }
    if (!wanted && regular) {
        if (other) {
            listing_.others.push_back(entry);
        } else if (entry.size() > 4 && same_but_for_case(entry.substr(entry.size() - 4), ".reg")) {
            listing_.exports.push_back(entry);
        }
    }
    if (wanted || !kind) {
        take_examined(std::move(entry), hive, wanted);
    }
}

/// What it is by its first bytes; what is only called like a container is passed over.
std::optional<std::pair<ContainerFormat, FileId>>
Sorter::container_at(const std::string& entry) const {
    bool known = false;
    try {
        const FileSource file(listing_.folder->get(), entry);
        if (const auto format = format_of(file)) {
            return std::pair(*format, file.id());
        }
        known = is_later_part(file);
    } catch (const Error&) { // told as one that is not opened, if it is called like one
    }
    if (!known && is_container_name(entry)) {
        listing_.containers.push_back(entry);
    }
    return std::nullopt;
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
