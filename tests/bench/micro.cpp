// The inner loops, each on bytes in memory. Those that have a plain loop beside them are to be read
// as a ratio to it.
#include "tests/support/hive_builder.hpp"
#include "tests/support/log_builder.hpp"

#include <hivelint/file_source.hpp>
#include <hivelint/regf/name.hpp>
#include <hivelint/regf/recovered_source.hpp>
#include <hivelint/regf/replay.hpp>
#include <hivelint/regf/sequence.hpp>
#include <hivelint/regf/verify.hpp>
#include <hivelint/regf/walker.hpp>
#include <hivelint/source.hpp>

#include <fmt/core.h>

#include <array>
#include <benchmark/benchmark.h>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <hivex.h>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

using namespace hivelint;
using namespace hivelint::test;

namespace {

/// A hive of about that many KiB; see make_corpus.
BuiltHive profile(std::size_t kib, std::uint32_t number = 1) {
    HiveSpec spec;
    spec.primary_sequence = 8; // dirty: a replay has something to do
    spec.with("Software\\Microsoft\\Exchange", dword(u"MapiHttpDisabled", number));
    for (std::size_t i = 0; i + 12 < kib; ++i) {
        auto& key = spec.key(fmt::format("Software\\Vendor{:03}\\Product{:03}", i / 100, i % 100));
        key.values = {dword(u"Version", static_cast<std::uint32_t>(i)),
                      binary(u"State", pattern(500)), binary(u"Settings", pattern(120))};
    }
    return spec.build();
}

/// Each iteration works on `bytes`.
void count_bytes(benchmark::State& state, const std::vector<std::byte>& bytes) {
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}

void walker_lookup(benchmark::State& state) {
    const auto hive = profile(static_cast<std::size_t>(state.range(0)));
    const MemorySource source(hive.bytes);
    const auto path = regf::parse_key_path("Software\\Microsoft\\Exchange");
    const auto name = regf::to_utf16("MapiHttpDisabled");
    for (auto _ : state) {
        regf::Walker walker(source, regf::read_base_block(source));
        benchmark::DoNotOptimize(walker.find_value(path, name));
    }
}
BENCHMARK(walker_lookup)->Arg(256)->Arg(6000);

void verify(benchmark::State& state) {
    const auto hive = profile(static_cast<std::size_t>(state.range(0)));
    for (auto _ : state) {
        benchmark::DoNotOptimize(regf::verify(hive.bytes));
    }
    count_bytes(state, hive.bytes);
}
BENCHMARK(verify)->Arg(256)->Arg(6000)->Unit(benchmark::kMicrosecond);

/// The peer of verify().
void hivex_open_and_close(benchmark::State& state) {
    const auto hive = profile(static_cast<std::size_t>(state.range(0)));
    const int file = ::memfd_create("bench", 0);
    if (::write(file, hive.bytes.data(), hive.bytes.size()) !=
        static_cast<ssize_t>(hive.bytes.size())) {
        state.SkipWithError("no memory for a file");
    }
    const auto path = fmt::format("/proc/self/fd/{}", file);
    for (auto _ : state) {
        ::hivex_close(::hivex_open(path.c_str(), 0));
    }
    ::close(file);
    count_bytes(state, hive.bytes);
}
BENCHMARK(hivex_open_and_close)->Arg(256)->Arg(6000)->Unit(benchmark::kMicrosecond);

/// The same two of the hive that the environment variable HIVELINT_BENCH_BIG names.
void verify_big(benchmark::State& state) {
    const FileSource source(std::getenv("HIVELINT_BENCH_BIG"));
    const auto bytes = read_front(source, source.size());
    for (auto _ : state) {
        benchmark::DoNotOptimize(regf::verify(bytes));
    }
    count_bytes(state, bytes);
}

void hivex_open_and_close_big(benchmark::State& state) {
    const char* const path = std::getenv("HIVELINT_BENCH_BIG");
    for (auto _ : state) {
        ::hivex_close(::hivex_open(path, 0));
    }
    state.SetBytesProcessed(state.iterations() *
                            static_cast<std::int64_t>(std::filesystem::file_size(path)));
}

void marvin32(benchmark::State& state) {
    const auto bytes = pattern(std::size_t{1} << 20);
    for (auto _ : state) {
        benchmark::DoNotOptimize(regf::marvin32(bytes));
    }
    count_bytes(state, bytes);
}
BENCHMARK(marvin32)->Unit(benchmark::kMicrosecond);

/// What a plain loop with the same dependent steps can do.
void marvin32_plain_loop(benchmark::State& state) {
    const auto bytes = pattern(std::size_t{1} << 20);
    const auto rotated = [](std::uint32_t value, int by) {
        return value << by | value >> (32 - by);
    };
    for (auto _ : state) {
        std::uint32_t low = 1;
        std::uint32_t high = 2;
        for (std::size_t at = 0; at < bytes.size(); at += 4) {
            std::uint32_t word = 0;
            std::memcpy(&word, &bytes[at], sizeof word);
            low += word;
            high ^= low;
            low = rotated(low, 20) + high;
            high = rotated(high, 9) ^ low;
            low = rotated(low, 27) + high;
            high = rotated(high, 19);
        }
        benchmark::DoNotOptimize(low ^ high);
    }
    count_bytes(state, bytes);
}
BENCHMARK(marvin32_plain_loop)->Unit(benchmark::kMicrosecond);

/// A log of `count` entries of 160 KiB.
BuiltLog long_log(const BuiltHive& before, std::uint32_t count) {
    const auto after = profile(6000, 2);
    std::vector<EntrySpec> entries;
    for (std::uint32_t number = 8; number < 8 + count; ++number) {
        EntrySpec entry = {.number = number};
        for (std::uint32_t page = 0; page < 40; ++page) {
            const std::uint32_t offset = ((number - 8) % 30 * 40 + page) * 4096;
            const auto at = after.bytes.begin() + 4096 + offset;
            entry.pages.push_back({offset, {at, at + 4096}});
        }
        entries.push_back(std::move(entry));
    }
    return new_log(before, entries);
}

/// Reads, hashes and applies so many entries of 160 KiB.
void replay_log(benchmark::State& state) {
    const auto hive = profile(6000);
    const auto log = long_log(hive, static_cast<std::uint32_t>(state.range(0)));
    const MemorySource primary(hive.bytes);
    const MemorySource log_source(log.bytes);
    const std::array<const ByteSource*, 1> logs = {&log_source};
    for (auto _ : state) {
        auto dirty = regf::plan_replay(primary, logs);
        regf::RecoveredSource recovered(primary, logs, dirty);
        recovered.finish();
        benchmark::DoNotOptimize(recovered.size());
    }
    count_bytes(state, log.bytes);
}
BENCHMARK(replay_log)->Arg(23)->Arg(230)->Arg(1600)->Unit(benchmark::kMicrosecond);

/// A log of one entry that claims 2 GiB, 536 million pages, or a page of 4 GiB, all with the right
/// hash of its header: it costs what is there, 128 KiB.
void hostile_log(benchmark::State& state) {
    const auto hive = profile(256);
    auto log = long_log(hive, 1);
    const auto at = log.entries[0].at;
    const std::array<std::pair<std::size_t, std::uint32_t>, 4> claims = {{
        {log_entry::kBinsSize, 0x7FFF'F000},
        {log_entry::kPageCount, 0x2000'0000},
        {log_entry::kPages + 4, 0xFFFF'F000},
        {log_entry::kSize, 0},
    }};
    const auto& [field, value] = claims.at(static_cast<std::size_t>(state.range(0)));
    log.put32(at + field, value);
    log.rehash(0);
    const MemorySource primary(hive.bytes);
    const MemorySource log_source(log.bytes);
    const std::array<const ByteSource*, 1> logs = {&log_source};
    for (auto _ : state) {
        benchmark::DoNotOptimize(regf::plan_replay(primary, logs));
    }
}
BENCHMARK(hostile_log)->DenseRange(0, 3)->Unit(benchmark::kMicrosecond);

void upcase_compare(benchmark::State& state) {
    const std::u16string a = u"MapiHttpDisabled and some more \u00e9\u0133";
    const std::u16string b = u"mapihttpdisabled AND SOME MORE \u00c9\u0132";
    for (auto _ : state) {
        benchmark::DoNotOptimize(regf::same_name(a, b));
    }
}
BENCHMARK(upcase_compare);

} // namespace

int main(int argc, char** argv) {
    if (std::getenv("HIVELINT_BENCH_BIG") != nullptr) {
        benchmark::RegisterBenchmark("verify_big", verify_big)->Unit(benchmark::kMillisecond);
        benchmark::RegisterBenchmark("hivex_open_and_close_big", hivex_open_and_close_big)
            ->Unit(benchmark::kMillisecond);
    }
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
