#include <hivelint/scan.hpp>

namespace hivelint {

void Summary::add(const Record& record) {
    hives += record.checks.empty() ? 0 : 1;
    errors += record.error ? 1 : 0;
    dirty += record.state == State::dirty ? 1 : 0;
    recovered += record.state == State::recovered || record.state == State::healed ? 1 : 0;
    for (const auto& check : record.checks) {
        switch (check.finding.verdict) {
        case Verdict::affected: ++affected; break;
        case Verdict::nonstandard: ++nonstandard; break;
        case Verdict::unknown: ++unknown; break;
        case Verdict::clear: ++clear; break;
        }
    }
}

void Summary::add(const Summary& other) {
    hives += other.hives;
    affected += other.affected;
    clear += other.clear;
    nonstandard += other.nonstandard;
    unknown += other.unknown;
    errors += other.errors;
    dirty += other.dirty;
    recovered += other.recovered;
}

} // namespace hivelint
