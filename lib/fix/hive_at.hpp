// Where a hive lies that is to be changed: a file of its own, or one in an image; and its bytes
// there.
#pragma once

#include "change/changed_file.hpp"
#include "evidence/loaded_hive.hpp"
#include "platform/file.hpp"
#include "replay/loaded_logs.hpp"

#include <hivelint/container.hpp>
#include <hivelint/file_id.hpp>
#include <hivelint/file_source.hpp>
#include <hivelint/source.hpp>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hivelint {

/// Of a hive that lies in an image.
struct InImage {
    std::filesystem::path image;
    std::size_t named = 0; ///< Target::named of it
    ContainerFormat format{};
    std::string inside;                    ///< what the hive is called there
    const ContainerOptions* how = nullptr; ///< not null
};

struct HiveAt {
    FileAt at{};                  ///< the file on disk: the hive, or the image
    std::filesystem::path path{}; ///< what the hive is called, perhaps with `!/` in it
    std::optional<FileId> id{};   ///< which file on disk it must be
    std::optional<InImage> image{};
};

/// The hive at `path`, of which the first `named` bytes are the place that the user named; in an
/// image when `inside` says where, of which `path` has that at its end. Throws Error as
/// locate_below(), and bad_container when it is no image.
HiveAt hive_at(const std::filesystem::path& path, std::size_t named, std::string_view inside,
               const ContainerOptions& how);

/// A hive that is read: a file, or what an image held when this was made.
class HiveBytes {
public:
    /// Throws Error as FileSource, and as load_hive().
    explicit HiveBytes(const HiveAt& hive);

    const ByteSource& bytes() const;
    /// Those that lie in the image too; absent: the hive is a file, and they lie beside it.
    std::optional<std::span<const LogBytes>> logs() const;
    /// Throws Error changed_while_reading.
    void check_unchanged() const;

private:
    std::unique_ptr<FileSource> file_; ///< the hive, or the image
    std::optional<LoadedHive> loaded_;
    std::optional<MemorySource> memory_;
    std::optional<LoadedLogs> logs_;
};

/// To change it. Throws Error as LockedFile; not_in_place, dirty_volume and as ContainerReader.
std::unique_ptr<ChangedFile> change_at(const HiveAt& hive);

/// Why the hive cannot be changed, as far as that can be told without writing.
std::optional<Error> why_not_changed(const HiveAt& hive);

} // namespace hivelint
