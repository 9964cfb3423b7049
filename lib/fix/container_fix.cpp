#include "change/journal.hpp"
#include "fix_record.hpp"
#include "platform/path_text.hpp"
#include "scan/container_scan.hpp"
#include "scan/limits.hpp"

#include <algorithm>
#include <utility>

namespace hivelint {
namespace {

FixedHive refused(Record record, const Error& reason) {
    FixOutcome outcome;
    outcome.result = FixResult::refused;
    outcome.reason = reason;
    return {std::move(record), std::move(outcome)};
}

bool has_finding(const Record& record) {
    return std::ranges::any_of(record.checks, [](const CheckResult& check) {
        return check.finding.verdict == Verdict::affected ||
               check.finding.verdict == Verdict::nonstandard;
    });
}

} // namespace

std::vector<FixedHive> fix_container(const Target& target, const FixRun& run) {
    const auto path = path_of(target.path);
    if (run.record != nullptr) {
        run.record->keep_out_of(path.parent_path());
    }
    std::vector<FixedHive> fixed;
    Record image;
    image.path = path;
    try {
        if (const auto journal = journal_there(locate_below(path, target.named))) {
            fixed.push_back(refused(std::move(image), *journal));
            return fixed;
        }
    } catch (const Error& error) {
        fixed.push_back(refused(std::move(image), error));
        return fixed;
    }
    ScanOptions options = {.rules = run.rules, .confirm = Confirm::automatic};
    options.containers = run.containers;
    options.inside = run.inside;
    Limits limits;
    for (auto& record : scan_container(target, options, limits)) {
        if (record.steps.size() > 2 && !record.error && has_finding(record)) {
            const Error reason(ErrorCode::not_in_place,
                               "it lies in a container in another one; take that one out first");
            fixed.push_back(refused(std::move(record), reason));
        } else {
            fixed.push_back(fix_record(target, run, std::move(record)));
        }
    }
    return fixed;
}

} // namespace hivelint
