// Every other mutation of libFuzzer's is one of ours, which know what a hive looks like.
#include "tests/fuzz/mutate.hpp"

#include <algorithm>
#include <cstring>
#include <span>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
    using namespace hivelint::fuzz;
    Random random(seed);
    if (size < 2 || random.below(4) == 0) {
        return LLVMFuzzerMutate(data, size, most);
    }
    const auto bytes = std::as_bytes(std::span(data, size));
    std::vector<std::byte> hive(bytes.begin(), bytes.end() - 1); // the last is no part of it
    for (std::size_t i = random.below(3) + 1; i > 0; --i) {
        mutate(hive, random);
    }
    hive.push_back(bytes.back());
    std::memcpy(data, hive.data(), hive.size());
    return hive.size();
}
