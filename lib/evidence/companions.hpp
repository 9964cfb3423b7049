// What lies beside a hive.
#pragma once

#include <hivelint/error.hpp>

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace hivelint {

/// A file that is by its name a log of the hive.
struct LogFile {
    std::filesystem::path path;
    /// Why it is not certain that it is: ambiguous_logs.
    std::optional<Error> problem{};
};

/// Sorted by path.
struct Companions {
    std::vector<LogFile> logs;                       ///< NAME.LOG, .LOG1, .LOG2 in any letter case
    std::vector<std::filesystem::path> transactions; ///< NAME{guid}.TM.blf
};

class FolderNames;

/// Finds the companions of one hive after the other, for several threads at once. A folder of many
/// hives is listed once, and again when its modification time tells that anything came or went.
class CompanionFinder {
public:
    /// Logs of one name but for letter case are ambiguous, and so are all when another hive has the
    /// hive's name but for letter case. Throws Error when the hive's folder cannot be listed.
    Companions of(const std::filesystem::path& hive);

private:
    std::shared_ptr<FolderNames> names_of(const std::filesystem::path& folder);

    std::mutex mutex_;
    std::shared_ptr<FolderNames> last_; ///< of the folder that was asked for last
};

/// As CompanionFinder::of(), of the folder as it is now.
Companions companions_of(const std::filesystem::path& hive);

} // namespace hivelint
