// The rollback journal: a text file beside the hive with everything that takes it back.
#pragma once

#include <hivelint/source.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hivelint {

/// What a journal says. It does not say where the hive lay: a copied hive with its copied journal
/// is recovered like the first one.
struct JournalEntry {
    bool complete = false;      ///< it ends with its own hash; else the hive was not changed yet
    std::uint64_t size = 0;     ///< of the hive, bytes; 0 when the journal is cut before it ends
    std::uint64_t new_size = 0; ///< of the changed hive
    std::string sha256_before;  ///< of the whole hive; empty when the journal is cut before it ends
    std::string sha256_after;
    std::vector<ByteRange> ranges;
    std::vector<std::byte> tail{}; ///< what the change cuts off the hive's end
};

/// The journal as text: one field a line, ended by the hash of all lines above.
std::string journal_text(const JournalEntry& entry);

/// Reads it back. What begins like a journal as far as it goes, to the last byte or to where only
/// NUL bytes follow (a file made longer before all of it was written), is not `complete`. Throws
/// Error bad_journal when it is anything else: not a journal, or one with a damaged byte.
JournalEntry parse_journal(std::string_view text);

/// The journal beside the hive; absent when there is none.
/// Throws Error bad_journal as parse_journal(), and as FileSource does: a journal that cannot be
/// read must not be passed over.
std::optional<JournalEntry> read_journal(const std::filesystem::path& hive);

} // namespace hivelint
