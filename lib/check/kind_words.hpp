// The words of severities and of kinds of hives, in reports and in files of rules.
#pragma once

#include "base/words.hpp"

#include <hivelint/check.hpp>

#include <array>

namespace hivelint {

inline constexpr auto kSeverities = std::to_array<Word<Severity>>({
    {Severity::finding, "finding"},
    {Severity::review, "review"},
    {Severity::info, "info"},
});

inline constexpr auto kHiveKinds = std::to_array<Word<HiveKind>>({
    {HiveKind::user, "user"},
    {HiveKind::usrclass, "usrclass"},
    {HiveKind::software, "software"},
    {HiveKind::system, "system"},
    {HiveKind::sam, "sam"},
    {HiveKind::security, "security"},
    {HiveKind::bcd, "bcd"},
    {HiveKind::amcache, "amcache"},
});

/// What regedit calls the root key of such a hive when it is loaded, or the hive itself.
std::string_view root_of(HiveKind hive) noexcept;

} // namespace hivelint
