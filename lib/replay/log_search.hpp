// Log search: the logs of a hive that do not lie beside it under its name, told by what their base
// blocks say. Collectors rename what they bring, and sort it into folders of their own.
#pragma once

#include "evidence/container.hpp"

#include <hivelint/error.hpp>
#include <hivelint/evidence.hpp>
#include <hivelint/regf/base_block.hpp>
#include <hivelint/source.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace hivelint {

/// What the base block of a hive or of a log says that ties the one to the other.
struct Tie {
    std::string path{};    ///< its bytes
    std::size_t named = 0; ///< as Target::named
    FileId id{};
    std::uint32_t file_type = 0;
    regf::BaseBlock block{};
    std::array<std::byte, 512> bytes{}; ///< the base block's own
};

/// A log that is the hive's by its content.
struct FoundLog {
    std::filesystem::path path;
    FileAt at;
    std::optional<Error> problem{}; ///< ambiguous_logs: it could as well be another's
};

/// For several threads at once.
class LogSearch {
public:
    /// Looks for logs in the hive's own folder.
    LogSearch() = default;
    /// And in `places`, which are logs and folders of such. Throws Error when one of them cannot be
    /// looked at.
    LogSearch(const std::vector<std::filesystem::path>& places, Container& evidence);

    /// Hives that are looked at in the same run: a log that fits two of them is ambiguous. Not
    /// while others search.
    void add_hives(std::span<const Target> hives, Container& evidence);
    bool has_places() const { return !places_.empty(); }

    /// The logs of a dirty hive among those in the places, and in its own folder when `own_folder`
    /// says so; but for those that are `known`. Throws Error when it cannot be read.
    std::vector<FoundLog> logs_of(const FileAt& hive, const std::filesystem::path& path,
                                  const ByteSource& primary, const std::set<FileId>& known,
                                  bool own_folder, Container& evidence);

    /// What there is to say of the places: what in them cannot be read, and which logs are no
    /// hive's that was asked for.
    std::vector<std::string> notes() const;

private:
    /// Logs that go on one from the other, or one of the old format.
    struct Chain;

    const std::vector<Tie>& own_folder_of(const FileAt& hive, const std::filesystem::path& path,
                                          Container& evidence);
    std::vector<Chain> chains_of(const Tie& hive, const std::vector<const Tie*>& logs,
                                 Container& evidence);
    std::uint32_t last_number(const Tie& log, Container& evidence);
    FileAt locate(const Tie& log, Container& evidence) const;

    std::vector<std::filesystem::path> places_{};
    std::vector<Tie> logs_{};  ///< in the places
    std::vector<Tie> hives_{}; ///< dirty ones
    std::vector<std::string> problems_{};
    mutable std::mutex mutex_{};
    std::set<std::string> paired_{};              ///< paths of logs
    std::map<std::string, std::uint32_t> ends_{}; ///< of chains, by the path of the log
    std::string folder_{};                        ///< the hives' folder that was looked at last
    std::optional<std::vector<Tie>> in_folder_{}; ///< what it holds
};

} // namespace hivelint
