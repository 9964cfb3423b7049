#include "in_place.hpp"

#include "journal.hpp"

#include <hivelint/error.hpp>

#include <fmt/core.h>

#include <string>
#include <utility>

namespace hivelint {
namespace {

File make_journal(const File& folder, const std::string& name) {
    try {
        return make_file(folder.get(), name, Access::owner_only,
                         "no journal can be made beside the hive");
    } catch (const Error& error) {
        if (error.code() == ErrorCode::already_exists) {
            throw Error(ErrorCode::interrupted_fix,
                        "the journal of an interrupted fix lies beside the hive; recover it first");
        }
        throw;
    }
}

void write_journal(const LockedFile& file, FileChange change) {
    if (change.size_after() >= change.size) {
        change.tail.clear(); // nothing is cut off
    }
    const std::string name = file.journal_name();
    const File journal = make_journal(file.folder(), name);
    try {
        const auto text = journal_text(change);
        write_at(journal, 0, std::as_bytes(std::span(text)));
        make_durable(journal, "the journal");
        make_names_durable(file.folder(), "the hive's folder");
    } catch (const Error&) {
        static_cast<void>(remove_file(file.folder().get(), name));
        throw;
    }
}

/// Gives the file its times back too: nothing was done to it.
void roll_back(LockedFile& file, const FileChange& change) {
    file.write(reversed(change));
    try {
        file.restore_times();
    } catch (const Error&) { // only the file's owner may; the bytes matter more
    }
    file.make_durable();
    file.remove_journal();
}

} // namespace

void take_back(LockedFile& file, const FileChange& rollback) {
    file.write(rollback);
    file.make_durable();
    file.remove_journal();
}

void change_in_place(LockedFile& file, const FileChange& change, bool preserve_times,
                     const std::function<void()>& check) {
    write_journal(file, change);
    try {
        file.write(change);
        if (preserve_times) {
            file.restore_times();
        }
        file.make_durable();
        check();
        file.remove_journal();
    } catch (const Error& error) {
        try {
            roll_back(file, change);
        } catch (const Error& second) {
            throw Error(ErrorCode::failed_check,
                        fmt::format("{}; rolling back failed too ({}), the journal was left for a "
                                    "later recovery",
                                    error.message(), second.message()));
        }
        throw;
    }
}

} // namespace hivelint
