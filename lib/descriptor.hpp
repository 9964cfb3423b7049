// Descriptors and places: what the rooms that touch the file system share.
#pragma once

#include <hivelint/error.hpp>
#include <hivelint/source.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <sys/types.h>
#include <utility>

namespace hivelint::descriptors {

/// Owns an open file descriptor.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor();

    int get() const { return number_; }
    int release() { return std::exchange(number_, -1); }

private:
    int number_ = -1;
};

/// The Error for an errno: not_found, permission_denied, symbolic_link or io_error. The message is
/// `what` and the system's words.
Error system_error(int number, std::string_view what);

/// Why something of this mode is not read as a hive: a symbolic link, or anything else that is not
/// a regular file. Absent for a regular file.
std::optional<Error> problem_with_kind(mode_t mode);

FileId id_of(const struct stat& status);

/// Where a path leads but for its last component: a folder's descriptor and a name in it, so that a
/// path may be longer than the system takes at once.
class Place {
public:
    Place(Descriptor folder, std::string name);

    int folder() const;
    const std::string& name() const { return name_; }

private:
    Descriptor folder_;
    std::string name_;
};

/// Goes to `path` in steps that the system takes. Throws Error as system_error().
Place reach(const std::filesystem::path& path);

/// Whether anything stands at `path`. Where that cannot be told, the answer is yes.
bool is_there(const std::filesystem::path& path);

/// Opens `name` in `folder` for reading: no link followed, never blocking, access time untouched
/// where the system allows it. `flags` are added (O_DIRECTORY). Throws Error as system_error().
int open_for_reading(int folder, const std::string& name, int flags = 0);

/// Writes all of `bytes` at `offset`. Throws Error as system_error().
void write_at(int file, std::uint64_t offset, std::span<const std::byte> bytes);

/// Waits until what was written to `file` is on its storage; `what` names it in the Error.
void make_durable(int file, std::string_view what);

} // namespace hivelint::descriptors
