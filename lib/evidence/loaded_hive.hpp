// One hive that lies in a container, by its path.
#pragma once

#include <hivelint/container.hpp>
#include <hivelint/evidence.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <vector>

namespace hivelint {

/// A place in a container, `case.zip!/Users`: no such path is there, but a container in front of
/// one of its `!/`. Absent when the path is none.
std::optional<Target> target_in_container(const std::filesystem::path& path);

/// A hive in a container, taken into memory with its logs.
struct LoadedHive {
    struct File {
        std::filesystem::path path;
        std::vector<std::byte> bytes;
    };
    File hive{};
    std::vector<File> logs{};
    bool has_journal = false;
};
/// The one hive there. Throws Error: not_found, invalid_argument when there are several, and what
/// keeps it, or a log of it, from being read.
LoadedHive load_hive(const Target& in_container, const ContainerOptions& options);

} // namespace hivelint
