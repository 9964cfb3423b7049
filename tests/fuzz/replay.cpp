// Replay: what the libFuzzer targets check, over a corpus made here and mutants of it that are the
// same on every run. `--write DIR` writes the corpus for libFuzzer instead: DIR/hives, DIR/logs and
// so on; `--unpack TARGET DIR` writes what fuzzing kept, and `--keep DIR` prints what is to be kept
// (fuzz.sh).
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "tests/fuzz/corpus.hpp"
#include "tests/fuzz/kept.hpp"
#include "tests/fuzz/log_case.hpp"
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
using Bytes = std::vector<std::byte>;
/// Changes a seed once, and what is done when all changes are made.
struct Mutation {
    void (*change)(Bytes& bytes, Random& random);
    void (*finish)(Bytes& bytes, Random& random);
};

/// One in 16 keeps the checksums and hashes that the mutations left it with.
constexpr std::size_t kUnrepaired = 16;

constexpr Mutation kOfHives = {mutate, [](Bytes& bytes, Random& random) {
                                   if (random.below(kUnrepaired) != 0) {
                                       bytes = hive_of(input_of(std::move(bytes)));
                                   }
                               }};
constexpr Mutation kOfLogs = {mutate_logs, [](Bytes& bytes, Random& random) {
                                  if (random.below(kUnrepaired) != 0) {
                                      bytes = logs_of(input_of(std::move(bytes)));
                                  }
                              }};
constexpr Mutation kOfTexts = {mutate_text, [](Bytes&, Random&) {}};
constexpr Mutation kOfJournals = {mutate_text, [](Bytes& bytes, Random& random) {
                                      if (random.below(kUnrepaired) != 0) {
                                          seal_journal(bytes);
                                      }
                                  }};
constexpr Mutation kOfNames = {mutate, [](Bytes&, Random&) {}};

/// Runs `check` on each seed and on `mutants` mutants of it. A violation names its input.
Outcome replay(const std::vector<Seed>& seeds, std::size_t mutants, const Mutation& mutation,
               Check check) {
    Outcome all;
    for (std::size_t index = 0; index < seeds.size(); ++index) {
        for (std::size_t number = 0; number <= mutants; ++number) {
            Random random(index << 32 | number);
            auto bytes = seeds[index].bytes;
            for (std::size_t i = number == 0 ? 0 : random.below(3) + 1; i > 0; --i) {
                mutation.change(bytes, random);
            }
            mutation.finish(bytes, random);
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

void write(const std::filesystem::path& folder, const std::vector<Seed>& seeds, bool repair) {
    constexpr std::size_t kMost = 65536; // small inputs are mutated faster
    std::filesystem::create_directories(folder);
    for (std::size_t index = 0; index < seeds.size(); ++index) {
        const auto bytes = repair ? input_of(seeds[index].bytes) : seeds[index].bytes;
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

/// All of them, those of a merge too: what is refused there is refused here.
void replay_kept(const char* target, Check check) {
    const auto seeds = kept_inputs(target);
    CAPTURE(target);
    CHECK(seeds.size() >= 5);
    replay(seeds, 0, kOfNames, check);
}

TEST_CASE("every seed is a hive without damage") {
    for (const auto& seed : hive_seeds()) {
        const auto report = hivelint::regf::verify(seed.bytes);
        INFO(seed.name);
        CHECK(report.sound());
    }
}

TEST_CASE("any bytes: the walker answers or says why not") {
    const auto all = replay(hive_seeds(), 400, kOfHives, check_walker);
    fmt::print("walker: {} inputs, {} with a base block, {} answered, at most {} % of a file "
               "read\n",
               all.inputs, all.sound, all.answered, all.most_work);
    CHECK(all.answered > all.inputs / 4);
    CHECK(all.answered < all.inputs);
    CHECK(all.sound < all.inputs);
    CHECK(all.most_work <= 200); // by accident; check_walker() has the bound for malice
}

TEST_CASE("any bytes: what verify() finds sound, hivex reads as the walker does") {
    const auto all = replay(hive_seeds(), 200, kOfHives, check_verify);
    fmt::print("verify: {} inputs, {} sound, {} refused by hivex, {} keys compared\n", all.inputs,
               all.sound, all.hivex_refused, all.compared);
    CHECK(all.sound > all.inputs / 10);
    CHECK(all.sound < all.inputs - all.inputs / 10);
    CHECK(all.hivex_refused < all.sound / 10);
    CHECK(all.answered > all.sound / 2);
    CHECK(all.compared > all.sound);
}

TEST_CASE("every log seed is replayed") {
    for (const auto& seed : log_seeds()) {
        INFO(seed.name);
        CHECK(check_logs(seed.bytes).sound == 1);
    }
}

TEST_CASE("any bytes: a hive and its logs give what a naive replay gives") {
    const auto all = replay(log_seeds(), 600, kOfLogs, check_logs);
    fmt::print("logs: {} inputs, {} with entries to apply, {} entries applied\n", all.inputs,
               all.sound, all.compared);
    CHECK(all.sound > all.inputs / 4);
    CHECK(all.sound < all.inputs - all.inputs / 10);
    CHECK(all.compared > all.sound);
}

TEST_CASE("any bytes: names are converted without loss") {
    const auto all = replay(name_seeds(), 2000, kOfNames, check_names);
    fmt::print("names: {} inputs, {} of them UTF-8\n", all.inputs, all.sound);
    CHECK(all.sound > all.inputs / 10);
    CHECK(all.sound < all.inputs - all.inputs / 10);
}

TEST_CASE("any bytes: texts that come with the evidence are refused, or are what they say") {
    struct Row {
        std::string_view what;
        std::vector<Seed> seeds;
        Check check;
        const Mutation* mutation = &kOfTexts;
    };
    for (const auto& row :
         {Row{"journals", journal_seeds(), check_journal, &kOfJournals},
          Row{"records", record_seeds(), check_record}, Row{"lists", list_seeds(), check_list},
          Row{"words", word_seeds(), check_words}, Row{"rules", rule_seeds(), check_rules},
          Row{"overlays", overlay_seeds(), check_overlay}}) {
        const auto all = replay(row.seeds, 3000, *row.mutation, row.check);
        fmt::print("{}: {} inputs, {} accepted\n", row.what, all.inputs, all.sound);
        CHECK(all.sound > 10);
        CHECK(all.sound < all.inputs);
    }
}

TEST_CASE("inputs that fuzzing kept") {
    replay_kept("walker", [](auto bytes) { return check_walker(hive_of(bytes)); });
    replay_kept("verify", [](auto bytes) { return check_verify(hive_of(bytes)); });
    replay_kept("logs", [](auto bytes) { return check_logs(logs_of(bytes)); });
    replay_kept("names", check_names);
    replay_kept("journal", check_journal);
    replay_kept("record", check_record);
    replay_kept("list", check_list);
    replay_kept("words", check_words);
    replay_kept("rules", check_rules);
    replay_kept("overlay", check_overlay);
}

int main(int argc, char** argv) {
    const std::span words(argv, static_cast<std::size_t>(argc));
    if (argc == 3 && std::string_view(words[1]) == "--keep") {
        fmt::print("{}", kept_lines(words[2]));
        return 0;
    }
    if (argc == 4 && std::string_view(words[1]) == "--unpack") {
        write(words[3], kept_inputs(words[2]), false);
        return 0;
    }
    if (argc == 3 && std::string_view(argv[1]) == "--write") {
        const std::filesystem::path folder = argv[2];
        write(folder / "hives", hive_seeds(), true);
        write(folder / "logs", log_seeds(), true);
        write(folder / "names", name_seeds(), false);
        write(folder / "journal", journal_seeds(), false);
        write(folder / "record", record_seeds(), false);
        write(folder / "list", list_seeds(), false);
        write(folder / "words", word_seeds(), false);
        write(folder / "rules", rule_seeds(), false);
        write(folder / "overlay", overlay_seeds(), false);
        return 0;
    }
    return doctest::Context(argc, argv).run();
}
