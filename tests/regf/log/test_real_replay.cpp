// Real dirty hives with their logs: what replaying them gives, held against what Windows made of
// two of them, and against REGF.md section 12.
#include "source/hashes.hpp"
#include "tests/support/real_hives.hpp"
#include "tests/support/replay_scene.hpp"

#include <hivelint/file_source.hpp>
#include <hivelint/regf/verify.hpp>
#include <hivelint/source.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace hivelint::test;
using hivelint::FileSource;
using hivelint::MemorySource;
using hivelint::read_front;
using hivelint::regf::verify;

namespace {

/// The folder of real hives, or nothing, which real_hives() says.
std::filesystem::path folder() {
    return real_hives().empty() ? "" : std::getenv("HIVELINT_REAL_HIVES");
}

std::vector<std::byte> bytes_of_file(const std::filesystem::path& path) {
    const FileSource file(path);
    return read_front(file, file.size());
}

struct Row {
    const char* hive;
    std::vector<std::string> logs;
    std::string account;
    std::size_t bins_size;
    const char* bins_sha256;
    std::uint64_t keys;
    std::uint64_t values;
};

const std::vector<Row>& vectors() {
    static const std::vector<Row> rows = {
        {"dirty-new/NewDirtyHive",
         {"dirty-new/NewDirtyHive.LOG1", "dirty-new/NewDirtyHive.LOG2"},
         "recovered no value: new 2-2 1/1; new 3-5 3/3 end-of-chain 0xa000",
         0x5000,
         "d762fa532cd95f274afb9277ca269d9a4f711b34a3734898b060382d5bea9237",
         5,
         1},
        {"dirty-old/OldDirtyHive",
         {"dirty-old/OldDirtyHive.LOG1", "dirty-old/OldDirtyHive.LOG2"},
         "recovered no value: old 5-5 1/1; unusable bad-log 0x0",
         0x77000,
         "23c97d7cc7947d32b5b7dc7a3761bc1191e6d5b84797a53dea08084d4cb2b56f",
         5003,
         1},
        {"dirty-real/NTUSER.DAT",
         {"dirty-real/ntuser.dat.LOG1", "dirty-real/ntuser.dat.LOG2"},
         "recovered no value: new 566-588 23/23; new 562-562 0/1 stale-log",
         0xE2000,
         "9c5e83727e19ff8f7fd95b73ba006dbc20dffbeead9ace35a88753f3fc7e4299",
         3105,
         4695},
    };
    return rows;
}

/// Where the bins of two hives differ, bytes from the start of their files.
std::vector<std::size_t> differences(const std::vector<std::byte>& ours,
                                     const std::vector<std::byte>& theirs) {
    const auto end = kPage + static_cast<std::size_t>(load(theirs, header::kBinsSize, 4));
    REQUIRE(ours.size() >= end);
    REQUIRE(theirs.size() >= end);
    std::vector<std::size_t> out;
    for (std::size_t at = kPage; at < end; ++at) {
        if (ours[at] != theirs[at]) {
            out.push_back(at);
        }
    }
    return out;
}

/// What comes out of the hive and its logs.
std::vector<std::byte> recovered(const std::filesystem::path& root, const Row& row,
                                 std::string* account = nullptr) {
    std::vector<std::vector<std::byte>> logs;
    for (const auto& log : row.logs) {
        logs.push_back(bytes_of_file(root / log));
    }
    const Scene scene(bytes_of_file(root / row.hive), logs);
    if (account != nullptr) {
        *account = scene.account();
    }
    return scene.image();
}

} // namespace

TEST_CASE("real replay: the vectors") {
    const auto root = folder();
    if (root.empty()) {
        return;
    }
    for (const auto& row : vectors()) {
        INFO(row.hive);
        std::string account;
        const auto image = recovered(root, row, &account);
        CHECK(account == row.account);
        REQUIRE(image.size() >= kPage + row.bins_size);
        CHECK(load(image, header::kBinsSize, 4) == row.bins_size);
        const auto bins = std::span(image).subspan(kPage, row.bins_size);
        CHECK(hivelint::sha256(MemorySource(bins)) == row.bins_sha256);
        const auto report = verify(image);
        CHECK(report.sound());
        CHECK(report.keys == row.keys);
        CHECK(report.values == row.values);
    }
}

TEST_CASE("real replay: as Windows 10 did it, byte for byte") {
    const auto root = folder();
    if (root.empty()) {
        return;
    }
    const auto ours = recovered(root, vectors()[0]);
    const auto theirs = bytes_of_file(root / "dirty-new/RecoveredHive_Windows10");
    CHECK(differences(ours, theirs).empty());
    CHECK(load(ours, header::kBinsSize, 4) == load(theirs, header::kBinsSize, 4));
    // Windows added one for its write of the hive.
    CHECK(load(theirs, header::kPrimarySequence, 4) == load(ours, header::kPrimarySequence, 4) + 1);
}

TEST_CASE("real replay: as Windows 7 did it, but for six bytes") {
    const auto root = folder();
    if (root.empty()) {
        return;
    }
    const auto ours = recovered(root, vectors()[1]);
    const auto theirs = bytes_of_file(root / "dirty-old/RecoveredHive_Windows7");
    // Five bytes of the time in the first bin, and the longest-value-name field of one key, which
    // is larger than the longest name: no part of the tree.
    constexpr std::size_t kTime = kPage + bin::kTime;
    constexpr std::size_t kField = 0x6BDC8;
    CHECK(differences(ours, theirs) ==
          std::vector<std::size_t>{kTime, kTime + 1, kTime + 2, kTime + 3, kTime + 4, kField});
    const auto key = kField - nk::kLongestValueName;
    for (const auto* hive : {&ours, &theirs}) {
        CHECK(load(*hive, key + nk::kSignature, 2) == 0x6B6E); // "nk"
        const auto report = verify(*hive);
        CHECK(report.sound());
        CHECK(report.keys == 5003);
        CHECK(report.values == 1);
    }
}
