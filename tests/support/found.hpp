// What discover() found, as lines that a test can compare.
#pragma once

#include "evidence/listing.hpp"
#include "tests/support/temp_dir.hpp"

#include <hivelint/evidence.hpp>

#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <vector>

namespace hivelint::test {

using Lines = std::vector<std::string>;

/// One line a target: the path below `root`, then the problem or `if-hive`.
inline Lines lines(const std::vector<Target>& targets, const std::filesystem::path& root) {
    Lines out;
    for (const auto& target : targets) {
        auto line = target.path;
        if (line.starts_with(root.native() + '/')) {
            line.erase(0, root.native().size() + 1);
        }
        // A target is a file or a problem, never both or neither.
        CHECK(target.id.has_value() != target.problem.has_value());
        if (target.problem) {
            line += " " + std::string(to_string(target.problem->code()));
        }
        out.push_back(line + (target.only_if_hive ? " if-hive" : ""));
    }
    return out;
}

/// The same is found whether or not folders are listed ahead.
inline std::vector<Target> discover_both_ways(const std::vector<std::filesystem::path>& places,
                                              const DiscoveryOptions& options = {}) {
    auto targets = discover(places, options);
    const auto ahead = discover(places, options, ListAhead::always, nullptr);
    if (lines(ahead, "") != lines(targets, "")) {
        targets.clear();
        FAIL_CHECK("another answer when folders are listed ahead");
    }
    return targets;
}

inline Lines found(const TempDir& dir, bool all_files = false) {
    return lines(discover_both_ways({dir.path()}, {.all_files = all_files}), dir.path());
}

inline void put(const std::filesystem::path& file) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << "regf";
}

} // namespace hivelint::test
