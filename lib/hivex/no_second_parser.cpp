#include "second_parser.hpp"

#include <hivelint/second_parser.hpp>

namespace hivelint {

std::string_view second_parser() noexcept { return {}; }

std::optional<std::vector<regf::Lookup>> ask_hivex(const PrivateImage& /*image*/,
                                                   std::span<const regf::Question> /*questions*/) {
    return std::nullopt;
}

std::optional<TreeCount> count_with_hivex(const regf::VerifiedImage& /*image*/) {
    return std::nullopt;
}

void compare_with_hivex(const regf::VerifiedImage& /*stored*/, const PrivateImage& /*planned*/,
                        const ExpectedChange& /*expected*/, Direction /*direction*/,
                        const SameBytes& /*same*/) {}

} // namespace hivelint
