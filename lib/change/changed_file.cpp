#include "changed_file.hpp"

#include "journal.hpp"

#include <hivelint/error.hpp>

namespace hivelint {

void ChangedFile::remove_journal() {
    const auto journal = journal_of(at());
    if (const auto problem = remove_file(journal.in(), journal.name); problem != std::errc()) {
        throw system_error(problem, "the journal cannot be removed");
    }
    try {
        make_names_durable(folder(), "the hive's folder");
    } catch (const Error&) {
        // The hive is whole and durable. A power cut can bring the journal back, and recovery
        // then takes the fix back: still the one hive or the other.
    }
}

} // namespace hivelint
