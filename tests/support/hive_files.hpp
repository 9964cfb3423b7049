// Hives of the builder as files, and as the library opens them.
#pragma once

#include "tests/support/hive_builder.hpp"
#include "tests/support/temp_dir.hpp"

#include <hivelint/hive.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace hivelint::test {

inline constexpr const char* kExchange = "Software\\Microsoft\\Exchange";

inline void write_file(const std::filesystem::path& file, std::span<const std::byte> bytes) {
    std::string text(bytes.size(), '\0');
    std::ranges::transform(bytes, text.begin(), [](std::byte b) { return static_cast<char>(b); });
    std::filesystem::create_directories(file.parent_path());
    std::ofstream out(file, std::ios::binary);
    if (!out.write(text.data(), static_cast<std::streamsize>(text.size())).flush()) {
        throw std::runtime_error("cannot write " + file.string());
    }
}

inline std::string read_file(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// A file that holds pattern(size).
inline std::filesystem::path pattern_file(const TempDir& dir, std::size_t size) {
    auto file = dir.path() / "file";
    write_file(file, pattern(size));
    return file;
}

/// Puts the hive into the folder. The path of its file.
inline std::filesystem::path save(const TempDir& dir, const BuiltHive& hive,
                                  std::string_view name = "NTUSER.DAT") {
    auto file = dir.path() / name;
    write_file(file, hive.bytes);
    return file;
}

inline Hive opened(const BuiltHive& hive) { return Hive::open(regf::VerifiedImage(hive.bytes)); }

/// Says that a test could not look; tests/run.sh shows such lines.
inline void say_skipped(std::string_view why) { std::cout << "SKIPPED: " << why << std::endl; }

} // namespace hivelint::test
