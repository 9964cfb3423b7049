#include "journal.hpp"

#include "hex.hpp"
#include "sha256.hpp"

#include <hivelint/apply.hpp>
#include <hivelint/error.hpp>

#include <fmt/core.h>

#include <locale>
#include <sstream>

namespace hivelint {
namespace {

constexpr std::string_view kFirstLine = "hivelint-journal 1\n";
constexpr std::string_view kLastWord = "end ";

std::string hash_of(std::string_view text) {
    return sha256(MemorySource(std::as_bytes(std::span(text))));
}

} // namespace

std::filesystem::path journal_of(const std::filesystem::path& hive) {
    return hive.native() + ".hivelint-journal";
}

std::string journal_text(const JournalEntry& entry) {
    std::string text(kFirstLine);
    text += fmt::format("size {}\nfile {} {}\nbefore {}\nafter {}\n", entry.size, entry.id.device,
                        entry.id.inode, entry.sha256_before, entry.sha256_after);
    for (const auto& range : entry.ranges) {
        text += fmt::format("range {} {} {}\n", range.offset, hex(range.before), hex(range.after));
    }
    const std::string hash = hash_of(text);
    return text + std::string(kLastWord) + hash + '\n';
}

JournalEntry parse_journal(std::string_view text) {
    JournalEntry entry;
    const auto end = text.rfind(kLastWord);
    if (!text.starts_with(kFirstLine) || end == std::string_view::npos ||
        text.substr(end) != std::string(kLastWord) + hash_of(text.substr(0, end)) + '\n') {
        return entry;
    }
    // The hash is right: these are lines that journal_text() wrote.
    std::istringstream lines{std::string(text.substr(kFirstLine.size(), end - kFirstLine.size()))};
    lines.imbue(std::locale::classic());
    std::string word;
    lines >> word >> entry.size >> word >> entry.id.device >> entry.id.inode >> word >>
        entry.sha256_before >> word >> entry.sha256_after;
    std::uint64_t offset = 0;
    std::string before;
    std::string after;
    while (lines >> word >> offset >> before >> after) {
        const auto old_bytes = from_hex(before);
        const auto new_bytes = from_hex(after);
        if (!old_bytes || !new_bytes || old_bytes->size() != new_bytes->size()) {
            return entry;
        }
        entry.ranges.push_back({offset, *old_bytes, *new_bytes});
    }
    entry.complete = !entry.ranges.empty();
    return entry;
}

std::optional<JournalEntry> read_journal(const std::filesystem::path& hive) {
    constexpr std::uint64_t kMost = std::uint64_t{1} << 30;
    try {
        const FileSource source(journal_of(hive));
        if (source.size() > kMost) {
            throw Error(ErrorCode::bad_journal,
                        fmt::format("the journal beside the hive has {} bytes", source.size()));
        }
        const auto bytes = read_front(source, source.size());
        return parse_journal({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    } catch (const Error& error) {
        if (error.code() == ErrorCode::not_found) {
            return std::nullopt;
        }
        throw;
    }
}

} // namespace hivelint
