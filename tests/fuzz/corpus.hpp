// The inputs that fuzzing starts from: every form that a hive's parts come in, small.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace hivelint::fuzz {

struct Seed {
    std::string name;
    std::vector<std::byte> bytes;
};

/// Hives, each without damage.
std::vector<Seed> hive_seeds();
/// Dirty hives with their logs, each a LogCase, and each of them to be replayed.
std::vector<Seed> log_seeds();
/// Journals, lines of records of runs, lists of paths, ids and key paths, overlays.
std::vector<Seed> journal_seeds();
std::vector<Seed> record_seeds();
std::vector<Seed> list_seeds();
std::vector<Seed> word_seeds();
std::vector<Seed> rule_seeds();
std::vector<Seed> overlay_seeds();
/// Names and paths, as bytes.
std::vector<Seed> name_seeds();

} // namespace hivelint::fuzz
