// Listing: what one folder holds that a walk in search of hives cares about.
#pragma once

#include "platform/folder.hpp"

#include <hivelint/error.hpp>
#include <hivelint/evidence.hpp>
#include <hivelint/source.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hivelint {

/// Something in a folder that is a target, or stands where one could be.
struct Candidate {
    std::string name;
    std::optional<FileId> object{}; ///< the file system object there, be it a regular file or not
    bool only_if_hive = false;
    std::optional<Error> problem{};
    std::optional<ContainerFormat> container{};
};

struct Listing {
    std::shared_ptr<Folder> folder; ///< shared with those who open what lies in it
    FileId id;
    std::vector<std::string> subfolders{}; ///< in no order
    std::vector<Candidate> candidates{};   ///< in no order
    std::vector<std::string> links{};      ///< that are passed over
    std::vector<std::string> containers{}; ///< likewise
    std::vector<std::string> empty{};      ///< likewise
    std::vector<std::string> others{};     ///< likewise
    std::vector<std::string> exports{};    ///< likewise
    std::optional<Error> cut_short{};      ///< why it could not be listed to its end
    bool slow = false;                     ///< it took as long as storage does, not memory
};

/// What the name of a file says of it.
struct Named {
    bool hive = false;   ///< it is called like one that is looked for
    bool near = false;   ///< nearly: it is looked at whether it is one
    bool wanted = false; ///< it is looked at, for its name or because all files are
    bool other = false;  ///< a hive that no rule asks about
};
/// Of the file `name` in the folder `folder`.
Named named_as(std::string_view name, std::string_view folder, const DiscoveryOptions& options);

/// Opens and lists the folder `name` of `parent`, which is called `folder_name` and lies in one
/// called `above`. Throws Error when it cannot be opened.
Listing list_folder(Handle parent, const std::string& name, std::string_view folder_name,
                    std::string_view above, const DiscoveryOptions& options);

/// When folders are listed before their turn comes, by threads.
enum class ListAhead : std::uint8_t { where_slow, always };

using OnFound = std::function<void(const Target&)>;

/// As the public one. Where storage is slow, `on_found`, if there is one, is called with each file
/// but the first few that will be a target, or would be if it were not another one too; by several
/// threads at once.
std::vector<Target> discover(const std::vector<std::filesystem::path>& places,
                             const DiscoveryOptions& options, ListAhead ahead,
                             const OnFound& on_found);

/// Whether the paths of all that is passed over are kept, or of some.
void set_kept(PassedOver& passed, bool all);

/// `config/default` is a common name outside of System32 too: there, only a hive is worth a word.
/// `above` is the name of the folder that the file's folder lies in.
bool is_common_name(std::string_view file, std::string_view above);

} // namespace hivelint
