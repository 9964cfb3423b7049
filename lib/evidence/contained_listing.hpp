// ContainedListing: what of a container's listing is worth a look: the hives, the logs beside each,
// and containers in it.
#pragma once

#include "container/wire.hpp"

#include <hivelint/evidence.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hivelint {

/// A file that is worth it.
struct ContainedEntry {
    wire::Entry entry;
    std::string path; ///< without what says nothing
    bool only_if_hive = false;
};

struct ListedHive {
    ContainedEntry file;
    std::vector<std::uint64_t> logs{}; ///< ids, each of one hive alone
    bool has_journal = false;
    std::string transactions{}; ///< the name of NAME{guid}.TM.blf beside it; empty: there is none
};

class ContainedListing {
public:
    /// `inside`: what alone is looked at, as in kInside's paths; the container in it takes what
    /// stands behind a further `!/`. `stream_name`: of the one file of a container that has no name
    /// for it. `names` must outlive it.
    ContainedListing(const DiscoveryOptions& names, std::string_view inside,
                     std::optional<std::string> stream_name);

    /// Keeps what is worth it. What stands under a hive's name and is no file: why not.
    std::optional<Error> take(ContainedEntry& listed);
    /// After the last one: says which log is whose.
    void pair_logs();

    const std::string& inside() const { return inside_; }
    /// Below what alone a listing has it: nothing where that is not one place.
    std::string listed_inside() const;
    const std::string& inside_nested() const { return inside_nested_; }
    /// Whether there is nothing at inside().
    bool is_missing() const { return !inside_.empty() && !matched_; }

    std::vector<ListedHive> hives{};                ///< as they are listed
    std::map<std::uint64_t, ContainedEntry> logs{}; ///< of hives, by id
    std::vector<ContainedEntry> nested{};           ///< what is called like a container

private:
    std::string as_asked(const std::string& path) const;
    std::optional<Error> sort(ContainedEntry& file, std::span<const std::string_view> parts);
    void add_hive(ContainedEntry file);

    const DiscoveryOptions& names_;
    std::string inside_;
    std::string inside_nested_;
    std::optional<std::string> stream_name_;
    std::map<std::uint64_t, std::size_t> hive_of_; ///< of `hives`, by id
    std::map<std::string, std::uint64_t> places_;  ///< of logs and journals, by path in lower case
    std::map<std::string, std::string> transactions_; ///< names, by the hive's path in lower case
    bool matched_ = false;
};

} // namespace hivelint
