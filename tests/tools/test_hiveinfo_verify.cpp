// hiveinfo --verify and --counts: what they find and count, and the exit status that says so.
#include "tests/support/tool_run.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace hivelint::test;

TEST_CASE("hiveinfo: --verify and its exit status") {
    struct Row {
        std::string what;
        std::vector<std::byte> bytes;
        int status;
        std::string last_line;
        std::string issue; ///< how a line begins
    };
    const auto spoilt = [](auto change) {
        auto hive = spec_with(dword(kMapiHttpDisabled, 1)).build();
        change(hive);
        return hive.bytes;
    };
    const Row rows[] = {
        {"sound", affected_bytes(), 0, "verify: nothing is wrong", "\n\nverify: "},
        {"irregular", spoilt([](BuiltHive& h) { h.put32(h.security_cell() + sk::kReferences, 5); }),
         2, "verify: 0 pieces of damage, 1 irregular",
         "\nirregularity at 0x10ac: security-count: "},
        {"dirty", spoilt([](BuiltHive& h) {
             h.put32(header::kPrimarySequence, 8);
             h.fix_checksum();
         }),
         2, "verify: 0 pieces of damage, 1 irregular", "\nirregularity at 0x4: dirty: "},
        {"damaged", spoilt([](BuiltHive& h) {
             h.put32(h.value_cell(kExchange, kMapiHttpDisabled) + vk::kDataLength, 0x8000'0005);
         }),
         2, "verify: 1 piece of damage, 0 irregular", "\ndamage at 0x1278: data: "},
        {"two pieces", spoilt([](BuiltHive& h) {
             h.put32(header::kChecksum, 1);
             h.put32(h.value_cell(kExchange, kMapiHttpDisabled) + vk::kDataLength, 0x8000'0005);
         }),
         2, "verify: 2 pieces of damage, 0 irregular", "\ndamage at 0x1fc: base-block: "},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        const OneHive hive(row.bytes);
        const auto run = hive.info({"--verify"});
        CHECK(run.status == row.status);
        CHECK(last_line(run.out) == row.last_line);
        CHECK(run.out.find(row.issue) != std::string::npos);
        const auto report = info_of(hive.path(), {"--verify"}).at("verify");
        CHECK(report["damage"].get<int>() + report["irregularities"].get<int>() ==
              static_cast<int>(report["issues"].size()));
        CHECK(report["issues"].empty() == (row.status == 0));
    }
}

TEST_CASE("hiveinfo: damage shows in the state when it was looked for") {
    auto built = spec_with(dword(kMapiHttpDisabled, 1)).build();
    built.put_text(built.security_cell() + sk::kSignature, "xx");
    const OneHive hive(built.bytes);
    CHECK(info_of(hive.path()).at("state") == "clean");
    CHECK(hive.info({}).status == 0);
    CHECK(info_of(hive.path(), {"--verify"}).at("state") == "corrupt");
    CHECK(info_of(hive.path(), {"--counts"}).at("state") == "corrupt");
    CHECK(hive.info({"--counts"}).status == 2);
}

TEST_CASE("hiveinfo: the SHA-256 is that of the whole file") {
    auto built = spec_with(dword(kMapiHttpDisabled, 1)).build();
    built.append(pattern(100));
    const OneHive hive(built.bytes);
    const auto info = info_of(hive.path(), {"--verify"});
    const auto other = run({.program = "/usr/bin/sha256sum", .arguments = {hive.path()}});
    if (!other.started) {
        say_skipped("sha256sum is not installed");
        return;
    }
    CHECK(info.at("sha256") == other.out.substr(0, 64));
}

TEST_CASE("hiveinfo: --counts of a known tree") {
    HiveSpec spec;
    spec.with("a\\b\\c", {dword(u"inline", 1), binary(u"cell", pattern(5))});
    spec.with("a\\d", binary(u"big", pattern(40'000)));
    spec.with("e");
    spec.security.resize(2, HiveSpec::default_descriptor());
    spec.key("e").security = 1;
    spec.key("a\\d").class_name = u"class";
    spec.free_pages = 3;
    const auto built = spec.build();
    const OneHive hive(built.bytes);
    const auto counts = info_of(hive.path(), {"--counts"}).at("counts");
    CHECK(counts["bins"] == built.bins().size());
    CHECK(counts["keys"] == 6);
    CHECK(counts["values"] == 3);
    CHECK(counts["security_records"] == 2);
    // 6 keys, 3 subkey lists, 1 class name, 2 value lists, 3 values, 1 data cell,
    // 1 db record with a list of 3 segments, 2 security records
    CHECK(counts["allocated_cells"] == 6 + 3 + 1 + 2 + 3 + 1 + 5 + 2);
    CHECK(counts["free_cells"] == built.free_cells().size());
    std::uint64_t free_bytes = 0;
    for (const auto cell : built.free_cells()) {
        free_bytes += built.get32(cell);
    }
    CHECK(counts["free_bytes"] == free_bytes);
    const auto text = hive.info({"--counts"});
    CHECK(text.status == 0);
    for (const std::string line : {"\nkeys              6\n", "\nvalues            3\n",
                                   "\nsecurity records  2\n", "\nallocated cells   23\n"}) {
        CAPTURE(line);
        CHECK(text.out.find(line) != std::string::npos);
    }
}
