#include "tests/support/odd_hives.hpp"

#include "tests/support/tool_run.hpp"

#include <hivelint/regf/name.hpp>

#include <utility>

namespace hivelint::test {
namespace {

constexpr std::string_view kAffected = "affected";
constexpr std::string_view kNonstandard = "nonstandard";
constexpr std::string_view kClear = "clear";
constexpr std::string_view kUnknown = "unknown";
constexpr std::string_view kClean = "clean";
constexpr std::string_view kDirty = "dirty";
constexpr std::string_view kCorrupt = "corrupt";
constexpr std::string_view kTruncated = "truncated";
constexpr std::string_view kNoHive = "not-a-hive";
constexpr std::string_view kUnreadable = "unreadable";

HiveSpec usual() { return spec_with(dword(kMapiHttpDisabled, 1)); }

/// The usual hive after `change`.
template<typename Change>
std::vector<std::byte> spoilt(Change change) {
    auto hive = usual().build();
    change(hive);
    return hive.bytes;
}

/// The usual hive with another number in its base block, and the checksum that goes with it.
std::vector<std::byte> with_header(FileOffset field, std::uint32_t number) {
    return spoilt([&](BuiltHive& hive) {
        hive.put32(field, number);
        hive.fix_checksum();
    });
}

std::vector<std::byte> with_value(ValueSpec value) {
    return spec_with(std::move(value)).build().bytes;
}

std::vector<std::byte> with_spec(void (*change)(HiveSpec&)) {
    auto spec = usual();
    change(spec);
    return spec.build().bytes;
}

void add_values(std::vector<OddHive>& out) {
    const auto* const name = kMapiHttpDisabled;
    const auto add = [&](std::string what, ValueSpec value, std::string_view verdict,
                         std::string_view reason) {
        out.push_back({std::move(what), with_value(std::move(value)), verdict, reason, kClean, ""});
    };
    add("one", dword(name, 1), kAffected, "");
    add("zero", dword(name, 0), kClear, "zero");
    add("two", dword(name, 2), kNonstandard, "number");
    add("all-ones", dword(name, 0xFFFF'FFFF), kNonstandard, "number");
    add("other-case", dword(u"MAPIHTTPDISABLED", 1), kAffected, "");
    add("other-name", dword(u"MapiHttpDisable", 1), kClear, "absent");
    add("in-a-cell", {.name = name, .type = 4, .data = bytes_of({1, 0, 0, 0}), .in_cell = true},
        kAffected, "");
    add("wide-name", {.name = name, .type = 4, .data = bytes_of({1, 0, 0, 0}), .wide_name = true},
        kAffected, "");
    add("text", sz(name, u"1"), kNonstandard, "type");
    add("binary", binary(name, bytes_of({1, 0, 0, 0})), kNonstandard, "type");
    add("big-endian", raw(name, 5, bytes_of({0, 0, 0, 1})), kNonstandard, "type");
    add("qword", qword(name, 1), kNonstandard, "type");
    add("no-type", raw(name, 0, {}), kNonstandard, "type");
    add("type-without-name", raw(name, 0xFFFF'0012, bytes_of({1, 0, 0, 0})), kNonstandard, "type");
    add("no-data", raw(name, 4, {}), kNonstandard, "size");
    add("two-bytes", raw(name, 4, bytes_of({1, 0})), kNonstandard, "size");
    add("eight-bytes", raw(name, 4, pattern(8)), kNonstandard, "size");
    add("big-data", binary(name, pattern(20'000)), kNonstandard, "type");
}

void add_trees(std::vector<OddHive>& out) {
    const auto add = [&](std::string what, std::vector<std::byte> bytes, std::string_view verdict,
                         std::string_view reason, std::string_view state = kClean,
                         std::string_view error = "") {
        out.push_back({std::move(what), std::move(bytes), verdict, reason, state, error});
    };
    add("empty", HiveSpec{}.build().bytes, "not-applicable", "other");
    add("no-value", HiveSpec{}.with(kExchange).build().bytes, kClear, "absent");
    add("value-twice",
        with_spec([](HiveSpec& spec) { spec.with(kExchange, dword(kMapiHttpDisabled, 0)); }),
        kAffected, "");
    add("key-of-the-values-name",
        with_spec([](HiveSpec& spec) { spec.key(kExchange).key(kMapiHttpDisabled); }), kAffected,
        "");
    add("time-past-all-dates", with_spec([](HiveSpec& spec) {
            spec.last_written = 0xFFFF'FFFF'FFFF'FFFF;
            spec.key(kExchange).last_written = 0x7FFF'FFFF'FFFF'FFFF;
        }),
        kAffected, "");
    add("time-never-set", with_spec([](HiveSpec& spec) {
            spec.last_written = 0;
            spec.key(kExchange).last_written = 0;
        }),
        kAffected, "");
    add("count-of-keys-in-security-record",
        spoilt([](BuiltHive& hive) { hive.put32(hive.security_cell() + sk::kReferences, 77); }),
        kAffected, "");
    add("security-record-not-one", spoilt([](BuiltHive& hive) {
            hive.put_text(hive.security_cell() + sk::kSignature, "\033[");
        }),
        kAffected, "", kCorrupt, "damaged");
    add("list-not-one", spoilt([](BuiltHive& hive) {
            hive.put_text(hive.list_cell("Software") + subkey_list::kSignature, "\033\n");
        }),
        kUnknown, "bad-subkey-list", kCorrupt, "bad-subkey-list");
    add("list-out-of-the-hive", spoilt([](BuiltHive& hive) {
            hive.put32(hive.key_cell("Software") + nk::kList, 0x7FFF'FFF8);
        }),
        kUnknown, "bad-cell", kCorrupt, "bad-cell");
    add("key-not-one", spoilt([](BuiltHive& hive) {
            hive.put_text(hive.key_cell(kExchange) + nk::kSignature, "\x7F\x9B");
        }),
        kUnknown, "bad-key-node", kCorrupt, "bad-key-node");
    add("too-many-values", spoilt([](BuiltHive& hive) {
            hive.put32(hive.key_cell(kExchange) + nk::kValueCount, 0x4000'0001);
        }),
        kUnknown, "bad-value-list", kCorrupt, "bad-value-list");
    add("inline-data-of-five-bytes", spoilt([](BuiltHive& hive) {
            hive.put32(hive.value_cell(kExchange, kMapiHttpDisabled) + vk::kDataLength,
                       0x8000'0005);
        }),
        kUnknown, "bad-data", kCorrupt, "bad-data");
    add("link-key", with_spec([](HiveSpec& spec) { spec.key("Software\\Microsoft").flags = 0x30; }),
        kUnknown, "link-key", kClean, "link-key");
    add("predefined-key",
        with_spec([](HiveSpec& spec) { spec.key("Software\\Microsoft").flags = 0x60; }), kUnknown,
        "predefined-key", kClean, "predefined-key");
    add("hash-of-another-name",
        spoilt([](BuiltHive& hive) { hive.put32(hive.element("Software") + 4, 1); }), kClear,
        "absent");
}

void add_base_blocks(std::vector<OddHive>& out) {
    const auto add = [&](std::string what, std::vector<std::byte> bytes, std::string_view verdict,
                         std::string_view state, std::string_view error) {
        out.push_back({std::move(what), std::move(bytes), verdict, verdict == kUnknown ? error : "",
                       state, error});
    };
    add("sequence-numbers", with_header(header::kPrimarySequence, 8), kAffected, kDirty, "");
    add("checksum", spoilt([](BuiltHive& hive) { hive.put32(header::kChecksum, 1); }), kAffected,
        kDirty, "checksum-mismatch");
    add("clustering-factor", with_header(header::kClusteringFactor, 8), kAffected, kClean, "");
    add("version-three", with_spec([](HiveSpec& spec) { spec.minor = 3; }), kAffected, kClean, "");
    add("differencing-hive", spoilt([](BuiltHive& hive) {
            hive.put32(header::kMinor, 6);
            hive.put32(header::kFlags, 2);
            hive.fix_checksum();
        }),
        kAffected, kClean, "");
    add("tail", spoilt([](BuiltHive& hive) { hive.append(pattern(777)); }), kAffected, kClean, "");
    add("cut", spoilt([](BuiltHive& hive) {
            hive.put32(header::kBinsSize, 3 * kPage);
            hive.fix_checksum();
        }),
        kAffected, kTruncated, "truncated");
    add("cut-early", spoilt([](BuiltHive& hive) { hive.truncate(hive.key_cell(kExchange)); }),
        kUnknown, kTruncated, "truncated");
    add("version-zero", with_header(header::kMinor, 1), kUnknown, kUnreadable,
        "unsupported-version");
    add("version-seven", with_header(header::kMinor, 7), kUnknown, kUnreadable,
        "unsupported-version");
    add("version-two", with_header(header::kMajor, 2), kUnknown, kUnreadable,
        "unsupported-version");
    add("log", with_header(header::kFileType, 6), kUnknown, kNoHive, "wrong-file-type");
    add("bins-of-no-size", with_header(header::kBinsSize, 0), kUnknown, kCorrupt, "bad-base-block");
    add("bins-of-odd-size", with_header(header::kBinsSize, 0x1001), kUnknown, kCorrupt,
        "bad-base-block");
    add("bins-of-four-gibibytes", with_header(header::kBinsSize, 0xFFFF'F000), kUnknown, kCorrupt,
        "bad-base-block");
    add("signature", spoilt([](BuiltHive& hive) { hive.put32(header::kSignature, 0); }), kUnknown,
        kDirty, "checksum-mismatch");
    add("signature-and-bin", spoilt([](BuiltHive& hive) {
            hive.put32(header::kSignature, 0);
            hive.put32(kPage, 0);
        }),
        kUnknown, kNoHive, "not-a-hive");
}

void add_other_files(std::vector<OddHive>& out) {
    const auto add = [&](std::string what, std::vector<std::byte> bytes, std::string_view state,
                         std::string_view error) {
        out.push_back({std::move(what), std::move(bytes), kUnknown, error, state, error});
    };
    const auto front = [](std::size_t size) {
        auto bytes = affected_bytes();
        bytes.resize(size);
        return bytes;
    };
    add("nothing", {}, kTruncated, "too-short");
    add("one-byte", front(1), kTruncated, "too-short");
    add("signature-only", front(4), kTruncated, "too-short");
    add("most-of-a-page", front(4095), kTruncated, "too-short");
    add("base-block-only", front(4096), kTruncated, "too-short");
    add("zeros", std::vector<std::byte>(1 << 20), kNoHive, "not-a-hive");
    add("noise", pattern(70'000), kNoHive, "not-a-hive");
    add("program", bytes_of({'M', 'Z', 0x90, 0}), kNoHive, "not-a-hive");
}

} // namespace

std::vector<OddHive> odd_hives() {
    std::vector<OddHive> out;
    add_values(out);
    add_trees(out);
    add_base_blocks(out);
    add_other_files(out);
    return out;
}

std::vector<std::u16string> hostile_names() {
    using namespace std::string_literals;
    return {
        u"\x1B[31mred\x1B[2J"s,
        u"\x1B]0;title\a"s,
        u"new\nline"s,
        u"\r\ttab\b"s,
        u"\u009B31m"s,
        u"\u0085next\u2028line\u2029"s,
        u"\x7F"s,
        u"\u202Etxt.exe"s,
        u"\u2066left\u200F\u061C"s,
        u"half \xD800"s,
        u"\xDC00 half"s,
        u"\0before"s,
        u"in\0side"s,
        u"\uFFFE\uFFFF"s,
        u"..\\.."s,
        u"\"quoted\" \\u{1B}"s,
        u"\u96EA\U0001F4A5\u0131\u0130"s,
        u" "s,
    };
}

std::vector<std::string> hostile_file_names() {
    std::vector<std::string> out = {
        "bad\xFF\xFE", "\xC0\xAF", "\xED\xA0\x80",        "cut\xE2\x82",
        "-dash",       "--help",   std::string(255, 'n'),
    };
    for (const auto& name : hostile_names()) {
        if (name.find(u'\0') == std::u16string::npos && name != u"..\\..") {
            out.push_back(regf::to_utf8(name));
        }
    }
    return out;
}

std::vector<std::byte> hostile_hive(std::u16string file_name) {
    auto spec = usual();
    spec.file_name = std::move(file_name);
    for (const auto& name : hostile_names()) {
        spec.root.subkeys.push_back({.name = name});
        spec.root.values.push_back(sz(name, name));
        spec.key(kExchange).values.push_back(sz(name, name));
    }
    return spec.build().bytes;
}

} // namespace hivelint::test
