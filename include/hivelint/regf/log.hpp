/// \file
/// Transaction logs: readers of the old format (REGF.md section 5) and the new one (section 6).
/// What a log holds for the hive stays where it is; a log read is a list of places.
#pragma once

#include <hivelint/error.hpp>
#include <hivelint/export.hpp>
#include <hivelint/regf/base_block.hpp>
#include <hivelint/source.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace hivelint::regf {

/// Which of the two kinds of log it is.
enum class LogFormat : std::uint8_t {
    old_format, ///< `DIRT`, file types 1 and 2: up to Windows 8
    new_format, ///< `HvLE`, file type 6: from Windows 8.1 on
};
/// `old`, `new`
HIVELINT_API std::string_view to_string(LogFormat format) noexcept;

/// Bytes that a log holds for the hive.
struct LogPage {
    std::uint64_t offset = 0; ///< where they go, bytes from the start of the hive's file
    std::uint32_t size = 0;   ///< bytes, a multiple of 512
    std::uint64_t in_log = 0; ///< where they lie, bytes from the start of the log
};

/// What belongs together: an entry of the new format, or all of a log of the old one.
struct LogEntry {
    std::uint64_t offset = 0;    ///< bytes from the start of the log
    std::uint64_t size = 0;      ///< bytes
    std::uint32_t sequence = 0;  ///< the entry's number
    std::uint32_t bins_size = 0; ///< of the hive after this entry, bytes
    std::uint32_t flags = 0;     ///< bit 0: that of the base block's flags; 0 in the old format
    std::uint64_t hash = 0;      ///< of everything behind the header; 0 in the old format
    std::vector<LogPage> pages;  ///< in the order in which they are to be written
};

/// A log that can be used.
struct Log {
    LogFormat format = LogFormat::new_format;         ///< of base block and body
    BaseBlock base_block;                             ///< the log's own: a copy of the hive's
    std::array<std::byte, 512> base_block_bytes = {}; ///< the same as stored
    /// The chain from the log's first number on; none when the first entry is bad already.
    std::vector<LogEntry> entries;
    /// Why the chain ends before the log does, or why there is none: end_of_chain (what follows is
    /// no entry, or was left from an earlier round) or bad_log (an entry that is cut or damaged).
    std::optional<Error> stop;

    /// How many bytes all pages have together.
    HIVELINT_API std::uint64_t pages_size() const;
};

/// Reads a log to the end of its chain, each byte at most once, and checks all hashes. What it
/// keeps is in proportion to what the log holds, whatever it claims.
/// Throws Error: bad_log when the log is unusable as a whole (no log; a wrong checksum; its two
/// sequence numbers differ; the body of the other format; an old log that is cut), and what
/// read_at() throws.
HIVELINT_API Log read_log(const ByteSource& log);

} // namespace hivelint::regf
