/// \file
/// open_recovered(): a hive to browse as Windows would load it.
#pragma once

#include <hivelint/export.hpp>
#include <hivelint/hive.hpp>
#include <hivelint/replay.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace hivelint {

/// A hive and what was done so that it could be opened.
struct OpenedHive {
    Hive hive;                    ///< never dirty
    regf::BaseBlock stored;       ///< of the file; of a healed hive that of the log
    regf::ReplayResult result{};  ///< clean, recovered or healed
    std::vector<LogAccount> logs; ///< of a hive that was not clean
    std::string summary;          ///< what was applied, in words; empty of a clean hive
};

/// Opens `path` with its transaction logs applied: those beside it, and those that are its own by
/// their content among `log_places` (files, and folders of such). Offsets are those of the
/// recovered hive. Throws Error as Hive::open() does; dirty_hive, ambiguous_logs or what else keeps
/// the logs from being applied, where the newest data would be missing; damaged, when what they
/// make of the hive is.
HIVELINT_API OpenedHive open_recovered(const std::filesystem::path& path,
                                       const std::vector<std::filesystem::path>& log_places = {});

} // namespace hivelint
