// Container: where evidence lies and is read from. Today that is the file system; an archive or an
// image opens its files and finds what lies beside them in the same words.
#pragma once

#include "companions.hpp"

#include <hivelint/file_id.hpp>
#include <hivelint/file_source.hpp>

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>

namespace hivelint {

class FolderNames;

/// For several threads at once.
class Container {
public:
    /// A file in it. With `expected` it must still be that one. Throws Error as FileSource.
    std::unique_ptr<FileSource> open(const std::filesystem::path& path,
                                     std::optional<FileId> expected = {}) const;

    /// What lies beside a hive. Logs of one name but for letter case are ambiguous, and so are all
    /// when another hive has the hive's name but for letter case. A folder of many hives is listed
    /// once, and again when its modification time tells that anything came or went. Throws Error
    /// when the hive's folder cannot be listed.
    Companions companions_of(const std::filesystem::path& hive);

private:
    std::shared_ptr<FolderNames> names_of(const std::filesystem::path& folder);

    std::mutex mutex_;
    std::shared_ptr<FolderNames> last_; ///< of the folder that was asked for last
};

} // namespace hivelint
