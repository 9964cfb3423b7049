#include <hivelint/regf/file_time.hpp>

#include <fmt/core.h>

namespace hivelint::regf {
namespace {

/// Ticks from 1601-01-01 to 1970-01-01, and to 10000-01-01.
constexpr std::uint64_t kUnixEpoch = 116'444'736'000'000'000;
constexpr std::uint64_t kYear10000 = 2'650'467'744'000'000'000;

} // namespace

FileTime FileTime::now() {
    const auto point = std::chrono::floor<FileTimeTicks>(std::chrono::system_clock::now());
    return {kUnixEpoch + static_cast<std::uint64_t>(point.time_since_epoch().count())};
}

std::optional<FileTimePoint> FileTime::time() const {
    if (ticks == 0 || ticks >= kYear10000) {
        return std::nullopt;
    }
    return FileTimePoint(
        FileTimeTicks(static_cast<std::int64_t>(ticks) - static_cast<std::int64_t>(kUnixEpoch)));
}

std::optional<std::string> FileTime::iso8601() const {
    const auto point = time();
    if (!point) {
        return std::nullopt;
    }
    const auto day = std::chrono::floor<std::chrono::days>(*point);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(*point - day);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:07}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                       clock.subseconds().count());
}

} // namespace hivelint::regf
