// The run of a report in JSON.
#pragma once

#include "text/json.hpp"

#include <hivelint/report.hpp>

namespace hivelint {

/// What was run, and when.
Json run_json(const ReportRun& run);
/// How it ended: whether it is complete, counts, what was passed over.
Json end_json(const ReportEnd& end);

} // namespace hivelint
