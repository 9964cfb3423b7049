// The traps of libhivex in values and times (design/HIVEX.md). Each test shows first what the naive
// call does.
#include "tests/support/hive_files.hpp"
#include "tests/support/naive_hivex.hpp"
#include "tests/support/regf_account.hpp"

#include <hivelint/hive.hpp>

#include <doctest/doctest.h>

#include <cerrno>
#include <string>
#include <vector>

using namespace hivelint::test;
using hivelint::Value;

namespace {

/// One value called `v` in a hive, asked for both ways.
struct Asked {
    explicit Asked(ValueSpec spec, std::uint32_t minor = 5)
        : built(make(std::move(spec), minor)), naive(save(dir, built)),
          theirs(naive.value(naive.key({"k"}), "v")),
          ours(opened(built).find({u"k"}).value().value(u"v").value()) {
        REQUIRE(theirs != 0);
        errno = 0;
    }

    static BuiltHive make(ValueSpec spec, std::uint32_t minor) {
        HiveSpec hive{.minor = minor};
        return hive.with("k", std::move(spec)).build();
    }

    std::int32_t naive_dword() const { return ::hivex_value_dword(naive.get(), theirs); }
    std::int64_t naive_qword() const { return ::hivex_value_qword(naive.get(), theirs); }

    TempDir dir;
    BuiltHive built;
    NaiveHivex naive;
    hive_value_h theirs;
    Value ours;
};

std::string dword_error(const Asked& asked) {
    return error_of([&] { asked.ours.dword(); });
}

std::string wrong_type(const Asked& asked) { return at("wrong-type", asked.ours.offset()); }

} // namespace

TEST_CASE("trap: 0xFFFFFFFF looks like a failure of hivex_value_dword") {
    const Asked highest(dword(u"v", 0xFFFF'FFFF));
    const Asked failed(sz(u"v", u"1"));
    CHECK(highest.naive_dword() == -1);
    CHECK(failed.naive_dword() == -1);

    CHECK(highest.ours.dword() == 0xFFFF'FFFF);
    CHECK(dword_error(failed) == wrong_type(failed));
}

TEST_CASE("trap: all bits set looks like a failure of hivex_value_qword") {
    const Asked highest(qword(u"v", 0xFFFF'FFFF'FFFF'FFFF));
    const Asked failed(binary(u"v", pattern(8)));
    CHECK(highest.naive_qword() == -1);
    CHECK(failed.naive_qword() == -1);

    CHECK(highest.ours.qword() == 0xFFFF'FFFF'FFFF'FFFF);
    CHECK(error_of([&] { failed.ours.qword(); }) == wrong_type(failed));
}

TEST_CASE("trap: hivex_value_dword takes a big-endian DWORD for a DWORD") {
    const Asked asked(raw(u"v", 5, bytes_of({0, 0, 0, 1})));
    CHECK(asked.naive_dword() == 1);

    // The number is the same; the type is what a check must look at.
    CHECK(asked.ours.dword() == 1);
    CHECK(asked.ours.type() == 5);
}

TEST_CASE("trap: hivex_value_dword takes more than 4 bytes") {
    for (const std::size_t size : {5U, 8U, 100U}) {
        CAPTURE(size);
        std::vector<std::byte> data(size);
        data[0] = std::byte{1};
        const Asked asked(raw(u"v", 4, data));
        CHECK(asked.naive_dword() == 1);

        CHECK(dword_error(asked) == wrong_type(asked));
        CHECK(asked.ours.data().size() == size);
    }
}

TEST_CASE("trap: hivex_value_dword says -1 of every other type and size") {
    for (const auto& spec :
         {sz(u"v", u"1"), raw(u"v", 4, bytes_of({1, 0})), raw(u"v", 3, bytes_of({1, 0, 0, 0})),
          raw(u"v", 0xFFFF'0012, bytes_of({1, 0, 0, 0}))}) {
        CAPTURE(spec.type);
        const Asked asked(spec);
        CHECK(asked.naive_dword() == -1);

        CHECK(dword_error(asked) == wrong_type(asked));
        CHECK(asked.ours.type() == spec.type);
        CHECK(asked.ours.data() == spec.data);
    }
}

TEST_CASE("trap: hivex gives less of big data than there is, and does not say so") {
    for (const std::size_t size : {16345U, 16346U, 16347U, 16348U, 20001U, 32689U, 32692U}) {
        CAPTURE(size);
        const Asked asked(binary(u"v", pattern(size)));
        const auto given = asked.naive.bytes_given(asked.theirs);
        CHECK(given < size);
        CHECK(given + 4 >= size);
        CHECK(errno == 0);

        CHECK(asked.ours.data() == pattern(size));
    }
}

TEST_CASE("trap: hivex fails at empty data that lies nowhere") {
    auto spec = binary(u"v", {});
    spec.in_cell = true; // length 0, offset none
    const Asked asked(spec);
    CHECK(asked.naive.bytes_given(asked.theirs) == 0);
    CHECK(errno != 0);

    CHECK(asked.ours.data().empty());
}

TEST_CASE("trap: over 8,000,000 bytes hivex gives none") {
    for (const std::uint32_t minor : {3U, 5U}) {
        CAPTURE(minor);
        const Asked asked(binary(u"v", pattern(8'000'001)), minor);
        CHECK(asked.naive.bytes_given(asked.theirs) == 0);

        CHECK(asked.ours.data() == pattern(8'000'001));
    }
}

TEST_CASE("trap: hivex_value_string cuts and refuses") {
    const Asked odd(raw(u"v", 1, bytes_of({'a', 0, 'b'})));
    const auto free_string = [](char* text) {
        const std::string copy = text == nullptr ? "(none)" : text;
        std::free(text); // NOLINT: malloc's
        return copy;
    };
    CHECK(free_string(::hivex_value_string(odd.naive.get(), odd.theirs)) == "a");
    const Asked lone(sz(u"v", u"a\xD800z"));
    CHECK(free_string(::hivex_value_string(lone.naive.get(), lone.theirs)) == "(none)");

    CHECK(error_of([&] { odd.ours.string(); }) == wrong_type(odd));
    CHECK(lone.ours.string() == u"a\xD800z");
}

TEST_CASE("trap: hivex refuses times of more than 63 bits") {
    const TempDir dir;
    HiveSpec spec;
    spec.key("k").last_written = 0xFFFF'FFFF'FFFF'FFFF;
    const auto built = spec.build();
    const NaiveHivex naive(save(dir, built));
    CHECK(::hivex_node_timestamp(naive.get(), naive.key({"k"})) == -1);

    CHECK(opened(built).find({u"k"}).value().last_written().ticks == 0xFFFF'FFFF'FFFF'FFFF);
}
