// FILETIME fields, as points in time and as text.
#include "tests/support/hive_builder.hpp"

#include <hivelint/regf/file_time.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>

using hivelint::regf::FileTime;

TEST_CASE("file time: text of known times") {
    struct Row {
        std::uint64_t ticks;
        std::string text;
    };
    const Row rows[] = {
        {1, "1601-01-01T00:00:00.0000001Z"},
        {10'000'000, "1601-01-01T00:00:01.0000000Z"},
        {116'444'735'999'999'999, "1969-12-31T23:59:59.9999999Z"},
        {116'444'736'000'000'000, "1970-01-01T00:00:00.0000000Z"},
        {125'963'423'990'000'000, "2000-02-29T23:59:59.0000000Z"},
        {130'114'266'946'406'250, "2013-04-26T05:11:34.6406250Z"},
        {0x01CE'41F9'7708'0700, "2013-04-25T21:11:34.0000000Z"},
        {305'137'151'990'000'000, "2567-12-10T23:59:59.0000000Z"},
        {2'650'467'743'999'999'999, "9999-12-31T23:59:59.9999999Z"},
    };
    for (const auto& [ticks, text] : rows) {
        CAPTURE(ticks);
        CHECK(FileTime{ticks}.iso8601().value_or("absent") == text);
        CHECK(FileTime{ticks}.time().has_value());
    }
}

TEST_CASE("file time: never set, or past what can be said") {
    const auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    for (const std::uint64_t ticks :
         {std::uint64_t{0}, std::uint64_t{2'650'467'744'000'000'000}, largest, largest + 1,
          largest + 116'444'736'000'000'000, std::numeric_limits<std::uint64_t>::max()}) {
        CAPTURE(ticks);
        CHECK(!FileTime{ticks}.time());
        CHECK(!FileTime{ticks}.iso8601());
    }
}

TEST_CASE("file time: the point in time is exact") {
    using namespace std::chrono;
    using hivelint::regf::FileTimeTicks;
    const auto point =
        FileTime{hivelint::test::file_time(2013, 4, 25, 21, 11, 34) + 6'406'250}.time();
    REQUIRE(point);
    CHECK((*point == sys_days(2013y / April / 25) + 21h + 11min + 34s + FileTimeTicks(6'406'250)));
    CHECK(
        (FileTime{hivelint::test::file_time(1970, 1, 1)}.time() == sys_days(1970y / January / 1)));
    // Before 1970 the point lies below its epoch.
    CHECK((FileTime{1}.time() == sys_days(1601y / January / 1) + FileTimeTicks(1)));
}

TEST_CASE("file time: now is a time by the system's clock") {
    using namespace std::chrono;
    const auto before = floor<hivelint::regf::FileTimeTicks>(system_clock::now());
    const auto now = FileTime::now().time();
    CHECK((now >= before && now <= system_clock::now()));
}

TEST_CASE("file time: order is the order of all 64 bits") {
    CHECK((FileTime{1} < FileTime{2}));
    CHECK((FileTime{0x8000'0000'0000'0000} > FileTime{0x7FFF'FFFF'FFFF'FFFF}));
}
