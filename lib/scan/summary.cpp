#include <hivelint/scan.hpp>

#include <algorithm>

namespace hivelint {

void Summary::add(const Record& record) {
    const bool applies = std::ranges::any_of(record.checks, [](const CheckResult& check) {
        return check.finding.verdict != Verdict::not_applicable;
    });
    hives += applies ? 1 : 0;
    other_kinds += !record.checks.empty() && !applies ? 1 : 0;
    errors += record.error ? 1 : 0;
    dirty += record.state == State::dirty ? 1 : 0;
    recovered += record.state == State::recovered || record.state == State::healed ? 1 : 0;
    for (const auto& check : record.checks) {
        if (check.known) {
            ++known;
            continue;
        }
        switch (check.finding.verdict) {
        case Verdict::affected:
            ++affected;
            to_review += check.finding.rule->severity == Severity::review ? 1 : 0;
            for_info += check.finding.rule->severity == Severity::info ? 1 : 0;
            break;
        case Verdict::nonstandard: ++nonstandard; break;
        case Verdict::unknown: ++unknown; break;
        case Verdict::clear: ++clear; break;
        case Verdict::not_applicable: break;
        }
    }
}

void Summary::add(const Summary& other) {
    hives += other.hives;
    affected += other.affected;
    to_review += other.to_review;
    for_info += other.for_info;
    clear += other.clear;
    nonstandard += other.nonstandard;
    unknown += other.unknown;
    known += other.known;
    other_kinds += other.other_kinds;
    errors += other.errors;
    dirty += other.dirty;
    recovered += other.recovered;
    left += other.left;
    containers += other.containers;
}

} // namespace hivelint
