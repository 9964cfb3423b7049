// Hostile hives through all tools, a row for each: what is said of it, that nothing of it is
// written to, and that its neighbour is answered all the same.
#include "tests/support/hive_builder.hpp"
#include "tests/support/odd_hives.hpp"
#include "tests/support/tool_run.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace fs = std::filesystem;
using namespace hivelint::test;

namespace {

using Change = std::function<void(BuiltHive&)>;

struct Row {
    std::string what;
    std::vector<std::byte> hive;
    std::string verdict; ///< of hivescan
    std::string said;    ///< in its record: a code, a word of a note
    bool fixed = false;  ///< hivefix may change it: what is odd is in nobody's way
};

std::vector<std::byte> spoilt(const HiveSpec& spec, const Change& change) {
    auto hive = spec.build();
    change(hive);
    return hive.bytes;
}

std::vector<std::byte> spoilt(const Change& change) {
    return spoilt(spec_with(dword(kMapiHttpDisabled, 1)), change);
}

HiveSpec with_key_at(const std::string& path, std::uint16_t flags) {
    auto spec = spec_with(dword(kMapiHttpDisabled, 1));
    spec.key(path).flags = flags;
    return spec;
}

FileOffset value_of(const BuiltHive& hive) { return hive.value_cell(kExchange, kMapiHttpDisabled); }

/// Bins and cells.
std::vector<Row> structures() {
    return {
        {"a bin of no size", spoilt([](BuiltHive& h) { h.put32(4096 + bin::kSize, 0); }),
         "affected", "bin"},
        {"a bin of 2 GiB", spoilt([](BuiltHive& h) { h.put32(4096 + bin::kSize, 0x8000'1000); }),
         "affected", "bin"},
        {"a bin elsewhere", spoilt([](BuiltHive& h) { h.put32(4096 + bin::kOffset, 0x1000); }),
         "affected", "bin"},
        {"no bin", spoilt([](BuiltHive& h) { h.put32(4096, 0); }), "affected", "bin"},
        {"a cell of no size", spoilt([](BuiltHive& h) { h.put32(value_of(h), 0); }), "unknown",
         "bad-cell"},
        {"the largest negative cell",
         spoilt([](BuiltHive& h) { h.put32(value_of(h), 0x8000'0000); }), "unknown", "bad-cell"},
        {"an odd cell", spoilt([](BuiltHive& h) { h.put32(value_of(h), 0xFFFF'FFD9); }), "unknown",
         "bad-cell"},
        {"a cell past the bin", spoilt([](BuiltHive& h) { h.put32(value_of(h), 0xFFFF'0000); }),
         "unknown", "bad-cell"},
        {"a free cell that is referred to",
         spoilt([](BuiltHive& h) { h.put32(value_of(h), 0U - h.get32(value_of(h))); }), "unknown",
         "bad-cell"},
        {"root: none", spoilt([](BuiltHive& h) {
             h.put32(header::kRoot, 0xFFFF'FFFF);
             h.fix_checksum();
         }),
         "unknown", "bad-"},
        {"root: another key", spoilt([](BuiltHive& h) {
             h.put32(header::kRoot, static_cast<std::uint32_t>(h.key_cell("Software") - 4096));
             h.fix_checksum();
         }),
         "unknown", "bad-root"},
        {"a list that is its own key's parent", spoilt([](BuiltHive& h) {
             h.put32(h.key_cell("Software") + nk::kList, h.get32(h.key_cell("") + nk::kList));
         }),
         "unknown", "bad-subkey-list"},
        {"more subkeys than fit", spoilt([](BuiltHive& h) {
             h.put32(h.key_cell("Software") + nk::kSubkeyCount, 0x7FFF'FFFF);
         }),
         "affected", "bad-subkey-list"},
        {"values counted and none there",
         spoilt([](BuiltHive& h) { h.put32(h.key_cell(kExchange) + nk::kValueList, 0xFFFF'FFFF); }),
         "unknown", "bad-cell"},
        {"so many values that 32 bits wrap", spoilt([](BuiltHive& h) {
             h.put32(h.key_cell(kExchange) + nk::kValueCount, 0x4000'0001);
         }),
         "unknown", "bad-value-list"},
        {"a name past its cell",
         spoilt([](BuiltHive& h) { h.put16(h.key_cell(kExchange) + nk::kNameLength, 0xFFF0); }),
         "unknown", "bad-key-node"},
        {"a class past its cell", spoilt([](BuiltHive& h) {
             h.put16(h.key_cell(kExchange) + nk::kClassLength, 0xFFF0);
             h.put32(h.key_cell(kExchange) + nk::kClass,
                     static_cast<std::uint32_t>(value_of(h) - 4096));
         }),
         "affected", "damaged"},
        {"security: none",
         spoilt([](BuiltHive& h) { h.put32(h.key_cell(kExchange) + nk::kSecurity, 0xFFFF'FFFF); }),
         "affected", "damaged"},
        {"security: a value", spoilt([](BuiltHive& h) {
             h.put32(h.key_cell(kExchange) + nk::kSecurity,
                     static_cast<std::uint32_t>(value_of(h) - 4096));
         }),
         "affected", "damaged"},
        {"security: a ring out of the file",
         spoilt([](BuiltHive& h) { h.put32(h.security_cell() + sk::kNext, 0x7FFF'FF00); }),
         "affected", "damaged"},
        {"a link on the way", with_key_at("Software", 0x30).build().bytes, "unknown", "link-key"},
        {"a predefined handle on the way", with_key_at("Software\\Microsoft", 0x60).build().bytes,
         "unknown", "predefined-key"},
    };
}

/// Values and their data.
std::vector<Row> values() {
    const auto data = [](std::uint32_t length) {
        return [length](BuiltHive& h) { h.put32(value_of(h) + vk::kDataLength, length); };
    };
    return {
        {"inline data of five bytes", spoilt(data(0x8000'0005)), "unknown", "bad-data"},
        {"no data", spoilt(data(0x8000'0000)), "nonstandard", "size"},
        {"data of two gigabytes", spoilt(data(0x7FFF'FFFF)), "unknown", "bad-"},
        {"a value's name past its cell",
         spoilt([](BuiltHive& h) { h.put16(value_of(h) + vk::kNameLength, 0x7FF0); }), "unknown",
         "bad-value"},
        {"data in the root key's cell", spoilt([](BuiltHive& h) {
             h.put32(value_of(h) + vk::kDataLength, 4);
             h.put32(value_of(h) + vk::kData, h.get32(header::kRoot));
         }),
         "nonstandard", "damaged"},
        {"a deleted value of a layer", spoilt([](BuiltHive& h) {
             h.put32(header::kMinor, 6);
             h.put32(header::kFlags, 2);
             h.fix_checksum();
             h.put16(value_of(h) + vk::kFlags, 3);
         }),
         "unknown", "tombstone"},
        {"a number in its own cell",
         spec_with({.name = kMapiHttpDisabled,
                    .type = 4,
                    .data = bytes_of({1, 0, 0, 0}),
                    .in_cell = true})
             .build()
             .bytes,
         "affected", "", true},
        {"two values of one name",
         spec_with(dword(kMapiHttpDisabled, 1))
             .with(kExchange, dword(u"MAPIHTTPDISABLED", 1))
             .build()
             .bytes,
         "affected", "a second value"},
        {"big data that is too short",
         spoilt(spec_with(dword(kMapiHttpDisabled, 1))
                    .with(kExchange, binary(u"other", pattern(40'000))),
                [](BuiltHive& h) {
                    const auto cell = h.get32(h.value_cell(kExchange, u"other") + vk::kData);
                    h.put16(4096 + cell + db::kCount, 1);
                }),
         "affected", "damaged"},
        {"names that control a terminal", hostile_hive(u"\x1B[31m"), "affected", "", true},
    };
}

void check_rows(const std::vector<Row>& rows) {
    for (const auto& row : rows) {
        CAPTURE(row.what);
        const TempDir dir;
        const auto file = dir.path() / "Users/a/NTUSER.DAT";
        write_file(file, row.hive);
        write_file(dir.path() / "Users/b/NTUSER.DAT", clear_hive());
        const auto place = dir.path().native();

        const auto scan = hivescan({"--format", "jsonl", place});
        const auto records = records_of(scan.out);
        REQUIRE(records.size() == 2);
        const auto& record = records[0];
        CHECK(record["checks"][0]["verdict"] == row.verdict);
        CHECK(record.dump().find(row.said) != std::string::npos);
        CHECK(records[1]["checks"][0]["verdict"] == "clear");
        CHECK(scan.status == (record["error"].is_null() && row.verdict != "unknown"
                                  ? (row.verdict == "affected" ? 1 : 0)
                                  : 2));
        const auto text = hivescan({place});
        CHECK(text.status == scan.status);
        CHECK(misleading(text.out) == "");
        const auto info = hiveinfo({"--verify", "--key", kExchange, file.native()});
        CHECK((info.status == 0 || info.status == 2 || info.status == 3));
        CHECK(misleading(info.out) == "");
        CHECK(hivereplay({file.native()}).status == 0); // a clean hive has nothing to apply

        const Snapshot before(dir.path());
        const auto fix =
            run({.program = HIVELINT_HIVEFIX, .arguments = {"--no-undo-record", file.native()}});
        CHECK(misleading(fix.out) == "");
        if (row.fixed) {
            CHECK(fix.status == 0);
        } else {
            CHECK(fix.status == (row.verdict == "clear" ? 0 : 2));
            CHECK(before.changes() == "");
        }
    }
}

} // namespace

TEST_CASE("hostile: bins, cells and trees") { check_rows(structures()); }

TEST_CASE("hostile: values") { check_rows(values()); }
