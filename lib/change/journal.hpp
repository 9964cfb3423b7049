// The rollback journal: a text file beside the file that is changed, with all that takes the change
// back.
#pragma once

#include "platform/file.hpp"

#include <hivelint/change.hpp>
#include <hivelint/error.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hivelint {

/// What a journal says. It does not say where the file lay: a copied hive with its copied journal
/// is recovered like the first one.
struct Journal {
    bool complete = false; ///< it ends with its own hash; else the file was not changed yet
    /// What was to be done. Where the journal is cut before they end, size and new size are 0 and
    /// hashes empty. The tail is there only where the change cuts it off.
    FileChange change;
    bool of_image = false; ///< what was to be changed lies in the file, an image
    std::string inside{};  ///< where; empty where the journal is cut before it says that
};

/// The journal of a change as text: one field a line, ended by the hash of all lines above.
std::string journal_text(const FileChange& change, std::string_view inside = {});

/// Reads it back. What begins like a journal as far as it goes, to the last byte or to where only
/// NUL bytes follow (a file made longer before all of it was written), is not `complete`. Throws
/// Error bad_journal when it is anything else: not a journal, or one with a damaged byte.
Journal parse_journal(std::string_view text);

/// The journal of a file that is, as far as is known, of that size; absent when there is none.
/// Throws Error bad_journal as parse_journal(), or because no change of such a file has as long a
/// one; and as FileSource does, of the journal: one that cannot be read must not be passed over.
std::optional<Journal> read_journal(const FileAt& file, std::uint64_t size);

/// What a journal beside the file means, absent when there is none: Error locked when it is that of
/// a fix which is under way, else interrupted_fix.
std::optional<Error> journal_there(const FileAt& file);
/// Throws that.
void refuse_journal(const FileAt& file);

/// Where the journal of a file lies, whether there is one or not.
FileAt journal_of(const FileAt& file);

/// As the public one; in an image, of what lies `inside` it and is read through `source`.
std::optional<FileChange> pending_rollback(const FileAt& file, const ByteSource& source,
                                           std::string_view inside = {});

} // namespace hivelint
