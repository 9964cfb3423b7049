// Sequence numbers: Marvin32, which comes after which, and what a log's bytes say of them.
#include "tests/support/hive_builder.hpp"
#include "tests/support/regf_account.hpp"

#include <hivelint/regf/sequence.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using namespace hivelint::test;
using hivelint::ByteSource;
using hivelint::Error;
using hivelint::ErrorCode;
using hivelint::MemorySource;
using hivelint::regf::is_after;
using hivelint::regf::log_numbers;
using hivelint::regf::marvin32;

namespace {

constexpr std::size_t kSector = 512;
constexpr std::size_t kMiB = 1 << 20;

std::vector<std::byte> bytes_of_text(std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

/// The bytes that `digits` write in hexadecimal.
std::vector<std::byte> from_hex(std::string_view digits) {
    std::vector<std::byte> out;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
        out.push_back(
            static_cast<std::byte>(std::stoul(std::string(digits.substr(i, 2)), nullptr, 16)));
    }
    return out;
}

/// A transaction log made piece by piece; it grows as it must.
struct Log {
    std::vector<std::byte> bytes{};

    /// The 512 bytes of a base block, checksum and all.
    Log& base_block(std::uint32_t type, std::uint32_t primary, std::uint32_t secondary) {
        grow(kSector);
        store_text(bytes, header::kSignature, "regf");
        store(bytes, header::kPrimarySequence, primary, 4);
        store(bytes, header::kSecondarySequence, secondary, 4);
        store(bytes, header::kMajor, 1, 4);
        store(bytes, header::kMinor, 5, 4);
        store(bytes, header::kFileType, type, 4);
        store(bytes, header::kFormat, 1, 4);
        return checksum();
    }
    Log& checksum() { return put32(header::kChecksum, base_block_checksum(bytes)); }
    /// The header of a log entry, with its hash. Its pages are not looked at and are not there.
    Log& entry(std::size_t at, std::uint32_t number) {
        grow(at + 40);
        store_text(bytes, at, "HvLE");
        store(bytes, at + 4, kSector, 4);
        store(bytes, at + 12, number, 4);
        store(bytes, at + 16, kPage, 4);
        store(bytes, at + 20, 1, 4);
        store(bytes, at + 24, 0x1234'5678'9ABC'DEF0, 8);
        store(bytes, at + 32, marvin32(std::span(bytes).subspan(at, 32)), 8);
        return *this;
    }
    Log& put32(std::size_t at, std::uint32_t number) {
        store(bytes, at, number, 4);
        return *this;
    }
    Log& cut(std::size_t size) {
        bytes.resize(size);
        return *this;
    }
    Log& grow(std::size_t size) {
        bytes.resize(std::max(size, bytes.size()));
        return *this;
    }
};

struct Row {
    std::string what;
    Log log;
    std::uint32_t floor;
    std::uint32_t highest;
    bool new_format = false;
};

void check(const std::vector<Row>& rows) {
    for (const auto& row : rows) {
        CAPTURE(row.what);
        const auto numbers = log_numbers(MemorySource(row.log.bytes), row.floor);
        CHECK(numbers.highest == row.highest);
        CHECK(numbers.new_format == row.new_format);
    }
}

} // namespace

TEST_CASE("marvin32: the vectors of REGF.md") {
    std::vector<std::byte> ascending(32);
    std::ranges::generate(ascending, [n = 0]() mutable { return static_cast<std::byte>(n++); });
    struct Vector {
        std::vector<std::byte> input;
        std::uint64_t hash;
    };
    const Vector vectors[] = {
        {{}, 0xB39E'FCA4'0396'6E08},
        {std::vector<std::byte>(4), 0x2400'585E'2D11'6FBF},
        {bytes_of_text("abcd"), 0x2009'4FB1'1A6C'D086},
        {bytes_of_text("abcdefgh"), 0x253E'0A1A'576B'A388},
        {ascending, 0xC64F'EEE4'25C2'E24C},
        {std::vector<std::byte>(4096), 0x9510'9B49'E9AF'6C2D},
        // Headers of log entries of a real hive, whose bytes 32..39 are the hash of those before.
        {from_hex("48764c45005e000000000000020000000050000001000000"
                  "31e40718666c8667"),
         0xCD44'F3CF'A765'7F02},
        {from_hex("48764c450060000000000000040000000050000001000000"
                  "0d9e79dc5427dcb4"),
         0xB1A7'81FC'3917'B6B5},
    };
    for (const auto& vector : vectors) {
        CAPTURE(vector.input.size());
        CHECK(marvin32(vector.input) == vector.hash);
    }
}

TEST_CASE("marvin32: what is left over of a word") {
    // Worked out from the text of REGF.md 6.1 by another implementation (Python).
    CHECK(marvin32(bytes_of_text("a")) == 0x21A0'13C7'26F2'92F4);
    CHECK(marvin32(bytes_of_text("ab")) == 0x7911'DA00'3172'85F8);
    CHECK(marvin32(bytes_of_text("abc")) == 0xB9CF'3DFC'A419'14F7);
    CHECK(marvin32(bytes_of_text("abcde")) == 0x187F'15F6'2504'6B86);
}

TEST_CASE("sequence: which number comes after which") {
    struct Pair {
        std::uint32_t a;
        std::uint32_t b;
        bool after;
    };
    const Pair pairs[] = {
        {0, 0, false},
        {1, 0, true},
        {0, 1, false},
        {7, 7, false},
        {0x7FFF'FFFF, 0, true},
        {0, 0x7FFF'FFFF, false},
        {0x8000'0000, 0, false}, // as far as can be: neither comes after the other
        {0, 0x8000'0000, false},
        {0x8000'0001, 0, false},
        {0, 0x8000'0001, true},
        {0, 0xFFFF'FFFF, true},
        {0xFFFF'FFFF, 0, false},
        {5, 0xFFFF'FFF0, true},
        {0xFFFF'FFF0, 5, false},
        {0x8000'0000, 0x7FFF'FFFF, true},
        {0xFFFF'FFFF, 0xFFFF'FFFE, true},
    };
    for (const auto& pair : pairs) {
        CAPTURE(pair.a);
        CAPTURE(pair.b);
        CHECK(is_after(pair.a, pair.b) == pair.after);
    }
}

TEST_CASE("log numbers: what is no log has none") {
    std::vector<Row> rows = {
        {"empty", {}, 7, 7},
        {"zeros", Log{}.grow(4096), 7, 7},
        {"text", {.bytes = bytes_of_text("regf HvLE")}, 7, 7},
        {"a base block of 511 bytes", Log{}.base_block(6, 90, 90).cut(511), 7, 7},
    };
    for (const std::size_t size : {1U, 4U, 39U, 40U, 511U, 512U, 513U}) {
        rows.push_back({"noise", {.bytes = pattern(size)}, 7, 7});
    }
    check(rows);
}

TEST_CASE("log numbers: the base block") {
    check({
        {"new", Log{}.base_block(6, 90, 90), 7, 90, true},
        {"old", Log{}.base_block(1, 90, 90), 7, 90},
        {"older", Log{}.base_block(2, 90, 90), 7, 90},
        {"the first number is higher", Log{}.base_block(6, 91, 90), 7, 91, true},
        {"the second number is higher", Log{}.base_block(6, 90, 91), 7, 91, true},
        {"lower than the hive's", Log{}.base_block(6, 5, 6), 7, 7, true},
        {"not regf", Log{}.base_block(6, 90, 90).put32(0, 0x6765'7274).checksum(), 7, 7},
        {"wrong checksum", Log{}.base_block(6, 90, 90).put32(508, 1), 7, 7},
        {"another byte", Log{}.base_block(6, 90, 90).put32(500, 1), 7, 7},
    });
}

TEST_CASE("log numbers: the two checksums that are stored otherwise") {
    for (const std::uint32_t sum : {0U, 0xFFFF'FFFFU}) {
        auto log = Log{}.base_block(6, 90, 91);
        log.put32(500, base_block_checksum(log.bytes) ^ sum).checksum();
        CHECK(load(log.bytes, header::kChecksum, 4) == (sum == 0 ? 1 : 0xFFFF'FFFE));
        check({{"special", log, 7, 91, true}});
    }
}

TEST_CASE("log numbers: entries and what earlier rounds left") {
    const auto chain = Log{}.base_block(6, 20, 20).entry(512, 20).entry(1024, 21).entry(2048, 22);
    auto higher = chain;
    higher.entry(8192, 300);
    auto lower = chain;
    lower.entry(4096, 12).entry(8192, 13);
    check({
        {"a chain", chain, 7, 22, true},
        {"lower remnants", lower, 7, 22, true},
        {"a higher remnant behind a gap", higher, 7, 300, true},
        {"all lower than the hive's", chain, 40, 40, true},
        {"base block lost", Log{}.entry(512, 21).entry(1024, 22), 7, 22, true},
        {"base block damaged", Log{}.base_block(6, 90, 90).put32(508, 1).entry(512, 21), 7, 21,
         true},
        {"an old log's base block damaged", Log{}.base_block(1, 90, 90).put32(508, 1), 7, 7},
        {"an entry in place of the base block", Log{}.entry(0, 21), 7, 21, true},
        {"an entry in an old log", Log{}.base_block(1, 20, 20).entry(1024, 30), 7, 30},
    });
}

TEST_CASE("log numbers: what only looks like an entry") {
    const auto base = Log{}.base_block(6, 20, 20);
    const auto with = [&](const std::function<void(Log&)>& spoil) {
        auto log = base;
        log.entry(1024, 50);
        spoil(log);
        return log;
    };
    check({
        {"not spoilt", with([](Log&) {}), 7, 50, true},
        {"no HvLE", with([](Log& log) { log.put32(1024, 0x454C'7649); }), 7, 20, true},
        {"a raised number", with([](Log& log) { log.put32(1036, 99); }), 7, 20, true},
        {"another hash-1", with([](Log& log) { log.put32(1048, 0); }), 7, 20, true},
        {"a wrong hash-2, low half", with([](Log& log) { log.put32(1056, 0); }), 7, 20, true},
        {"a wrong hash-2, high half", with([](Log& log) { log.put32(1060, 0); }), 7, 20, true},
        {"cut", with([](Log& log) { log.cut(1024 + 39); }), 7, 20, true},
        {"between sectors", Log(base).entry(1024 + 256, 50), 7, 20, true},
        {"a number that is garbage, wrong hash",
         Log(base).grow(4096).put32(2048, 0x454C'7648).put32(2060, 0x7000'0000), 7, 20, true},
    });
}

TEST_CASE("log numbers: entries at the borders of what is read at once") {
    for (const std::size_t at : {kMiB - 512, kMiB, kMiB + 512, 2 * kMiB - 512, 2 * kMiB}) {
        CAPTURE(at);
        const auto whole = Log{}.base_block(6, 20, 20).entry(at, 50);
        auto longer = whole;
        longer.grow(at + 3 * kSector);
        auto cut = whole;
        cut.cut(at + 39);
        check({
            {"the header ends the file", whole, 7, 50, true},
            {"the file goes on", longer, 7, 50, true},
            {"a byte is missing", cut, 7, 20, true},
        });
    }
    auto size_of_one = Log{}.base_block(6, 20, 20).entry(kMiB - 512, 50);
    check({{"a file of 1 MiB", size_of_one.grow(kMiB), 7, 50, true}});
}

TEST_CASE("log numbers: they wrap") {
    const auto wrapping = Log{}
                              .base_block(6, 0xFFFF'FFFE, 0xFFFF'FFFE)
                              .entry(512, 0xFFFF'FFFE)
                              .entry(1024, 0xFFFF'FFFF)
                              .entry(1536, 0)
                              .entry(2048, 1);
    check({
        {"over the end", wrapping, 0xFFFF'FFF0, 1, true},
        {"the hive is past it", wrapping, 3, 3, true},
        {"up to the end", Log{}.base_block(1, 0xFFFF'FFFF, 0xFFFF'FFFF), 0xFFFF'FFF0, 0xFFFF'FFFF},
        {"the last numbers are old", Log{}.base_block(6, 0xFFFF'FFFF, 0xFFFF'FFFF), 3, 3, true},
    });
}

TEST_CASE("log numbers: what cannot be read is an error") {
    class Failing final : public ByteSource {
    public:
        std::uint64_t size() const override { return 3 * kMiB; }
        void read_at(std::uint64_t offset, std::span<std::byte> out) const override {
            if (offset + out.size() > 2 * kMiB) {
                throw Error(ErrorCode::io_error, offset, "no");
            }
            std::ranges::fill(out, std::byte{0});
        }
    };
    CHECK(error_of([] { log_numbers(Failing(), 7); }) == "io-error 0x200000");
}
