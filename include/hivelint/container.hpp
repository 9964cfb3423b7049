/// \file
/// Containers: archives and disk images that hives lie in. They are read in place: nothing is
/// unpacked to disk and nothing mounted. What knows their formats are helper programs, each a
/// process of its own that may neither write nor reach a network: what a hostile image does to one
/// of them is an error in one record.
#pragma once

#include <hivelint/export.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hivelint {

/// What a file is by its content, where that can hold files.
enum class ContainerFormat : std::uint8_t {
    zip,
    seven_zip,
    tar,
    rar,
    compressed, ///< one stream: gzip, xz, bzip2, zstd, lz4; of a file, or of a tar
    raw_disk,   ///< a disk with GPT or MBR, or one volume
    ewf,        ///< E01 of EnCase and its segments
    vhd,
    vhdx,
    vmdk,
    qcow2,
    vdi,
    wim, ///< and ESD
};
/// `zip`, `7z`, `tar`, `rar`, `compressed`, `raw-disk`, `ewf`, `vhd`, `vhdx`, `vmdk`, `qcow2`,
/// `vdi`, `wim`
HIVELINT_API std::string_view to_string(ContainerFormat format) noexcept;

/// How much of a container is looked at. What goes past is an error in its record.
struct ContainerLimits {
    std::uint64_t entries = 10'000'000;                  ///< files and folders
    std::uint64_t file_bytes = std::uint64_t{512} << 20; ///< of a hive or a log that is unpacked
    /// Of a container in a container, which is unpacked to memory; what is zero takes none.
    std::uint64_t nested_bytes = std::uint64_t{8} << 30;
    std::uint64_t held_bytes = std::uint64_t{1} << 30;     ///< of hives whose logs are to come
    std::uint64_t unpacked_bytes = std::uint64_t{1} << 38; ///< of all that one archive holds
    std::uint64_t ratio = 500;   ///< unpacked to packed, past the first gibibyte
    unsigned depth = 3;          ///< containers in containers
    std::uint64_t seconds = 120; ///< without a word from the helper program
};

/// How containers are opened.
struct ContainerOptions {
    /// Where the helper programs lie; empty: no container is opened.
    std::filesystem::path helpers{};
    std::optional<std::string> password{}; ///< of archives
    ContainerLimits limits{};              ///< how much of one is looked at
};

/// A program that opens containers, as it tells of itself.
struct ContainerHelper {
    std::string_view name; ///< `archive`, `disk`, `wim`
    std::string libraries; ///< `libarchive 3.6.2`; empty: it is not there
};
/// Those that lie in this folder, and those that do not.
HIVELINT_API std::vector<ContainerHelper> container_helpers(const std::filesystem::path& folder);

/// Between the path of a container and what lies in it: `case.zip!/Users/alice/NTUSER.DAT`.
inline constexpr std::string_view kInside = "!/";

} // namespace hivelint
