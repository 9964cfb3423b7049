// What logs cost: each byte is read at most once to plan, and what is kept is in proportion to what
// the logs hold, whatever they claim.
#include "tests/support/counting_source.hpp"
#include "tests/support/replay_scene.hpp"
#include "tests/support/scan_logs.hpp"

#include <hivelint/regf/log.hpp>
#include <hivelint/regf/recovered_source.hpp>
#include <hivelint/regf/replay.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <vector>

using namespace hivelint::test;
using hivelint::ByteSource;
using hivelint::Error;
using hivelint::MemorySource;
using hivelint::regf::read_log;

namespace {

constexpr std::uint32_t kHuge = 200U << 20;

/// Adds up what is read.
class Meter final : public ByteSource {
public:
    explicit Meter(const ByteSource& below) : below_(below) {}
    std::uint64_t size() const override { return below_.size(); }
    void read_at(std::uint64_t offset, std::span<std::byte> out) const override {
        bytes += out.size();
        largest = std::max(largest, out.size());
        below_.read_at(offset, out);
    }
    mutable std::uint64_t bytes = 0;
    mutable std::size_t largest = 0;

private:
    const ByteSource& below_;
};

/// `pages` pages of `size` bytes each, which hold nothing but zeros.
EntrySpec zeros(std::uint32_t number, std::size_t pages, std::size_t size, std::uint32_t bins) {
    EntrySpec entry{.number = number, .bins_size = bins};
    for (std::size_t i = 0; i < pages; ++i) {
        entry.pages.push_back({static_cast<std::uint32_t>(i * size), std::vector<std::byte>(size)});
    }
    return entry;
}

} // namespace

TEST_CASE("cost: logs that claim 200 MB in a few bytes") {
    struct Row {
        std::string what;
        std::function<void(BuiltLog&)> claim;
    };
    const Row rows[] = {
        {"the size of an entry",
         [](BuiltLog& log) { log.put32(log.entries[0].at + log_entry::kSize, kHuge); }},
        {"the bins size",
         [](BuiltLog& log) { log.put32(log.entries[0].at + log_entry::kBinsSize, kHuge); }},
        {"the number of pages",
         [](BuiltLog& log) { log.put32(log.entries[0].at + log_entry::kPageCount, 0x2000'0000); }},
        {"as many pages as an entry of that size can have",
         [](BuiltLog& log) {
             log.put32(log.entries[0].at + log_entry::kSize, kHuge);
             log.put32(log.entries[0].at + log_entry::kPageCount, (kHuge - 40) / 8);
         }},
        {"the size of a page",
         [](BuiltLog& log) {
             log.put32(log.entries[0].at + log_entry::kBinsSize, kHuge);
             log.put32(log.page_reference(0) + 4, kHuge);
         }},
        {"where a page goes",
         [](BuiltLog& log) {
             log.put32(log.entries[0].at + log_entry::kBinsSize, kHuge);
             log.put32(log.page_reference(0), kHuge - 4096);
         }},
        {"the base block's bins size",
         [](BuiltLog& log) {
             log.put32(header::kBinsSize, kHuge);
             log.fix_checksum();
         }},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto log = log_of(8, {1});
        row.claim(log);
        log.rehash(0);
        const CountingSource source(log.bytes);
        const auto read = read_log(source);
        CHECK(source.most() <= 1);
        CHECK(source.largest <= log.bytes.size());
        CHECK(read.entries.size() <= 1);
        CHECK(read.pages_size() <= log.bytes.size());
        // And what is made of it.
        const auto record = scan_with(hive_with(0), {{"NTUSER.DAT.LOG1", log.bytes}});
        CHECK((line_of(record) == "dirty clear zero by walker" ||
               line_of(record) == "recovered affected by walker+hivex"));
    }
}

TEST_CASE("cost: logs of the old format that claim 200 MB") {
    auto log = old_log_of(8, 1);
    log.put32(header::kBinsSize, kHuge);
    log.fix_checksum();
    SUBCASE("without the bitmap") {
        const CountingSource source(log.bytes);
        CHECK_THROWS_AS(read_log(source), Error);
        CHECK(source.most() <= 1);
        CHECK(source.largest <= 512);
    }
    SUBCASE("with a bitmap that marks all, and no sector") {
        log.cut(512 + 4);
        log.append(std::vector<std::byte>(kHuge / 4096 + 508, std::byte{0xFF}));
        const CountingSource source(log.bytes);
        CHECK_THROWS_AS(read_log(source), Error);
        CHECK(source.most() <= 1);
    }
    SUBCASE("with a bitmap that marks one") {
        log.cut(512 + 4);
        std::vector<std::byte> bitmap(kHuge / 4096 + 508 + 512);
        bitmap[kHuge / 4096 - 1] = std::byte{0x80};
        log.append(bitmap);
        const auto record = scan_with(hive_with(0), {{"NTUSER.DAT.LOG1", log.bytes}});
        CHECK(story_of(record) == "dirty clear zero by walker | NTUSER.DAT.LOG1 old 8-8 0/1");
        CHECK(notes_have(record, "; the logs make a hive of 0xc801000 bytes out of 0x"));
    }
}

TEST_CASE("cost: a log of 64 MB is read once, in pieces") {
    constexpr std::size_t kEntry = std::size_t{4} << 20;
    std::vector<EntrySpec> entries;
    for (std::uint32_t i = 0; i < 16; ++i) {
        entries.push_back(zeros(8 + i, 4, kEntry / 4, kEntry));
    }
    const auto log = new_log(hive_with(0), std::move(entries));
    REQUIRE(log.bytes.size() > std::size_t{64} << 20);
    const MemorySource memory(log.bytes);
    const Meter meter(memory);
    const auto read = read_log(meter);
    CHECK(read.entries.size() == 16);
    CHECK(!read.stop);
    CHECK(meter.bytes <= log.bytes.size());
    CHECK(meter.largest <= std::size_t{1} << 20);
    std::size_t pages = 0;
    for (const auto& entry : read.entries) {
        pages += entry.pages.size();
    }
    CHECK(pages == 64);

    // To plan reads it once as well; to look at one page of the result reads that page.
    const auto hive = hive_with(0).bytes;
    const MemorySource primary(hive);
    const Meter again(memory);
    const std::array<const ByteSource*, 1> logs = {&again};
    const auto plan = hivelint::regf::plan_replay(primary, logs);
    CHECK(plan.steps.size() == 16);
    CHECK(again.bytes <= log.bytes.size());
    again.bytes = 0;
    hivelint::regf::RecoveredSource recovered(primary, logs, plan);
    recovered.finish();
    CHECK(again.bytes == 0);
    CHECK(recovered.size() == kPage + kEntry);
    std::array<std::byte, 4096> page = {};
    recovered.read_at(kPage + kEntry / 2, page);
    CHECK(again.bytes == page.size());
}

TEST_CASE("cost: as many pages as a log can hold") {
    // 512 bytes each: the reference to a page takes 8.
    const auto log = new_log(hive_with(0), {zeros(8, 8192, 512, 8192 * 512)});
    const CountingSource source(log.bytes);
    const auto read = read_log(source);
    REQUIRE(read.entries.size() == 1);
    CHECK(read.entries[0].pages.size() == 8192);
    CHECK(read.entries[0].pages.capacity() * sizeof(hivelint::regf::LogPage) <= log.bytes.size());
    CHECK(source.most() == 1);
}

TEST_CASE("cost: a log of zeros behind its base block, however long") {
    auto log = log_of(8, {});
    log.append(std::vector<std::byte>(std::size_t{1} << 20));
    const CountingSource source(log.bytes);
    CHECK(read_log(source).entries.empty());
    CHECK(source.bytes_read() <= 1024);
}
