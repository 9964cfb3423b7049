#include <hivelint/regf/log.hpp>

#include "marvin32.hpp"
#include "regf/core/base_block_fields.hpp"

#include <hivelint/regf/sequence.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <span>
#include <utility>

namespace hivelint::regf {
namespace {

/// The base block of a log, or Error bad_log.
BaseBlock usable_base_block(Bytes block) {
    const auto impossible = impossible_field(block);
    const BaseBlock parsed = parse_base_block(block);
    const std::uint32_t type = block.u32(field::kFileType);
    if (impossible) {
        throw Error(ErrorCode::bad_log, impossible->offset().value_or(0), impossible->message());
    }
    if (!parsed.checksum_valid()) {
        throw Error(ErrorCode::bad_log, field::kChecksum,
                    fmt::format("the log's base block has checksum {:#010x}, computed {:#010x}",
                                parsed.stored_checksum, parsed.computed_checksum));
    }
    if (type != kOldLog && type != kOlderLog && type != kNewLog) {
        throw Error(ErrorCode::bad_log, field::kFileType,
                    fmt::format("file type {} where a transaction log has 1, 2 or 6", type));
    }
    if (parsed.primary_sequence != parsed.secondary_sequence) {
        throw Error(ErrorCode::bad_log, field::kPrimarySequence,
                    fmt::format("the log's sequence numbers differ (primary {}, secondary {}): it "
                                "was being written",
                                parsed.primary_sequence, parsed.secondary_sequence));
    }
    return parsed;
}

/// Reads the entries of the new format.
class NewLogReader {
public:
    /// `first` is what was read at kLogSector already: the header of the first entry.
    NewLogReader(const ByteSource& source, std::span<const std::byte, kLogEntryHeader> first,
                 Log& log)
        : source_(source), first_(first), log_(log) {}

    void run() {
        std::uint32_t expected = log_.base_block.primary_sequence;
        std::uint64_t offset = kLogSector;
        try {
            while (offset < source_.size() || log_.entries.empty()) {
                log_.entries.push_back(entry_at(offset, expected));
                offset += log_.entries.back().size;
                ++expected;
            }
        } catch (const Error& error) {
            if (error.code() != ErrorCode::bad_log && error.code() != ErrorCode::end_of_chain) {
                throw;
            }
            log_.stop = error;
        }
    }

private:
    static constexpr std::size_t kHeader = kLogEntryHeader;
    static constexpr std::size_t kPageReference = 8;

    /// The entry at `offset`. Throws Error end_of_chain, bad_log (section 6.2).
    LogEntry entry_at(std::uint64_t offset, std::uint32_t expected);
    void add_pages(LogEntry& entry, Bytes table, std::uint64_t data) const;
    std::uint64_t hash_of_body(const LogEntry& entry, std::span<const std::byte> table);

    const ByteSource& source_;
    std::span<const std::byte, kLogEntryHeader> first_;
    Log& log_;
    std::vector<std::byte> chunk_;
};

LogEntry NewLogReader::entry_at(std::uint64_t offset, std::uint32_t expected) {
    const std::uint64_t left = source_.size() - offset;
    const auto fail = [&](ErrorCode code, std::string_view why) {
        throw Error(code, offset, std::string(why));
    };
    if (left < kHeader) {
        fail(ErrorCode::end_of_chain,
             fmt::format("{} bytes are left, the header of a log entry takes {}", left, kHeader));
    }
    std::array<std::byte, kHeader> bytes = {};
    if (offset == kLogSector) {
        std::ranges::copy(first_, bytes.begin());
    } else {
        source_.read_at(offset, bytes);
    }
    const Bytes header(bytes, offset);
    if (header.u32(0) != magic::kHvle) {
        fail(ErrorCode::end_of_chain, fmt::format("{:#010x} instead of 'HvLE'", header.u32(0)));
    }
    LogEntry entry = {
        .offset = offset,
        .size = header.u32(4),
        .sequence = header.u32(12),
        .bins_size = header.u32(16),
        .flags = header.u32(8),
        .hash = header.u64(24),
        .pages = {},
    };
    if (const auto hash = marvin32(header.slice(0, 32).span()); hash != header.u64(32)) {
        fail(ErrorCode::bad_log,
             fmt::format("the entry's header has hash {:#018x}, computed {:#018x}", header.u64(32),
                         hash));
    }
    if (entry.sequence != expected) {
        fail(ErrorCode::end_of_chain,
             fmt::format("number {} instead of {}: left from another round", entry.sequence,
                         expected));
    }
    if (entry.size < kHeader || entry.size % kLogSector != 0 || entry.size > left) {
        fail(
            ErrorCode::bad_log,
            fmt::format("an entry of {:#x} bytes, where a multiple of 512 up to {:#x} was expected",
                        entry.size, left));
    }
    if (entry.bins_size == 0 || entry.bins_size % kPageSize != 0 ||
        entry.bins_size > kMaxBinsSize) {
        fail(ErrorCode::bad_log, fmt::format("hive bins size {:#x}, where a multiple of 4096 up to "
                                             "{:#x} was expected",
                                             entry.bins_size, kMaxBinsSize));
    }
    const std::uint32_t count = header.u32(20);
    if (count == 0 || count > (entry.size - kHeader) / kPageReference) {
        fail(ErrorCode::bad_log,
             fmt::format("an entry of {:#x} bytes with {} pages", entry.size, count));
    }
    std::vector<std::byte> table(std::size_t{count} * kPageReference);
    source_.read_at(offset + kHeader, table);
    add_pages(entry, Bytes(table, offset + kHeader), offset + kHeader + table.size());
    if (const auto hash = hash_of_body(entry, table); hash != entry.hash) {
        fail(
            ErrorCode::bad_log,
            fmt::format("the entry's body has hash {:#018x}, computed {:#018x}", entry.hash, hash));
    }
    return entry;
}

/// `data` is where the pages begin in the log.
void NewLogReader::add_pages(LogEntry& entry, Bytes table, std::uint64_t data) const {
    const std::uint64_t end = entry.offset + entry.size;
    for (std::size_t at = 0; at < table.size(); at += kPageReference) {
        const std::uint32_t offset = table.u32(at);
        const std::uint32_t size = table.u32(at + 4);
        if (size == 0 || size % kLogSector != 0 || offset % kLogSector != 0 ||
            offset > entry.bins_size || size > entry.bins_size - offset) {
            throw Error(ErrorCode::bad_log, table.file_offset() + at,
                        fmt::format("a page of {:#x} bytes at {:#x} of hive bins of {:#x} bytes; "
                                    "multiples of 512 inside of them were expected",
                                    size, offset, entry.bins_size));
        }
        if (size > end - data) {
            throw Error(
                ErrorCode::bad_log, table.file_offset() + at,
                fmt::format("a page of {:#x} bytes, the entry has {:#x} left", size, end - data));
        }
        entry.pages.push_back({std::uint64_t{kBaseBlockSize} + offset, size, data});
        data += size;
    }
}

/// The hash of what follows the header; `table` is the part of it that was read already.
std::uint64_t NewLogReader::hash_of_body(const LogEntry& entry, std::span<const std::byte> table) {
    Marvin32 hash;
    hash.add(table);
    chunk_.resize(std::size_t{1} << 18);
    const std::uint64_t end = entry.offset + entry.size;
    for (std::uint64_t at = entry.offset + kHeader + table.size(); at < end;) {
        const auto piece = std::span(chunk_).first(
            static_cast<std::size_t>(std::min<std::uint64_t>(chunk_.size(), end - at)));
        source_.read_at(at, piece);
        hash.add(piece);
        at += piece.size();
    }
    return hash.finish();
}

/// Reads the bitmap of the old format: a bit for each sector of the bins, lowest bit first.
void read_old(const ByteSource& source, Log& log) {
    constexpr std::uint64_t kBitmap = kLogSector + 4;
    const std::uint32_t bins = log.base_block.bins_size;
    const std::uint64_t bitmap_size = bins / kPageSize;
    const std::uint64_t data = (kBitmap + bitmap_size + kLogSector - 1) / kLogSector * kLogSector;
    if (source.size() < data) {
        throw Error(
            ErrorCode::bad_log, source.size(),
            fmt::format("the log ends in its bitmap, which ends at {:#x}", kBitmap + bitmap_size));
    }
    std::vector<std::byte> bitmap(static_cast<std::size_t>(bitmap_size));
    source.read_at(kBitmap, bitmap);
    LogEntry entry = {
        .offset = kLogSector,
        .size = data - kLogSector,
        .sequence = log.base_block.primary_sequence,
        .bins_size = bins,
        .pages = {},
    };
    std::uint64_t in_log = data;
    for (std::uint64_t sector = 0; sector < bitmap_size * 8; ++sector) {
        const auto byte = bitmap[static_cast<std::size_t>(sector / 8)];
        if ((std::to_integer<unsigned>(byte) >> (sector % 8) & 1U) == 0) {
            continue;
        }
        const std::uint64_t offset = kBaseBlockSize + sector * kLogSector;
        if (!entry.pages.empty() && entry.pages.back().offset + entry.pages.back().size == offset) {
            entry.pages.back().size += kLogSector;
        } else {
            entry.pages.push_back({offset, kLogSector, in_log});
        }
        in_log += kLogSector;
    }
    if (entry.pages.empty()) {
        log.stop = Error(ErrorCode::end_of_chain, kBitmap, "the bitmap marks no sector");
        return;
    }
    if (in_log > source.size()) {
        throw Error(ErrorCode::bad_log, source.size(),
                    fmt::format("the log is cut: its {} dirty sectors end at {:#x}",
                                (in_log - data) / kLogSector, in_log));
    }
    entry.size = in_log - kLogSector;
    log.entries.push_back(std::move(entry));
}

} // namespace

std::string_view to_string(LogFormat format) noexcept {
    return format == LogFormat::old_format ? "old" : "new";
}

std::uint64_t Log::pages_size() const {
    std::uint64_t size = 0;
    for (const auto& entry : entries) {
        for (const auto& page : entry.pages) {
            size += page.size;
        }
    }
    return size;
}

Log read_log(const ByteSource& source) {
    Log log;
    if (source.size() < kLogSector) {
        throw Error(ErrorCode::bad_log, source.size(),
                    source.size() == 0 ? std::string("the log is empty")
                                       : fmt::format("the log ends after {} bytes, its base block "
                                                     "takes 512",
                                                     source.size()));
    }
    source.read_at(0, log.base_block_bytes);
    const Bytes block(log.base_block_bytes, 0);
    log.base_block = usable_base_block(block);
    const bool is_new = block.u32(field::kFileType) == kNewLog;
    log.format = is_new ? LogFormat::new_format : LogFormat::old_format;

    std::array<std::byte, kLogEntryHeader> start = {};
    const std::uint64_t wanted = is_new ? start.size() : sizeof(magic::kDirt);
    source.read_at(kLogSector, std::span(start).first(static_cast<std::size_t>(
                                   std::min<std::uint64_t>(wanted, source.size() - kLogSector))));
    const std::uint32_t word = Bytes(start, kLogSector).u32(0);
    if (word == (is_new ? magic::kDirt : magic::kHvle) || (!is_new && word != magic::kDirt)) {
        throw Error(ErrorCode::bad_log, kLogSector,
                    fmt::format("a log of the {} format with {:#010x} behind its base block",
                                to_string(log.format), word));
    }
    if (is_new) {
        NewLogReader(source, start, log).run();
    } else {
        read_old(source, log);
    }
    return log;
}

} // namespace hivelint::regf
