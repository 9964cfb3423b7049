// Replay: what the libFuzzer targets check, over a corpus made here and mutants of it that are the
// same on every run. `--write DIR` writes the corpus for libFuzzer instead: DIR/hives, DIR/names.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "tests/fuzz/corpus.hpp"
#include "tests/fuzz/mutate.hpp"
#include "tests/fuzz/properties.hpp"

#include <hivelint/regf/verify.hpp>

#include <fmt/core.h>

#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>

using namespace hivelint::fuzz;

namespace {

using Check = Outcome (*)(std::span<const std::byte>);

/// Runs `check` on each seed and on `mutants` mutants of it. A violation names its input.
Outcome replay(const std::vector<Seed>& seeds, std::size_t mutants, bool hives, Check check) {
    Outcome all;
    for (std::size_t index = 0; index < seeds.size(); ++index) {
        for (std::size_t number = 0; number <= mutants; ++number) {
            Random random(index << 32 | number);
            auto bytes = seeds[index].bytes;
            for (std::size_t i = number == 0 ? 0 : random.below(3) + 1; i > 0; --i) {
                mutate(bytes, random);
            }
            if (hives && random.below(16) != 0) {
                bytes = hive_of(input_of(std::move(bytes)));
            }
            try {
                all.add(check(bytes));
            } catch (const std::exception& error) {
                FAIL_CHECK(seeds[index].name << " " << index << ", mutant " << number << ": "
                                             << std::string(error.what()));
            }
        }
    }
    return all;
}

void write(const std::filesystem::path& folder, const std::vector<Seed>& seeds, bool hives) {
    constexpr std::size_t kMost = 65536; // small inputs are mutated faster
    std::filesystem::create_directories(folder);
    for (std::size_t index = 0; index < seeds.size(); ++index) {
        const auto bytes = hives ? input_of(seeds[index].bytes) : seeds[index].bytes;
        if (bytes.size() > kMost) {
            continue;
        }
        std::ofstream out(folder / fmt::format("{:02}-{}", index, seeds[index].name),
                          std::ios::binary);
        for (const std::byte byte : bytes) {
            out.put(static_cast<char>(byte));
        }
    }
}

} // namespace

TEST_CASE("every seed is a hive without damage") {
    for (const auto& seed : hive_seeds()) {
        const auto report = hivelint::regf::verify(seed.bytes);
        INFO(seed.name);
        CHECK(report.sound());
    }
}

TEST_CASE("any bytes: the walker answers or says why not") {
    const auto all = replay(hive_seeds(), 400, true, check_walker);
    fmt::print("walker: {} inputs, {} with a base block, {} answered, at most {} % of a file "
               "read\n",
               all.inputs, all.sound, all.answered, all.most_work);
    CHECK(all.answered > all.inputs / 4);
    CHECK(all.answered < all.inputs);
    CHECK(all.sound < all.inputs);
    CHECK(all.most_work <= 200); // by accident; check_walker() has the bound for malice
}

TEST_CASE("any bytes: what verify() finds sound, hivex reads as the walker does") {
    const auto all = replay(hive_seeds(), 200, true, check_verify);
    fmt::print("verify: {} inputs, {} sound, {} refused by hivex, {} keys compared\n", all.inputs,
               all.sound, all.hivex_refused, all.compared);
    CHECK(all.sound > all.inputs / 10);
    CHECK(all.sound < all.inputs - all.inputs / 10);
    CHECK(all.hivex_refused < all.sound / 10);
    CHECK(all.answered > all.sound / 2);
    CHECK(all.compared > all.sound);
}

TEST_CASE("any bytes: names are converted without loss") {
    const auto all = replay(name_seeds(), 2000, false, check_names);
    fmt::print("names: {} inputs, {} of them UTF-8\n", all.inputs, all.sound);
    CHECK(all.sound > all.inputs / 10);
    CHECK(all.sound < all.inputs - all.inputs / 10);
}

int main(int argc, char** argv) {
    if (argc == 3 && std::string_view(argv[1]) == "--write") {
        const std::filesystem::path folder = argv[2];
        write(folder / "hives", hive_seeds(), true);
        write(folder / "names", name_seeds(), false);
        return 0;
    }
    return doctest::Context(argc, argv).run();
}
