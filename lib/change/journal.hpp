// The rollback journal: a text file beside the file that is changed, with all that takes the change
// back.
#pragma once

#include <hivelint/change.hpp>

#include <filesystem>
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
};

/// The journal of a change as text: one field a line, ended by the hash of all lines above.
std::string journal_text(const FileChange& change);

/// Reads it back. What begins like a journal as far as it goes, to the last byte or to where only
/// NUL bytes follow (a file made longer before all of it was written), is not `complete`. Throws
/// Error bad_journal when it is anything else: not a journal, or one with a damaged byte.
Journal parse_journal(std::string_view text);

/// The journal beside the file; absent when there is none.
/// Throws Error bad_journal as parse_journal(), and as FileSource does: a journal that cannot be
/// read must not be passed over.
std::optional<Journal> read_journal(const std::filesystem::path& file);

} // namespace hivelint
