// libFuzzer's way to check_logs().
#include "tests/fuzz/log_case.hpp"
#include "tests/fuzz/properties.hpp"

#include <span>

// A Violation is caught by nobody, which is how libFuzzer learns of it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace hivelint;
    const auto input = std::as_bytes(std::span(data, size));
    fuzz::check_logs(fuzz::logs_of(input));
    return 0;
}
