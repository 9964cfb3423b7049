// Dirty hives and their logs in every form that replay has a rule for.
#include "tests/fuzz/corpus.hpp"

#include "tests/fuzz/log_case.hpp"
#include "tests/support/log_builder.hpp"

#include <utility>

namespace hivelint::fuzz {
namespace {

using namespace hivelint::test;

constexpr const char* kExchange = "Software\\Microsoft\\Exchange";
constexpr const char16_t* kMapiHttpDisabled = u"MapiHttpDisabled";

BuiltHive hive(std::uint32_t value, std::size_t free_pages = 0) {
    return HiveSpec{.primary_sequence = 8, .secondary_sequence = 7, .free_pages = free_pages}
        .with(kExchange, dword(kMapiHttpDisabled, value))
        .build();
}

EntrySpec setting(std::uint32_t number, std::uint32_t value) {
    return entry_between(number, hive(~value), hive(value));
}

EntrySpec growing(std::uint32_t number, std::size_t free_pages) {
    return entry_between(number, hive(1), hive(2, free_pages));
}

Seed seed(std::string name, const BuiltHive& primary, const BuiltLog& first,
          const BuiltLog& second = {}) {
    return {std::move(name), pack({primary.bytes, {first.bytes, second.bytes}})};
}

BuiltHive hive_at(std::uint32_t secondary) {
    auto primary = hive(0);
    primary.put32(header::kPrimarySequence, secondary + 1);
    primary.put32(header::kSecondarySequence, secondary);
    primary.fix_checksum();
    return primary;
}

BuiltHive damaged() {
    auto primary = hive(0);
    primary.put32(header::kChecksum, 0);
    return primary;
}

BuiltLog torn() {
    auto log = new_log(hive(0), {setting(8, 1), setting(9, 2)});
    return log.cut(log.bytes.size() - 512);
}

BuiltLog with_remnants() {
    auto log = new_log(hive(0), {setting(20, 1)});
    return log.remnants(new_log(hive(0), {setting(3, 9), setting(21, 9)}));
}

/// Sectors here and there, some of them side by side.
BuiltLog single_sectors() {
    const auto after = hive(1, 3);
    std::vector<PageSpec> pages;
    for (const std::uint32_t at : {0x0U, 0x200U, 0x400U, 0xA00U, 0x1000U, 0x2E00U, 0x3000U}) {
        const auto from = after.bytes.begin() + static_cast<std::ptrdiff_t>(kPage + at);
        pages.push_back({at, {from, from + kSector}});
    }
    return old_log(after, 8, pages);
}

BuiltLog overlapping() {
    auto entry = growing(8, 2);
    entry.pages.push_back({0x600, pattern(0x1400)});
    entry.pages.push_back({0x800, pattern(0x200)});
    entry.padding = 700;
    return new_log(hive(0), {entry, setting(9, 3)});
}

} // namespace

std::vector<Seed> log_seeds() {
    const auto primary = hive(0);
    const auto one = new_log(primary, {setting(8, 1), setting(9, 2)});
    const auto two = new_log(primary, {setting(10, 3)});
    const auto old_one = old_log(primary, 8, changed_pages(primary, hive(1)));
    auto later = old_one;
    later.put64(header::kLastWritten, kDefaultTime + 1);
    later.fix_checksum();
    return {
        seed("one", primary, one),
        seed("two", primary, one, two),
        seed("swapped", primary, two, one),
        seed("same", primary, one, one),
        seed("stale", primary, new_log(primary, {setting(5, 9)}), one),
        seed("wrapping", hive_at(0xFFFF'FFFE),
             new_log(primary, {setting(0xFFFF'FFFF, 1), setting(0, 2)})),
        seed("torn", primary, torn(), two),
        seed("remnants", primary, with_remnants()),
        seed("growing", primary, new_log(primary, {growing(8, 3), setting(9, 1), growing(10, 2)})),
        seed("overlapping", primary, overlapping()),
        seed("healed", damaged(), one, two),
        seed("old", primary, old_one),
        seed("old-two", primary, old_one, later),
        seed("old-sectors", primary, single_sectors()),
        seed("old-healed", damaged(), old_one),
    };
}

} // namespace hivelint::fuzz
