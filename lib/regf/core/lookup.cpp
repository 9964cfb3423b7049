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

ValueData dword_data(std::uint32_t number) {
    ValueData data = {.type = kRegDword, .bytes = {}};
    for (unsigned shift = 0; shift < 32; shift += 8) {
        data.bytes.push_back(static_cast<std::byte>(number >> shift));
    }
    return data;
}

ValueData qword_data(std::uint64_t number) {
    ValueData data = {.type = kRegQword, .bytes = {}};
    for (unsigned shift = 0; shift < 64; shift += 8) {
        data.bytes.push_back(static_cast<std::byte>(number >> shift));
    }
    return data;
}

ValueData text_data(std::string_view utf8, std::uint32_t type) {
    ValueData data = {.type = type, .bytes = {}};
    for (const char16_t unit : to_utf16(utf8) + u'\0') {
        data.bytes.push_back(static_cast<std::byte>(unit & 0xFF));
        data.bytes.push_back(static_cast<std::byte>(unit >> 8));
    }
    return data;
}

} // namespace hivelint::regf
