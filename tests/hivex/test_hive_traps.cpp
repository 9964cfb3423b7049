// The traps of libhivex in names, lookups and files (design/HIVEX.md). Each test shows first what
// the naive call does.
#include "tests/support/child.hpp"
#include "tests/support/hive_files.hpp"
#include "tests/support/naive_hivex.hpp"
#include "tests/support/regf_account.hpp"
#include "tests/support/turkish_locale.hpp"

#include <hivelint/file_source.hpp>
#include <hivelint/hive.hpp>
#include <hivelint/source.hpp>

#include <doctest/doctest.h>

#include <cerrno>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

using namespace hivelint::test;
using hivelint::FileSource;
using hivelint::Hive;

namespace {

constexpr const char* kShouted = "SOFTWARE\\MICROSOFT\\EXCHANGE";

HiveSpec affected(const char* key = kExchange) {
    return HiveSpec{}.with(key, dword(u"MapiHttpDisabled", 1));
}

std::uint32_t found_by_ours(const Hive& hive) {
    const auto key = hive.find({u"Software", u"Microsoft", u"Exchange"});
    const auto value = key ? key->value(u"MapiHttpDisabled") : std::nullopt;
    return value ? value->dword() : 0;
}

/// Changes a spare field so that the XOR over the base block is `sum` (REGF.md section 2.1).
void set_checksum_to(BuiltHive& hive, std::uint32_t sum) {
    constexpr std::size_t kSpare = 504;
    std::uint32_t now = 0;
    for (std::size_t at = 0; at < header::kChecksum; at += 4) {
        now ^= hive.get32(at);
    }
    hive.put32(kSpare, hive.get32(kSpare) ^ now ^ sum);
    hive.fix_checksum();
}

} // namespace

TEST_CASE("trap: under a Turkish locale hivex does not find MICROSOFT") {
    const TempDir dir;
    auto spec = affected(kShouted);
    spec.key(kShouted).values[0].name = u"MAPIHTTPDISABLED";
    const auto built = spec.build();
    const auto file = save(dir, built);
    const TurkishLocale turkish;
    if (!turkish.in_force()) {
        say_skipped(TurkishLocale::kSkipped);
        return;
    }
    const NaiveHivex naive(file);
    REQUIRE(naive.key({"SOFTWARE"}) != 0);
    CHECK(naive.key({"Software", "Microsoft"}) == 0);
    CHECK(errno == 0);
    const auto exchange = naive.key({"SOFTWARE", "MICROSOFT", "EXCHANGE"});
    CHECK(naive.value(exchange, "MapiHttpDisabled") == 0);

    CHECK(found_by_ours(Hive::open(file)) == 1);
    CHECK(answer(hivelint::find_value(opened(built), {u"Software", u"Microsoft", u"Exchange"},
                                      u"MapiHttpDisabled")) == "REG_DWORD 01000000");
}

TEST_CASE("trap: hivex tells letters beyond ASCII apart by their case") {
    const TempDir dir;
    const auto built = HiveSpec{}.with(u"\u00C9", dword(u"\u00C9", 1)).build();
    const NaiveHivex naive(save(dir, built));
    CHECK(naive.key({"\u00E9"}) == 0);
    CHECK(naive.value(naive.key({"\u00C9"}), "\u00E9") == 0);

    CHECK(opened(built).find({u"\u00E9"}).value().value(u"\u00E9").value().dword() == 1);
}

TEST_CASE("trap: hivex gives up at a lone surrogate in a sibling's name") {
    const TempDir dir;
    auto spec = affected();
    spec.with({u"a\xD800z"});
    spec.key(kExchange).values.insert(spec.key(kExchange).values.begin(), dword(u"\xDC00z", 2));
    const auto built = spec.build();
    const NaiveHivex naive(save(dir, built));
    CHECK(naive.key({"Software"}) == 0);
    CHECK(errno == EILSEQ);
    CHECK(naive.value(built.key_cell(kExchange), "MapiHttpDisabled") == 0);
    CHECK(errno == EILSEQ);

    CHECK(found_by_ours(opened(built)) == 1);
}

TEST_CASE("trap: hivex takes a name up to its NUL for all of it") {
    const TempDir dir;
    HiveSpec spec;
    spec.with("Key", dword({u"MapiHttpDisabled\0x", 18}, 1)).with({{u"Sub\0x", 5}});
    const auto built = spec.build();
    const NaiveHivex naive(save(dir, built));
    CHECK(naive.value(naive.key({"Key"}), "MapiHttpDisabled") != 0);
    CHECK(naive.key({"Sub"}) != 0);

    const auto hive = opened(built);
    CHECK(!hive.find({u"Key"}).value().value(u"MapiHttpDisabled"));
    CHECK(hive.find({u"Key"}).value().value(std::u16string(u"MapiHttpDisabled\0x", 18)));
    CHECK(!hive.find({u"Sub"}));
    CHECK(hive.find({std::u16string(u"Sub\0x", 5)}));
}

TEST_CASE("trap: hivex leaves errno as it was when there is nothing") {
    const TempDir dir;
    const auto built = affected().build();
    const NaiveHivex naive(save(dir, built));
    errno = EIO;
    CHECK(::hivex_node_get_child(naive.get(), naive.root(), "none") == 0);
    CHECK(errno == EIO);

    const auto hive = opened(built);
    errno = EIO;
    CHECK(!hive.find({u"none"}));
    errno = EIO;
    CHECK(hive.root().values().empty());
    errno = EIO;
    CHECK(hive.find({u"Software", u"Microsoft", u"Exchange"}).value().subkeys().empty());
}

TEST_CASE("trap: beyond 70,000 subkeys hivex finds none of them") {
    const TempDir dir;
    HiveSpec spec;
    for (std::size_t count = 0; count < 70'000; ++count) {
        const auto name = fmt::format("k{:05}", count);
        spec.root.subkeys.push_back({.name = {name.begin(), name.end()}});
    }
    CHECK(opened(spec.build()).find({u"k00000"}));

    spec.root.subkeys.push_back({.name = u"one more"});
    const auto built = spec.build();
    const NaiveHivex naive(save(dir, built));
    CHECK(naive.key({"k00000"}) == 0);

    const auto hive = opened(built);
    CHECK(error_of([&] { hive.find({u"k00000"}); }) == "hivex-failed");
    CHECK(error_of([&] { hive.find({u"none"}); }) == "hivex-failed");
    CHECK(error_of([&] { hivelint::find_value(hive, {u"none"}, u"v"); }) == "hivex-failed");
}

TEST_CASE("trap: beyond 110,000 values hivex finds none of them") {
    const TempDir dir;
    HiveSpec spec;
    auto& values = spec.key("k").values;
    for (std::uint32_t count = 0; count < 110'001; ++count) {
        const auto name = fmt::format("v{:06}", count);
        values.push_back(dword({name.begin(), name.end()}, count));
    }
    const auto built = spec.build();
    const NaiveHivex naive(save(dir, built));
    CHECK(naive.value(naive.key({"k"}), "v000000") == 0);

    const auto key = opened(built).find({u"k"});
    REQUIRE(key);
    CHECK(error_of([&] { key->value(u"v000000"); }) == "hivex-failed");
    CHECK(error_of([&] { key->value(u"none"); }) == "hivex-failed");
}

TEST_CASE("trap: hivex takes a predefined key's handle for its number of values") {
    const TempDir dir;
    auto built = HiveSpec{}.with("k", dword(u"v", 1)).with("k\\below").build();
    const auto key = built.key_cell("k");
    built.put16(key + nk::kFlags, built.get16(key + nk::kFlags) | 0x40);
    const NaiveHivex naive(save(dir, built));
    CHECK(naive.value(naive.key({"k"}), "v") != 0);

    const auto found = opened(built).find({u"k"});
    REQUIRE(found);
    CHECK(error_of([&] { found->values(); }) == at("predefined-key", key));
    CHECK(error_of([&] { found->value(u"v"); }) == at("predefined-key", key));
    CHECK(found->subkeys().size() == 1);
}

TEST_CASE("trap: hivex waits forever at a FIFO") {
    const TempDir dir;
    const auto fifo = dir.path() / "NTUSER.DAT";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    CHECK(ending_signal(in_child([&] {
              ::alarm(1);
              return NaiveHivex(fifo).is_open() ? 1 : 2;
          })) == SIGALRM);

    CHECK(exit_status(in_child([&] {
              ::alarm(30);
              return error_of([&] { Hive::open(fifo); }) == "not-a-regular-file" ? 0 : 1;
          })) == 0);
}

TEST_CASE("trap: a file that shrinks under hivex ends the process") {
    const TempDir dir;
    const auto built = affected().build();
    const auto file = save(dir, built);
    CHECK(ending_signal(in_child([&] {
              const NaiveHivex naive(file);
              return ::truncate(file.c_str(), 0) == 0 && naive.key({"Software"}) != 0 ? 1 : 2;
          })) == SIGBUS);

    save(dir, built);
    const FileSource source(file);
    const auto hive = Hive::open(file);
    REQUIRE(::truncate(file.c_str(), 0) == 0);
    CHECK(found_by_ours(hive) == 1);
    CHECK(error_of([&] { read_front(source, built.bytes.size()); }) == "changed-while-reading 0x0");
}

TEST_CASE("trap: hivex refuses the special results of the checksum") {
    for (const std::uint32_t sum : {0U, 0xFFFF'FFFFU}) {
        CAPTURE(sum);
        const TempDir dir;
        auto built = affected().build();
        set_checksum_to(built, sum);
        CHECK(built.get32(header::kChecksum) == (sum == 0 ? 1 : 0xFFFF'FFFE));
        const auto file = save(dir, built);
        CHECK(!NaiveHivex(file).is_open());

        CHECK(found_by_ours(Hive::open(file)) == 1);
        CHECK(read_file(file).size() == built.bytes.size());
        CHECK(opened(built).root().name().starts_with(u"CMI-CreateHive{"));
    }
}

TEST_CASE("trap: a checksum that hivex takes and the rule does not") {
    const TempDir dir;
    auto built = affected().build();
    set_checksum_to(built, 0);
    built.put32(header::kChecksum, 0);
    const auto file = save(dir, built);
    CHECK(NaiveHivex(file).is_open());

    CHECK(error_of([&] { Hive::open(file); }) == "damaged 0x1fc");
}

TEST_CASE("trap: hivex opens a file that was cut between two bins") {
    const TempDir dir;
    auto spec = affected();
    spec.with("A", binary(u"b", pattern(9000)));
    auto built = spec.build();
    REQUIRE(built.bins().back() > built.bins().front());
    built.truncate(built.bins().back());
    const auto file = save(dir, built);
    CHECK(NaiveHivex(file).is_open());

    CHECK(error_of([&] { Hive::open(file); }).starts_with("truncated"));
    CHECK(error_of([&] { opened(built); }) == at("damaged", built.bytes.size()));
}

TEST_CASE("trap: hivex opens a transaction log and version 1.1") {
    for (const auto field : {header::kFileType, header::kMinor}) {
        CAPTURE(field);
        const TempDir dir;
        auto built = affected().build();
        built.put32(field, 1);
        built.fix_checksum();
        const auto file = save(dir, built);
        CHECK(NaiveHivex(file).is_open());

        CHECK(error_of([&] { Hive::open(file); }) ==
              (field == header::kMinor ? "unsupported-version 0x14" : "wrong-file-type 0x1c"));
    }
}
