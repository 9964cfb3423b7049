#include "reports.hpp"

#include <string_view>
#include <utility>

namespace hivelint::tools {

Output& Reports::open(Format format, const std::filesystem::path& path) {
    refuse_evidence(path, targets_);
    auto output = std::make_unique<Output>(path);
    auto options = options_;
    options.width = output->width();
    auto report =
        make_report(format, options, [&to = *output](std::string_view text) { to.write(text); });
    places_.push_back({std::move(output), std::move(report)});
    return *places_.back().output;
}

void Reports::begin(const ReportRun& run) {
    for (const auto& place : places_) {
        place.report->begin(run);
    }
}

void Reports::add(const Record& record) {
    for (const auto& place : places_) {
        place.report->add(record);
    }
}

void Reports::end(const ReportEnd& end) {
    for (const auto& place : places_) {
        place.report->end(end);
    }
}

void Reports::publish() {
    for (const auto& place : places_) {
        place.output->publish();
    }
}

} // namespace hivelint::tools
