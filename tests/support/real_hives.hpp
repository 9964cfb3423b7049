// Hives that Windows wrote and others collected. They are no part of the project: the environment
// names their folder.
#pragma once

#include "tests/support/hive_files.hpp"

#include <hivelint/evidence.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace hivelint::test {

struct RealHive {
    std::string name; ///< below the folder, with slashes
    std::filesystem::path path;
};

/// All of them but for logs and notes, in the order of their names. None, and said so, when the
/// environment names no folder.
inline std::vector<RealHive> real_hives() {
    const char* const folder = std::getenv("HIVELINT_REAL_HIVES");
    if (folder == nullptr || !std::filesystem::is_directory(folder)) {
        say_skipped(folder == nullptr ? "real hives: HIVELINT_REAL_HIVES is not set"
                                      : "real hives: HIVELINT_REAL_HIVES is no folder");
        return {};
    }
    std::vector<RealHive> hives;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        const auto& path = entry.path();
        if (entry.is_regular_file() && !is_log_name(path.filename().string()) &&
            path.extension() != ".md") {
            hives.push_back({path.lexically_relative(folder).generic_string(), path});
        }
    }
    std::ranges::sort(hives, {}, &RealHive::name);
    return hives;
}

} // namespace hivelint::test
