// A hive that is mostly a hole in its file takes little memory.
#include "tests/support/hive_builder.hpp"
#include "tests/support/tool_run.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <sys/resource.h>

namespace fs = std::filesystem;
using namespace hivelint::test;

TEST_CASE("sparse: a sound hive of half a gigabyte, of which nearly all is free") {
    constexpr std::uint32_t kBins = std::uint32_t{512} << 20;
    const TempDir dir;
    auto hive = spec_with(dword(kMapiHttpDisabled, 1)).build();
    const auto held = static_cast<std::uint32_t>(hive.bytes.size()) - 4096;
    hive.put32(header::kBinsSize, kBins);
    hive.fix_checksum();
    const auto at = hive.bytes.size(); // a second bin, with one free cell
    hive.bytes.resize(at + 4096);
    hive.put_text(at, "hbin");
    hive.put32(at + bin::kOffset, held);
    hive.put32(at + bin::kSize, kBins - held);
    hive.put32(at + bin::kFirstCell, kBins - held - static_cast<std::uint32_t>(bin::kFirstCell));
    const auto file = dir.path() / "Users/a/NTUSER.DAT";
    write_file(file, hive.bytes);
    fs::resize_file(file, std::uint64_t{4096} + kBins);

    const auto scan = hivescan({file.native()});
    CHECK(scan.status == 1);
    CHECK(scan.out.find("affected  REG_DWORD 1  clean") != std::string::npos);
    CHECK(hiveinfo({"--verify", file.native()}).status == 0);
    struct rusage usage = {};
    REQUIRE(::getrusage(RUSAGE_CHILDREN, &usage) == 0);
    constexpr long kMost = 400L << 10; // KiB; a sanitizer takes its part
    CHECK(usage.ru_maxrss < kMost);
}
