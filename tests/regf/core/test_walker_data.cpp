// The walker and the data of values: where it is kept, and that it comes as stored.
#include "tests/support/hive_builder.hpp"
#include "tests/support/regf_account.hpp"

#include <hivelint/regf/walker.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace hivelint::test;

namespace {

/// The value as it was found in a key of its own.
hivelint::regf::StoredValue stored(const ValueSpec& value, std::uint32_t minor = 5) {
    const auto hive = HiveSpec{.minor = minor}.with("k", value).build();
    const auto lookup = find(hive, "k", value.name);
    CHECK(account(lookup.damage).empty());
    REQUIRE(lookup.value);
    return *lookup.value;
}

} // namespace

TEST_CASE("walker data: every size, in every version") {
    for (const std::uint32_t minor : {3U, 4U, 5U, 6U}) {
        for (const std::size_t size : {0U, 1U, 2U, 3U, 4U, 5U, 8U, 4060U, 4064U, 4065U, 16343U,
                                       16344U, 16345U, 32688U, 32689U, 100000U, 1200000U}) {
            CAPTURE(minor);
            CAPTURE(size);
            const auto data = pattern(size);
            CHECK((stored(binary(u"v", data), minor).data == data));
        }
    }
}

TEST_CASE("walker data: data of up to 4 bytes in a cell, and none") {
    for (std::size_t size = 0; size <= 4; ++size) {
        CAPTURE(size);
        auto value = binary(u"v", pattern(size));
        value.in_cell = true;
        CHECK((stored(value).data == pattern(size)));
    }
    auto number = dword(u"v", 0xAABBCCDD);
    number.in_cell = true;
    CHECK(stored(number).type == 4);
    CHECK(stored(number).data == bytes_of({0xDD, 0xCC, 0xBB, 0xAA}));
}

TEST_CASE("walker data: inline data of 0 bytes leaves the field out") {
    auto hive = HiveSpec{}.with("k", dword(u"v", 0x01020304)).build();
    const auto value = hive.value_cell("k", u"v");
    for (std::uint32_t size = 0; size <= 4; ++size) {
        CAPTURE(size);
        hive.put32(value + vk::kDataLength, 0x8000'0000 | size);
        const std::string_view hex = "04030201";
        CHECK(answer(find(hive, "k", u"v")) == "REG_DWORD " + std::string(hex.substr(0, 2 * size)));
    }
}

TEST_CASE("walker data: types and strings come as stored") {
    using namespace std::string_view_literals;
    std::u16string megabyte(524'288, u'x');
    megabyte.back() = u'\u96EA';
    const ValueSpec rows[] = {
        raw(u"v", 4, bytes_of({1, 0})),                      // a DWORD of 2 bytes
        raw(u"v", 4, bytes_of({1, 0, 0, 0, 0, 0, 0, 0})),    // of 8
        raw(u"v", 5, bytes_of({0, 0, 0, 1})),                // big-endian
        raw(u"v", 3, bytes_of({1, 0, 0, 0})),                // binary
        raw(u"v", 0xFFFF0012, bytes_of({1, 0, 0, 0})),       // no type at all
        raw(u"v", 0x80000004, {}),                           //
        qword(u"v", 0x0102'0304'0506'0708),                  //
        sz(u"v", u"1"),                                      //
        raw(u"v", 1, utf16_bytes(u"no end")),                //
        raw(u"v", 1, bytes_of({0x61, 0, 0x62})),             // odd length
        raw(u"v", 1, utf16_bytes(u"\xD800 lone"sv)),         //
        raw(u"v", 1, utf16_bytes(u"a\0b\0\0"sv)),            // NULs inside
        raw(u"v", 7, utf16_bytes(u"a\0b\0"sv)),              // no final NUL
        multi_sz(u"v", {u"a", u"", u"b"}),                   //
        sz(u"v", megabyte),                                  //
        expand_sz(u"v", u"%USERPROFILE%\\x"),                //
        raw(u"v", 6, utf16_bytes(u"\\Registry\\Machine\\x")) //
    };
    for (const auto& row : rows) {
        CAPTURE(row.type);
        CAPTURE(row.data.size());
        const auto value = stored(row);
        CHECK(value.type == row.type);
        CHECK((value.data == row.data));
    }
}

TEST_CASE("walker data: long data in one cell, against the rules of its version") {
    const auto data = pattern(50000);
    auto hive = HiveSpec{.minor = 3}.with("k", binary(u"v", data)).build();
    for (const std::uint32_t minor : {4U, 5U, 6U}) {
        CAPTURE(minor);
        hive.put32(header::kMinor, minor);
        hive.fix_checksum();
        const auto lookup = find(hive, "k", u"v");
        REQUIRE(lookup.value);
        CHECK((lookup.value->data == data));
        CHECK(account(lookup.damage).empty());
    }
}

// Version 1.3 has no big data records: what looks like one is data.
TEST_CASE("walker data: a cell that begins like big data") {
    auto data = pattern(20000);
    data[0] = std::byte{'d'};
    data[1] = std::byte{'b'};
    data[2] = std::byte{2};
    data[3] = std::byte{0};
    CHECK((stored(binary(u"v", data), 3).data == data));
    data.resize(16344);
    CHECK((stored(binary(u"v", data), 5).data == data));
}

TEST_CASE("walker data: what stands next to a value is not read with it") {
    auto hive =
        HiveSpec{}.with("k", {binary(u"a", pattern(20)), binary(u"b", pattern(20))}).build();
    hive.put32(hive.value_cell("k", u"b") + vk::kData, 0xFFFFFFFF);
    CHECK((find(hive, "k", u"a").value.value().data == pattern(20)));
    CHECK(account(find(hive, "k", u"a").damage).empty());
}

TEST_CASE("walker data: names of types") {
    struct Row {
        std::uint32_t type;
        std::string name;
    };
    const Row rows[] = {
        {0, "REG_NONE"},
        {1, "REG_SZ"},
        {2, "REG_EXPAND_SZ"},
        {3, "REG_BINARY"},
        {4, "REG_DWORD"},
        {5, "REG_DWORD_BIG_ENDIAN"},
        {6, "REG_LINK"},
        {7, "REG_MULTI_SZ"},
        {8, "REG_RESOURCE_LIST"},
        {9, "REG_FULL_RESOURCE_DESCRIPTOR"},
        {10, "REG_RESOURCE_REQUIREMENTS_LIST"},
        {11, "REG_QWORD"},
        {12, "0x0000000C"},
        {0x80000004, "0x80000004"},
        {0xFFFF0012, "0xFFFF0012"},
    };
    for (const auto& [type, name] : rows) {
        CHECK(hivelint::regf::value_type_name(type) == name);
    }
}
