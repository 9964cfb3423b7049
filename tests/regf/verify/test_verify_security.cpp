// verify() on security records: the ring, the descriptors, and the keys that use them.
#include "tests/support/hive_builder.hpp"
#include "tests/support/regf_account.hpp"

#include <hivelint/regf/verify.hpp>

#include <doctest/doctest.h>

#include <string>

using hivelint::regf::verify;
using namespace hivelint::test;

namespace {

/// Changes one thing and returns the account that must follow.
struct Row {
    std::string what;
    std::string (*spoil)(BuiltHive& hive);
};

/// A ring of three: the root and a use the first, b the second, c the third.
BuiltHive typical() {
    HiveSpec spec;
    spec.security.resize(3, HiveSpec::default_descriptor());
    spec.with("a", dword(u"v", 1)).with("b").with("c");
    spec.key("b").security = 1;
    spec.key("c").security = 2;
    return spec.build();
}

std::string unreferenced(FileOffset cell) { return at("irregularity unreferenced-cell", cell); }
std::string miscounted(FileOffset cell) { return at("irregularity security-count", cell + 4); }

void check(std::span<const Row> rows) {
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto hive = typical();
        const auto expected = row.spoil(hive);
        CHECK(verified(hive) == expected);
    }
}

} // namespace

TEST_CASE("verify security: the ring") {
    const Row rows[] = {
        {"nothing", [](BuiltHive&) { return std::string(); }},
        {"it ends with the second", // what it cuts off cannot be told apart from what is missing
         [](BuiltHive& hive) {
             const auto field = hive.security_cell(1) + sk::kNext;
             hive.put32(field, 0xFFFFFFFF);
             return all({at("damage cell-reference", field), unreferenced(hive.security_cell(2))});
         }},
        {"it leads out of the file",
         [](BuiltHive& hive) {
             const auto field = hive.security_cell(1) + sk::kNext;
             hive.put32(field, 0x7FFF'FFF8);
             return all({at("damage cell-reference", field), unreferenced(hive.security_cell(2))});
         }},
        {"it leads to a free cell",
         [](BuiltHive& hive) {
             const auto field = hive.security_cell(1) + sk::kNext;
             hive.put32(field, BuiltHive::relative(hive.free_cells().front()));
             return all({at("damage cell-reference", field), unreferenced(hive.security_cell(2))});
         }},
        {"the second follows itself",
         [](BuiltHive& hive) {
             const auto field = hive.security_cell(1) + sk::kNext;
             hive.put32(field, BuiltHive::relative(hive.security_cell(1)));
             return all({at("damage cell-reference", field), unreferenced(hive.security_cell(2))});
         }},
        {"it returns to the second",
         [](BuiltHive& hive) {
             const auto field = hive.security_cell(2) + sk::kNext;
             hive.put32(field, BuiltHive::relative(hive.security_cell(1)));
             return at("damage cell-reference", field);
         }},
        {"it leads to a value",
         [](BuiltHive& hive) {
             const auto value = hive.value_cell("a", u"v");
             hive.put32(hive.security_cell(1) + sk::kNext, BuiltHive::relative(value));
             return all({at("damage security", value + 4),
                         at("damage cell-reference", hive.value_list_cell("a") + 4),
                         unreferenced(hive.security_cell(2))});
         }},
        {"a signature",
         [](BuiltHive& hive) {
             hive.put_text(hive.security_cell(2) + sk::kSignature, "SK");
             return at("damage security", hive.security_cell(2) + 4);
         }},
        {"it leaves out the third", // which c uses
         [](BuiltHive& hive) {
             hive.put32(hive.security_cell(1) + sk::kNext,
                        BuiltHive::relative(hive.security_cell(0)));
             return all({at("damage security", hive.security_cell(0)),
                         at("damage security", hive.key_cell("c") + nk::kSecurity),
                         unreferenced(hive.security_cell(2))});
         }},
        {"the second says another stands before it",
         [](BuiltHive& hive) {
             hive.put32(hive.security_cell(1) + sk::kPrevious,
                        BuiltHive::relative(hive.security_cell(2)));
             return at("damage security", hive.security_cell(1) + 4);
         }},
        {"the first says another stands before it",
         [](BuiltHive& hive) {
             hive.put32(hive.security_cell(0) + sk::kPrevious, 0xFFFFFFFF);
             return at("damage security", hive.security_cell(0));
         }},
    };
    check(rows);
}

TEST_CASE("verify security: the root has none") {
    const Row rows[] = {
        {"none",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("") + nk::kSecurity, 0xFFFFFFFF);
             return all({at("damage cell-reference", hive.key_cell("") + nk::kSecurity),
                         unreferenced(hive.security_cell(0)), unreferenced(hive.security_cell(1)),
                         unreferenced(hive.security_cell(2))});
         }},
        {"itself",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("") + nk::kSecurity, BuiltHive::relative(hive.key_cell("")));
             return all({at("damage cell-reference", hive.key_cell("") + nk::kSecurity),
                         unreferenced(hive.security_cell(0)), unreferenced(hive.security_cell(1)),
                         unreferenced(hive.security_cell(2))});
         }},
        {"a value",
         [](BuiltHive& hive) {
             const auto value = hive.value_cell("a", u"v");
             hive.put32(hive.key_cell("") + nk::kSecurity, BuiltHive::relative(value));
             return all({at("damage security", value + 4),
                         at("damage cell-reference", hive.value_list_cell("a") + 4),
                         unreferenced(hive.security_cell(0)), unreferenced(hive.security_cell(1)),
                         unreferenced(hive.security_cell(2))});
         }},
    };
    check(rows);
}

TEST_CASE("verify security: keys without a record of the ring") {
    const Row rows[] = {
        {"none",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("b") + nk::kSecurity, 0xFFFFFFFF);
             return all({at("damage security", hive.key_cell("b") + nk::kSecurity),
                         miscounted(hive.security_cell(1))});
         }},
        {"a value",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("b") + nk::kSecurity,
                        BuiltHive::relative(hive.value_cell("a", u"v")));
             return all({at("damage security", hive.key_cell("b") + nk::kSecurity),
                         miscounted(hive.security_cell(1))});
         }},
        {"out of the file",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("b") + nk::kSecurity, 0x7FFF'FFF8);
             return all({at("damage security", hive.key_cell("b") + nk::kSecurity),
                         miscounted(hive.security_cell(1))});
         }},
    };
    check(rows);
}

TEST_CASE("verify security: reference counts") {
    const Row rows[] = {
        {"too small",
         [](BuiltHive& hive) {
             hive.put32(hive.security_cell(0) + sk::kReferences, 1);
             return miscounted(hive.security_cell(0));
         }},
        {"the largest there is",
         [](BuiltHive& hive) {
             hive.put32(hive.security_cell(1) + sk::kReferences, 0xFFFFFFFF);
             return miscounted(hive.security_cell(1));
         }},
        {"a key that uses another",
         [](BuiltHive& hive) {
             hive.put32(hive.key_cell("c") + nk::kSecurity,
                        BuiltHive::relative(hive.security_cell(1)));
             return all({miscounted(hive.security_cell(1)), miscounted(hive.security_cell(2))});
         }},
    };
    check(rows);
}

TEST_CASE("verify security: descriptors") {
    const Row rows[] = {
        {"longer than its record",
         [](BuiltHive& hive) {
             hive.put32(hive.security_cell(1) + sk::kLength, 105); // 104 bytes fit
             return at("damage security", hive.security_cell(1) + 4);
         }},
        {"the greatest length there is",
         [](BuiltHive& hive) {
             hive.put32(hive.security_cell(1) + sk::kLength, 0xFFFFFFFF);
             return at("damage security", hive.security_cell(1) + 4);
         }},
        {"shorter than its header",
         [](BuiltHive& hive) {
             hive.put32(hive.security_cell(1) + sk::kLength, 19);
             return at("damage security", hive.security_cell(1) + 4);
         }},
        {"none",
         [](BuiltHive& hive) {
             hive.put32(hive.security_cell(1) + sk::kLength, 0);
             return at("damage security", hive.security_cell(1) + 4);
         }},
        {"revision",
         [](BuiltHive& hive) {
             hive.put8(hive.security_cell(1) + sk::kDescriptor, 2);
             return at("damage security", hive.security_cell(1) + 4);
         }},
        {"not self-relative",
         [](BuiltHive& hive) {
             hive.put16(hive.security_cell(1) + sk::kDescriptor + 2, 0x0004);
             return at("damage security", hive.security_cell(1) + 4);
         }},
        {"the owner behind its end",
         [](BuiltHive& hive) {
             hive.put32(hive.security_cell(1) + sk::kDescriptor + 4, 100);
             return at("damage security", hive.security_cell(1) + 4);
         }},
        {"the group in the header",
         [](BuiltHive& hive) {
             hive.put32(hive.security_cell(1) + sk::kDescriptor + 8, 16);
             return at("damage security", hive.security_cell(1) + 4);
         }},
        {"the DACL out of 32 bits",
         [](BuiltHive& hive) {
             hive.put32(hive.security_cell(1) + sk::kDescriptor + 16, 0xFFFFFFFF);
             return at("damage security", hive.security_cell(1) + 4);
         }},
        {"no DACL", // legal
         [](BuiltHive& hive) {
             hive.put32(hive.security_cell(1) + sk::kDescriptor + 16, 0);
             return std::string();
         }},
    };
    check(rows);
}

TEST_CASE("verify security: a ring of one") {
    auto hive = HiveSpec{}.with("a").build();
    const auto cell = hive.security_cell();
    CHECK(verified(hive) == "");
    hive.put32(cell + sk::kPrevious, BuiltHive::relative(hive.key_cell("")));
    CHECK(verified(hive) == at("damage security", cell));
}
