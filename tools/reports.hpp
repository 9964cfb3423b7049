// Reports: the reports of one run, each in its form and place.
#pragma once

#include "tool.hpp"

#include <hivelint/report.hpp>

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

namespace hivelint::tools {

/// Automatic: on a terminal, unless the environment has NO_COLOR.
enum class Colour : std::uint8_t { automatic, always, never };

class Reports {
public:
    /// `targets`, which no report is to land on, must outlive it. The width is that of each place.
    Reports(const ReportOptions& options, Colour colour, std::span<const Target> targets)
        : options_(options), colour_(colour), targets_(targets) {}

    /// One more, before the run begins; no `path`: it is printed. Throws as refuse_evidence() and
    /// Output.
    Output& open(Format format, const std::filesystem::path& path);

    void begin(const ReportRun& run);
    void add(const Record& record);
    void end(const ReportEnd& end);
    /// Gives the files their names.
    void publish();

private:
    void refuse_doubled(const std::filesystem::path& path) const;

    struct Place {
        std::filesystem::path path;
        std::unique_ptr<Output> output;
        std::unique_ptr<Report> report;
    };

    ReportOptions options_;
    Colour colour_;
    std::span<const Target> targets_;
    std::vector<Place> places_{};
};

} // namespace hivelint::tools
