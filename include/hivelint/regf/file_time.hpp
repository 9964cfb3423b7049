/// \file
/// FileTime: a FILETIME as the hive stores it, and what can honestly be said of it.
#pragma once

#include <hivelint/export.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <ratio>
#include <string>

namespace hivelint::regf {

/// The unit of a FILETIME: 100 nanoseconds.
using FileTimeTicks = std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>;
/// A point in time to the tick, UTC.
using FileTimePoint = std::chrono::sys_time<FileTimeTicks>;

/// Ticks of 100 ns since 1601-01-01 00:00 UTC, all 64 bits as stored.
struct FileTime {
    std::uint64_t ticks = 0; ///< 0: never set

    /// The time by the system's clock.
    HIVELINT_API static FileTime now();
    /// The point in time; absent when the field is 0 (never set) or the year is past 9999.
    HIVELINT_API std::optional<FileTimePoint> time() const;
    /// `2013-04-25T21:11:34.6406250Z`; absent when time() is.
    HIVELINT_API std::optional<std::string> iso8601() const;

    /// By time.
    friend auto operator<=>(const FileTime&, const FileTime&) = default;
};

} // namespace hivelint::regf
