#include "words.hpp"

#include <fmt/core.h>

namespace hivelint {

std::string described(const Error& error) {
    return error.offset() ? fmt::format("{} at {:#x}: {}", to_string(error.code()), *error.offset(),
                                        error.message())
                          : fmt::format("{}: {}", to_string(error.code()), error.message());
}

std::string counted(std::uint64_t number, std::string_view singular) {
    return fmt::format("{} {}{}", number, singular, number == 1 ? "" : "s");
}

} // namespace hivelint
