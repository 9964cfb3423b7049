// The base block: what is read from it, and every way in which it cannot be one (HOSTILE.md B).
#include "tests/support/hive_builder.hpp"
#include "tests/support/regf_account.hpp"

#include <hivelint/regf/base_block.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

using hivelint::MemorySource;
using hivelint::regf::BaseBlock;
using hivelint::regf::read_base_block;
using namespace hivelint::test;

namespace {

BuiltHive good() { return HiveSpec{}.with("Software", dword(u"v", 1)).build(); }

BaseBlock read(const std::vector<std::byte>& bytes) { return read_base_block(MemorySource(bytes)); }

std::string refusal(const std::vector<std::byte>& bytes) {
    return error_of([&] { read(bytes); });
}

std::vector<std::byte> file_of(std::string_view start, std::size_t size) {
    std::vector<std::byte> bytes(size);
    store_text(bytes, 0, start);
    return bytes;
}

struct FieldRow {
    FileOffset at;
    std::uint32_t value;
    std::string problem; ///< with a right checksum
};

const std::vector<FieldRow>& impossible_fields() {
    static const std::vector<FieldRow> rows = {
        {header::kFileType, 1, "wrong-file-type 0x1c"},
        {header::kFileType, 2, "wrong-file-type 0x1c"},
        {header::kFileType, 6, "wrong-file-type 0x1c"},
        {header::kFileType, 3, "wrong-file-type 0x1c"},
        {header::kFileType, 0xFFFFFFFF, "wrong-file-type 0x1c"},
        {header::kMajor, 0, "unsupported-version 0x14"},
        {header::kMajor, 2, "unsupported-version 0x14"},
        {header::kMajor, 0x101, "unsupported-version 0x14"},
        {header::kMinor, 0, "unsupported-version 0x14"},
        {header::kMinor, 1, "unsupported-version 0x14"},
        {header::kMinor, 2, "unsupported-version 0x14"},
        {header::kMinor, 7, "unsupported-version 0x14"},
        {header::kMinor, 0xFFFFFFFF, "unsupported-version 0x14"},
        {header::kFormat, 0, "bad-base-block 0x20"},
        {header::kFormat, 2, "bad-base-block 0x20"},
        {header::kBinsSize, 0, "bad-base-block 0x28"},
        {header::kBinsSize, 1, "bad-base-block 0x28"},
        {header::kBinsSize, 4095, "bad-base-block 0x28"},
        {header::kBinsSize, 4097, "bad-base-block 0x28"},
        {header::kBinsSize, 0x1200, "bad-base-block 0x28"},
        {header::kBinsSize, 0x80000000, "bad-base-block 0x28"},
        {header::kBinsSize, 0xFFFFF000, "bad-base-block 0x28"},
        {header::kBinsSize, 0xFFFFFFFF, "bad-base-block 0x28"},
    };
    return rows;
}

} // namespace

TEST_CASE("base block: fields of a good one") {
    auto hive = HiveSpec{.minor = 3,
                         .primary_sequence = 0x11223344,
                         .secondary_sequence = 0x11223344,
                         .last_written = 0x0102'0304'0506'0708,
                         .file_name = u"\\??\\C:\\caf\u00E9\\ntuser.dat"}
                    .build();
    hive.put32(header::kFlags, 0x0A0B0C0D);
    hive.put64(header::kLastReorganized, 0x1112'1314'1516'1718);
    hive.fix_checksum();
    const BaseBlock block = read(hive.bytes);
    CHECK(block.primary_sequence == 0x11223344);
    CHECK(block.secondary_sequence == 0x11223344);
    CHECK(block.last_written.ticks == 0x0102'0304'0506'0708);
    CHECK(block.major == 1);
    CHECK(block.minor == 3);
    CHECK(block.root.value == 0x20);
    CHECK(block.root.in_file() == 0x1020);
    CHECK(!block.root.none());
    CHECK(block.bins_size == 0x1000);
    CHECK(block.image_size() == 0x2000);
    CHECK(block.clustering_factor == 1);
    CHECK((block.file_name == u"\\??\\C:\\caf\u00E9\\ntuser.dat"));
    CHECK(block.flags == 0x0A0B0C0D);
    CHECK(block.last_reorganized.ticks == 0x1112'1314'1516'1718);
    CHECK(block.stored_checksum == hive.get32(508));
    CHECK(block.checksum_valid());
    CHECK(!block.dirty());
}

TEST_CASE("base block: the file name ends at a NUL, or with the field") {
    auto hive = good();
    for (std::size_t i = 0; i < 32; ++i) {
        hive.put16(header::kFileName + 2 * i, static_cast<std::uint16_t>('A' + i));
    }
    hive.put16(header::kFileName + 64, 'x'); // the GUID behind the field
    CHECK((read(hive.bytes).file_name == u"ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"));
    hive.put16(header::kFileName + 2 * 3, 0);
    CHECK((read(hive.bytes).file_name == u"ABC"));
    hive.put16(header::kFileName, 0);
    CHECK(read(hive.bytes).file_name.empty());
    hive.put16(header::kFileName, 0xD800);
    CHECK((read(hive.bytes).file_name == std::u16string{0xD800, u'B', u'C'}));
}

TEST_CASE("base block: every supported version") {
    for (std::uint32_t minor = 3; minor <= 6; ++minor) {
        CHECK(read(HiveSpec{.minor = minor}.build().bytes).minor == minor);
    }
}

TEST_CASE("base block: what is too short, and what is no hive at all") {
    struct Row {
        std::string what;
        std::vector<std::byte> bytes;
        std::string problem;
    };
    const auto cut = [](std::size_t size) {
        auto hive = good();
        hive.truncate(size);
        return hive.bytes;
    };
    auto mz = file_of("MZ", 1 << 20);
    store_text(mz, 0x80, "PE");
    const Row rows[] = {
        {"empty", {}, "too-short 0x0"},
        {"1 byte of regf", file_of("r", 1), "too-short 0x1"},
        {"1 other byte", file_of("x", 1), "not-a-hive 0x0"},
        {"1 zero byte", file_of("", 1), "not-a-hive 0x0"},
        {"3 bytes of regf", file_of("reg", 3), "too-short 0x3"},
        {"2 bytes of regf and another", file_of("reh", 3), "not-a-hive 0x0"},
        {"regf only", file_of("regf", 4), "too-short 0x4"},
        {"cut in the fields", cut(508), "too-short 0x1fc"},
        {"fields only", cut(512), "too-short 0x200"},
        {"a base block but for a byte", cut(4095), "too-short 0xfff"},
        {"base block only", cut(4096), "too-short 0x1000"},
        {"a bin header but for a byte", cut(4096 + 31), "too-short 0x101f"},
        {"base block only, signature zeroed", file_of("", 4096), "not-a-hive 0x0"},
        {"zeros", file_of("", 1 << 20), "not-a-hive 0x0"},
        {"noise", pattern(1 << 20), "not-a-hive 0x0"},
        {"a program", mz, "not-a-hive 0x0"},
        {"regf and zeros", file_of("regf", 1 << 20), "not-a-hive 0x0"},
        {"text", file_of("Windows Registry Editor Version 5.00\r\n", 8192), "not-a-hive 0x0"},
        {"signature in capitals", file_of("REGF", 8192), "not-a-hive 0x0"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        CHECK(refusal(row.bytes) == row.problem);
    }
}

TEST_CASE("base block: a file that ends before its bins is still one") {
    for (const std::size_t size : {4096U + 32, 4096U + 2048, 8191U}) {
        CAPTURE(size);
        auto hive = good();
        hive.truncate(size);
        CHECK(refusal(hive.bytes) == "no error");
        CHECK(read(hive.bytes).image_size() == 8192);
    }
}

TEST_CASE("base block: bins size from a page up to what offsets can say") {
    for (const std::uint32_t size : {0x1000U, 0x2000U, 0x7FFF'F000U}) {
        CAPTURE(size);
        auto hive = good();
        hive.put32(header::kBinsSize, size);
        hive.fix_checksum();
        CHECK(refusal(hive.bytes) == "no error");
        CHECK(read(hive.bytes).image_size() == 4096 + std::uint64_t{size});
    }
}

TEST_CASE("base block: whatever follows the bins is slack") {
    auto hive = good();
    hive.append(pattern(1000));
    CHECK(refusal(hive.bytes) == "no error");
    CHECK(read(hive.bytes).image_size() == 8192);
    hive.append(good().bytes);
    CHECK(refusal(hive.bytes) == "no error");
}

TEST_CASE("base block: a field that cannot be, under a right checksum") {
    for (const auto& row : impossible_fields()) {
        CAPTURE(row.at);
        CAPTURE(row.value);
        auto hive = good();
        hive.put32(row.at, row.value);
        hive.fix_checksum();
        CHECK(refusal(hive.bytes) == row.problem);
        // Without a bin it is the same: the base block was written so.
        hive.put32(4096, 0);
        CHECK(refusal(hive.bytes) == row.problem);
    }
}

TEST_CASE("base block: a field that cannot be, under a wrong checksum") {
    for (const auto& row : impossible_fields()) {
        CAPTURE(row.at);
        CAPTURE(row.value);
        auto hive = good();
        hive.put32(row.at, row.value);
        const auto place = row.problem.substr(row.problem.find(' '));
        CHECK(refusal(hive.bytes) == "checksum-mismatch" + place);
        // No base block and no bin: no hive.
        hive.put32(4096, 0);
        CHECK(refusal(hive.bytes) == "not-a-hive 0x0");
    }
}

TEST_CASE("base block: a transaction log under a hive's name") {
    auto log = good();
    log.put32(header::kFileType, 6);
    log.fix_checksum();
    log.put_text(512, "HvLE");
    log.put32(4096, 0);
    CHECK(refusal(log.bytes) == "wrong-file-type 0x1c");
    log.truncate(1024);
    CHECK(refusal(log.bytes) == "too-short 0x400");
}

TEST_CASE("base block: version 2.0") {
    auto hive = good();
    hive.put32(header::kMajor, 2);
    hive.put32(header::kMinor, 0);
    hive.fix_checksum();
    CHECK(refusal(hive.bytes) == "unsupported-version 0x14");
}

TEST_CASE("base block: a zeroed signature") {
    auto hive = good();
    hive.put32(header::kSignature, 0);
    SUBCASE("a first bin follows") { CHECK(refusal(hive.bytes) == "checksum-mismatch 0x0"); }
    SUBCASE("no bin follows") {
        hive.put32(4096, 0);
        CHECK(refusal(hive.bytes) == "not-a-hive 0x0");
    }
    SUBCASE("a bin follows that is not the first") {
        hive.put32(4096 + bin::kOffset, 0x1000);
        CHECK(refusal(hive.bytes) == "not-a-hive 0x0");
    }
    SUBCASE("half a bin follows") {
        hive.truncate(4096 + 2048);
        CHECK(refusal(hive.bytes) == "checksum-mismatch 0x0");
    }
    SUBCASE("less than the header of a bin follows") {
        hive.truncate(4096 + 31);
        CHECK(refusal(hive.bytes) == "not-a-hive 0x0");
    }
}

TEST_CASE("base block: a wrong checksum alone is no error, but dirty") {
    auto hive = good();
    hive.put32(header::kChecksum, hive.get32(header::kChecksum) ^ 0x8000'0000);
    const BaseBlock block = read(hive.bytes);
    CHECK(!block.checksum_valid());
    CHECK(block.dirty());
    CHECK(block.computed_checksum == (block.stored_checksum ^ 0x8000'0000));
}

TEST_CASE("base block: the checksum covers bytes 0 to 507") {
    for (const FileOffset at : {12U, 200U, 504U, 507U}) {
        CAPTURE(at);
        auto hive = good();
        hive.put8(at, hive.get8(at) ^ 1U);
        CHECK(!read(hive.bytes).checksum_valid());
    }
    auto hive = good();
    hive.put8(512, 1);
    CHECK(read(hive.bytes).checksum_valid());
}

TEST_CASE("base block: checksums that are stored as another number") {
    struct Row {
        std::uint32_t sum;
        std::uint32_t stored;
        bool valid;
    };
    const Row rows[] = {
        {0, 1, true},
        {0, 0, false},
        {1, 1, true},
        {0xFFFFFFFF, 0xFFFFFFFE, true},
        {0xFFFFFFFF, 0xFFFFFFFF, false},
        {0xFFFFFFFE, 0xFFFFFFFE, true},
        {2, 2, true},
    };
    for (const auto& row : rows) {
        CAPTURE(row.sum);
        CAPTURE(row.stored);
        auto hive = good();
        constexpr FileOffset kSpare = 200;
        std::uint32_t others = row.sum;
        for (FileOffset at = 0; at < 508; at += 4) {
            others ^= at == kSpare ? 0 : hive.get32(at);
        }
        hive.put32(kSpare, others);
        hive.put32(header::kChecksum, row.stored);
        const BaseBlock block = read(hive.bytes);
        CHECK(block.checksum_valid() == row.valid);
        CHECK(block.dirty() == !row.valid);
        CHECK(block.stored_checksum == row.stored);
    }
}

TEST_CASE("base block: dirty by its sequence numbers") {
    struct Row {
        std::uint32_t primary;
        std::uint32_t secondary;
        bool dirty;
    };
    const Row rows[] = {
        {7, 7, false}, {0, 0, false}, {8, 7, true}, {7, 8, true}, {0, 0xFFFFFFFF, true},
    };
    for (const auto& row : rows) {
        const auto hive =
            HiveSpec{.primary_sequence = row.primary, .secondary_sequence = row.secondary}.build();
        CHECK(read(hive.bytes).dirty() == row.dirty);
    }
}

// Only the walker, which would follow it, can say what is wrong with it.
TEST_CASE("base block: the root offset is read as stored") {
    auto hive = good();
    hive.put32(header::kRoot, 0xFFFFFFFF);
    hive.fix_checksum();
    CHECK(read(hive.bytes).root.none());
}
