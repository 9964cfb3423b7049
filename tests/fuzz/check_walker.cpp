#include "tests/fuzz/properties.hpp"

#include "tests/support/hive_cells.hpp"

#include <hivelint/error.hpp>
#include <hivelint/regf/base_block.hpp>
#include <hivelint/regf/walker.hpp>
#include <hivelint/source.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace hivelint::fuzz {
namespace {

// Through the walker's cache of 64 pages nothing is read twice but lists, names and data of a page
// and more. A path of three keys asks four times for a subkey: elements take two bins' worth and
// their ri list a third; the value list, its names and one value's data take one each.
constexpr std::uint64_t kCachedBytes = 64 * regf::kPageSize;
constexpr std::uint64_t kMostWork = 2000;

} // namespace

std::vector<std::byte> hive_of(std::span<const std::byte> input) {
    if (input.empty()) {
        return {};
    }
    std::vector<std::byte> hive(input.begin(), input.end() - 1);
    const bool fix = (input.back() & std::byte{1}) != std::byte{0};
    if (fix && hive.size() >= regf::kBaseBlockSize) {
        test::store(hive, 508, test::base_block_checksum(hive), 4);
    }
    return hive;
}

std::vector<std::byte> input_of(std::vector<std::byte> hive) {
    hive.push_back(std::byte{1});
    return hive;
}

void Outcome::add(const Outcome& other) {
    inputs += other.inputs;
    sound += other.sound;
    answered += other.answered;
    hivex_refused += other.hivex_refused;
    compared += other.compared;
    most_work = std::max(most_work, other.most_work);
}

Outcome check_walker(std::span<const std::byte> hive) {
    Outcome outcome{.inputs = 1};
    const MemorySource source(hive);
    const auto path = regf::parse_key_path("Software\\Microsoft\\Exchange");
    try {
        const auto base_block = regf::read_base_block(source);
        outcome.sound = 1;
        regf::Walker walker(source, base_block);
        try {
            const auto lookup = walker.find_value(path, u"MapiHttpDisabled");
            outcome.answered = 1;
            if (lookup.value && !lookup.key_found) {
                throw Violation("a value of a key that was not found");
            }
            if (lookup.value && lookup.value->data.size() > base_block.bins_size) {
                throw Violation("data that is larger than the hive bins");
            }
        } catch (const Error&) { // NOLINT: an answer, too
        }
        outcome.most_work = walker.cost().bytes * 100 / hive.size();
        if (hive.size() <= kCachedBytes && outcome.most_work > kMostWork) {
            throw Violation(fmt::format("{} bytes were read in a file of {}", walker.cost().bytes,
                                        hive.size()));
        }
        for (const auto& listed : {regf::KeyPath{}, path}) {
            try {
                walker.list_key(listed);
            } catch (const Error&) { // NOLINT: an answer, too
            }
        }
    } catch (const Error&) { // NOLINT: an answer, too
    }
    return outcome;
}

} // namespace hivelint::fuzz
