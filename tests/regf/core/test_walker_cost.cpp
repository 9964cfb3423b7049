// What the walker reads: a few pages, however large the hive is; and how it takes keys with very
// many subkeys.
#include "tests/support/hive_builder.hpp"
#include "tests/support/regf_account.hpp"

#include <hivelint/error.hpp>
#include <hivelint/regf/walker.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <utility>

using hivelint::Error;
using hivelint::ErrorCode;
using hivelint::regf::read_base_block;
using hivelint::regf::WalkCost;
using namespace hivelint::test;

namespace {

constexpr const char* kExchange = "Software\\Microsoft\\Exchange";

std::u16string numbered(std::size_t number) {
    const auto text = fmt::format("key {:06}", number);
    return {text.begin(), text.end()};
}

KeySpec with_subkeys(std::size_t count, std::u16string name) {
    KeySpec key{.name = std::move(name)};
    key.subkeys.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        key.subkeys.push_back({.name = numbered(i), .values = {sz(u"value", u"some text")}});
    }
    return key;
}

/// A hive with the value asked for, beside `keys` keys that lie before it and as many behind it.
BuiltHive crowded(std::size_t keys) {
    HiveSpec spec;
    spec.key("Software").subkeys.push_back(with_subkeys(keys, u"Classes"));
    spec.with(kExchange, dword(u"MapiHttpDisabled", 1));
    for (const auto* name : {"Office", "Windows", "Internet Explorer"}) {
        spec.with(Path("Software\\Microsoft\\" + std::string(name)), sz(u"x", u"y"));
    }
    spec.key("Software").subkeys.push_back(with_subkeys(keys, u"Zone"));
    return spec.build();
}

/// Reading fails from some offset on.
class FailingSource final : public hivelint::ByteSource {
public:
    FailingSource(const BuiltHive& hive, std::uint64_t good, ErrorCode code)
        : source_(hive.bytes), good_(good), code_(code) {}

    std::uint64_t size() const override { return source_.size(); }
    void read_at(std::uint64_t offset, std::span<std::byte> out) const override {
        if (offset + out.size() > good_) {
            throw Error(code_, offset, "the test's doing");
        }
        source_.read_at(offset, out);
    }

private:
    hivelint::MemorySource source_;
    std::uint64_t good_;
    ErrorCode code_;
};

} // namespace

TEST_CASE("walker cost: a typical path takes a page for each record, whatever the size") {
    // At most one page each: of 4 key nodes, 3 subkey lists, the value list and the value. None of
    // these is larger than a page here, so none lies across two.
    constexpr std::uint64_t kMostPages = 4 + 3 + 2;
    for (const std::size_t keys : {0U, 100U, 20000U, 80000U}) {
        CAPTURE(keys);
        const auto hive = crowded(keys);
        CHECK((keys < 20000 || hive.bytes.size() > 5'000'000));
        Walk walk(hive);
        CHECK(walk.walker.cost().pages == 0); // constructing reads nothing
        const auto names = Path(kExchange).names();
        CHECK(answer(walk.walker.find_value(names, u"MapiHttpDisabled")) == "REG_DWORD 01000000");
        const WalkCost cost = walk.walker.cost();
        CHECK(cost.pages >= 1);
        CHECK(cost.pages <= kMostPages);
        CHECK(cost.bytes == cost.pages * 4096);
        // All of them are still in its cache.
        walk.walker.find_value(names, u"mapihttpdisabled");
        CHECK(walk.walker.cost().pages == cost.pages);
    }
}

TEST_CASE("walker cost: among many siblings the hints are read, not the keys") {
    const auto hive = crowded(80000);
    Walk walk(hive);
    const auto lookup = walk.walker.find_value({u"Software", u"CLASSES", u"KEY 070000"}, u"value");
    CHECK(lookup.value.has_value());
    // 80,000 elements of 8 bytes in leaves of a page each, the ri list, and the records as above.
    CHECK(walk.walker.cost().pages <= 80000 / 507 + 1 + 1 + 9);
}

TEST_CASE("walker cost: data is read once and in whole") {
    const auto hive = HiveSpec{.minor = 3}
                          .with("k", {binary(u"large", pattern(1 << 20)), dword(u"small", 1)})
                          .build();
    Walk walk(hive);
    walk.walker.find_value({u"k"}, u"small");
    CHECK(walk.walker.cost().pages <= 3);
    const auto before = walk.walker.cost().pages;
    walk.walker.find_value({u"k"}, u"large");
    CHECK(walk.walker.cost().pages - before <= 256 + 1 + 3);
}

TEST_CASE("walker: keys with very many subkeys") {
    struct Row {
        std::size_t count;
        ListKind kind;
        std::size_t per_leaf;
    };
    const Row rows[] = {
        {66000, ListKind::lh, 0},     {66000, ListKind::lf, 0},     {80000, ListKind::lh, 0},
        {80000, ListKind::lh, 65535}, // the most that one leaf can count
        {80000, ListKind::li, 1000},  {65535, ListKind::lh, 65535},
    };
    for (const auto& row : rows) {
        CAPTURE(row.count);
        CAPTURE(static_cast<int>(row.kind));
        CAPTURE(row.per_leaf);
        HiveSpec spec;
        spec.root = with_subkeys(row.count, u"root");
        spec.root.list = row.kind;
        spec.root.per_leaf = row.per_leaf;
        const auto hive = spec.build();
        Walk walk(hive);
        for (const std::size_t number : {std::size_t{0}, std::size_t{65534}, row.count - 1}) {
            const auto lookup = walk.walker.find_value({numbered(number)}, u"VALUE");
            CHECK(lookup.value.has_value());
            CHECK(lookup.duplicate_keys.empty());
            CHECK(account(lookup.damage).empty());
        }
        CHECK(answer(walk.walker.find_value({numbered(row.count)}, u"value")) == "no key");
        const auto listing = walk.walker.list_key({});
        REQUIRE(listing);
        CHECK(listing->key.subkey_count == row.count);
        REQUIRE(listing->subkeys.size() == row.count);
        CHECK((listing->subkeys.front().name == numbered(0)));
        CHECK((listing->subkeys.back().name == numbered(row.count - 1)));
        CHECK(account(listing->damage).empty());
    }
}

TEST_CASE("walker: a key with very many values") {
    HiveSpec spec;
    for (std::size_t i = 0; i < 20000; ++i) {
        spec.root.values.push_back(dword(numbered(i), static_cast<std::uint32_t>(i)));
    }
    const auto hive = spec.build();
    CHECK(answer(find(hive, "", u"KEY 019999")) == "REG_DWORD 1f4e0000");
    CHECK(answer(find(hive, "", u"KEY 020000")) == "no value");
    CHECK(list(hive, "").value().values.size() == 20000);
}

TEST_CASE("walker: a deep path") {
    HiveSpec spec;
    spec.root.chain = 600;
    const auto hive = spec.build();
    Walk walk(hive);
    CHECK(walk.walker.find_value(hivelint::regf::KeyPath(600, u"CHAIN"), u"v").key_found);
    CHECK(!walk.walker.find_value(hivelint::regf::KeyPath(601, u"chain"), u"v").key_found);
}

// What the system fails to read is no damage of the hive, and must not pass for 'absent'.
TEST_CASE("walker: a failing source") {
    HiveSpec spec;
    for (const auto* name : {"a", "b"}) {
        spec.with(name, {dword(u"v", 1), binary(u"filler", pattern(8000))});
    }
    spec.root.list = ListKind::li;
    const auto hive = spec.build();
    const auto good = hive.key_cell("b") / kPage * kPage;
    REQUIRE(good > hive.value_cell("a", u"v"));
    for (const auto code : {ErrorCode::io_error, ErrorCode::changed_while_reading}) {
        const FailingSource source(hive, good, code);
        hivelint::regf::Walker walker(source, read_base_block(source));
        const auto expected = at(to_string(code), good);
        CHECK(error_of([&] { walker.find_value({u"b"}, u"v"); }) == expected);
        CHECK(error_of([&] { walker.find_value({u"a"}, u"v"); }) == expected); // li: b is compared
        CHECK(error_of([&] { walker.list_key({}); }) == expected);
        // Nothing of a failed read stays in the cache.
        CHECK(error_of([&] { walker.find_value({u"b"}, u"v"); }) == expected);
    }
}
