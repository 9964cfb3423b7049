// What a record says of the files that it rests on.
#pragma once

#include "evidence/container.hpp"

#include <hivelint/scan.hpp>

namespace hivelint {

/// Hashes what `content` gives of the open hive at `at`, and adds the file to the record.
void add_hive_file(Record& record, const FileAt& at, const FileSource& hive,
                   const ByteSource& content, const ScanOptions& options);

/// Adds the logs that lie beside the hive; what cannot be read of them becomes the record's error.
void add_log_files(Record& record, const FileAt& at, Container& evidence,
                   const ScanOptions& options);

} // namespace hivelint
