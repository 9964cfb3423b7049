// Archives and images for tests, made by the programs that people make them with, and what a scan
// of one says of the hives in it.
#pragma once

#include "tests/support/tool_run.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace hivelint::test {

/// Whether all of these programs are there; says so when one is not.
bool have_programs(const std::vector<std::string>& names);

/// Runs the script in bash, `$1` and on being `arguments`. Fails the test when it fails.
void shell(const std::string& script, const std::vector<std::string>& arguments,
           const std::filesystem::path& folder);

/// Whether hivescan has this helper program: `archive`, `disk`, `wim`.
bool has_helper(const std::string& name);

/// The folder of the sample profiles.
std::string sample_profiles();

/// Whether disks() can be made; says so when not.
bool can_make_disks();
/// A folder with `volume.img`, an NTFS volume with the sample profiles, and `disk.raw`, a disk with
/// it as its one partition, at 1 MiB. Made once, to be read only: no mount, no root, since wimapply
/// writes NTFS by itself.
const std::filesystem::path& disks();

/// The records of a scan, each with its path behind `front` and without what must differ in a
/// container: how it is named there, where it lies, and what the file system says of files.
std::vector<nlohmann::json> records_behind(const std::vector<std::string>& arguments,
                                           const std::string& front);

/// A record's path, and its error's code or its first verdict, a line each.
std::string told_of(const std::vector<std::string>& arguments);

} // namespace hivelint::test
