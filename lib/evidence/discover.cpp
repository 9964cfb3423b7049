// Discovery: walks through the places it is given and lists the hives in them, each file once and
// in the order of paths. Folders are listed ahead by threads where listing is slow.
#include <hivelint/evidence.hpp>

#include "base/ordered.hpp"
#include "listing.hpp"
#include "walk.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <mutex>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

namespace hivelint {
namespace {

/// Places are looked at several at a time where there are many: the paths of a list.
constexpr std::size_t kPlacesAtATime = 32;
constexpr std::size_t kPlacesWorthAThread = 4;

constexpr auto kParts = std::to_array<Passed PassedOver::*>(
    {&PassedOver::links, &PassedOver::containers, &PassedOver::empty, &PassedOver::folders,
     &PassedOver::others, &PassedOver::exports});

} // namespace

void set_kept(PassedOver& passed, bool all) {
    for (const auto part : kParts) {
        (passed.*part).keep_all = all;
    }
}

void PassedOver::add(const PassedOver& other) {
    for (const auto part : kParts) {
        (this->*part).add(other.*part);
    }
}

void Passed::add(std::string path) {
    constexpr std::size_t kMost = 3;
    ++count;
    if (keep_all || first.size() < kMost) {
        first.push_back(std::move(path));
    }
}

void Passed::add(const Passed& other) {
    const auto sum = count + other.count;
    for (const auto& path : other.first) {
        add(path);
    }
    count = sum;
}

std::vector<Target> discover(const std::vector<std::filesystem::path>& places,
                             const DiscoveryOptions& options) {
    return discover(places, options, ListAhead::where_slow, nullptr);
}

std::vector<Target> discover(const std::vector<std::filesystem::path>& places,
                             const DiscoveryOptions& asked, ListAhead ahead,
                             const OnFound& on_found) {
    DiscoveryOptions options = asked;
    std::mutex mutex;
    std::uint64_t folders = 0; // of all places together
    if (asked.progress) {
        options.progress = [&](std::uint64_t more) {
            const std::scoped_lock lock(mutex);
            folders += more;
            asked.progress(folders);
        };
    }
    constexpr std::size_t kMostListings = 64; // each has a descriptor
    Lister lister(kMostListings);
    if (options.passed_over != nullptr) {
        set_kept(*options.passed_over, options.list_passed_over);
    }
    std::vector<Found> found;
    run_ordered(
        places.size(), std::min(places.size() / kPlacesWorthAThread, kPlacesAtATime),
        [&](std::size_t i) { return walk(places[i], options, lister, ahead, on_found); },
        [&](Walked in_place) {
            std::ranges::move(in_place.found, std::back_inserter(found));
            if (options.passed_over != nullptr) {
                options.passed_over->add(in_place.passed_over);
            }
        });
    // Where a file has several names, one that is a hive's comes before those that are not: its
    // logs lie beside that one. Where a folder has two problems, the one with the greater code
    // (it could not be listed) says more than that it is no file.
    const auto rank = [](const Found& each) {
        const int code = each.problem ? static_cast<int>(each.problem->code()) : 0;
        // All of a container comes before a part of it.
        return std::tuple(each.only_if_hive, std::string_view(each.path),
                          std::string_view(each.inside), -code);
    };
    std::ranges::sort(found, {}, rank);
    std::set<FileId> objects;
    std::vector<Target> targets;
    targets.reserve(found.size());
    for (auto& each : found) {
        const bool twice = !targets.empty() && targets.back().path == each.path &&
                           targets.back().inside == each.inside;
        const bool part = !each.inside.empty(); // of a container, which may have several
        if (twice || (each.has_object && (part ? objects.contains(each.object)
                                               : !objects.insert(each.object).second))) {
            continue;
        }
        Target target;
        target.path = std::move(each.path);
        target.named = each.named;
        target.only_if_hive = each.only_if_hive;
        target.container = each.container;
        target.inside = std::move(each.inside);
        if (each.problem) {
            target.problem = std::move(*each.problem);
        } else {
            target.id = each.object;
        }
        targets.push_back(std::move(target));
    }
    std::ranges::sort(targets, {}, [](const Target& target) {
        return std::tuple(std::string_view(target.path), std::string_view(target.inside));
    });
    return targets;
}

} // namespace hivelint
