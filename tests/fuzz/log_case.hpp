// A hive and its two logs as one run of bytes, which is all that a fuzzer knows.
#pragma once

#include "tests/fuzz/mutate.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace hivelint::fuzz {

/// Packed: two 32-bit sizes, of the hive and of the first log, then the three one behind the other.
struct LogCase {
    std::vector<std::byte> hive;
    std::array<std::vector<std::byte>, 2> logs;
};

std::vector<std::byte> pack(const LogCase& parts);
/// Any bytes are a case: sizes that are too large take what is there.
LogCase unpack(std::span<const std::byte> bytes);

/// The packed case that a fuzz input stands for. Its last byte is not part of it: an odd one asks
/// for all checksums and hashes of the logs to be made right (see input_of()).
std::vector<std::byte> logs_of(std::span<const std::byte> input);

/// Changes one of the three: the hive as mutate() does; a field of a log's base block or of an
/// entry, a bit, a copied sector, a cut. Never makes it longer.
void mutate_logs(std::vector<std::byte>& packed, Random& random);

} // namespace hivelint::fuzz
