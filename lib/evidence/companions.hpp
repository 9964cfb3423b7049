// What lies beside a hive.
#pragma once

#include <hivelint/error.hpp>

#include <filesystem>
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

} // namespace hivelint
