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

/// What a journal says.
struct JournalEntry {
    bool complete = false;     ///< it ends with its own hash; else the hive was not changed yet
    std::uint64_t size = 0;    ///< of the hive, bytes
    FileId id;                 ///< of the hive when the journal was written
    std::string sha256_before; ///< of the whole hive
    std::string sha256_after;
    std::vector<ByteRange> ranges;
};

/// The journal as text: one field a line, ended by the hash of all lines above.
std::string journal_text(const JournalEntry& entry);

/// Reads it back; what is cut or changed is not `complete`.
JournalEntry parse_journal(std::string_view text);

/// The journal beside the hive; absent when there is none.
/// Throws Error as FileSource does: a journal that cannot be read must not be passed over.
std::optional<JournalEntry> read_journal(const std::filesystem::path& hive);

} // namespace hivelint
