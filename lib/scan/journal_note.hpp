// What the journal of an interrupted fix, where one lies beside a hive, means for its record.
#pragma once

#include "limits.hpp"
#include "platform/file.hpp"

#include <hivelint/scan.hpp>

namespace hivelint {

/// A journal means nothing to Windows: the stored bytes are what the record tells of. What rolling
/// back would make of them is told beside it. Throws Error locked when the fix is under way.
void tell_of_journal(const FileAt& at, const ByteSource& source, Limits& limits, Record& record);

} // namespace hivelint
