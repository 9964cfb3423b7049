// What is not edited, and why: one mutation of a good hive each, with the code and the place. Force
// is for a value that is not the documented one, and for nothing else.
#include "tests/support/edited.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

using namespace hivelint::test;
using hivelint::regf::VerifiedImage;

namespace {

constexpr const char* kMicrosoft = "Software\\Microsoft";

/// The edited value among others, and keys beside and below its key.
HiveSpec good_spec() {
    auto kept = dword(u"kept", 5);
    kept.in_cell = true;
    auto more = dword(u"more", 6);
    more.in_cell = true;
    HiveSpec spec;
    spec.security.resize(2, HiveSpec::default_descriptor());
    spec.with(kEditedKey, {kept, dword(kEditedValue, 1), more});
    spec.with("Software\\Microsoft\\Exchange\\Below", sz(u"text", u"longer than four bytes"));
    spec.with("Zoo", {dword(u"a", 1), dword(u"b", 2), dword(u"c", 3)});
    spec.key("Zoo").security = 1;
    return spec;
}

using Spoil = std::function<void(BuiltHive&)>;

struct Row {
    std::string what;
    BuiltHive hive;
    std::string expected;
};

/// The good hive after one change, whose base block is right again.
BuiltHive spoilt(const Spoil& spoil) {
    auto hive = good_spec().build();
    spoil(hive);
    hive.fix_checksum();
    return hive;
}

void check_refused(const std::vector<Row>& rows) {
    for (const auto& row : rows) {
        CAPTURE(row.what);
        const VerifiedImage image(row.hive.bytes);
        const auto with = [&](std::optional<std::uint32_t> number) {
            return error_of([&] { hivelint::regf::edit_values(image, edit_to(number)); });
        };
        CHECK(with(0) == row.expected);
        CHECK(with(std::nullopt) == row.expected);
    }
}

} // namespace

TEST_CASE("edit refused: nothing, when nothing is wrong") {
    const auto hive = good_spec().build();
    CHECK(verified(hive) == "");
    CHECK(verified(edited(hive, edit_to(0))) == "");
    CHECK(verified(edited(hive, edit_to({}))) == "");
}

TEST_CASE("edit refused: the base block") {
    const auto good = good_spec().build();
    auto checksum = good;
    checksum.put8(header::kChecksum, good.get8(header::kChecksum) ^ 1);
    auto both = checksum;
    both.put32(header::kPrimarySequence, 8);
    auto other_byte = good;
    other_byte.put8(header::kFileName, good.get8(header::kFileName) ^ 1);
    auto cut = good;
    cut.truncate(good.bytes.size() - 1);
    check_refused({
        {"dirty", spoilt([](BuiltHive& hive) { hive.put32(header::kPrimarySequence, 8); }),
         "dirty-hive 0x4"},
        {"dirty, lower", spoilt([](BuiltHive& hive) { hive.put32(header::kPrimarySequence, 6); }),
         "dirty-hive 0x4"},
        {"wrong checksum", checksum, "damaged 0x1fc"},
        {"wrong checksum and dirty", both, "damaged 0x1fc"},
        {"a byte that the checksum covers", other_byte, "damaged 0x1fc"},
        {"truncated by a byte", cut, at("damaged", good.bytes.size() - 1)},
        {"bins size beyond the end", spoilt([&](BuiltHive& hive) {
             hive.put32(header::kBinsSize, static_cast<std::uint32_t>(good.bytes.size()));
         }),
         at("damaged", good.bytes.size())},
    });
}

TEST_CASE("edit refused: what the base block says cannot be edited at all") {
    const auto throws = [](FileOffset field, std::uint32_t value) {
        const auto hive = spoilt([&](BuiltHive& one) { one.put32(field, value); });
        return error_of([&] { ranges_of(hive, edit_to(0)); });
    };
    CHECK(throws(header::kFileType, 6) == "damaged 0x1c");
    CHECK(throws(header::kMinor, 2) == "damaged 0x14");
    CHECK(throws(header::kBinsSize, 0) == "damaged 0x28");
}

TEST_CASE("edit refused: damage anywhere in the hive") {
    const auto good = good_spec().build();
    const auto key = good.key_cell(kEditedKey);
    const auto kept = good.value_cell(kEditedKey, u"kept");
    const auto more = good.value_cell(kEditedKey, u"more");
    const auto target = good.value_cell(kEditedKey, kEditedValue);
    const auto zoo = good.key_cell("Zoo");
    const auto zoo_list = good.value_list_cell("Zoo");
    const auto below = good.key_cell("Software\\Microsoft\\Exchange\\Below");
    const auto below_value = good.value_cell("Software\\Microsoft\\Exchange\\Below", u"text");
    const auto to = [](FileOffset field, FileOffset cell) {
        return spoilt([=](BuiltHive& hive) { hive.put32(field, BuiltHive::relative(cell)); });
    };
    const auto put = [](FileOffset field, std::uint32_t value) {
        return spoilt([=](BuiltHive& hive) { hive.put32(field, value); });
    };
    const auto data = [&](std::u16string_view name) { return good.data_cell(kEditedKey, name); };
    check_refused({
        // 39: cells with two owners. The one that is met later is told of.
        {"two values share their data", to(more + vk::kData, data(u"kept")),
         at("damaged", more + vk::kData)},
        {"two keys share a value list", to(zoo + nk::kValueList, good.value_list_cell(kEditedKey)),
         at("damaged", key + nk::kValueList)},
        {"two elements of a list lead to one value", to(zoo_list + 8, good.value_cell("Zoo", u"a")),
         at("damaged", zoo_list + 8)},
        {"the data is another key's node", to(more + vk::kData, zoo),
         at("damaged", more + vk::kData)},
        {"the data is the root", to(more + vk::kData, good.key_cell("")),
         at("damaged", more + vk::kData)},
        {"the data is a security record", to(more + vk::kData, good.security_cell(1)),
         at("damaged", more + vk::kData)},
        {"the data is its own record", to(more + vk::kData, more), at("damaged", more + vk::kData)},
        {"two keys share a child", to(good.element("Zoo"), good.key_cell("Software")),
         at("damaged", good.element("Zoo"))},
        // 33, 38: free cells
        {"the value's record is free", put(target, cell_size(good, target)),
         at("damaged", good.value_list_cell(kEditedKey) + 8)},
        {"a sibling's data is free", put(data(u"kept"), cell_size(good, data(u"kept"))),
         at("damaged", kept + vk::kData)},
        {"the value list is free",
         put(good.value_list_cell(kEditedKey), cell_size(good, good.value_list_cell(kEditedKey))),
         at("damaged", key + nk::kValueList)},
        {"another key's value is free",
         put(good.value_cell("Zoo", u"c"), cell_size(good, good.value_cell("Zoo", u"c"))),
         at("damaged", zoo_list + 12)},
        {"no value list", put(key + nk::kValueList, kNone), at("damaged", key + nk::kValueList)},
        // 31, 32: bins and cells
        {"a bin's signature", put(kPage, 0), at("damaged", kPage)},
        {"a bin's size", put(kPage + bin::kSize, 0), at("damaged", kPage)},
        {"a cell of no size", put(below_value, 0), at("damaged", below_value)},
        {"a cell of odd size", put(below_value, 0xFFFF'FFD4), at("damaged", below_value)},
        // 37, 43, 44: records
        {"a value count", put(key + nk::kValueCount, 0x4000'0001),
         at("damaged", good.value_list_cell(kEditedKey) + 4)},
        {"a subkey count", put(good.key_cell(kMicrosoft) + nk::kSubkeyCount, 2),
         at("damaged", good.key_cell(kMicrosoft) + 4)},
        {"a parent", put(below + nk::kParent, 0x20), at("damaged", below + 4)},
        {"no key node", put(below + 4, 0x0020'6B6F), at("damaged", below + 4)},
        {"no security", put(below + nk::kSecurity, kNone), at("damaged", below + nk::kSecurity)},
        {"security that is a key", to(below + nk::kSecurity, zoo),
         at("damaged", below + nk::kSecurity)},
        {"the ring is not closed", put(good.security_cell(1) + sk::kNext, kNone),
         at("damaged", good.security_cell(1) + sk::kNext)},
        {"a descriptor past its cell", put(good.security_cell(1) + sk::kLength, 0x1000),
         at("damaged", good.security_cell(1) + 4)},
        {"data past its cell", put(kept + vk::kDataLength, 0x100),
         at("damaged", data(u"kept") + 4)},
        {"inline data of 5 bytes", put(target + vk::kDataLength, 0x8000'0005),
         at("damaged", target + vk::kDataLength)},
        {"a key without a name", put(below + nk::kNameLength, 0), at("damaged", below + 4)},
    });
}

TEST_CASE("edit refused: two values of one name") {
    auto two = good_spec();
    two.with(kEditedKey, dword(u"MAPIHTTPDISABLED", 0));
    const auto other = [](std::uint32_t number) {
        HiveSpec spec;
        return spec.with(kEditedKey, {dword(kEditedValue, number), dword(u"mapihttpdisabled", 1)});
    };
    const auto second = [](const HiveSpec& spec, std::u16string_view name) {
        return at("duplicate-name", spec.build().value_cell(kEditedKey, name));
    };
    check_refused({
        {"the second is 0", two.build(), second(two, u"MAPIHTTPDISABLED")},
        {"the first is 0", other(0).build(), second(other(0), u"mapihttpdisabled")},
        {"both are 1", other(1).build(), second(other(1), u"mapihttpdisabled")},
    });
    // Two of another name are not in the way.
    auto beside = good_spec();
    beside.with(kEditedKey, {dword(u"x", 1), dword(u"X", 2)});
    CHECK(!ranges_of(beside.build(), edit_to(0)).empty());
}

TEST_CASE("edit refused: two keys of one name on the way") {
    const auto twice = [](const char* parent, std::u16string name) {
        auto spec = good_spec();
        spec.key(parent).subkeys.push_back({.name = std::move(name)});
        return spec;
    };
    const auto second = [](const HiveSpec& spec, const Path& path) {
        return at("duplicate-name", spec.build().key_cell(path));
    };
    const auto exchange = twice(kMicrosoft, u"EXCHANGE");
    const auto software = twice("", u"software");
    check_refused({
        {"the key", exchange.build(), second(exchange, "Software\\Microsoft\\EXCHANGE")},
        {"above it", software.build(), second(software, "software")},
    });
    CHECK(!ranges_of(twice("", u"zoo").build(), edit_to(0)).empty());
}

TEST_CASE("edit refused: a layer over another hive") {
    const auto hive = [](std::uint32_t minor, std::uint32_t flags) {
        auto spec = good_spec();
        spec.minor = minor;
        auto built = spec.build();
        built.put32(header::kFlags, flags);
        built.fix_checksum();
        return built;
    };
    check_refused({
        {"1.6, layered", hive(6, 2), "differencing-hive 0x90"},
        {"1.6, layered, transactions", hive(6, 3), "differencing-hive 0x90"},
    });
    for (const auto& [minor, flags] : {std::pair{6U, 0U}, {5U, 2U}, {6U, 1U}}) {
        CAPTURE(minor);
        CAPTURE(flags);
        CHECK(!ranges_of(hive(minor, flags), edit_to(0)).empty());
    }
}

TEST_CASE("edit refused: a value that is deleted in its layer") {
    // REGF.md 14: no tombstones. A REG_DWORD 0 in place of one would still be a tombstone.
    for (const std::uint32_t minor : {5U, 6U}) {
        CAPTURE(minor);
        auto spec = good_spec();
        spec.minor = minor;
        auto hive = spec.build();
        hive.put16(hive.value_cell(kEditedKey, kEditedValue) + vk::kFlags, 3);
        CHECK(error_of([&] { ranges_of(hive, edit_to(0)); }) ==
              at("tombstone", hive.value_cell(kEditedKey, kEditedValue)));
    }
}

TEST_CASE("edit refused: keys that stand for others on the way") {
    const auto flagged = [](const Path& path, std::uint16_t flags) {
        return spoilt([=](BuiltHive& hive) {
            const auto field = hive.key_cell(path) + nk::kFlags;
            hive.put16(field, static_cast<std::uint16_t>(hive.get16(field) | flags));
        });
    };
    const auto good = good_spec().build();
    const auto place = [&](const char* word, const char* path) {
        return at(word, good.key_cell(path));
    };
    check_refused({
        {"a link", flagged(kEditedKey, 0x10), place("link-key", kEditedKey)},
        {"a link above", flagged(kMicrosoft, 0x10), place("link-key", kMicrosoft)},
        {"a link at the root", flagged("", 0x10), place("link-key", "")},
        {"predefined above", flagged(kMicrosoft, 0x40), place("predefined-key", kMicrosoft)},
    });
    CHECK(!ranges_of(flagged("Zoo", 0x10), edit_to(0)).empty());
    // The value count of a predefined-handle key is a handle, so its values are not counted.
    auto predefined = HiveSpec{}.with(kEditedKey);
    predefined.key(kEditedKey).flags = 0x60;
    const auto hive = predefined.build();
    CHECK(error_of([&] { ranges_of(hive, edit_to(0)); }) ==
          at("predefined-key", hive.key_cell(kEditedKey)));
}

TEST_CASE("edit refused: the message names the damage") {
    auto hive = good_spec().build();
    hive.put32(hive.value_cell(kEditedKey, kEditedValue), 0x28);
    try {
        ranges_of(hive, edit_to(0));
        FAIL("damage was not noticed");
    } catch (const hivelint::Error& error) {
        CHECK(error.message().starts_with("cell-reference: "));
    }
}

TEST_CASE("edit: irregularities elsewhere are no reason to refuse, and stay") {
    const auto good = good_spec().build();
    struct Case {
        std::string what;
        BuiltHive hive;
    };
    const Case cases[] = {
        {"a reference count", spoilt([&](BuiltHive& hive) {
             hive.put32(good.security_cell() + sk::kReferences, 0xFFFF'FFFF);
         })},
        {"a longest name", spoilt([&](BuiltHive& hive) {
             hive.put32(good.key_cell("Zoo") + nk::kLongestValueName, 0);
         })},
        {"a leaked cell", spoilt([&](BuiltHive& hive) {
             const auto free = hive.free_cells().front();
             hive.put32(free, 0 - hive.get32(free));
         })},
        {"a wrong hash", spoilt([&](BuiltHive& hive) { hive.put32(good.element("Zoo") + 4, 1); })},
    };
    for (const auto& one : cases) {
        CAPTURE(one.what);
        const auto account = verified(one.hive);
        CHECK(account.starts_with("irregularity"));
        CHECK(verified(edited(one.hive, edit_to(0))) == account);
        CHECK(verified(edited(one.hive, edit_to({}))) == account);
    }
}
