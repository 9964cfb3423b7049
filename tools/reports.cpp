#include "reports.hpp"

#include "platform/path_text.hpp"

#include <hivelint/text.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <utility>

namespace hivelint::tools {

namespace {

/// no-color.org
bool no_colour() {
    const char* const set =
        std::getenv("NO_COLOR"); // NOLINT(concurrency-mt-unsafe): one thread yet
    return set != nullptr && *set != '\0';
}

} // namespace

/// One would take the other's place. A pipe or a device takes any number.
void Reports::refuse_doubled(const std::filesystem::path& path) const {
    const auto same = [&](const Place& place) {
        std::error_code none;
        return !path.empty() &&
               absolute_path(place.path).lexically_normal() ==
                   absolute_path(path).lexically_normal() &&
               !std::filesystem::is_other(path, none);
    };
    if (std::ranges::any_of(places_, same)) {
        throw UsageError(
            fmt::format("--output: two reports for one file, {}", escaped_exactly(text_of(path))));
    }
}

Output& Reports::open(Format format, const std::filesystem::path& path) {
    refuse_evidence(path, targets_);
    refuse_doubled(path);
    auto output = std::make_unique<Output>(path);
    auto options = options_;
    options.width = output->width();
    options.colour = colour_ == Colour::always ||
                     (colour_ == Colour::automatic && options.width > 0 && !no_colour());
    auto report =
        make_report(format, options, [&to = *output](std::string_view text) { to.write(text); });
    places_.push_back({path, std::move(output), std::move(report)});
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
