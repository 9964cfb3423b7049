#include "tests/fuzz/corpus.hpp"

#include "tests/support/hive_builder.hpp"
#include "tests/support/samples.hpp"

#include <hivelint/evidence.hpp>

#include <initializer_list>
#include <string_view>
#include <utility>

namespace hivelint::fuzz {
namespace {

using namespace hivelint::test;

constexpr const char* kExchange = "Software\\Microsoft\\Exchange";
constexpr const char16_t* kMapiHttpDisabled = u"MapiHttpDisabled";

HiveSpec affected(std::uint32_t minor = 5) {
    HiveSpec spec{.minor = minor};
    spec.with(kExchange, {dword(kMapiHttpDisabled, 1), sz(u"", u"x")});
    return spec;
}

/// Several subkeys beside the wanted ones on each level, in a list of that kind.
Seed lists(std::string name, std::uint32_t minor, ListKind kind, std::size_t per_leaf) {
    auto spec = affected(minor);
    for (const char* path : {"", "Software", "Software\\Microsoft", kExchange}) {
        auto& key = spec.key(path);
        key.list = kind;
        key.per_leaf = per_leaf;
        for (const auto* subkey : {u"Alpha", u"Control", u"Printers", u"Zulu"}) {
            key.subkeys.push_back({.name = subkey});
        }
    }
    return {std::move(name), spec.build().bytes};
}

Seed values() {
    auto spec = affected();
    auto in_cell = dword(u"InCell", 7);
    in_cell.in_cell = true;
    auto wide = dword(u"Wide", 8);
    wide.wide_name = true;
    spec.with(kExchange, {in_cell, wide, qword(u"Qword", 9), expand_sz(u"Expand", u"%TEMP%\\x"),
                          multi_sz(u"Multi", {u"a", u"bc"}), binary(u"Empty", {}),
                          binary(u"Five", pattern(5)), raw(u"Odd", 0xFFFF'0012, pattern(3))});
    return {"values", spec.build().bytes};
}

Seed names() {
    auto spec = affected();
    auto& key = spec.key("Software");
    key.subkeys.push_back({.name = u"\u00C4rger"});
    key.subkeys.push_back({.name = u"\u0416\u0443\u043A"});
    key.subkeys.push_back({.name = u"a\\b", .class_name = u"Class"});
    key.subkeys.push_back({.name = std::u16string(u"nul\0x", 5), .wide_name = true});
    key.subkeys.push_back({.name = std::u16string{u'l', char16_t(0xD800), u'x'}});
    key.subkeys.push_back({.name = u"\U0001F600 face"});
    spec.with("Software", {sz(u"\u65E5\u672C", u"\u65E5\u672C"), sz(u"\U0001F600", u"\U0001F600"),
                           dword(std::u16string{char16_t(0xDC00)}, 2)});
    return {"names", spec.build().bytes};
}

Seed big_data(std::string name, std::uint32_t minor, std::size_t size) {
    auto spec = affected(minor);
    spec.with(kExchange, binary(u"Big", pattern(size)));
    return {std::move(name), spec.build().bytes};
}

Seed security() {
    auto spec = affected();
    spec.security.push_back(HiveSpec::default_descriptor());
    spec.security.push_back(HiveSpec::default_descriptor());
    spec.key("Software").security = 1;
    spec.key(kExchange).security = 2;
    spec.free_pages = 1;
    spec.secondary_sequence = 6;
    return {"security", spec.build().bytes};
}

/// What follows the bins is no part of the hive, a page of it or less.
Seed tail(std::string name, std::size_t size) {
    auto hive = affected().build();
    hive.append(std::vector<std::byte>(hive.bytes.end() - static_cast<std::ptrdiff_t>(size),
                                       hive.bytes.end()));
    return {std::move(name), std::move(hive.bytes)};
}

/// Keys that hivex reads like others and the walker does not.
Seed special_keys() {
    auto spec = affected(6);
    auto& software = spec.key("Software");
    software.subkeys.push_back({.name = u"Handle", .values = {dword(u"v", 1)}, .flags = 0x60});
    software.subkeys.push_back(
        {.name = u"Link", .values = {raw(u"SymbolicLinkValue", 6, pattern(8))}, .flags = 0x30});
    auto gone = binary(u"Gone", {});
    gone.flags = 3;
    spec.with("Software\\Microsoft", gone);
    return {"special-keys", spec.build().bytes};
}

Seed deep() {
    auto spec = affected();
    spec.key("Software").chain = 40;
    return {"deep", spec.build().bytes};
}

Seed text(std::string name, std::string_view what) {
    Seed seed{std::move(name), {}};
    for (const char c : what) {
        seed.bytes.push_back(static_cast<std::byte>(c));
    }
    return seed;
}

} // namespace

std::vector<Seed> hive_seeds() {
    std::vector<Seed> seeds = {
        {"plain-1.3", affected(3).build().bytes},
        {"plain-1.5", affected(5).build().bytes},
        {"plain-1.6", affected(6).build().bytes},
        lists("li-1.3", 3, ListKind::li, 0),
        lists("lf-1.3", 3, ListKind::lf, 0),
        lists("lf-1.5", 5, ListKind::lf, 0),
        lists("lh-1.5", 5, ListKind::lh, 0),
        lists("ri-li-1.3", 3, ListKind::li, 2),
        lists("ri-lf-1.3", 3, ListKind::lf, 2),
        lists("ri-lh-1.5", 5, ListKind::lh, 2),
        values(),
        names(),
        big_data("long-1.3", 3, 17000),
        big_data("big-1.4", 4, 17000),
        big_data("big-1.5", 5, 2 * 16344),
        big_data("big-full-cell-1.5", 5, 16344 + 12),
        security(),
        deep(),
        tail("tail-page", kPage),
        tail("tail-odd", 100),
        special_keys(),
    };
    for (auto& sample : samples()) {
        // That one is cut, and logs are no hives.
        if (!sample.relative_path.ends_with("grace/NTUSER.DAT") &&
            !is_log_name(sample.relative_path)) {
            seeds.push_back({"sample", std::move(sample.bytes)});
        }
    }
    return seeds;
}

std::vector<Seed> name_seeds() {
    return {
        text("path", kExchange),
        text("empty-name", "a\\\\b"),
        text("controls", "\x1B[31m\x7F\xC2\x85"),
        text("unicode", "\xC3\x84\xD0\x96\xE6\x97\xA5\xF0\x9F\x98\x80\xE2\x80\xAE"),
        text("broken", "\xC3\xF0\x9F\x98\xED\xA0\x80\xFF\xFE"),
        {"utf16", utf16_bytes(u"MapiHttpDisabled\\\u00E4\u0416\U0001F600\u202E\u001B")},
        {"surrogates",
         utf16_bytes(std::u16string{char16_t(0xDC00), char16_t(0xD800), char16_t(0xD800)})},
        {"noncharacters", utf16_bytes(u"\uFFFE\uFEFF\u061C\u2028\U0010FFFE")},
    };
}

} // namespace hivelint::fuzz
