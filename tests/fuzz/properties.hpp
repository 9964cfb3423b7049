// What must hold of any bytes at all, one function for each parser. The libFuzzer targets and the
// replay in `meson test` call the same functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace hivelint::fuzz {

/// A property did not hold: a bug of ours, or something that verify() should have refused.
class Violation : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

/// The hive that a fuzz input stands for. Its last byte is not part of it: an odd one asks for the
/// base block's checksum to be made right, without which nearly every mutant would end there.
std::vector<std::byte> hive_of(std::span<const std::byte> input);
/// The input that stands for `hive`, with its checksum made right.
std::vector<std::byte> input_of(std::vector<std::byte> hive);

/// What became of one input. Counts, so that a run of inputs adds up.
struct Outcome {
    std::uint64_t inputs = 0;
    std::uint64_t sound = 0;         ///< walker: the base block was read; verify: no damage
    std::uint64_t answered = 0;      ///< find_value() of the Exchange value came back
    std::uint64_t hivex_refused = 0; ///< sound, and yet hivex failed at something
    std::uint64_t compared = 0;      ///< keys that both parsers listed alike
    std::uint64_t most_work = 0;     ///< bytes read for one find_value(), in percent of the file

    void add(const Outcome& other);
};

/// read_base_block(), find_value() and list_key() end with an answer or an Error, and find_value()
/// reads no more than a small multiple of the file. Throws Violation.
Outcome check_walker(std::span<const std::byte> hive);

/// verify() ends; what it finds sound, hivex can be given: every name, value and time can be asked
/// for, each key once, and hivex and the walker say the same. Throws Violation.
Outcome check_verify(std::span<const std::byte> hive);

/// plan_replay() ends with a plan that keeps its promises, or an Error; the recovered hive is what
/// a naive replay writes, and its base block is clean. `bytes` are those of a LogCase. Throws
/// Violation. Of the outcome, `sound` counts plans with an entry in them, `compared` entries.
Outcome check_logs(std::span<const std::byte> bytes);

/// Conversions of names lose nothing and print nothing that a terminal obeys. Throws Violation.
Outcome check_names(std::span<const std::byte> bytes);

// Texts that come with the evidence. Each is refused with an Error, or is what it says: of the
// outcome, `sound` counts those that are accepted. All throw Violation.

/// The text of a rollback journal.
Outcome check_journal(std::span<const std::byte> bytes);
/// A line of a record of a run.
Outcome check_record(std::span<const std::byte> bytes);
/// A list of paths.
Outcome check_list(std::span<const std::byte> bytes);
/// The id of a rule, and a key path.
Outcome check_words(std::span<const std::byte> bytes);
/// A file of rules: what it holds can be scanned for, or what is wrong with it has its place.
Outcome check_rules(std::span<const std::byte> bytes);
/// Ranges over bytes: read in whatever pieces, they are what a naive copy holds.
Outcome check_overlay(std::span<const std::byte> bytes);

} // namespace hivelint::fuzz
