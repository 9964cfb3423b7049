#include "evidence_files.hpp"

#include "platform/path_text.hpp"
#include "questions.hpp"
#include "source/hashes.hpp"

#include <hivelint/text.hpp>

#include <fmt/core.h>

#include <utility>

namespace hivelint {
namespace {

std::optional<regf::FileTime> time_of(std::optional<std::uint64_t> ticks) {
    return ticks ? std::optional(regf::FileTime{*ticks}) : std::nullopt;
}

EvidenceFile file_of(const std::filesystem::path& path, const FileAt& at, const FileSource& source,
                     const ByteSource& content, const ScanOptions& options) {
    const auto times = times_of(at.in(), at.name);
    EvidenceFile file = {.path = path,
                         .size = source.size(),
                         .inode = source.id().inode,
                         .modified = time_of(times.modified),
                         .changed = time_of(times.changed),
                         .created = time_of(times.created),
                         .hashes = hashes_of(content, options.hashes)};
    source.check_unchanged();
    return file;
}

} // namespace

void add_hive_file(Record& record, const FileAt& at, const FileSource& hive,
                   const ByteSource& content, const ScanOptions& options) {
    if (!options.hashes.empty()) {
        record.files.push_back(file_of(record.path, at, hive, content, options));
    }
}

void add_log_files(Record& record, const FileAt& at, Container& evidence,
                   const ScanOptions& options) {
    if (options.hashes.empty()) {
        return;
    }
    for (const auto& log : evidence.companions_of(at, record.path).logs) {
        const auto beside = at.beside(text_of(log.path.filename()));
        try {
            const auto source = evidence.open(beside);
            record.files.push_back(file_of(log.path, beside, *source, *source, options));
        } catch (const Error& error) {
            fail(record, {error.code(), fmt::format("log {} was not hashed: {}",
                                                    escaped_exactly(text_of(log.path.filename())),
                                                    error.message())});
        }
    }
}

} // namespace hivelint
