#include "in_place.hpp"

#include "base/caught.hpp"
#include "journal.hpp"
#include "source/hashes.hpp"

#include <hivelint/error.hpp>

#include <fmt/core.h>

#include <string>
#include <utility>

namespace hivelint {
namespace {

File make_journal(const FileAt& at) {
    try {
        return make_file(at.in(), at.name, kOwnerOnly, "no journal can be made beside the hive");
    } catch (const Error& error) {
        if (error.code() == ErrorCode::already_exists) {
            throw Error(ErrorCode::interrupted_fix,
                        "the journal of an interrupted fix lies beside the hive; recover it first");
        }
        throw;
    }
}

void write_journal(const ChangedFile& file, FileChange change) {
    if (change.size_after() >= change.size) {
        change.tail.clear(); // nothing is cut off
    }
    const FileAt at = journal_of(file.at());
    const File journal = make_journal(at);
    try {
        const auto text = journal_text(change, file.inside());
        write_at(journal, 0, std::as_bytes(std::span(text)));
        make_durable(journal, "the journal");
        const auto kept = read_journal(file.at(), change.size);
        if (!kept || !kept->complete || journal_text(kept->change, kept->inside) != text) {
            throw Error(ErrorCode::failed_check,
                        "the journal cannot be read back as it was written");
        }
        make_names_durable(file.folder(), "the hive's folder");
    } catch (...) {
        static_cast<void>(remove_file(at.in(), at.name));
        throw;
    }
}

/// Throws Error failed_check unless the file has the change's size and hash.
void check_written(const ChangedFile& file, const FileChange& change) {
    const auto hash = sha256(ChangedSource(file));
    if (file.size() != change.size_after() || hash != change.sha256_after) {
        throw Error(ErrorCode::failed_check,
                    fmt::format("the old bytes were written back, but the file's SHA-256 is {} "
                                "instead of {}; the journal is left",
                                hash, change.sha256_after));
    }
}

} // namespace

void take_back(ChangedFile& file, const FileChange& rollback, Times times) {
    file.write(rollback);
    if (times == Times::restore) {
        try {
            file.restore_times();
        } catch (const Error&) { // only the file's owner may; the bytes matter more
        }
    }
    file.make_durable();
    check_written(file, rollback);
    file.remove_journal();
}

void change_in_place(ChangedFile& file, const FileChange& change, bool preserve_times,
                     const std::function<void()>& check) {
    file.begin(change);
    write_journal(file, change);
    try {
        file.write(change);
        if (preserve_times) {
            file.restore_times();
        }
        file.make_durable();
        check();
        file.remove_journal();
    } catch (...) {
        const Error error = caught();
        try {
            take_back(file, reversed(change), Times::restore); // nothing was done to it
        } catch (...) {
            throw Error(ErrorCode::failed_check,
                        fmt::format("{}; rolling back failed too ({}), the journal was left for a "
                                    "later recovery",
                                    error.message(), caught().message()));
        }
        throw;
    }
}

} // namespace hivelint
