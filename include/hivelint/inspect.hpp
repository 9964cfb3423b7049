// Inspect: all there is to say about one hive, for hiveinfo.
#pragma once

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

struct InspectOptions {
    bool verify = false;              ///< read the hive whole and hold it against every rule
    bool counts = false;              ///< read the hive whole and count what is in it
    std::optional<regf::KeyPath> key; ///< list this key
};

struct Inspection {
    std::filesystem::path path;
    InspectOptions asked;
    std::uint64_t size = 0; ///< bytes
    State state = State::unreadable;
    std::optional<std::string> user;
    std::optional<regf::BaseBlock> base_block;
    std::optional<regf::VerifyReport> report; ///< when verify or counts were asked for
    std::optional<std::string> sha256;        ///< of the whole file, with the report
    std::optional<regf::KeyListing> key;      ///< when asked for and there
    std::vector<std::string> notes;
    std::optional<Error> error;
};

/// Reads what `options` ask for. Never throws for what the file holds.
HIVELINT_API Inspection inspect(const std::filesystem::path& path, const InspectOptions& options);

} // namespace hivelint
