// The walk through one place: what is a target there, or stands where one could be.
#pragma once

#include "base/ahead.hpp"
#include "listing.hpp"

#include <hivelint/error.hpp>
#include <hivelint/evidence.hpp>
#include <hivelint/source.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace hivelint {

/// A target as it is kept until all are known: there can be a million.
struct Found {
    std::string path;
    FileId object;         ///< the file system object there, be it a regular file or not
    std::size_t named = 0; ///< as Target::named
    bool has_object = false;
    bool only_if_hive = false;
    std::unique_ptr<Error> problem{};
    std::optional<ContainerFormat> container{};
    std::string inside{}; ///< as Target::inside
};

/// What a walk met.
struct Walked {
    std::vector<Found> found{}; ///< in no order
    PassedOver passed_over{};
};

using Lister = Ahead<Listing>;

/// Everything in the place; an Error is a problem of what it is about, and is not
/// thrown. Walks through several places may share `lister` and `on_found` and be under way at
/// once. `ahead` and `on_found` are as those of discover().
Walked walk(const std::filesystem::path& place, const DiscoveryOptions& options, Lister& lister,
            ListAhead ahead, const OnFound& on_found);

} // namespace hivelint
