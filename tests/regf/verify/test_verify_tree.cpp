// verify() on damaged keys and subkey lists: one change, and the whole account of it.
#include "tests/support/hive_builder.hpp"
#include "tests/support/regf_account.hpp"

#include <hivelint/regf/verify.hpp>

#include <doctest/doctest.h>

#include <string>

using hivelint::regf::Problem;
using hivelint::regf::verify;
using namespace hivelint::test;

namespace {

/// Changes one thing and returns the account that must follow.
struct Row {
    std::string what;
    std::string (*spoil)(BuiltHive& hive);
};

/// Below the root: a, b, c, d; nothing below them.
HiveSpec four_keys(std::size_t per_leaf = 0) {
    HiveSpec spec;
    spec.root.per_leaf = per_leaf;
    spec.with("a").with("b").with("c").with("d");
    return spec;
}

std::string unreferenced(FileOffset cell) { return at("irregularity unreferenced-cell", cell); }

/// The security record counts keys that were not met.
std::string miscounted(const BuiltHive& hive) {
    return at("irregularity security-count", hive.security_cell() + 4);
}

} // namespace

TEST_CASE("verify tree: key nodes") {
    const Row rows[] = {
        {"parent",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("b") + nk::kParent, BuiltHive::relative(hive.key_cell("a")));
             return at("damage key-node", hive.key_cell("b") + 4);
         }},
        {"parent none",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("b") + nk::kParent, 0xFFFFFFFF);
             return at("damage key-node", hive.key_cell("b") + 4);
         }},
        {"empty name", // behind a, so that it is out of order, and no hash is 0
         [](BuiltHive& hive) {
             hive.put16(hive.key_cell("b") + nk::kNameLength, 0);
             return all({at("irregularity list-hint", hive.element("b")),
                         at("irregularity list-order", hive.element("b")),
                         at("damage key-node", hive.key_cell("b") + 4)});
         }},
        {"signature",
         [](BuiltHive& hive) {
             hive.put_text(hive.key_cell("b") + nk::kSignature, "vk");
             return all({at("damage key-node", hive.key_cell("b") + 4), miscounted(hive)});
         }},
        {"name longer than the cell",
         [](BuiltHive& hive) {
             hive.put16(hive.key_cell("b") + nk::kNameLength, 9); // 8 bytes fit
             return all({at("damage key-node", hive.key_cell("b") + 4), miscounted(hive)});
         }},
        {"16-bit name of odd length", // read again when its turn comes, and counted
         [](BuiltHive& hive) {
             hive.put16(hive.key_cell("b") + nk::kFlags, 0);
             return at("damage key-node", hive.key_cell("b") + nk::kName);
         }},
        {"class name longer than its cell",
         [](BuiltHive& hive) {
             hive.put16(hive.key_cell("d") + nk::kClassLength, 14); // 12 bytes fit
             return at("damage key-node", hive.class_cell("d") + 4);
         }},
        {"the reference is a list",
         [](BuiltHive& hive) {
             hive.put16(hive.key_cell("") + nk::kSubkeyCount, 4);
             hive.put32(hive.element("b"), BuiltHive::relative(hive.class_cell("d")));
             // d comes first, and finds its class name taken.
             return all({at("damage key-node", hive.class_cell("d") + 4),
                         at("damage cell-reference", hive.key_cell("d") + nk::kClass),
                         miscounted(hive), unreferenced(hive.key_cell("b"))});
         }},
    };
    auto spec = four_keys();
    spec.key("d").class_name = u"class";
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto hive = spec.build();
        const auto expected = row.spoil(hive);
        CHECK(verified(hive) == expected);
    }
}

TEST_CASE("verify tree: subkey lists") {
    const Row rows[] = {
        {"count too small",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("") + nk::kSubkeyCount, 3);
             return at("damage subkey-list", hive.key_cell("") + 4);
         }},
        {"count too large",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("") + nk::kSubkeyCount, 0x7FFF'FFFF);
             return at("damage subkey-list", hive.key_cell("") + 4);
         }},
        {"the list's count too small",
         [](BuiltHive& hive) {
             hive.put16(hive.list_cell("") + subkey_list::kCount, 3);
             return all({at("damage subkey-list", hive.key_cell("") + 4), miscounted(hive),
                         unreferenced(hive.key_cell("d"))});
         }},
        {"the list's count too large for its cell",
         [](BuiltHive& hive) {
             hive.put16(hive.list_cell("") + subkey_list::kCount, 5);
             return all({at("damage subkey-list", hive.list_cell("") + 4), miscounted(hive),
                         unreferenced(hive.key_cell("a")), unreferenced(hive.key_cell("b")),
                         unreferenced(hive.key_cell("c")), unreferenced(hive.key_cell("d"))});
         }},
        {"a kind there is not",
         [](BuiltHive& hive) {
             hive.put16(hive.list_cell("") + subkey_list::kSignature, 0);
             return all({at("damage subkey-list", hive.list_cell("") + 4), miscounted(hive),
                         unreferenced(hive.key_cell("a")), unreferenced(hive.key_cell("b")),
                         unreferenced(hive.key_cell("c")), unreferenced(hive.key_cell("d"))});
         }},
        {"the list is another key",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("d") + nk::kSubkeyCount, 1);
             hive.put32(hive.key_cell("d") + nk::kList, BuiltHive::relative(hive.key_cell("a")));
             return at("damage cell-reference", hive.key_cell("d") + nk::kList);
         }},
        {"no subkeys, but a list",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("") + nk::kSubkeyCount, 0);
             return all({miscounted(hive), unreferenced(hive.list_cell("")),
                         unreferenced(hive.key_cell("a")), unreferenced(hive.key_cell("b")),
                         unreferenced(hive.key_cell("c")), unreferenced(hive.key_cell("d"))});
         }},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto hive = four_keys().build();
        const auto expected = row.spoil(hive);
        CHECK(verified(hive) == expected);
    }
}

TEST_CASE("verify tree: ri lists") {
    const Row rows[] = {
        {"a leaf is an ri list",
         [](BuiltHive& hive) {
             const auto leaf = hive.leaf_cells("").at(1);
             hive.put_text(leaf + subkey_list::kSignature, "ri");
             return all({at("damage subkey-list", leaf + 4),
                         at("damage subkey-list", hive.key_cell("") + 4), miscounted(hive),
                         unreferenced(hive.key_cell("c")), unreferenced(hive.key_cell("d"))});
         }},
        {"a leaf is the ri list itself",
         [](BuiltHive& hive) {
             const auto element = hive.list_cell("") + subkey_list::kElements + 4;
             hive.put32(element, BuiltHive::relative(hive.list_cell("")));
             return all({at("damage cell-reference", element),
                         at("damage subkey-list", hive.key_cell("") + 4), miscounted(hive),
                         unreferenced(hive.leaf_cells("").at(1)), unreferenced(hive.key_cell("c")),
                         unreferenced(hive.key_cell("d"))});
         }},
        {"a leaf twice",
         [](BuiltHive& hive) {
             const auto element = hive.list_cell("") + subkey_list::kElements;
             hive.put32(element + 4, hive.get32(element));
             return all({at("damage cell-reference", element + 4),
                         at("damage subkey-list", hive.key_cell("") + 4), miscounted(hive),
                         unreferenced(hive.leaf_cells("").at(1)), unreferenced(hive.key_cell("c")),
                         unreferenced(hive.key_cell("d"))});
         }},
        {"a leaf that is a key",
         [](BuiltHive& hive) {
             const auto element = hive.list_cell("") + subkey_list::kElements;
             hive.put32(element, BuiltHive::relative(hive.key_cell("d")));
             return all({at("damage subkey-list", hive.key_cell("d") + 4),
                         at("damage cell-reference", hive.element("d")),
                         at("damage subkey-list", hive.key_cell("") + 4), miscounted(hive),
                         unreferenced(hive.leaf_cells("").at(0)), unreferenced(hive.key_cell("a")),
                         unreferenced(hive.key_cell("b"))});
         }},
        {"an empty ri list",
         [](BuiltHive& hive) {
             hive.put16(hive.list_cell("") + subkey_list::kCount, 0);
             return all({at("irregularity list-type", hive.list_cell("") + 4),
                         at("damage subkey-list", hive.key_cell("") + 4), miscounted(hive),
                         unreferenced(hive.leaf_cells("").at(0)),
                         unreferenced(hive.leaf_cells("").at(1)), unreferenced(hive.key_cell("a")),
                         unreferenced(hive.key_cell("b")), unreferenced(hive.key_cell("c")),
                         unreferenced(hive.key_cell("d"))});
         }},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto hive = four_keys(2).build();
        const auto expected = row.spoil(hive);
        CHECK(verified(hive) == expected);
    }
}

TEST_CASE("verify tree: 512 keys one below the other, and one more") {
    HiveSpec spec;
    spec.root.chain = 512;
    CHECK(verify(spec.build().bytes).keys == 513);
    CHECK(verified(spec.build()) == "");

    spec.root.chain = 513;
    const auto hive = spec.build();
    const std::vector<std::u16string> path(512, u"chain");
    const Path last(path);
    const Path beyond(std::vector<std::u16string>(513, u"chain"));
    const auto report = verify(hive.bytes);
    CHECK(account(report) ==
          all({at("damage key-depth", hive.key_cell(last) + 4), miscounted(hive),
               unreferenced(hive.list_cell(last)), unreferenced(hive.key_cell(beyond))}));
    CHECK(report.keys == 513);
}

TEST_CASE("verify tree: 200,000 keys one below the other") {
    HiveSpec spec;
    spec.root.chain = 200000;
    const auto report = verify(spec.build().bytes);
    CHECK(report.damage == 1);
    REQUIRE(report.first_damage() != nullptr);
    CHECK((report.first_damage()->problem == Problem::key_depth));
    CHECK(report.keys == 513);
    // A list and a key for each level that was not looked at, and their security record.
    CHECK(report.irregularities == 2 * (200000 - 512) + 1);
    CHECK(report.issues.size() == hivelint::regf::VerifyReport::kMaxIssues);
}

// Each key has two elements that lead to one and the same key: 2^40 ways to the last.
TEST_CASE("verify tree: doubling lists of 40 levels are passed once") {
    HiveSpec spec;
    std::vector<std::u16string> path;
    for (int level = 0; level < 40; ++level) {
        auto twin = path;
        twin.emplace_back(u"b");
        path.emplace_back(u"a");
        spec.key(Path(path));
        spec.key(Path(twin));
    }
    auto hive = spec.build();
    path.clear();
    std::vector<std::string> expected;
    for (int level = 0; level < 40; ++level) {
        auto twin = path;
        twin.emplace_back(u"b");
        path.emplace_back(u"a");
        const auto element = hive.element(Path(twin));
        hive.put32(element, hive.get32(hive.element(Path(path))));
        expected.push_back(at("damage cell-reference", element));
    }
    const auto report = verify(hive.bytes);
    CHECK(report.keys == 41);
    CHECK(report.damage == 40);
    CHECK(report.irregularities == 40 + 1); // the twins that nothing refers to, and their count
    CHECK(account(report).starts_with(all(expected)));
}

TEST_CASE("verify tree: a list that leads back up") {
    HiveSpec spec;
    spec.with("a\\b\\c");
    auto hive = spec.build();
    hive.put32(hive.key_cell("a\\b\\c") + nk::kSubkeyCount, 1);
    hive.put32(hive.key_cell("a\\b\\c") + nk::kList, hive.get32(hive.key_cell("a") + nk::kList));
    CHECK(verified(hive) == at("damage cell-reference", hive.key_cell("a\\b\\c") + nk::kList));
    CHECK(verify(hive.bytes).keys == 4);
}
