// A file changed in place, so that a crash at any instant leaves the old bytes or the new ones.
#pragma once

#include "changed_file.hpp"

#include <hivelint/change.hpp>

#include <cstdint>
#include <functional>

namespace hivelint {

/// Writes `change` into the file: a complete, durable journal first, then the bytes. When they are
/// durable `check` looks at them; after it the journal goes. What goes wrong is rolled back and
/// thrown again. Throws Error interrupted_fix (a journal is there already), failed_check (rolling
/// back failed too: the journal is left), what writing files and `check` throw.
void change_in_place(ChangedFile& file, const FileChange& change, bool preserve_times,
                     const std::function<void()>& check);

enum class Times : std::uint8_t {
    change,  ///< as writing does
    restore, ///< to what they were when the file was opened, where its owner is who does it
};
/// Puts the old bytes back, durably, and looks at them before the journal that holds them is
/// removed. Throws Error failed_check when they are not those that were.
void take_back(ChangedFile& file, const FileChange& rollback, Times times = Times::change);

} // namespace hivelint
