// Many hives at a time: the same output whatever the number, and nothing hangs or is lost when
// something fails.
#include "base/ordered.hpp"
#include "evidence/listing.hpp"
#include "scan/limits.hpp"
#include "tests/support/hive_files.hpp"
#include "tests/support/scan_text.hpp"

#include <hivelint/evidence.hpp>
#include <hivelint/file_source.hpp>
#include <hivelint/report.hpp>
#include <hivelint/rules.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <sys/stat.h>
#include <thread>

using namespace hivelint;
using namespace hivelint::test;

namespace {

std::string lines_with(const std::vector<Target>& targets, ScanOptions options, std::size_t jobs) {
    options.jobs = jobs;
    std::string out;
    Summary summary = scan(
        targets, options, [](const Record& record) { return json_line(record); },
        [&](std::string_view line) { out += line; });
    return out + std::to_string(summary.hives) + ' ' + std::to_string(summary.affected);
}

} // namespace

TEST_CASE("jobs: the same records in the same order, whatever the number") {
    const TempDir dir;
    for (int i = 0; i < 60; ++i) {
        auto hive = affected(static_cast<std::uint32_t>(i % 3)).build();
        if (i % 7 == 0) {
            hive.put32(hive.key_cell("Software"), 0); // damaged
        }
        write_file(dir.path() / std::to_string(i) / "NTUSER.DAT", hive.bytes);
    }
    const auto targets = discover({dir.path()});
    REQUIRE(targets.size() == 60);
    for (const auto confirm : {Confirm::automatic, Confirm::always, Confirm::never}) {
        const auto one = lines_with(targets, kb_only(confirm), 1);
        CHECK(one.ends_with("60 17")); // of 20 with the number 1, those that are damaged
        for (const std::size_t jobs : {0U, 2U, 3U, 16U, 200U}) {
            CAPTURE(jobs);
            CHECK(lines_with(targets, kb_only(confirm), jobs) == one);
        }
        // And as records, on the thread that asked for them.
        auto options = kb_only(confirm);
        options.jobs = 16;
        const auto caller = std::this_thread::get_id();
        std::size_t seen = 0;
        scan(targets, options, [&](const Record& record) {
            CHECK(std::this_thread::get_id() == caller);
            CHECK(record.path == targets.at(seen++).path);
        });
        CHECK(seen == 60);
    }
}

TEST_CASE("jobs: hives that are scanned while folders are listed give the same records") {
    const TempDir dir;
    for (int i = 0; i < 50; ++i) {
        const auto folder = dir.path() / "Users" / ("user" + std::to_string(i));
        std::filesystem::create_directories(folder / "AppData/Local/Packages");
        const auto from = std::filesystem::path(HIVELINT_TESTDATA) /
                          (i % 2 == 0 ? "profiles/Users/alice" : "profiles/Users/frank");
        std::filesystem::copy(from, folder, std::filesystem::copy_options::recursive);
    }
    // Found under two names, of which one counts.
    std::filesystem::create_hard_link(dir.path() / "Users/user2/NTUSER.DAT",
                                      dir.path() / "NTUSER.DAT");
    // One that is told of without being read, and one that is read and not told of.
    std::filesystem::create_directories(dir.path() / "Users/zoe");
    REQUIRE(::mkfifo((dir.path() / "Users/zoe/NTUSER.DAT").c_str(), 0600) == 0);
    write_file(dir.path() / "Users/zoe/config/default", pattern(4096));
    std::vector<RulePtr> all;
    for (const auto& pack : packs()) {
        all.insert(all.end(), pack.rules.begin(), pack.rules.end());
    }
    const auto lines = [&](ListAhead ahead, std::size_t jobs) {
        ScanRun scanning({.rules = all, .jobs = jobs});
        const auto targets = discover_in(scanning, {dir.path(), dir.path() / "Users"}, {}, ahead);
        std::string out;
        scanning.scan(
            targets, [](const Record& record) { return json_line(record); },
            [&](std::string_view line) { out += line; });
        return out;
    };
    const auto expected = lines(ListAhead::where_slow, 1);
    CHECK(std::ranges::count(expected, '\n') == 51);
    for (int round = 0; round < 10; ++round) {
        CHECK(lines(ListAhead::always, 0) == expected);
    }
    CHECK(lines(ListAhead::always, 4) == expected);
}

TEST_CASE("jobs: results come in order, and few wait") {
    constexpr std::size_t kCount = 500;
    constexpr std::size_t kJobs = 8;
    std::atomic<std::size_t> made = 0;
    std::size_t given = 0;
    std::size_t most = 0;
    run_ordered(
        kCount, kJobs,
        [&](std::size_t i) {
            if (i % 50 == 0) { // the others run ahead of it
                std::this_thread::sleep_for(std::chrono::milliseconds(2));
            }
            ++made;
            return i;
        },
        [&](std::size_t i) {
            CHECK(i == given);
            most = std::max(most, made - given);
            ++given;
        });
    CHECK(given == kCount);
    // Four batches for each thread, and those that are made just now.
    constexpr std::size_t kBatch = kCount / (8 * kJobs);
    CHECK(most <= 5 * kJobs * kBatch);
}

TEST_CASE("jobs: what is thrown comes out, and ends it") {
    constexpr std::size_t kWaiting = 5 * 4 * 16; // batches, threads, in a batch
    for (const std::size_t jobs : {1U, 4U}) {
        CAPTURE(jobs);
        std::atomic<std::size_t> made = 0;
        std::size_t given = 0;
        const auto work = [&](std::size_t i) {
            ++made;
            return i == 100 ? throw std::runtime_error("work") : i;
        };
        CHECK_THROWS_WITH(run_ordered(1000, jobs, work, [&](std::size_t) { ++given; }), "work");
        CHECK(given == 100);
        CHECK(made <= 100 + kWaiting);
        made = 0;
        const auto sink = [](std::size_t i) {
            if (i == 10) {
                throw std::runtime_error("sink");
            }
        };
        CHECK_THROWS_WITH(run_ordered(1000, jobs, work, sink), "sink");
        CHECK(made <= 10 + kWaiting);
    }
    run_ordered(0, 4, [](std::size_t i) { return i; }, [](std::size_t) { CHECK(false); });
}

TEST_CASE("jobs: one source is read by several threads at once") {
    const TempDir dir;
    const auto bytes = pattern(std::size_t{1} << 20);
    write_file(dir.path() / "file", bytes);
    const FileSource source(dir.path() / "file");
    std::atomic<int> wrong = 0;
    {
        std::vector<std::jthread> threads;
        for (std::size_t first = 0; first < 4; ++first) {
            threads.emplace_back([&, first] {
                std::vector<std::byte> page(4096);
                for (std::size_t at = first * 100; at + page.size() < bytes.size(); at += 4000) {
                    source.read_at(at, page);
                    wrong +=
                        std::ranges::equal(page, std::span(bytes).subspan(at, page.size())) ? 0 : 1;
                }
            });
        }
    }
    CHECK(wrong == 0);
}
