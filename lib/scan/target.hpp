// One target of a scan.
#pragma once

#include "limits.hpp"

#include <hivelint/scan.hpp>

#include <optional>

namespace hivelint {

/// As the public one.
std::optional<Record> scan_target(const Target& target, const ScanOptions& options, Limits& limits);

/// Of a hive that is bytes, with these logs of it. `record` says where it lies, and perhaps more.
Record scan_bytes(const ByteSource& hive, std::span<const LogBytes> logs, Record record,
                  const ScanOptions& options, Limits& limits);

/// What kept the hive from being scanned: no question is answered.
void give_up(Record& record, const Error& error, const ScanOptions& options);

/// Whether the error says that the file is no hive, nor was one.
bool is_no_hive(const Error& error, const ByteSource& source);

} // namespace hivelint
