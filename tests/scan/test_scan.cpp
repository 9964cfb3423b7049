// The scan of one hive: damage and oddities on the way to the value, and when hivex is asked.
#include "tests/support/as_built.hpp"
#include "tests/support/scan_text.hpp"

#include <hivelint/scan.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>

using namespace hivelint::test;
using hivelint::Confirm;
using hivelint::Record;

namespace {

void set_free(BuiltHive& hive, FileOffset cell) { hive.put32(cell, 0U - hive.get32(cell)); }

bool has_note(const Record& record, std::string_view start) {
    return std::ranges::any_of(record.notes,
                               [&](const auto& note) { return note.starts_with(start); });
}

} // namespace

TEST_CASE("scan: damage on the way makes the answer unknown") {
    const auto sound = affected().build();
    const auto value = sound.value_cell(kExchange, kMapi);
    const auto list = sound.value_list_cell(kExchange);
    const auto key = sound.key_cell(kExchange);
    struct Row {
        std::string_view what;
        FileOffset place;
        std::uint32_t number;
        std::string expected;
    };
    const Row rows[] = {
        {"value cell free", value, 0x28, fmt::format("bad-cell by walker, bad-cell {:#x}", value)},
        {"no vk", value + 4, 0, fmt::format("bad-value by walker, bad-value {:#x}", value + 4)},
        {"data outside", value + vk::kDataLength, 4,
         fmt::format("bad-cell by walker, bad-cell {:#x}", value + vk::kData)},
        {"inline length 5", value + vk::kDataLength, 0x8000'0005,
         fmt::format("bad-data by walker, bad-data {:#x}", value + vk::kDataLength)},
        {"value list free", list, 8, fmt::format("bad-cell by walker, bad-cell {:#x}", list)},
        {"value count", key + nk::kValueCount, 0x4000'0001,
         fmt::format("bad-value-list by walker, bad-value-list {:#x}", list)},
        {"no nk", key + 4, 0, fmt::format("bad-key-node by walker, bad-key-node {:#x}", key + 4)},
        {"no list", sound.list_cell("Software") + 4, 0,
         fmt::format("bad-subkey-list by walker, bad-subkey-list {:#x}",
                     sound.list_cell("Software") + 4)},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto hive = sound;
        hive.put32(row.place, row.number);
        const auto record = scan_hive(hive);
        CHECK(line_of(record) == "corrupt unknown " + row.expected);
        CHECK(has_note(record, as_built("not given to hivex: verify found ")));
        CHECK(has_note(record, "damaged at "));
        CHECK(line_of(scan_hive(hive, Confirm::never)) == line_of(record));
    }
}

TEST_CASE("scan: damage elsewhere leaves the finding, and hivex is not asked") {
    auto spec = affected();
    spec.with("Other", dword(u"x", 1));
    auto hive = spec.build();
    const auto element = hive.value_list_cell("Other") + 4;
    set_free(hive, hive.value_cell("Other", u"x"));
    const auto record = scan_hive(hive);
    CHECK(line_of(record) == fmt::format("corrupt affected by walker, damaged {:#x}", element));
    CHECK(one_text(record.notes) == as_built("not given to hivex: verify found 1 piece of damage"));
    REQUIRE(record.error);
    CHECK(record.error->message().starts_with("cell-reference: "));
    // A hive without a finding is not read whole, so nothing is known of the damage.
    hive.put32(hive.value_cell(kExchange, kMapi) + vk::kData, 0);
    CHECK(line_of(scan_hive(hive)) == "clean clear zero by walker");
    CHECK(line_of(scan_hive(hive, Confirm::always)) ==
          fmt::format("corrupt clear zero by walker, damaged {:#x}", element));
}

TEST_CASE("scan: keys and values that stand for something else are no answer") {
    struct Row {
        std::string_view what;
        std::function<FileOffset(BuiltHive&)> spoil; ///< the place of the error
        std::string word;
    };
    const auto flag_key = [](const char* path, std::uint16_t flags) {
        return [=](BuiltHive& hive) {
            const auto key = hive.key_cell(path);
            hive.put16(key + nk::kFlags, hive.get16(key + nk::kFlags) | flags);
            return key;
        };
    };
    const Row rows[] = {
        {"link", flag_key(kExchange, 0x10), "link-key"},
        {"link on the way", flag_key("Software", 0x10), "link-key"},
        {"predefined handle", flag_key(kExchange, 0x40), "predefined-key"},
        {"tombstone",
         [](BuiltHive& hive) {
             const auto value = hive.value_cell(kExchange, kMapi);
             hive.put16(value + vk::kFlags, 3);
             return value;
         },
         "tombstone"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto spec = affected();
        spec.minor = 6;
        auto hive = spec.build();
        const auto place = row.spoil(hive);
        const auto record = scan_hive(hive, Confirm::never);
        CHECK(line_of(record) ==
              fmt::format("clean unknown {} by walker, {} {:#x}", row.word, row.word, place));
        CHECK(one_text(record.notes).empty());
        // The record keeps its reason whatever a second parser is asked.
        CHECK(line_of(scan_hive(hive)).starts_with(line_of(record)));
    }
}

TEST_CASE("scan: duplicates are noted, the first is read") {
    auto spec = affected();
    spec.key(kExchange).values.push_back(dword(u"MAPIHTTPDISABLED", 0));
    spec.root.subkeys.push_back({.name = u"SOFTWARE"});
    const auto hive = spec.build();
    const auto record = scan_hive(hive);
    CHECK(line_of(record) == as_built("clean affected by walker+hivex"));
    CHECK(one_text(record.notes) ==
          one_text({fmt::format("a second key of the same name on the way to {} lies at {:#x}; the "
                                "first was read",
                                kExchange, hive.key_cell("SOFTWARE")),
                    fmt::format("a second value MapiHttpDisabled lies at {:#x}; the first was read",
                                hive.value_cell(kExchange, u"MAPIHTTPDISABLED")),
                    "verify found irregularities: duplicate-name 2"}));
    // Two values are a doubt even where the first is good.
    auto first_is_good = spec;
    std::ranges::reverse(first_is_good.key(kExchange).values);
    CHECK(line_of(scan_hive(first_is_good.build())) ==
          as_built("clean clear zero by walker+hivex"));
}

TEST_CASE("scan: what else is worth a note") {
    constexpr std::uint64_t kPast9999 = 0xFFFF'FFFF'FFFF'FFFF;
    auto spec = affected(0);
    spec.with(std::string(kExchange) + "\\" + "MapiHttpDisabled");
    CHECK(
        all_of(scan_hive(spec.build())) ==
        one_text({"clean clear zero by walker",
                  R"(Software\Microsoft\Exchange holds a key named MapiHttpDisabled, which has no )"
                  "effect"}));
    spec = affected(0);
    spec.last_written = kPast9999;
    spec.key(kExchange).last_written = kPast9999;
    CHECK(all_of(scan_hive(spec.build())) ==
          one_text({"clean clear zero by walker",
                    "the base block's last-written time is 0xffffffffffffffff, past the year 9999",
                    "the key's last-written time is 0xffffffffffffffff, past the year 9999"}));
    spec = affected(0);
    spec.minor = 6;
    auto hive = spec.build();
    hive.put32(header::kFlags, 2);
    hive.put32(header::kClusteringFactor, 8);
    hive.fix_checksum();
    CHECK(all_of(scan_hive(hive)) ==
          one_text({"clean clear zero by walker",
                    "a differencing hive: what it does not hold, a lower layer may",
                    "clustering factor 8 instead of 1"}));
}

TEST_CASE("scan: when hivex is asked") {
    struct Row {
        Confirm confirm;
        std::uint32_t number;
        std::string expected;
    };
    const Row rows[] = {
        {Confirm::automatic, 1, as_built("clean affected by walker+hivex")},
        {Confirm::automatic, 2, as_built("clean nonstandard number by walker+hivex")},
        {Confirm::automatic, 0, "clean clear zero by walker"},
        {Confirm::always, 1, as_built("clean affected by walker+hivex")},
        {Confirm::always, 0, as_built("clean clear zero by walker+hivex")},
        {Confirm::never, 1, "clean affected by walker"},
        {Confirm::never, 2, "clean nonstandard number by walker"},
        {Confirm::never, 0, "clean clear zero by walker"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.expected);
        CHECK(all_of(scan_hive(affected(row.number).build(), row.confirm)) ==
              one_text({row.expected}));
    }
    CHECK(line_of(scan_hive(HiveSpec{}.with("Software").build(), Confirm::always)) ==
          as_built("clean clear absent by walker+hivex"));
}

TEST_CASE("scan: a key that Windows does not find for its wrong hash" *
          doctest::skip(hivelint::second_parser().empty())) {
    auto hive = affected().build();
    const auto hash = hive.element(kExchange) + 4;
    hive.put32(hash, hive.get32(hash) ^ 1);
    const auto told =
        fmt::format("a key on the way to {} lies at {:#x} behind a wrong hash: Windows "
                    "does not find it, other programs may",
                    kExchange, hive.key_cell(kExchange));
    CHECK(all_of(scan_hive(hive)) == one_text({"clean clear absent by walker", told}));
    const auto record = scan_hive(hive, Confirm::always);
    CHECK(line_of(record) == "clean clear absent by walker, parsers-disagree");
    CHECK(one_text(record.notes) == one_text({told, "verify found irregularities: list-hint 1"}));
    CHECK(record.error->message() ==
          "mapi-http-disabled: the walker says clear absent, hivex says affected");
}

TEST_CASE("scan: more subkeys than hivex reads" *
          doctest::skip(hivelint::second_parser().empty())) {
    auto spec = affected();
    auto& subkeys = spec.key("Software\\Microsoft").subkeys;
    for (std::size_t count = 0; count < 70'000; ++count) {
        const auto name = fmt::format("k{:05}", count);
        subkeys.push_back({.name = {name.begin(), name.end()}});
    }
    const auto record = scan_hive(spec.build());
    CHECK(line_of(record) == "clean affected by walker, hivex-failed");
    CHECK(one_text(record.notes) == "hivex could not answer");
}

TEST_CASE("scan: a tail behind the bins is allowed") {
    auto hive = affected().build();
    hive.append(hive.bytes);
    hive.append(pattern(77));
    CHECK(all_of(scan_hive(hive)) == one_text({as_built("clean affected by walker+hivex")}));
}
