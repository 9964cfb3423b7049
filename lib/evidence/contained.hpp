// Hives in containers: which lie there, and the logs beside each.
#pragma once

#include "platform/file.hpp"

#include <hivelint/container.hpp>
#include <hivelint/error.hpp>
#include <hivelint/evidence.hpp>
#include <hivelint/source.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace hivelint {

/// Where something lies.
struct ContainedAt {
    std::string path;                 ///< `case.zip!/Users/alice/NTUSER.DAT`; its bytes
    std::vector<std::string> steps{}; ///< likewise, as a list; of the container itself one
};

/// A file in a container, as the container tells of it.
struct ContainedFile {
    std::string path;           ///< as ContainedAt
    const ByteSource* bytes;    ///< not null
    std::uint64_t inode = 0;    ///< of its file system; 0: it has none
    std::uint64_t modified = 0; ///< times as in hives; 0: not known
    std::uint64_t changed = 0;  ///< likewise
    std::uint64_t created = 0;  ///< likewise
};

struct ContainedHive {
    ContainedAt at;
    ContainedFile file;
    std::vector<ContainedFile> logs{};    ///< NAME.LOG, .LOG1 and .LOG2 beside it
    std::optional<Error> lost_log{};      ///< why one more could not be read
    std::optional<std::uint64_t> place{}; ///< in the container, if it lies there in one piece
    bool only_if_hive = false;            ///< as Target has it
    bool has_journal = false;             ///< a fix was cut off
    std::string transactions{};           ///< the name of a file of transactions beside it
};

/// What is told of a container. Each is called while the container is open, and not after.
struct ContainerVisitor {
    std::function<void(const ContainedHive&)> hive;
    /// A hive that is listed, and cannot be read.
    std::function<void(const ContainedAt&, std::uint64_t size, const Error&)> lost;
    /// What could not be looked at: a container, a part of one.
    std::function<void(const ContainedAt&, const Error&)> problem;
    std::function<bool()> stopped; ///< whether to go on with no further hive
};

/// Looks through the container `target`, which lies at `at`; `names` says what is a hive. Throws
/// Error when it cannot be opened, or changed meanwhile.
void visit_container(const FileAt& at, const Target& target, const DiscoveryOptions& names,
                     const ContainerOptions& options, const ContainerVisitor& visitor);

} // namespace hivelint
