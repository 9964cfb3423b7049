// What is done about one record of a scan.
#pragma once

#include <hivelint/fix.hpp>

#include <filesystem>
#include <optional>
#include <vector>

namespace hivelint {

/// A plan that was made while the hive was open, or why there is none.
struct ReadyPlan {
    Patch patch{};
    std::optional<Error> reason{};
};

/// Mends what was found in the hive that the record tells of; the target is that hive, or the image
/// that it lies in. `ready` may be null: then the plan is made now. Does not throw for what keeps
/// it from being mended.
FixedHive fix_record(const Target& target, const FixRun& run, Record record,
                     const ReadyPlan* ready = nullptr);

/// Where the patched copy of the hive, or image, goes; absent when it is changed in place.
std::optional<std::filesystem::path> output_of(const Target& target, const FixRun& run);

/// The same of all hives in an image or archive, one after the other.
std::vector<FixedHive> fix_container(const Target& target, const FixRun& run);

} // namespace hivelint
