// Mutations that know what a hive looks like. Same seed, same mutants, on every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hivelint::fuzz {

/// SplitMix64: small, and the same everywhere, which no distribution of <random> promises.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next();
    /// A number below `bound`, which is not 0.
    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }

private:
    std::uint64_t state_;
};

/// Changes `hive` once: a bit, a field of a cell, a copied piece, a cut. Never makes it longer.
void mutate(std::vector<std::byte>& hive, Random& random);
/// Changes a text once: a number, a word, a line, a cut. May make it longer.
void mutate_text(std::vector<std::byte>& text, Random& random);
/// Makes the last line of a journal the hash of the others: without it every mutant is one that
/// was cut off or damaged.
void seal_journal(std::vector<std::byte>& text);

} // namespace hivelint::fuzz
