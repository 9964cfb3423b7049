// Container: where evidence lies and is read from in the file system, and what lies beside it
// there. What lies in an archive or an image is found by contained.hpp.
#pragma once

#include "companions.hpp"
#include "platform/file.hpp"

#include <hivelint/file_id.hpp>
#include <hivelint/file_source.hpp>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace hivelint {

class FolderNames;

/// For several threads at once.
class Container {
public:
    /// Where a target lies: locate_below(). The folder that was reached last stays open for the
    /// hives that lie in it too. Throws Error as system_error().
    FileAt locate(const std::filesystem::path& path, std::size_t named);

    /// A file in it. With `expected` it must still be that one. Throws Error as FileSource.
    std::unique_ptr<FileSource> open(const FileAt& file, std::optional<FileId> expected = {}) const;

    /// What lies beside a hive that is called `path`. Logs of one name but for letter case are
    /// ambiguous, and so are all when another hive has the hive's name but for letter case. A
    /// folder of many hives is listed once, and again when its modification time tells that
    /// anything came or went. Throws Error when the hive's folder cannot be listed.
    Companions companions_of(const FileAt& hive, const std::filesystem::path& path);

    /// All names in the folder of a hive that is called `path`. Throws Error when it cannot be
    /// listed.
    std::vector<std::string> names_beside(const FileAt& hive, const std::filesystem::path& path);

private:
    std::shared_ptr<FolderNames> names_of(const FileAt& hive, const std::filesystem::path& folder);

    struct Reached {
        std::filesystem::path parent;
        std::size_t named;
        std::shared_ptr<const File> folder;
    };

    std::mutex mutex_;
    std::optional<Reached> reached_;
    std::shared_ptr<FolderNames> last_; ///< of the folder that was asked for last
};

} // namespace hivelint
