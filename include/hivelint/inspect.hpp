/// \file
/// Inspect: all there is to say about one hive, for hiveinfo.
#pragma once

#include <hivelint/container.hpp>
#include <hivelint/export.hpp>
#include <hivelint/regf/base_block.hpp>
#include <hivelint/regf/verify.hpp>
#include <hivelint/regf/walker.hpp>
#include <hivelint/scan.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hivelint {

/// What inspect() is to read besides the base block.
struct InspectOptions {
    bool verify = false;              ///< read the hive whole and hold it against every rule
    bool counts = false;              ///< read the hive whole and count what is in it
    std::optional<regf::KeyPath> key; ///< list this key
    bool apply_logs = true;           ///< else a dirty hive is told as it is stored
    /// As ScanOptions::log_places.
    std::vector<std::filesystem::path> log_places{};
    ContainerOptions containers{}; ///< how a container is opened that the hive lies in
};

/// What inspect() found.
struct Inspection {
    std::filesystem::path path;                ///< as it was given
    InspectOptions asked;                      ///< likewise
    std::uint64_t size = 0;                    ///< of the file, bytes
    State state = State::unreadable;           ///< what it was found in
    std::optional<std::string> user;           ///< as user_of() names it
    OwnerBy user_by = OwnerBy::nothing;        ///< what names the user
    std::optional<regf::BaseBlock> base_block; ///< as stored; of a healed hive that of the log
    std::vector<LogAccount> logs;              ///< of a hive that is not clean
    /// Whether what follows is told of the hive with its logs applied. Then offsets are those of
    /// that image, and not of the file.
    bool recovered = false;
    std::optional<regf::VerifyReport> report; ///< when verify or counts were asked for
    std::optional<std::string> sha256;        ///< of the whole file as stored, with the report
    std::optional<regf::KeyListing> key;      ///< when asked for and there
    std::vector<std::string> notes;           ///< for people, in the order in which they came up
    std::optional<Error> error;               ///< why something could not be read; absent: all was
};

/// Reads what `options` ask for, of a dirty hive with its logs applied, as a scan does. Never
/// throws for what the file holds. Throws Error when InspectOptions::log_places cannot be looked
/// at.
HIVELINT_API Inspection inspect(const std::filesystem::path& path, const InspectOptions& options);

} // namespace hivelint
