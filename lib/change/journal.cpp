#include "journal.hpp"

#include "platform/file.hpp"
#include "platform/path_text.hpp"
#include "ranges.hpp"
#include "source/hashes.hpp"
#include "text/hex.hpp"

#include <hivelint/error.hpp>
#include <hivelint/file_source.hpp>
#include <hivelint/text.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace hivelint {
namespace {

constexpr std::string_view kOfFile = "hivelint-journal 1\n";
constexpr std::string_view kOfImage = "hivelint-journal 2\n";
constexpr std::string_view kInsideWord = "inside ";
constexpr std::string_view kRange = "range ";
constexpr std::string_view kTail = "tail ";
constexpr std::string_view kLastWord = "end ";

/// Without the folders of a path.
std::string_view name_in(const FileAt& file) {
    const std::string_view name = file.name;
    return name.substr(name.find_last_of(kSeparator) + 1);
}

/// What is said of the journal, not of the file that it lies beside.
Error about_journal(const Error& error, const FileAt& journal) {
    return {ErrorCode::bad_journal,
            fmt::format("the journal {}: {}", escaped_bytes(name_in(journal)), error.message())};
}

std::string hash_of(std::string_view text) {
    return sha256(MemorySource(std::as_bytes(std::span(text))));
}

/// Reads what journal_text() writes, front to back: false or absent once the text ends. Throws
/// Error bad_journal at what journal_text() does not write.
class JournalReader {
public:
    explicit JournalReader(std::string_view text) : text_(text), rest_(text) {}

    bool at_end() const { return rest_.empty(); }
    bool begins(std::string_view text) const { return rest_.starts_with(text); }
    bool next_is(char first) const { return rest_.starts_with(first); }
    /// What was read already.
    std::string_view done() const { return text_.substr(0, text_.size() - rest_.size()); }

    bool word(std::string_view expected) {
        const auto there = rest_.substr(0, expected.size());
        if (!expected.starts_with(there)) {
            refuse();
        }
        rest_.remove_prefix(there.size());
        return there.size() == expected.size();
    }
    std::optional<std::uint64_t> number(char end) {
        const auto digits = until(end, "0123456789");
        std::uint64_t value = 0;
        // One number has one form here: what was not written by us is not read.
        if (digits && ((digits->size() > 1 && digits->front() == '0') ||
                       std::from_chars(digits->data(), digits->data() + digits->size(), value).ec !=
                           std::errc())) {
            refuse();
        }
        return digits ? std::optional(value) : std::nullopt;
    }
    std::optional<std::string> hash() {
        const auto digits = until('\n', kHexDigits);
        if (digits && digits->size() != kHashDigits) {
            refuse();
        }
        return digits ? std::optional<std::string>(*digits) : std::nullopt;
    }
    std::optional<std::vector<std::byte>> bytes(char end) {
        const auto digits = until(end, kHexDigits);
        auto value = digits ? from_hex(*digits) : std::nullopt;
        if (digits && !value) {
            refuse();
        }
        return value;
    }
    [[noreturn]] void refuse() const {
        throw Error(ErrorCode::bad_journal,
                    fmt::format("is not a journal, or is damaged: byte {} of its {}, or what "
                                "follows, cannot be",
                                done().size(), text_.size()));
    }

private:
    static constexpr std::string_view kHexDigits = "0123456789abcdef";
    static constexpr std::size_t kHashDigits = 64;

    /// At least one of `digits`, up to `end`.
    std::optional<std::string_view> until(char end, std::string_view digits) {
        const auto length = rest_.find_first_not_of(digits);
        if (length == std::string_view::npos) {
            rest_ = {};
            return std::nullopt;
        }
        if (length == 0 || rest_[length] != end) {
            refuse();
        }
        const auto found = rest_.substr(0, length);
        rest_.remove_prefix(length + 1);
        return found;
    }

    std::string_view text_;
    std::string_view rest_;
};

/// One line's range; absent when the text ends before the line does.
std::optional<ByteRange> read_range(JournalReader& reader) {
    if (!reader.word(kRange)) {
        return std::nullopt;
    }
    const auto offset = reader.number(' ');
    auto before = offset ? reader.bytes(' ') : std::nullopt;
    auto after = before ? reader.bytes('\n') : std::nullopt;
    if (!after) {
        return std::nullopt;
    }
    if (before->size() != after->size()) {
        reader.refuse();
    }
    return ByteRange{*offset, *std::move(before), *std::move(after)};
}

/// The first line, and what it lies inside of; whether the text goes so far.
bool read_inside(JournalReader& reader, Journal& journal) {
    journal.of_image = reader.begins(kOfImage.substr(0, kOfImage.size() - 1));
    if (!journal.of_image) {
        return reader.word(kOfFile);
    }
    const auto inside =
        reader.word(kOfImage) && reader.word(kInsideWord) ? reader.bytes('\n') : std::nullopt;
    if (!inside) {
        return false;
    }
    journal.inside.assign(reinterpret_cast<const char*>(inside->data()), inside->size());
    return true;
}

} // namespace

std::filesystem::path journal_of(const std::filesystem::path& file) {
    std::filesystem::path journal = file;
    journal += kJournalSuffix;
    return journal;
}

std::string journal_text(const FileChange& change, std::string_view inside) {
    std::string text(inside.empty() ? kOfFile : kOfImage);
    if (!inside.empty()) {
        text += fmt::format("{}{}\n", kInsideWord, hex(std::as_bytes(std::span(inside))));
    }
    text += fmt::format("size {} {}\nbefore {}\nafter {}\n", change.size, change.size_after(),
                        change.sha256_before, change.sha256_after);
    for (const auto& range : change.ranges) {
        text +=
            fmt::format("{}{} {} {}\n", kRange, range.offset, hex(range.before), hex(range.after));
    }
    if (!change.tail.empty()) {
        text += fmt::format("{}{}\n", kTail, hex(change.tail));
    }
    const std::string hash = hash_of(text);
    return text + std::string(kLastWord) + hash + '\n';
}

Journal parse_journal(std::string_view text) {
    const auto last = text.find_last_not_of('\0');
    JournalReader reader(last == std::string_view::npos ? "" : text.substr(0, last + 1));
    Journal journal;
    FileChange& change = journal.change;
    const bool begun = read_inside(reader, journal);
    const auto size = begun && reader.word("size ") ? reader.number(' ') : std::nullopt;
    const auto new_size = size ? reader.number('\n') : std::nullopt;
    if (size == 0U || new_size == 0U) { // no hive has it
        reader.refuse();
    }
    change.size = size.value_or(0);
    change.new_size = new_size.value_or(0);
    const auto before = new_size && reader.word("before ") ? reader.hash() : std::nullopt;
    change.sha256_before = before.value_or("");
    const auto after = before && reader.word("after ") ? reader.hash() : std::nullopt;
    change.sha256_after = after.value_or("");
    while (reader.next_is(kRange.front())) {
        if (auto range = read_range(reader)) {
            change.ranges.push_back(*std::move(range));
        }
    }
    if (reader.next_is(kTail.front()) && reader.word(kTail)) {
        change.tail = reader.bytes('\n').value_or(std::vector<std::byte>());
    }
    if (reader.at_end()) {
        return journal;
    }
    const auto closing = std::string(kLastWord) + hash_of(reader.done()) + '\n';
    journal.complete = reader.word(closing);
    // Nothing follows a whole journal, and one without a range is never written.
    if (!reader.at_end() ||
        (journal.complete && (change.ranges.empty() || last + 1 < text.size()))) {
        reader.refuse();
    }
    return journal;
}

FileAt journal_of(const FileAt& file) {
    return {file.folder, file.name + std::string(kJournalSuffix)};
}

std::optional<Error> journal_there(const FileAt& file) {
    const auto journal = journal_of(file);
    if (!is_there(journal)) {
        return std::nullopt;
    }
    if (is_locked(file)) {
        return Error(ErrorCode::locked, "another process is fixing the hive");
    }
    if (!is_there(journal)) { // that fix has just ended
        return std::nullopt;
    }
    return Error(ErrorCode::interrupted_fix,
                 fmt::format("the journal of an interrupted fix, {}, lies beside the hive; recover "
                             "it first",
                             escaped_bytes(name_in(journal))));
}

void refuse_journal(const FileAt& file) {
    if (const auto there = journal_there(file)) {
        throw *there;
    }
}

std::optional<Journal> read_journal(const FileAt& file, std::uint64_t size) {
    const auto at = journal_of(file);
    if (!is_there(at)) { // of nearly every hive: no exception for that
        return std::nullopt;
    }
    try {
        const FileSource source(at.in(), at.name);
        // Both bytes of each one that differs, in hexadecimal, and some words for each range of a
        // hive that logs made as much as twice as long.
        const std::uint64_t most = (std::uint64_t{1} << 20) + 16 * size;
        if (source.size() > most) {
            throw Error(ErrorCode::bad_journal,
                        fmt::format("{} bytes are more than the change of a file of {} can take",
                                    source.size(), size));
        }
        const auto bytes = read_front(source, source.size());
        return parse_journal({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    } catch (const Error& error) {
        if (error.code() == ErrorCode::not_found) { // the fix it belongs to has just ended
            return std::nullopt;
        }
        throw about_journal(error, at);
    }
}

std::optional<FileChange> pending_rollback(const std::filesystem::path& file,
                                           const ByteSource& source) {
    return pending_rollback(locate(file), source);
}

std::optional<FileChange> pending_rollback(const FileAt& file, const ByteSource& source,
                                           std::string_view inside) {
    const auto journal = read_journal(file, source.size());
    if (!journal) {
        return std::nullopt;
    }
    const bool other = journal->of_image ? inside.empty() || (!journal->inside.empty() &&
                                                              journal->inside != inside)
                                         : !inside.empty() && journal->complete;
    if (other) {
        throw Error(
            ErrorCode::bad_journal,
            fmt::format("the journal {} is that of another file's change: of {}",
                        escaped_bytes(name_in(journal_of(file))),
                        journal->of_image ? escaped_bytes(journal->inside) : "the whole file"));
    }
    const FileChange& change = journal->change;
    FileChange rollback = {.size = source.size(), .new_size = source.size()};
    if (journal->complete) {
        // What the journal has of the file's end is put back even where the file is long enough: it
        // can have become so, in a recovery that was cut off, before its bytes were there.
        rollback = reversed(change);
    }
    // The file has one of the two lengths, or one between them.
    const auto [shorter, longer] = std::minmax({change.size, change.size_after()});
    const std::uint64_t cut = change.size - std::min(change.size, change.size_after());
    // A journal that is not complete may be cut before the size or the hash.
    const bool fits = journal->complete
                          ? source.size() >= shorter && source.size() <= longer &&
                                change.tail.size() == cut && ranges_fit(rollback.ranges, shorter)
                          : change.size == 0 || change.size == source.size();
    if (!fits || (!change.sha256_before.empty() &&
                  sha256(patched(source, rollback)) != change.sha256_before)) {
        throw Error(
            ErrorCode::bad_journal,
            fmt::format("with the bytes of the journal {} the file is not the one of {} bytes with "
                        "SHA-256 {} that the journal was made for",
                        escaped_bytes(name_in(journal_of(file))), change.size,
                        change.sha256_before));
    }
    return rollback;
}

} // namespace hivelint
