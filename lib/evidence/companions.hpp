// What lies beside a hive.
#pragma once

#include <filesystem>
#include <vector>

namespace hivelint {

/// Sorted by path.
struct Companions {
    std::vector<std::filesystem::path> logs;         ///< NAME.LOG, .LOG1, .LOG2 in any letter case
    std::vector<std::filesystem::path> transactions; ///< NAME{guid}.TM.blf
};

/// Lists the hive's folder. Throws Error when it cannot be listed.
Companions companions_of(const std::filesystem::path& hive);

} // namespace hivelint
