#include <hivelint/regf/lookup.hpp>

#include <fmt/core.h>

#include <array>
#include <string_view>

namespace hivelint::regf {

std::string value_type_name(std::uint32_t type) {
    static constexpr std::array<std::string_view, 12> kNames = {
        "REG_NONE",
        "REG_SZ",
        "REG_EXPAND_SZ",
        "REG_BINARY",
        "REG_DWORD",
        "REG_DWORD_BIG_ENDIAN",
        "REG_LINK",
        "REG_MULTI_SZ",
        "REG_RESOURCE_LIST",
        "REG_FULL_RESOURCE_DESCRIPTOR",
        "REG_RESOURCE_REQUIREMENTS_LIST",
        "REG_QWORD",
    };
    return type < kNames.size() ? std::string(kNames.at(type)) : fmt::format("0x{:08X}", type);
}

} // namespace hivelint::regf
