// Names with one bit of damage on the way to the answer: each is told of, and what lies elsewhere
// is not.
#include "regf/core/near_name.hpp"
#include "tests/support/hive_builder.hpp"
#include "tests/support/scan_text.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace hivelint;
using namespace hivelint::test;

namespace {

constexpr const char* kKey = "Software\\Microsoft\\Exchange";
constexpr const char16_t* kValue = u"MapiHttpDisabled";

HiveSpec spec_of(std::uint32_t minor, bool wide) {
    auto value = dword(kValue, 1);
    value.wide_name = wide;
    return HiveSpec{.minor = minor}
        .with("Software\\Micron", dword(u"x", 1))
        .with("Software\\Microsoft\\Exchange Online", dword(u"MapiHttpDisabled2", 1))
        .with(kKey, value);
}

/// Whether something is said beside the verdict.
bool doubted(const Record& record) {
    return record.error || !record.notes.empty() || record.state != State::clean;
}

} // namespace

TEST_CASE("misnamed: one bit of a name, its length or its flags hides nothing without a word") {
    for (const std::uint32_t minor : {3U, 5U}) {
        for (const bool wide : {false, true}) {
            const auto built = spec_of(minor, wide).build();
            std::vector<std::pair<FileOffset, std::size_t>> fields; // and how many bytes
            for (const auto* path : {"Software", "Software\\Microsoft", kKey}) {
                const auto cell = built.key_cell(path);
                fields.emplace_back(cell + nk::kFlags, 1);
                fields.emplace_back(cell + nk::kNameLength, 2);
                fields.emplace_back(cell + nk::kName, std::string_view(path).size() -
                                                          std::string_view(path).rfind('\\') - 1);
            }
            fields[2].second = 8; // Software
            const auto value = built.value_cell(kKey, kValue);
            fields.emplace_back(value + vk::kFlags, 1);
            fields.emplace_back(value + vk::kNameLength, 2);
            fields.emplace_back(value + vk::kName, wide ? 32 : 16);
            int silent = 0;
            int changed = 0;
            for (const auto& [at, size] : fields) {
                for (std::size_t bit = 0; bit < 8 * size; ++bit) {
                    auto hive = built;
                    hive.put8(at + bit / 8,
                              static_cast<std::uint8_t>(hive.get8(at + bit / 8) ^ 1U << bit % 8));
                    const TempDir dir;
                    const auto record = scan_file(save(dir, hive), kb_only());
                    const auto& finding = record.checks.at(0).finding;
                    if (finding.verdict == Verdict::affected) {
                        continue;
                    }
                    ++changed;
                    if (!doubted(record)) {
                        ++silent;
                        CAPTURE(at);
                        CAPTURE(bit);
                        CHECK(line_of(record) == "");
                    }
                }
            }
            CHECK(silent == 0);
            CHECK(changed > 300);
        }
    }
}

TEST_CASE("misnamed: neighbours with names of their own are no doubt") {
    const TempDir dir;
    const auto hive = HiveSpec{}
                          .with("Software\\Microsoft\\Exchange Online", dword(u"a", 1))
                          .with("Software\\Microsoft\\Exchang", dword(u"b", 1))
                          .with("Software\\Microsoft\\Ex", dword(u"b", 1))
                          .build();
    const auto record = scan_file(save(dir, hive), kb_only());
    CHECK(line_of(record) == "clean clear absent by walker");
    CHECK(record.notes.empty());
}

TEST_CASE("misnamed: what could be a damaged name") {
    struct Row {
        std::u16string stored;
        bool eight_bit;
        bool could;
    };
    const Row rows[] = {
        {u"Exchange", true, false}, // it is the name
        {u"Exchangf", true, true},
        {u"Exchange ", true, false},
        {std::u16string(u"Exchange\0\0", 10), true, true},
        {u"Exchange\x07zz", true, true},
        {u"Exchang", true, false},
        {u"Fxchangf", true, false},
        {u"\u7845\u6863\u6E61\u6567", false, true},                    // 8 bits, flagged as 16
        {std::u16string(u"E\0x\0c\0h\0a\0n\0g\0e\0", 16), true, true}, // 16 bits, flagged as 8
        {std::u16string(u"E\0x\0c\0h\0a\0n\0g\0e", 15), true, false},
        {u"", true, false},
    };
    for (const auto& row : rows) {
        CAPTURE(to_utf8(row.stored));
        CHECK(regf::could_be(row.stored, row.eight_bit, u"Exchange") == row.could);
    }
}
