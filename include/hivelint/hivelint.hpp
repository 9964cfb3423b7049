/// \file
/// The whole library. Programs that want less include the header that they need: each stands alone.
#pragma once

#include <hivelint/apply.hpp>
#include <hivelint/change.hpp>
#include <hivelint/check.hpp>
#include <hivelint/container.hpp>
#include <hivelint/error.hpp>
#include <hivelint/evidence.hpp>
#include <hivelint/export.hpp>
#include <hivelint/file_id.hpp>
#include <hivelint/file_source.hpp>
#include <hivelint/fix.hpp>
#include <hivelint/hash.hpp>
#include <hivelint/hive.hpp>
#include <hivelint/inspect.hpp>
#include <hivelint/known.hpp>
#include <hivelint/open_recovered.hpp>
#include <hivelint/patch.hpp>
#include <hivelint/regf/base_block.hpp>
#include <hivelint/regf/edit.hpp>
#include <hivelint/regf/file_time.hpp>
#include <hivelint/regf/log.hpp>
#include <hivelint/regf/lookup.hpp>
#include <hivelint/regf/name.hpp>
#include <hivelint/regf/recovered_source.hpp>
#include <hivelint/regf/replay.hpp>
#include <hivelint/regf/sequence.hpp>
#include <hivelint/regf/verify.hpp>
#include <hivelint/regf/walker.hpp>
#include <hivelint/replay.hpp>
#include <hivelint/report.hpp>
#include <hivelint/rules.hpp>
#include <hivelint/run_record.hpp>
#include <hivelint/scan.hpp>
#include <hivelint/second_parser.hpp>
#include <hivelint/source.hpp>
#include <hivelint/text.hpp>
#include <hivelint/undo.hpp>
#include <hivelint/version.hpp>

/// Finds and mends misconfigurations in offline Windows registry hives.
namespace hivelint {

/// The format of hives and their logs: readers and checks that work on bytes and know no files.
namespace regf {}

} // namespace hivelint
