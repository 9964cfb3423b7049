// Makes a tree of user profiles to measure on: the same arguments, the same bytes.
//
// usage: make_corpus DIR HIVES AFFECTED% DIRTY% SMALLEST_KIB LARGEST_KIB
//
// Hives lie in DIR/Users/userN/NTUSER.DAT, a thousand to a folder. Their sizes spread evenly in the
// logarithm; AFFECTED% have the condition, DIRTY% have unequal numbers and a log that changes one
// page.
#include "tests/support/hive_builder.hpp"
#include "tests/support/log_builder.hpp"

#include <fmt/core.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <span>
#include <stdexcept>
#include <tuple>

using namespace hivelint::test;

namespace {

constexpr std::size_t kSizes = 11; ///< different sizes; no divisor of 100, so that each is affected

void write_file(const std::filesystem::path& path, const std::vector<std::byte>& bytes) {
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
    if (!out.flush()) {
        throw std::runtime_error("cannot write " + path.native());
    }
}

/// A hive of about that size, filled as a user's is: many keys with a few small values.
HiveSpec profile(std::size_t kib, bool affected) {
    HiveSpec spec;
    spec.with("Software\\Microsoft\\Exchange");
    if (affected) {
        spec.with("Software\\Microsoft\\Exchange", dword(u"MapiHttpDisabled", 1));
    }
    // Each key below takes about 1 KiB with its values.
    for (std::size_t i = 0; i + 12 < kib; ++i) {
        auto& key = spec.key(fmt::format("Software\\Vendor{:02}\\Series{:02}\\Product{:02}",
                                         i / 10000, i / 100 % 100, i % 100));
        key.values = {dword(u"Version", static_cast<std::uint32_t>(i)),
                      sz(u"InstallPath", u"C:\\Program Files\\Vendor\\Product\\Application.exe"),
                      binary(u"State", pattern(500)), binary(u"Settings", pattern(120))};
    }
    return spec;
}

int make(const std::filesystem::path& folder, std::size_t hives, std::size_t affected,
         std::size_t dirty, double smallest, double largest) {
    std::map<std::tuple<std::size_t, bool, bool>, BuiltHive> made;
    for (std::size_t i = 0; i < hives; ++i) {
        const std::size_t size = i % kSizes;
        const bool is_affected = i % 100 < affected;
        const bool is_dirty = (i + 50) % 100 < dirty;
        auto& hive = made[{size, is_affected, is_dirty}];
        if (hive.bytes.empty()) {
            const double part = static_cast<double>(size) / (kSizes - 1);
            const auto kib =
                static_cast<std::size_t>(smallest * std::pow(largest / smallest, part));
            auto spec = profile(kib, is_affected);
            spec.primary_sequence += is_dirty ? 1 : 0;
            hive = spec.build();
        }
        const auto home = folder / fmt::format("{:03}/Users/user{:06}", i / 1000, i);
        std::filesystem::create_directories(home);
        write_file(home / "NTUSER.DAT", hive.bytes);
        if (is_dirty) {
            const std::span first_page = std::span(hive.bytes).subspan(kPage, kPage);
            const PageSpec page = {.offset = 0, .data = {first_page.begin(), first_page.end()}};
            write_file(
                home / "NTUSER.DAT.LOG1",
                new_log(hive, {{.number = hive.get32(header::kPrimarySequence), .pages = {page}}})
                    .bytes);
        }
    }
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 7) {
        fmt::print(stderr, "usage: make_corpus DIR HIVES AFFECTED% DIRTY% SMALLEST_KIB "
                           "LARGEST_KIB\n");
        return 2;
    }
    return make(argv[1], std::strtoul(argv[2], nullptr, 10), std::strtoul(argv[3], nullptr, 10),
                std::strtoul(argv[4], nullptr, 10), std::strtod(argv[5], nullptr),
                std::strtod(argv[6], nullptr));
}
