/// \file
/// FileChange: a change of one file as a list of byte ranges, whatever the file holds; and the
/// rollback journal that lies beside a file while it is changed.
#pragma once

#include <hivelint/export.hpp>
#include <hivelint/source.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hivelint {

/// What a file was, and what it becomes.
struct FileChange {
    std::uint64_t size = 0; ///< of the file before, bytes
    /// Of the file after; absent: the same.
    std::optional<std::uint64_t> new_size{};
    std::string sha256_before{};     ///< of the whole file, in lower-case hexadecimal
    std::string sha256_after{};      ///< the same when there is nothing to do
    std::vector<ByteRange> ranges{}; ///< ascending; none: there is nothing to do
    std::vector<std::byte> tail{};   ///< what the longer file has behind the end of the shorter one

    /// Of the file after, bytes.
    std::uint64_t size_after() const { return new_size.value_or(size); }
    /// How many bytes differ, those included that the file gets.
    HIVELINT_API std::uint64_t bytes_changed() const;
};

/// The change that takes `change` back, bit for bit.
HIVELINT_API FileChange reversed(const FileChange& change);

/// The file as `change` makes it, whose size may be any between the change's two. Both must outlive
/// it.
HIVELINT_API OverlaySource patched(const ByteSource& source, const FileChange& change);

/// What the name of a journal ends in.
inline constexpr std::string_view kJournalSuffix = ".hivelint-journal";

/// The path of a file's journal, whether there is one or not: `NAME.hivelint-journal` beside it.
HIVELINT_API std::filesystem::path journal_of(const std::filesystem::path& file);

/// What the journal beside a file puts back: the change that rolls the file, read through `source`,
/// back. Absent when there is no journal; without ranges when it is not complete.
/// Throws Error bad_journal when it is none, damaged or of another file, and what reading files
/// throws.
HIVELINT_API std::optional<FileChange> pending_rollback(const std::filesystem::path& file,
                                                        const ByteSource& source);

} // namespace hivelint
