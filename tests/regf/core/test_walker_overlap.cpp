// Hives whose records overlap, so that a small file claims to hold any amount: the walker must end
// soon and keep little. Time is measured in what it reads, memory in what it returns.
#include "tests/support/hive_builder.hpp"
#include "tests/support/regf_account.hpp"

#include <hivelint/regf/walker.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using hivelint::ErrorCode;
using namespace hivelint::test;

namespace {

constexpr std::size_t kMostNoted = 64; // of damage, in one answer

/// A value whose cell has room for `size` bytes, to be overwritten. Version 1.3 keeps it in one
/// cell.
ValueSpec room_for(std::size_t size) { return binary(u"room", std::vector<std::byte>(size)); }

/// Puts `count` references to `cell` at `to`.
void repeat_reference(BuiltHive& hive, FileOffset to, std::size_t count, FileOffset cell) {
    for (std::size_t i = 0; i < count; ++i) {
        hive.put32(to + 4 * i, BuiltHive::relative(cell));
    }
}

/// All damage is of that code, and there is some.
void check_only(const std::vector<hivelint::Error>& damage, ErrorCode code) {
    REQUIRE(!damage.empty());
    CHECK(damage.size() <= kMostNoted + 1); // and that it gave up
    CHECK(std::ranges::all_of(damage, [&](const auto& error) { return error.code() == code; }));
}

} // namespace

TEST_CASE("walker overlap: one value with a long name, named 16,000 times") {
    constexpr std::size_t kTimes = 16000;
    const std::u16string name(30000, u'n');
    auto hive =
        HiveSpec{.minor = 3}.with("k", dword(name, 1)).with("room", room_for(4 * kTimes)).build();
    const auto value = hive.value_cell("k", name);
    const auto elements = hive.data_cell("room", u"room");
    repeat_reference(hive, elements + 4, kTimes, value);
    hive.put32(hive.key_cell("k") + nk::kValueList, BuiltHive::relative(elements));
    hive.put32(hive.key_cell("k") + nk::kValueCount, kTimes);

    Walk walk(hive);
    const auto lookup = walk.walker.find_value({u"k"}, name);
    CHECK(answer(lookup) == "REG_DWORD 01000000");
    CHECK(lookup.duplicate_values.size() + 1 == hive.get32(header::kBinsSize) / 30000);
    check_only(lookup.damage, ErrorCode::limit_exceeded);
    CHECK(account(lookup.damage.front()) == at("limit-exceeded", value));
    CHECK(walk.walker.cost().bytes < 4 * hive.bytes.size());
    const auto listing = walk.walker.list_key({u"k"});
    REQUIRE(listing);
    CHECK(listing->values.size() == lookup.duplicate_values.size() + 1);
    check_only(listing->damage, ErrorCode::limit_exceeded);
}

TEST_CASE("walker overlap: one key with a long name, named 16,000 times") {
    constexpr std::size_t kTimes = 16000;
    const std::u16string name(30000, u'n');
    auto hive = HiveSpec{.minor = 3}
                    .with(Path{u"k", name}, dword(u"v", 1))
                    .with("room", room_for(4 + 4 * kTimes))
                    .build();
    const auto key = hive.key_cell(Path{u"k", name});
    const auto list_cell = hive.data_cell("room", u"room");
    hive.put_text(list_cell + subkey_list::kSignature, "li");
    hive.put16(list_cell + subkey_list::kCount, kTimes);
    repeat_reference(hive, list_cell + subkey_list::kElements, kTimes, key);
    hive.put32(hive.key_cell("k") + nk::kList, BuiltHive::relative(list_cell));
    hive.put32(hive.key_cell("k") + nk::kSubkeyCount, kTimes);

    Walk walk(hive);
    const auto lookup = walk.walker.find_value({u"k", name}, u"v");
    CHECK(answer(lookup) == "REG_DWORD 01000000");
    CHECK(lookup.duplicate_keys.size() + 1 == hive.get32(header::kBinsSize) / 30000);
    check_only(lookup.damage, ErrorCode::limit_exceeded);
    CHECK(account(lookup.damage.front()) == at("limit-exceeded", key));
    const auto listing = walk.walker.list_key({u"k"});
    REQUIRE(listing);
    CHECK(listing->subkeys.size() == lookup.duplicate_keys.size() + 1);
    check_only(listing->damage, ErrorCode::limit_exceeded);
    CHECK(walk.walker.cost().bytes < 8 * hive.bytes.size());
}

// At every multiple of 8 of a large cell begins what passes for a leaf of 10,000 elements.
TEST_CASE("walker overlap: thousands of leaves inside one another") {
    constexpr std::size_t kLeaves = 5000;
    constexpr std::uint32_t kElements = 10000;
    constexpr std::uint32_t kLeafSize = 8 + 4 * kElements;
    auto hive = HiveSpec{.minor = 3}
                    .with("k\\sub", dword(u"v", 1))
                    .with("leaves", room_for(8 * kLeaves + kLeafSize))
                    .with("list", room_for(4 + 4 * kLeaves))
                    .build();
    // Cells are multiples of 8; the data of one begins 4 bytes behind.
    const auto leaves = hive.data_cell("leaves", u"room") + 8;
    for (std::size_t i = 0; i < kLeaves; ++i) {
        hive.put32(leaves + 8 * i, 0 - kLeafSize);
        hive.put_text(leaves + 8 * i + 4, "li");
        hive.put16(leaves + 8 * i + 6, kElements);
    }
    const auto list_cell = hive.data_cell("list", u"room");
    hive.put_text(list_cell + subkey_list::kSignature, "ri");
    hive.put16(list_cell + subkey_list::kCount, kLeaves);
    for (std::size_t i = 0; i < kLeaves; ++i) {
        hive.put32(list_cell + subkey_list::kElements + 4 * i, BuiltHive::relative(leaves + 8 * i));
    }
    hive.put32(hive.key_cell("k") + nk::kList, BuiltHive::relative(list_cell));

    Walk walk(hive);
    const auto lookup = walk.walker.find_value({u"k", u"sub"}, u"v");
    CHECK(answer(lookup) == "no key");
    REQUIRE(lookup.damage.size() == kMostNoted + 1);
    CHECK(account(lookup.damage.back()).starts_with("limit-exceeded "));
    // 5,000 leaves of 40,000 bytes would be 1,000 times the file.
    CHECK(walk.walker.cost().bytes < 8 * hive.bytes.size());
    CHECK(error_of([&] { walk.walker.list_key({u"k", u"sub"}); }) ==
          account(lookup.damage.front()));
    CHECK(walk.walker.list_key({u"k"})->damage.size() == kMostNoted + 1);
}

// The same with elements that hints pass over: nothing but the limit ends it.
TEST_CASE("walker overlap: leaves inside one another, and no reference that is followed") {
    constexpr std::size_t kLeaves = 5000;
    constexpr std::uint32_t kElements = 5000;
    constexpr std::uint32_t kLeafSize = 8 + 8 * kElements;
    auto hive = HiveSpec{.minor = 3}
                    .with("k\\sub", dword(u"v", 1))
                    .with("leaves", room_for(8 * kLeaves + kLeafSize))
                    .with("list", room_for(4 + 4 * kLeaves))
                    .build();
    const auto leaves = hive.data_cell("leaves", u"room") + 8;
    const auto list_cell = hive.data_cell("list", u"room");
    hive.put_text(list_cell + subkey_list::kSignature, "ri");
    hive.put16(list_cell + subkey_list::kCount, kLeaves);
    for (std::size_t i = 0; i < kLeaves; ++i) {
        hive.put32(leaves + 8 * i, 0 - kLeafSize);
        hive.put_text(leaves + 8 * i + 4, "lh");
        hive.put16(leaves + 8 * i + 6, kElements);
        hive.put32(list_cell + subkey_list::kElements + 4 * i, BuiltHive::relative(leaves + 8 * i));
    }
    hive.put32(hive.key_cell("k") + nk::kList, BuiltHive::relative(list_cell));

    Walk walk(hive);
    const auto lookup = walk.walker.find_value({u"k", u"sub"}, u"v");
    CHECK(answer(lookup) == "no key");
    check_only(lookup.damage, ErrorCode::limit_exceeded);
    // The leaf that is one too many.
    const auto leaves_read = hive.get32(header::kBinsSize) / 4 / kElements;
    CHECK(account(lookup.damage.front()) == at("limit-exceeded", leaves + 8 * leaves_read));
    CHECK(walk.walker.cost().bytes < 8 * hive.bytes.size());
}

// 1,000 values share the cell of 60,000 bytes that holds their data.
TEST_CASE("walker overlap: a listing holds no more data than the hive") {
    HiveSpec spec{.minor = 3};
    spec.with("room", room_for(60000));
    for (char16_t i = 0; i < 1000; ++i) {
        spec.with("k", binary({u'v', static_cast<char16_t>(0x4E00 + i)}, pattern(4)));
    }
    auto hive = spec.build();
    const auto data = hive.data_cell("room", u"room");
    const auto elements = hive.value_list_cell("k") + 4;
    for (std::size_t i = 0; i < 1000; ++i) {
        const auto value = hive.follow(elements + 4 * i);
        hive.put32(value + vk::kDataLength, 60000);
        hive.put32(value + vk::kData, BuiltHive::relative(data));
    }
    CHECK(find(hive, "k", u"v\u4E00").value.value().data.size() == 60000);
    const auto listing = list(hive, "k");
    REQUIRE(listing);
    std::size_t total = 0;
    for (const auto& value : listing->values) {
        total += value.data.size();
    }
    CHECK(total <= hive.bytes.size());
    check_only(listing->damage, ErrorCode::limit_exceeded);
}

TEST_CASE("walker overlap: of many bad references a few are told") {
    constexpr std::size_t kCount = 16000;
    auto hive = HiveSpec{.minor = 3}.with("k", {dword(u"v", 1), room_for(4 * kCount)}).build();
    const auto elements = hive.data_cell("k", u"room");
    const auto value = hive.value_cell("k", u"v");
    hive.put32(hive.key_cell("k") + nk::kValueList, BuiltHive::relative(elements));
    hive.put32(hive.key_cell("k") + nk::kValueCount, kCount);
    hive.put32(elements + 4 + 4 * (kCount - 1), BuiltHive::relative(value)); // the others are 0
    const auto lookup = find(hive, "k", u"v");
    // What is behind so much damage is not looked for, and not taken for absent.
    CHECK(answer(lookup) == "no value");
    REQUIRE(lookup.damage.size() == kMostNoted + 1);
    CHECK(account(lookup.damage.front()) == at("bad-cell", elements + 4));
    CHECK(account(lookup.damage[kMostNoted - 1]) ==
          at("bad-cell", elements + 4 + 4 * (kMostNoted - 1)));
    CHECK(account(lookup.damage.back()) == at("limit-exceeded", elements));
}

TEST_CASE("walker overlap: every segment of big data is one cell") {
    auto hive = HiveSpec{}.with("k", binary(u"v", pattern(50 * 16344))).build();
    const auto segments = hive.segment_list_cell("k", u"v") + 4;
    repeat_reference(hive, segments, 50, hive.segment_cells("k", u"v").front());
    // As long as it says, which is no more than the hive: for verify() to complain of.
    const auto lookup = find(hive, "k", u"v");
    REQUIRE(lookup.value);
    CHECK(lookup.value->data.size() == 50 * 16344);
    // 40,000 segments, which the list does hold.
    auto large = HiveSpec{.minor = 3}
                     .with("k", {binary(u"v", pattern(17000)), room_for(4 * 40000),
                                 binary(u"segment", pattern(16344))})
                     .build();
    large.put32(header::kMinor, 5);
    large.fix_checksum();
    const auto header_cell = large.data_cell("k", u"v");
    const auto list_cell = large.data_cell("k", u"room");
    large.put_text(header_cell + db::kSignature, "db");
    large.put16(header_cell + db::kCount, 40000);
    large.put32(header_cell + db::kList, BuiltHive::relative(list_cell));
    repeat_reference(large, list_cell + 4, 40000, large.data_cell("k", u"segment"));
    large.put32(large.value_cell("k", u"v") + vk::kDataLength, 40000 * 16344);
    CHECK(find_error(large, "k", u"v") == at("bad-data", list_cell));
}
