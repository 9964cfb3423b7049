/// \file
/// Evidence: finds hives in folders and names the user they belong to.
#pragma once

#include <hivelint/container.hpp>
#include <hivelint/error.hpp>
#include <hivelint/export.hpp>
#include <hivelint/file_id.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace hivelint {

/// One place to look at: a hive, or something that stands where one could be and cannot be read.
struct Target {
    std::string path; ///< its bytes; a std::filesystem::path takes ten times the memory
    /// The regular file found there; absent when `problem` says why there is none.
    std::optional<FileId> id;
    /// A file that is only looked at because all files are: it is a target if it is a hive.
    bool only_if_hive = false;
    std::optional<Error> problem; ///< why it cannot be read
    /// How many bytes at the front of the path are the place that was looked in. Behind them no
    /// link is followed, neither now nor when the file is opened; 0: the path is as a user named
    /// it.
    std::size_t named = 0;
    /// What holds hives, when it is none itself.
    std::optional<ContainerFormat> container{};
    std::string inside{}; ///< what alone is looked at in it: a file or a folder; empty: all of it
};

/// What was seen and not looked into, of one kind.
struct Passed {
    std::uint64_t count = 0;        ///< how many
    std::vector<std::string> first; ///< paths of some of them, or of all; their bytes
    bool keep_all = false;          ///< whether it is to be all

    /// Adds one more.
    HIVELINT_API void add(std::string path);
    /// Adds what `other` has.
    HIVELINT_API void add(const Passed& other);
};

/// What discover() passed over.
struct PassedOver {
    Passed links;      ///< symbolic links and junctions that are not called like a hive
    Passed containers; ///< archives and disk images that are not opened
    Passed empty;      ///< files of no bytes in RegBack, which Windows leaves so since 1803
    Passed folders;    ///< called like a hive; they were looked through
    Passed others;     ///< hives that no rule asks about, by their names
    Passed exports;    ///< what regedit writes: .reg

    /// All that `other` has.
    HIVELINT_API void add(const PassedOver& other);
};

/// How discover() looks.
struct DiscoveryOptions {
    /// Take every regular file in a folder, whatever its name, but for logs; the scan then goes by
    /// the signature.
    bool all_files = false;
    bool logs = false; ///< with all_files: logs too
    bool users = true; ///< take the hives of users
    /// Further hives, by their names in lower case: `software`. A file that is called so is taken
    /// where Windows keeps it (`config`, `RegBack`), and elsewhere if it is a hive; so is one that
    /// has more before or behind the name, as collectors put it there: `C_SOFTWARE`,
    /// `system.copy0`.
    std::vector<std::string> also{};
    /// Take archives and disk images, told by their first bytes. Files that are called as Windows'
    /// own programs, pictures and the like are not opened for it.
    bool containers = false;
    PassedOver* passed_over = nullptr; ///< is told what was passed over; null: nobody is
    bool list_passed_over = false;     ///< with the paths of all of it, not of some
    /// Once somebody asked it to stop, no folder is entered any more: the result is a part.
    std::stop_token stop{};
    /// Called after each folder, on any thread but never on two at once: how many were listed.
    std::function<void(std::uint64_t folders)> progress{};
};

/// Finds the hives in `places`: files (taken whatever their name), what lies in a container
/// (`case.zip!/Users`) and folders (walked to any depth, by name, across mounts). A file beside
/// which a journal lies is a target whatever its name, and a problem when it is not there. Symbolic
/// links are not followed, not even as a place (`link/` is what the link leads to); one that stands
/// under a hive's name is a problem, and so are a FIFO, socket or device there. Each file comes
/// once, by device and inode, under the first of its paths, those that are a hive's before others.
/// The result is sorted by the bytes of the path. Never throws for what it finds: a folder that
/// cannot be read is a Target with a problem. Paths may be longer than PATH_MAX; where those in one
/// place take more than 4 MiB together, the rest is left out and the place is a Target with the
/// problem limit_exceeded.
HIVELINT_API std::vector<Target> discover(const std::vector<std::filesystem::path>& places,
                                          const DiscoveryOptions& options = {});

/// Whether a file of this name, in a folder of that name, is a user's hive: NTUSER.DAT and
/// NTUSER.MAN and their renamed forms, `config\DEFAULT` and its backup, a package's User.dat, the
/// copies in restore points. The file's name may be a whole Windows path, plain or percent-encoded.
/// Letter case does not matter.
HIVELINT_API bool is_user_hive_name(std::string_view file, std::string_view folder);

/// How a file's name is that of one of `names`, which are in lower case: see
/// DiscoveryOptions::also.
enum class NamedSo : std::uint8_t {
    no,
    nearly, ///< with more before or behind it
    exactly,
};
/// How `file` is named so; letter case does not matter, and the file's name may be a whole Windows
/// path.
HIVELINT_API NamedSo named_so(std::string_view file, const std::vector<std::string>& names);

/// Whether the name nearly is that of a profile's hive, with something behind it as collectors and
/// copies have it: `NTUSER.DAT.copy0`, `NTUSER.DAT_alice`, `1_NTUSER.DAT_{GUID}.data`. A file that
/// is called so is a target if it is a hive.
HIVELINT_API bool is_near_hive_name(std::string_view file);

/// Whether the name is that of a transaction log: it ends in .LOG, .LOG1 or .LOG2 in any case.
HIVELINT_API bool is_log_name(std::string_view file);

/// By what the owner of a hive is known.
enum class OwnerBy : std::uint8_t {
    nothing,       ///< nobody is
    path,          ///< the folder that Windows keeps the hive in
    embedded_name, ///< the file name field of the base block
    file_name,     ///< the name of a restore point's copy
};
/// `nothing`, `path`, `embedded-name`, `file-name`
HIVELINT_API std::string_view to_string(OwnerBy by) noexcept;

/// Whose hive it is.
struct Owner {
    std::optional<std::string> user{};             ///< absent when nothing says
    OwnerBy by = OwnerBy::nothing;                 ///< what says it
    std::optional<std::string> by_embedded_name{}; ///< what that field says, whatever `by` is
};

/// The owner of the hive at `path`: from the folders that it lies in, where Windows keeps such a
/// hive there (a profile below Users, Documents and Settings, ServiceProfiles or the Profiles of
/// Windows NT, `config\systemprofile`; also in the percent-encoded form of collectors), else from
/// `embedded`, the file name field of the base block; in the end from the name of a restore point's
/// copy, which is a SID. Folders further up say nothing: an analyst's evidence may lie in the
/// analyst's own. A name is the bytes of the folder's name, which need not be UTF-8; `LocalSystem`
/// for `config\DEFAULT`.
HIVELINT_API Owner owner_of(const std::filesystem::path& path, std::u16string_view embedded);
/// Its user.
HIVELINT_API std::optional<std::string> user_of(const std::filesystem::path& path,
                                                std::u16string_view embedded);

/// Splits a list of paths: at NUL bytes if there is one, else at newlines, of which Windows' own
/// are some. Empty lines are skipped. UTF-16, with a mark or without, becomes UTF-8, and a mark of
/// that is no part of a path. Throws Error invalid_argument: UTF-16 that is damaged.
HIVELINT_API std::vector<std::filesystem::path> split_path_list(std::string_view list);

} // namespace hivelint
