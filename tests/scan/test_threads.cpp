// What threads may share (include/mainpage.md): the answers are those of one thread, and under
// ThreadSanitizer nothing races.
#include "tests/support/hive_files.hpp"
#include "tests/support/scan_text.hpp"

#include <hivelint/evidence.hpp>
#include <hivelint/file_source.hpp>
#include <hivelint/regf/walker.hpp>
#include <hivelint/replay.hpp>
#include <hivelint/report.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <thread>

using namespace hivelint;
using namespace hivelint::test;

namespace {

constexpr std::size_t kThreads = 4;

/// Calls `ask` on several threads at once. How many of the answers are another one than `expected`,
/// or none.
template<typename T>
int wrong_answers(const T& expected, const std::function<T()>& ask) {
    std::atomic<int> wrong = 0;
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < kThreads; ++i) {
        threads.emplace_back([&] {
            for (int round = 0; round < 5; ++round) {
                try {
                    wrong += ask() == expected ? 0 : 1;
                } catch (const std::exception&) {
                    ++wrong;
                }
            }
        });
    }
    threads.clear();
    return wrong;
}

const std::filesystem::path kProfiles = std::filesystem::path(HIVELINT_TESTDATA) / "profiles";
const std::filesystem::path kDirtyHive = kProfiles / "Users/heidi/NTUSER.DAT";

/// All of a key and what is below it, as hivex sees it.
std::string tree_of(const Key& key) {
    auto text = regf::to_utf8(key.name()) + '\n';
    for (const auto& value : key.values()) {
        text += regf::to_utf8(value.name()) + ' ' + std::to_string(value.type()) + ' ' +
                std::to_string(value.data().size()) + '\n';
    }
    for (const auto& subkey : key.subkeys()) {
        text += tree_of(subkey);
    }
    return text;
}

} // namespace

TEST_CASE("threads: several scans at once, of the same hives") {
    const std::function<std::string()> scanned = [] {
        ScanOptions options = kb_only(Confirm::always);
        options.jobs = 3;
        options.history = true;
        std::string out;
        const auto summary = scan(
            discover({HIVELINT_TESTDATA}), options,
            [](const Record& record) { return json_line(record); },
            [&](std::string_view line) { out += line; });
        return out + std::to_string(summary.hives);
    };
    const auto expected = scanned();
    CHECK(expected.ends_with("\n10"));
    CHECK(wrong_answers(expected, scanned) == 0);
}

TEST_CASE("threads: one source, whatever is made of it") {
    const FileSource file(kDirtyHive);
    const auto bytes = read_front(file, file.size());
    const MemorySource memory(bytes);
    const auto replay = LogReplay::beside(kDirtyHive, file);
    const auto recovered = replay.recovered();
    recovered->finish();
    const std::vector<ByteRange> changes = {{bytes.size() - 1, {bytes.back()}, {std::byte{0xAA}}}};
    const OverlaySource overlay(file, changes);
    for (const ByteSource* source :
         {static_cast<const ByteSource*>(&file), static_cast<const ByteSource*>(&memory),
          static_cast<const ByteSource*>(recovered.get()),
          static_cast<const ByteSource*>(&overlay)}) {
        // Each has a walker of its own.
        const std::function<std::string()> asked = [source] {
            regf::Walker walker(*source, regf::read_base_block(*source));
            const auto lookup = walker.find_value(regf::parse_key_path(kExchange), kMapi);
            const auto number = lookup.value ? dword_of(*lookup.value) : std::nullopt;
            return fmt::format("{} {}", number.value_or(99), walker.cost().pages);
        };
        CHECK(asked().starts_with(source == recovered.get() ? "1 " : "0 "));
        CHECK(wrong_answers(asked(), asked) == 0);
        const std::function<std::vector<std::byte>()> read = [source] {
            return read_front(*source, source->size());
        };
        CHECK(wrong_answers(read(), read) == 0);
    }
    const std::function<std::string()> told = [&] {
        replay.check_unchanged();
        return fmt::format("{} {} {}", summary(replay), replay.accounts().size(),
                           replay.next_sequence());
    };
    CHECK(told().ends_with(" 2 62"));
    CHECK(wrong_answers(told(), told) == 0);
}

TEST_CASE("threads: one verified image, a hive for each thread") {
    const auto built = affected().build();
    const regf::VerifiedImage image(built.bytes);
    const std::function<std::string()> browsed = [&] { return tree_of(Hive::open(image).root()); };
    CHECK(browsed().find("MapiHttpDisabled 4 4\n") != std::string::npos);
    CHECK(wrong_answers(browsed(), browsed) == 0);
    const std::function<std::uint64_t()> counted = [&] { return regf::verify(built.bytes).values; };
    CHECK(wrong_answers(counted(), counted) == 0);
}

TEST_CASE("threads: a hive goes from one thread to the next") {
    const TempDir dir;
    const auto file = save(dir, affected().build());
    std::optional<Hive> hive;
    std::string first;
    std::string second;
    std::jthread([&] {
        hive = Hive::open(file);
        first = tree_of(hive->root());
    }).join();
    std::jthread([&, mine = hive->root()] {
        hive.reset(); // its key keeps it open
        second = tree_of(mine);
    }).join();
    CHECK(first.find("MapiHttpDisabled 4 4\n") != std::string::npos);
    CHECK(first == second);
}
