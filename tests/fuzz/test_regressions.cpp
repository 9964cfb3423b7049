// Inputs that fuzzing, and reading for it, found; made by the builder. Each says what was wrong
// with the answer.
#include "tests/fuzz/properties.hpp"
#include "tests/support/hive_builder.hpp"

#include <hivelint/error.hpp>
#include <hivelint/hive.hpp>
#include <hivelint/regf/verify.hpp>
#include <hivelint/regf/walker.hpp>
#include <hivelint/source.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <vector>

using namespace hivelint;
using namespace hivelint::test;

namespace {

constexpr const char* kExchange = "Software\\Microsoft\\Exchange";
constexpr const char16_t* kMapiHttpDisabled = u"MapiHttpDisabled";
constexpr std::size_t kTwoSegments = 2 * 16344;

/// The code of the Error that hivex's answer ends with; absent when it is an answer.
std::optional<ErrorCode> refusal(const BuiltHive& hive) {
    const auto opened = Hive::open(regf::VerifiedImage(hive.bytes));
    try {
        find_value(opened, regf::parse_key_path(kExchange), kMapiHttpDisabled);
        return std::nullopt;
    } catch (const Error& error) {
        return error.code();
    }
}

/// Puts a bin of so many bytes behind the others, with one cell of zeros in it, which it returns.
FileOffset append_cell(BuiltHive& hive, std::size_t size) {
    const auto begin = hive.bytes.size();
    hive.append(std::vector<std::byte>(size));
    hive.put_text(begin, "hbin");
    hive.put32(begin + bin::kOffset, BuiltHive::relative(begin));
    hive.put32(begin + bin::kSize, static_cast<std::uint32_t>(size));
    hive.put32(begin + bin::kFirstCell, 0U - static_cast<std::uint32_t>(size - kBinHeader));
    hive.put32(header::kBinsSize, static_cast<std::uint32_t>(begin + size - kPage));
    hive.fix_checksum();
    return begin + bin::kFirstCell;
}

/// Puts a bin of one page behind the others, full of references to `cell`.
FileOffset append_references(BuiltHive& hive, FileOffset cell) {
    const auto list = append_cell(hive, kPage);
    for (auto at = list + 4; at < hive.bytes.size(); at += 4) {
        hive.put32(at, BuiltHive::relative(cell));
    }
    return list;
}

} // namespace

// verify() does not look at the values of a predefined-handle key, hivex does: with a segment count
// past the end of the file it reads out of bounds (hivex_value_value).
TEST_CASE("values of a predefined-handle key are kept from hivex") {
    HiveSpec spec;
    spec.key(kExchange).flags = 0x60;
    spec.with(kExchange, binary(kMapiHttpDisabled, pattern(kTwoSegments)));
    auto hive = spec.build();
    REQUIRE(regf::verify(hive.bytes).sound());
    REQUIRE(refusal(hive) == ErrorCode::predefined_key);

    const auto db = hive.data_cell(kExchange, kMapiHttpDisabled);
    const auto segment = hive.segment_cells(kExchange, kMapiHttpDisabled).front();
    hive.put32(db + db::kList, BuiltHive::relative(append_references(hive, segment)));
    hive.put16(db + db::kCount, 0xFFFF);
    CHECK((!regf::verify(hive.bytes).sound() || refusal(hive) == ErrorCode::predefined_key));
}

// hivex looks for a big data record only where the data does not fit the cell.
TEST_CASE("a big data record in a cell that could hold the data itself") {
    HiveSpec spec;
    spec.with(kExchange, binary(kMapiHttpDisabled, pattern(kTwoSegments)));
    auto hive = spec.build();
    const auto old = hive.data_cell(kExchange, kMapiHttpDisabled);
    const auto cell = append_cell(hive, 9 * kPage);
    hive.put_text(cell + db::kSignature, "db");
    hive.put16(cell + db::kCount, 2);
    hive.put32(cell + db::kList, hive.get32(old + db::kList));
    hive.put32(hive.value_cell(kExchange, kMapiHttpDisabled) + vk::kData,
               BuiltHive::relative(cell));
    CHECK_NOTHROW(fuzz::check_verify(hive.bytes));
}

// A segment's cell may be larger than its 16344 bytes: what is behind them is no data.
TEST_CASE("a big data segment in a cell with room to spare") {
    HiveSpec spec;
    spec.with(kExchange, binary(kMapiHttpDisabled, pattern(kTwoSegments)));
    auto hive = spec.build();
    const auto cell = append_cell(hive, 5 * kPage);
    hive.put32(hive.segment_list_cell(kExchange, kMapiHttpDisabled) + 4, BuiltHive::relative(cell));
    CHECK_NOTHROW(fuzz::check_verify(hive.bytes));
}

// verify() compares each name with the one before it, which in an unsorted list is not enough.
TEST_CASE("two subkeys of one name are noted, wherever they stand in the list") {
    HiveSpec spec;
    auto& key = spec.key("Software");
    key.subkeys = {{.name = u"Same"}, {.name = u"Another"}, {.name = u"SAME"}};
    key.sorted = false;
    const auto report = regf::verify(spec.build().bytes);
    CHECK(report.sound());
    CHECK(std::ranges::count(report.issues, regf::Problem::duplicate_name, &regf::Issue::problem) ==
          1);
}

// The records of a key's values are limited to the bins, their data is not: here a file of 60 KB
// makes a listing of 20 MB, and one of 64 MB would make one of terabytes.
TEST_CASE("one value listed many times does not multiply its data") {
    HiveSpec spec;
    spec.with(kExchange, binary(kMapiHttpDisabled, pattern(16344)));
    spec.with(kExchange, binary(u"Much", pattern(16300)));
    auto hive = spec.build();
    const auto list = append_references(hive, hive.value_cell(kExchange, kMapiHttpDisabled));
    hive.put32(hive.key_cell(kExchange) + nk::kValueList, BuiltHive::relative(list));
    hive.put32(hive.key_cell(kExchange) + nk::kValueCount, 1000);
    const MemorySource source(hive.bytes);
    regf::Walker walker(source, regf::read_base_block(source));
    const auto listing = walker.list_key(regf::parse_key_path(kExchange));
    std::size_t bytes = 0;
    for (const auto& value : listing->values) {
        bytes += value.data.size();
    }
    CHECK(bytes <= hive.bytes.size());
}

// Two keys in pages that displace each other from the walker's cache, named in turns by a list of
// 65535 elements: each element costs a page, 500 times the file in all.
TEST_CASE("a list of many references to a few keys does not multiply the reading") {
    constexpr std::size_t kFar = 129; // file page; 128 is a multiple of the cache's slots
    HiveSpec spec;
    spec.with("Alpha");
    auto hive = spec.build();
    const auto near = hive.key_cell("Alpha");
    REQUIRE(near / kPage == 1);
    const auto list = append_cell(hive, (kFar + 1) * kPage - hive.bytes.size());
    const auto far = kFar * kPage;
    hive.put32(list, 0U - static_cast<std::uint32_t>(far - list));
    hive.put_text(list + subkey_list::kSignature, "li");
    hive.put16(list + subkey_list::kCount, 0xFFFF);
    for (std::size_t i = 0; i < 0xFFFF; ++i) {
        hive.put32(list + subkey_list::kElements + 4 * i,
                   BuiltHive::relative(i % 2 == 0 ? near : far));
    }
    for (std::size_t i = 0; i < 96; ++i) {
        hive.put8(far + i, hive.get8(near + i));
    }
    hive.put32(far, 0U - static_cast<std::uint32_t>(kPage));
    hive.put32(hive.key_cell("") + nk::kList, BuiltHive::relative(list));
    hive.put32(hive.key_cell("") + nk::kSubkeyCount, 0xFFFF);
    const MemorySource source(hive.bytes);
    regf::Walker walker(source, regf::read_base_block(source));
    walker.find_value(regf::parse_key_path(kExchange), kMapiHttpDisabled);
    CHECK(walker.cost().bytes <= 20 * hive.bytes.size());
}
