// The state and the verdict of one hive: a row for each that a hive can be in.
#include "tests/support/as_built.hpp"
#include "tests/support/scan_text.hpp"

#include <hivelint/scan.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

using namespace hivelint::test;
using hivelint::Confirm;
using hivelint::scan_target;
using hivelint::State;
using hivelint::Target;

namespace {

using Spoil = std::function<void(BuiltHive&)>;

HiveSpec with_value(ValueSpec value) { return HiveSpec{}.with(kExchange, std::move(value)); }

/// A change in the base block, under a checksum that is right.
Spoil set_field(std::size_t at, std::uint32_t number) {
    return [=](BuiltHive& hive) {
        hive.put32(at, number);
        hive.fix_checksum();
    };
}

std::string after(const Spoil& spoil, const HiveSpec& spec = affected()) {
    auto hive = spec.build();
    spoil(hive);
    return line_of(scan_hive(hive));
}

std::string of_bytes(std::vector<std::byte> bytes, bool only_if_hive = false) {
    const TempDir dir;
    const Target target = {.path = (dir.path() / "file").string(),
                           .id = {},
                           .only_if_hive = only_if_hive,
                           .problem = {}};
    write_file(target.path, bytes);
    const auto record = scan_target(target, kb_only());
    return record ? line_of(*record) : "no record";
}

std::vector<std::byte> text_bytes(std::string_view text) {
    std::vector<std::byte> out;
    for (const char c : text) {
        out.push_back(static_cast<std::byte>(c));
    }
    return out;
}

} // namespace

TEST_CASE("scan: a name with a NUL behind what is looked for is another one, and told of") {
    const auto record = scan_hive(with_value(dword({u"MapiHttpDisabled\0x", 18}, 1)).build());
    CHECK(line_of(record) == as_built("clean clear absent by walker+hivex"));
    CHECK(one_text(record.notes).starts_with("a value at "));
}

TEST_CASE("scan: the verdicts on a clean hive") {
    struct Row {
        HiveSpec spec;
        std::string expected;
    };
    const Row rows[] = {
        {affected(), as_built("clean affected by walker+hivex")},
        {with_value(dword(kMapi, 0)), "clean clear zero by walker"},
        {HiveSpec{}.with(kExchange), "clean clear absent by walker"},
        {HiveSpec{}.with("Software\\Microsoft"), "clean clear absent by walker"},
        {HiveSpec{}.with("Software"), "clean clear absent by walker"},
        {with_value(dword(kMapi, 2)), as_built("clean nonstandard number by walker+hivex")},
        {with_value(sz(kMapi, u"1")), as_built("clean nonstandard type by walker+hivex")},
        {with_value(raw(kMapi, 4, bytes_of({1, 0}))),
         as_built("clean nonstandard size by walker+hivex")},
        {with_value(raw(kMapi, 4, bytes_of({1, 0, 0, 0, 0, 0, 0, 0}))),
         as_built("clean nonstandard size by walker+hivex")},
        {with_value(raw(kMapi, 5, bytes_of({0, 0, 0, 1}))),
         as_built("clean nonstandard type by walker+hivex")},
        {with_value(raw(kMapi, 3, bytes_of({1, 0, 0, 0}))),
         as_built("clean nonstandard type by walker+hivex")},
        {with_value(raw(kMapi, 0xFFFF'0012, bytes_of({1, 0, 0, 0}))),
         as_built("clean nonstandard type by walker+hivex")},
        {with_value(qword(kMapi, 1)), as_built("clean nonstandard type by walker+hivex")},
        {with_value(dword(kMapi, 0xFFFF'FFFF)),
         as_built("clean nonstandard number by walker+hivex")},
        {with_value(raw(kMapi, 4, {})), as_built("clean nonstandard size by walker+hivex")},
        {HiveSpec{}.with("SOFTWARE\\microsoft\\EXCHANGE", dword(u"mapihttpdisabled", 1)),
         as_built("clean affected by walker+hivex")},
        {HiveSpec{}.with("Software\\Policies\\Microsoft\\Exchange", dword(kMapi, 1)),
         "clean clear absent by walker"},
    };
    for (const auto& row : rows) {
        const auto record = scan_hive(row.spec.build());
        CAPTURE(row.expected);
        CHECK(line_of(record) == row.expected);
        CHECK(one_text(record.notes).empty());
        CHECK(record.size == row.spec.build().bytes.size());
        CHECK(record.pages_read > 0);
        REQUIRE(record.base_block);
        CHECK(record.base_block->primary_sequence == 7);
    }
}

TEST_CASE("scan: every minor version that Windows writes is read") {
    for (const std::uint32_t minor : {3U, 4U, 5U, 6U}) {
        CAPTURE(minor);
        // In other letter cases: the hints of lf and lh lists must not mind.
        for (const auto* key : {kExchange, "SOFTWARE\\microsoft\\EXchange"}) {
            HiveSpec spec{.minor = minor};
            spec.with(key, dword(kMapi, 1));
            CHECK(line_of(scan_hive(spec.build())) == as_built("clean affected by walker+hivex"));
        }
    }
}

TEST_CASE("scan: a dirty hive is reported as stored, with a warning") {
    HiveSpec spec{.primary_sequence = 9, .secondary_sequence = 8};
    spec.with(kExchange, dword(kMapi, 1));
    const auto record = scan_hive(spec.build());
    CHECK(line_of(record) == as_built("dirty affected by walker+hivex"));
    REQUIRE(record.notes.size() == 1);
    CHECK(
        record.notes[0].starts_with("dirty: the sequence numbers differ (primary 9, secondary 8)"));

    auto nothing = HiveSpec{.primary_sequence = 9, .secondary_sequence = 8};
    nothing.with("Software");
    CHECK(line_of(scan_hive(nothing.build())) == "dirty clear absent by walker");
}

TEST_CASE("scan: under a wrong checksum the walker's answer stands alone") {
    auto hive = affected().build();
    hive.put8(header::kChecksum, hive.get8(header::kChecksum) ^ 1);
    const auto record = scan_hive(hive);
    CHECK(line_of(record) == "dirty affected by walker, checksum-mismatch 0x1fc");
    REQUIRE(record.notes.size() == 3);
    CHECK(record.notes[0] == "dirty: the base block is damaged; no transaction log lies beside it, "
                             "so newer data may be missing");
    CHECK(record.notes[1] == as_built("not given to hivex: verify found 1 piece of damage"));
    CHECK(record.notes[2].starts_with("damaged at 0x1fc: base-block: checksum"));
}

TEST_CASE("scan: a wrong checksum over a field that cannot be") {
    CHECK(after([](BuiltHive& hive) { hive.put32(header::kBinsSize, 0); }) ==
          "dirty unknown checksum-mismatch, checksum-mismatch 0x28");
    CHECK(after([](BuiltHive& hive) { hive.put32(header::kSignature, 0); }) ==
          "dirty unknown checksum-mismatch, checksum-mismatch 0x0");
    // Nor is there a first bin: nothing says that it is a hive.
    CHECK(after([](BuiltHive& hive) {
              hive.put32(header::kSignature, 0);
              hive.put32(4096, 0);
          }) == "not-a-hive unknown not-a-hive, not-a-hive 0x0");
}

TEST_CASE("scan: what is no hive, is cut off, or is of another kind") {
    const std::vector<std::byte> zeros(1 << 20);
    const auto whole = affected().build().bytes;
    const auto first = [&](std::size_t count) {
        return std::vector(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(count));
    };
    auto noise = pattern(1 << 16);
    noise[0] = std::byte{0x4D};
    struct Row {
        std::string_view what;
        std::vector<std::byte> bytes;
        std::string expected;
        std::string if_hive; ///< when it is only looked at because all files are
    };
    const std::string not_a_hive = "not-a-hive unknown not-a-hive, not-a-hive 0x0";
    const std::string short_512 = "truncated unknown too-short, too-short 0x200";
    const Row rows[] = {
        {"empty", {}, "truncated unknown too-short, too-short 0x0", "no record"},
        {"1 byte of it", first(1), "truncated unknown too-short, too-short 0x1", "no record"},
        {"regf", first(4), "truncated unknown too-short, too-short 0x4", ""},
        {"its fields", first(512), short_512, short_512},
        {"no bin", first(4095), "truncated unknown too-short, too-short 0xfff", ""},
        {"half a bin header", first(4112), "truncated unknown too-short, too-short 0x1010", ""},
        {"zeros", zeros, not_a_hive, "no record"},
        {"noise", noise, not_a_hive, "no record"},
        {"a program", text_bytes("MZ\x90"), not_a_hive, "no record"},
        {"text", text_bytes("register"), not_a_hive, "no record"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        CHECK(of_bytes(row.bytes) == row.expected);
        CHECK(of_bytes(row.bytes, true) == (row.if_hive.empty() ? row.expected : row.if_hive));
    }
}

TEST_CASE("scan: the base block says what is wrong") {
    struct Row {
        std::string_view what;
        Spoil spoil;
        std::string expected;
    };
    const std::string log = "not-a-hive unknown wrong-file-type, wrong-file-type 0x1c";
    const std::string version = "unreadable unknown unsupported-version, unsupported-version 0x14";
    const std::string bins = "corrupt unknown bad-base-block, bad-base-block 0x28";
    const std::string root = "corrupt unknown bad-root by walker, bad-root ";
    const Row rows[] = {
        {"old log", set_field(header::kFileType, 1), log},
        {"older log", set_field(header::kFileType, 2), log},
        {"new log", set_field(header::kFileType, 6), log},
        {"version 1.1", set_field(header::kMinor, 1), version},
        {"version 1.2", set_field(header::kMinor, 2), version},
        {"version 1.7", set_field(header::kMinor, 7), version},
        {"version 2.5", set_field(header::kMajor, 2), version},
        {"format", set_field(header::kFormat, 0),
         "corrupt unknown bad-base-block, bad-base-block "
         "0x20"},
        {"bins size 0", set_field(header::kBinsSize, 0), bins},
        {"bins size odd", set_field(header::kBinsSize, 0x1001), bins},
        {"bins size huge", set_field(header::kBinsSize, 0xFFFF'F000), bins},
        {"root NIL", set_field(header::kRoot, 0xFFFF'FFFF), root + "0x24"},
        {"root outside", set_field(header::kRoot, 0x7000'0000), root + "0x24"},
        {"root unaligned", set_field(header::kRoot, 0x21), root + "0x24"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        CHECK(after(row.spoil) == row.expected);
    }
    CHECK(after([](BuiltHive& hive) {
              hive.put32(header::kRoot, BuiltHive::relative(hive.key_cell("Software")));
              hive.fix_checksum();
          }).starts_with(root));
}

TEST_CASE("scan: a file that ends before its bins") {
    auto spec = HiveSpec{}.with("A", binary(u"b", pattern(9000)));
    spec.with(kExchange, dword(kMapi, 1));
    // What the way to the answer needs is there, or it is not.
    auto hive = spec.build();
    REQUIRE(hive.bins().size() > 1);
    const auto beyond = hive.key_cell(kExchange);
    REQUIRE(beyond > hive.bins().back());
    hive.truncate(hive.bins().back());
    const auto end = fmt::format("{:#x}", hive.bytes.size());
    auto record = scan_hive(hive);
    CHECK(line_of(record) == "truncated unknown truncated by walker, truncated " + end);
    REQUIRE(record.notes.size() == 2);
    CHECK(record.notes[0].starts_with("truncated at " + end));
    CHECK(record.notes[1] == as_built("not given to hivex: the file ends before its hive bins"));

    spec = affected();
    spec.with("Z", binary(u"b", pattern(9000)));
    hive = spec.build();
    REQUIRE(hive.value_cell(kExchange, kMapi) < hive.bins().back());
    hive.truncate(hive.bytes.size() - 1);
    record = scan_hive(hive);
    CHECK(line_of(record) ==
          fmt::format("truncated affected by walker, truncated {:#x}", hive.bytes.size()));
    CHECK(one_text(record.notes) ==
          as_built("not given to hivex: the file ends before its hive bins"));
    CHECK(line_of(scan_hive(hive, Confirm::never)) == line_of(record));
}

TEST_CASE("scan: words of states") {
    CHECK(to_string(State::clean) == "clean");
    CHECK(to_string(State::dirty) == "dirty");
    CHECK(to_string(State::truncated) == "truncated");
    CHECK(to_string(State::corrupt) == "corrupt");
    CHECK(to_string(State::not_a_hive) == "not-a-hive");
    CHECK(to_string(State::unreadable) == "unreadable");
}
