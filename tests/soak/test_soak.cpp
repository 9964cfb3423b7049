// Soak: mutants of hives, the same on every run, through all four tools; what hivescan says without
// a doubt is held against a reader of another make.
//
// HIVELINT_SOAK: how many mutants, a few when it is not set. With HIVELINT_REAL_HIVES, a folder,
// real hives are mutated as well as built ones.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "tests/fuzz/corpus.hpp"
#include "tests/fuzz/mutate.hpp"
#include "tests/fuzz/properties.hpp"
#include "tests/soak/naive_reader.hpp"
#include "tests/support/hive_files.hpp"
#include "tests/support/tool_run.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace fs = std::filesystem;
using namespace hivelint;
using namespace hivelint::test;

namespace {

struct Counts {
    std::size_t mutants = 0;
    std::size_t doubted = 0;  ///< something is said beside the verdict
    std::size_t compared = 0; ///< with the other reader's answer
    std::size_t wrong = 0;
};

std::vector<fuzz::Seed> seeds() {
    auto all = fuzz::hive_seeds();
    if (const char* real = std::getenv("HIVELINT_REAL_HIVES")) {
        for (const auto& entry : fs::recursive_directory_iterator(real)) {
            const auto text = entry.is_regular_file() ? read_file(entry.path()) : "";
            if (text.starts_with("regf") && text.size() > 8192 && text.size() < (1U << 20)) {
                const auto bytes = std::as_bytes(std::span(text));
                all.push_back({entry.path().filename().native(), {bytes.begin(), bytes.end()}});
            }
        }
    }
    return all;
}

/// Whether the verdict is what the other reader's answer means.
bool agrees(const nlohmann::json& check, const soak::Answer& answer) {
    const auto verdict = check["verdict"].get<std::string>();
    if (!answer.there) {
        return verdict == "clear" && check["reason"] == "absent";
    }
    const bool dword = answer.type == 4 && answer.size == 4;
    return verdict == (dword && answer.number == 1   ? "affected"
                       : dword && answer.number == 0 ? "clear"
                                                     : "nonstandard");
}

void compare(const nlohmann::json& record, const std::vector<std::byte>& hive, Counts& counts) {
    ++counts.mutants;
    const auto& check = record["checks"].at(0);
    const auto verdict = check["verdict"].get<std::string>();
    if (!record["error"].is_null() || !record["notes"].empty() || record["state"] != "clean" ||
        verdict == "unknown" || verdict == "not-applicable") {
        ++counts.doubted;
        return;
    }
    // What the other reader cannot follow is no answer that could disagree.
    if (const auto answer = soak::read_naively(hive)) {
        ++counts.compared;
        if (!agrees(check, *answer)) {
            ++counts.wrong;
            fmt::print("wrong: {}\n", record.dump());
        }
    }
}

void check_end(const Finished& run) {
    CHECK(run.status >= 0);
    CHECK(run.status <= 3);
    CHECK(run.err.find("ERROR: ") == std::string::npos); // of a sanitizer
    CHECK(run.err.find("runtime error") == std::string::npos);
}

std::vector<std::byte> mutant(const fuzz::Seed& seed, std::size_t number) {
    fuzz::Random random(number);
    auto hive = seed.bytes;
    for (std::size_t n = random.below(3) + 1; n > 0; --n) {
        fuzz::mutate(hive, random);
    }
    return random.below(16) == 0 ? hive : fuzz::hive_of(fuzz::input_of(std::move(hive)));
}

} // namespace

TEST_CASE("soak: no wrong verdict without a doubt said, and no tool that ends otherwise") {
    constexpr std::size_t kBatch = 100;
    const char* asked = std::getenv("HIVELINT_SOAK");
    const std::size_t count = asked == nullptr ? 300 : std::strtoull(asked, nullptr, 10);
    const auto all = seeds();
    Counts counts;
    for (std::size_t begin = 0; begin < count; begin += kBatch) {
        const TempDir dir;
        std::vector<std::vector<std::byte>> hives;
        for (std::size_t i = begin; i < std::min(count, begin + kBatch); ++i) {
            hives.push_back(mutant(all[i % all.size()], i));
            write_file(dir.path() / fmt::format("{:03}", i - begin) / "NTUSER.DAT", hives.back());
        }
        const auto place = dir.path().native();
        const auto scan = hivescan({"--format=jsonl", place});
        check_end(scan);
        const auto records = records_of(scan.out);
        REQUIRE(records.size() == hives.size());
        for (std::size_t i = 0; i < hives.size(); ++i) {
            compare(records[i], hives[i], counts);
        }
        check_end(hivereplay({place}));
        check_end(run({.program = HIVELINT_HIVEFIX, .arguments = {"--dry-run", place}}));
        check_end(hiveinfo({"--verify", "--key", "Software", place + "/000/NTUSER.DAT"}));
    }
    fmt::print("{} mutants of {} hives: {} with a doubt said, {} held against another reader, {} "
               "wrong\n",
               counts.mutants, all.size(), counts.doubted, counts.compared, counts.wrong);
    CHECK(counts.wrong == 0);
    CHECK(counts.compared > counts.mutants / 10);
}
