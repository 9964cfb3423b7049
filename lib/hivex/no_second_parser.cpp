#include "second_parser.hpp"

#include <hivelint/scan.hpp>

namespace hivelint {

std::string_view second_parser() noexcept { return {}; }

std::optional<std::vector<Finding>> ask_hivex(const PrivateImage& /*image*/,
                                              std::span<const Rule* const> /*rules*/) {
    return std::nullopt;
}

std::optional<TreeCount> count_with_hivex(const regf::VerifiedImage& /*image*/) {
    return std::nullopt;
}

void compare_with_hivex(const regf::VerifiedImage& /*stored*/, const PrivateImage& /*planned*/,
                        const Patch& /*patch*/, const SameBytes& /*same*/) {}

} // namespace hivelint
