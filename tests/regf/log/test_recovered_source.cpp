// RecoveredSource: it reads as if the pages had been written into a copy of the hive, step by step,
// and reads no more of hive and logs than it is asked for (REGF.md sections 6.4 and 9).
#include "tests/fuzz/mutate.hpp"
#include "tests/support/counting_source.hpp"
#include "tests/support/replay_scene.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace hivelint::test;
using hivelint::ByteSource;
using hivelint::MemorySource;
using hivelint::read_front;
using hivelint::fuzz::Random;
using hivelint::regf::plan_replay;
using hivelint::regf::RecoveredSource;

namespace {

/// Bytes that differ from page to page and from entry to entry.
std::vector<std::byte> noise(std::size_t size, Random& random) {
    std::vector<std::byte> bytes(size);
    std::ranges::generate(bytes, [&] { return static_cast<std::byte>(random.next()); });
    return bytes;
}

constexpr std::uint32_t kMostPages = 12;

/// An entry with up to 8 runs of sectors anywhere in bins of up to kMostPages pages.
EntrySpec any_entry(std::uint32_t number, Random& random) {
    EntrySpec entry{.number = number,
                    .flags = static_cast<std::uint32_t>(random.below(4)),
                    .padding = random.below(2) * random.below(2000)};
    entry.bins_size = static_cast<std::uint32_t>((1 + random.below(kMostPages)) * kPage);
    const std::size_t sectors = entry.bins_size / kSector;
    for (std::size_t i = random.below(8) + 1; i > 0; --i) {
        const std::size_t first = random.below(sectors);
        const std::size_t count = 1 + random.below(std::min<std::size_t>(sectors - first, 20));
        entry.pages.push_back(
            {static_cast<std::uint32_t>(first * kSector), noise(count * kSector, random)});
    }
    return entry;
}

std::vector<EntrySpec> any_entries(std::uint32_t first, Random& random) {
    std::vector<EntrySpec> entries;
    for (std::size_t i = random.below(5) + 1; i > 0; --i) {
        entries.push_back(any_entry(first++, random));
    }
    return entries;
}

/// Whether windows of `source`, and all of it, are those of `expected`.
bool same(const ByteSource& source, const std::vector<std::byte>& expected, Random& random) {
    if (source.size() != expected.size() || read_front(source, source.size()) != expected) {
        return false;
    }
    for (int i = 0; i < 40; ++i) {
        const std::size_t at = random.below(expected.size() + 1);
        std::vector<std::byte> window(
            random.below(std::min<std::size_t>(expected.size() - at, 9000) + 1));
        source.read_at(at, window);
        if (!std::ranges::equal(window, std::span(expected).subspan(at, window.size()))) {
            return false;
        }
    }
    return true;
}

/// Both logs and everything that reads them, with the means to count.
struct Counted {
    Counted(const BuiltHive& hive, const std::vector<BuiltLog>& built) : primary(hive.bytes) {
        for (const auto& log : built) {
            pointers.push_back(&logs.emplace_back(log.bytes));
        }
        replay = plan_replay(primary, pointers);
        primary.forget();
        for (auto& log : logs) {
            log.forget();
        }
    }

    CountingSource primary;
    std::list<CountingSource> logs;
    std::vector<const ByteSource*> pointers;
    hivelint::regf::LogPlan replay;
};

} // namespace

TEST_CASE("recovered: any pages, any window, as a naive replay reads") {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        auto hive =
            HiveSpec{.primary_sequence = 8, .secondary_sequence = 7, .free_pages = random.below(6)}
                .with("Key")
                .build();
        if (random.below(4) == 0) { // a tail that is not a whole page
            hive.append(noise(random.below(3000), random));
        }
        const auto first = new_log(hive, any_entries(40, random));
        const auto next = static_cast<std::uint32_t>(40 + first.entries.size());
        const std::vector<std::vector<std::byte>> bytes = {
            new_log(hive, any_entries(next, random)).bytes, first.bytes};
        const MemorySource primary(hive.bytes);
        const MemorySource log_a(bytes[0]);
        const MemorySource log_b(bytes[1]);
        const ByteSource* const logs[] = {&log_a, &log_b};
        const auto replay = plan_replay(primary, logs);
        REQUIRE(to_string(replay.result) == "recovered");
        REQUIRE(replay.steps.size() == replay.uses[0].entries + replay.uses[1].entries);
        RecoveredSource source(primary, logs, replay);
        for (std::size_t step = 0; step <= replay.steps.size(); ++step) {
            CAPTURE(step);
            CHECK(source.applied() == step);
            CHECK(same(source, naive_replay(hive.bytes, bytes, replay, step), random));
            if (step < replay.steps.size()) {
                source.advance();
            }
        }
    }
}

TEST_CASE("recovered: pages that overlap in every way") {
    // The first page covers sectors 4 to 7; the second one lies so.
    for (std::uint32_t begin = 0; begin < 12; ++begin) {
        for (std::uint32_t end = begin + 1; end <= 12; ++end) {
            for (const bool one_entry : {true, false}) {
                CAPTURE(begin);
                CAPTURE(end);
                Random random(begin * 100 + end);
                auto hive = HiveSpec{.primary_sequence = 8, .free_pages = 1}.with("Key").build();
                const std::vector<PageSpec> pages = {
                    {4 * 512, noise(4 * 512, random)},
                    {begin * 512, noise((end - begin) * 512, random)}};
                const auto log = one_entry ? new_log(hive, {{.number = 8, .pages = pages}})
                                           : new_log(hive, {{.number = 8, .pages = {pages[0]}},
                                                            {.number = 9, .pages = {pages[1]}}});
                const Scene scene(hive, {log});
                const auto image = scene.image();
                CHECK(image == scene.naive_image());
                CHECK(std::ranges::equal(
                    std::span(image).subspan(kPage + begin * 512, pages[1].data.size()),
                    pages[1].data));
            }
        }
    }
}

TEST_CASE("recovered: step by step") {
    const auto hive = hive_with(0);
    const MemorySource primary(hive.bytes);
    auto log = log_of(8, {1, 2, 3});
    log.put32(log.entries[1].at + log_entry::kFlags, 1);
    log.rehash(1);
    const MemorySource log_source(log.bytes);
    const ByteSource* const logs[] = {&log_source};
    const auto replay = plan_replay(primary, logs);
    CHECK(replay.last_number == 10);
    RecoveredSource source(primary, logs, replay);
    CHECK(read_front(source, source.size()) == hive.bytes);
    for (std::uint32_t step = 1; step <= 3; ++step) {
        source.advance();
        CHECK(source.applied() == step);
        const auto block = hivelint::regf::read_base_block(source);
        CHECK(!block.dirty());
        CHECK(block.primary_sequence == 7 + step);
        CHECK(block.flags == (step == 2 ? 1 : 0));
        hivelint::regf::Walker walker(source, block);
        const auto found = walker.find_value(Path(kReplayKey).names(), kReplayValue);
        CHECK(answer(found) == fmt::format("REG_DWORD {:02x}000000", step));
    }
    source.finish(); // nothing is left
    CHECK(source.applied() == 3);
}

TEST_CASE("recovered: bins that grow and shrink along the chain") {
    const auto hive = hive_with(0);
    const auto entry = [](std::uint32_t number, std::uint32_t pages, std::uint32_t at) {
        return EntrySpec{.number = number,
                         .pages = {{at * 0x1000, std::vector<std::byte>(kPage, std::byte(number))}},
                         .bins_size = pages * 0x1000};
    };
    // Three pages, of which one is nowhere; then one; then three again, with what was there before.
    const auto log = new_log(hive, {entry(8, 3, 2), entry(9, 1, 0), entry(10, 3, 0)});
    const MemorySource primary(hive.bytes);
    const MemorySource log_source(log.bytes);
    const ByteSource* const logs[] = {&log_source};
    const auto replay = plan_replay(primary, logs);
    RecoveredSource source(primary, logs, replay);
    struct Row {
        std::uint64_t file;
        std::uint32_t bins;
    };
    for (const Row row : {Row{0x4000, 0x3000}, {0x4000, 0x1000}, {0x4000, 0x3000}}) {
        source.advance();
        CHECK(source.size() == row.file);
        CHECK(load(read_front(source, 512), header::kBinsSize, 4) == row.bins);
    }
    const auto image = read_front(source, source.size());
    CHECK(load(image, 0x1000, 1) == 10);
    CHECK(load(image, 0x2000, 8) == 0);
    CHECK(load(image, 0x3FFF, 1) == 8);
}

TEST_CASE("recovered: a hive that is shorter than its bins") {
    auto whole = HiveSpec{.primary_sequence = 8, .free_pages = 3}
                     .with(kReplayKey, dword(kReplayValue, 0))
                     .build();
    auto shorter = whole;
    shorter.truncate(shorter.bytes.size() - 2 * kPage - 100);
    // The log has what is missing.
    auto after = changed_pages(shorter, whole);
    REQUIRE(after.size() == 3);
    const Scene scene(shorter, {new_log(whole, {{.number = 8, .pages = after}})});
    REQUIRE(scene.account() == "recovered 0: new 8-8 1/1");
    const auto filled = scene.image();
    CHECK(std::ranges::equal(std::span(filled).subspan(kPage),
                             std::span(whole.bytes).subspan(kPage)));
    // Or it has not: there are zeros, which verify() will not have.
    const Scene torn(shorter, {new_log(whole, {{.number = 8, .pages = {after[0]}}})});
    REQUIRE(torn.account() == "recovered 0: new 8-8 1/1");
    const auto image = torn.image();
    CHECK(image.size() == whole.bytes.size());
    CHECK(load(image, whole.bytes.size() - kPage, 8) == 0);
    CHECK(!hivelint::regf::verify(image).sound());
}

TEST_CASE("recovered: outside of it") {
    const Scene scene(hive_with(0), {log_of(8, {1})});
    const auto source = scene.source();
    std::vector<std::byte> out(16);
    source.read_at(source.size(), std::span(out).first(0));
    source.read_at(source.size() - 16, out);
    CHECK(error_of([&] { source.read_at(source.size() - 15, out); }) == "truncated 0x1ff1");
    CHECK(error_of([&] { source.read_at(source.size() + 1, std::span(out).first(0)); }) ==
          "truncated 0x2001");
    CHECK(error_of([&] { source.read_at(~0ULL, out); }) == "truncated 0xffffffffffffffff");
}

TEST_CASE("recovered: a number of one's own") {
    const Scene scene(hive_with(0), {log_of(8, {1, 2})});
    auto source = scene.source();
    source.finish();
    source.set_sequence(77);
    const auto block = hivelint::regf::read_base_block(source);
    CHECK(block.primary_sequence == 77);
    CHECK(block.secondary_sequence == 77);
    CHECK(!block.dirty());
    auto expected = scene.naive_image();
    store(expected, header::kPrimarySequence, 77, 4);
    store(expected, header::kSecondarySequence, 77, 4);
    store(expected, header::kChecksum, base_block_checksum(expected), 4);
    CHECK(read_front(source, source.size()) == expected);
}

TEST_CASE("recovered: a page is read where it lies, and nothing else is") {
    const auto hive = HiveSpec{.primary_sequence = 8, .free_pages = 3}.with("Key").build();
    const auto log = new_log(
        hive, {{.number = 8, .pages = {{0x1000, pattern(kPage)}, {0x2000, pattern(kPage)}}}});
    Counted counted(hive, {log});
    RecoveredSource source(counted.primary, counted.pointers, counted.replay);
    source.finish();
    auto& log_source = counted.logs.front();
    CHECK(log_source.bytes_read() == 0);
    CHECK(counted.primary.bytes_read() == 0);

    std::vector<std::byte> page(kPage);
    source.read_at(0x3000, page);
    CHECK(page == pattern(kPage));
    CHECK(counted.primary.bytes_read() == 0);
    CHECK(log_source.bytes_read() == kPage);
    CHECK(log_source.was_read(log.page_data(0, 1)));
    CHECK(log_source.most() == 1);

    log_source.forget();
    source.read_at(0x1000, page);
    CHECK(log_source.bytes_read() == 0);
    CHECK(counted.primary.bytes_read() == kPage);
}

TEST_CASE("recovered: a log that fails fails the reading of its pages only") {
    const auto hive = HiveSpec{.primary_sequence = 8, .free_pages = 3}.with("Key").build();
    Counted counted(hive, {new_log(hive, {{.number = 8, .pages = {{0x1000, pattern(kPage)}}}})});
    RecoveredSource source(counted.primary, counted.pointers, counted.replay);
    source.finish();
    counted.logs.front().fails_behind = 1000;
    std::vector<std::byte> page(kPage);
    source.read_at(0x1000, page);
    CHECK(error_of([&] { source.read_at(0x2000, page); }).starts_with("changed-while-reading"));
}

TEST_CASE("recovered: it is unchanged as long as the hive and each log are") {
    const auto hive = HiveSpec{.primary_sequence = 8, .free_pages = 3}.with("Key").build();
    Counted counted(hive, {new_log(hive, {{.number = 8, .pages = {{0x1000, pattern(kPage)}}}})});
    const RecoveredSource source(counted.primary, counted.pointers, counted.replay);
    const hivelint::OverlaySource above(source, {});
    const auto outcome = [&above] { return error_of([&] { above.check_unchanged(); }); };
    CHECK(outcome() == "no error");
    counted.logs.front().fails_behind = 1000;
    CHECK(outcome() == "changed-while-reading");
    counted.logs.front().fails_behind.reset();
    counted.primary.fails_behind = 1000;
    CHECK(outcome() == "changed-while-reading");
}
