// plan_fix() on files: what the patch holds, and what is refused. Files beside the hive are
// test_patch_beside.cpp's, the words of a preview test_patch_preview.cpp's.
#include "tests/support/planned.hpp"

#include <hivelint/apply.hpp>
#include <hivelint/file_source.hpp>

#include "source/hashes.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <sys/stat.h>

using namespace hivelint::test;
using hivelint::Action;
using hivelint::MemorySource;

namespace fs = std::filesystem;

namespace {

std::string sha256_of(const BuiltHive& hive) { return hivelint::sha256(MemorySource(hive.bytes)); }

} // namespace

TEST_CASE("patch: what it holds") {
    const TempDir dir;
    const auto hive = affected_hive();
    const auto file = save(dir, hive);
    for (const auto action : {Action::set_value, Action::delete_value}) {
        const auto patch = plan(file, action);
        CHECK(patch.path == file);
        CHECK(patch.size == hive.bytes.size());
        REQUIRE(patch.fixes.size() == 1);
        const auto& fix = patch.fixes[0];
        CHECK(fix.rule == "mapi-http-disabled");
        CHECK(action_of(fix) == (action == Action::set_value ? "set-zero" : "delete"));
        CHECK(fix.key == kEditedKey);
        CHECK(fix.value == "MapiHttpDisabled");
        CHECK(!patch.undoes);
        CHECK(patch.notes.empty());
        CHECK(patch.bytes_changed() == bytes_in(patch.ranges));

        const auto after = patched(hive, patch.ranges);
        CHECK(patch.sha256_before == sha256_of(hive));
        CHECK(patch.sha256_after == sha256_of(after));
        CHECK(verified(after) == "");
        const auto value = find(after, kEditedKey, kEditedValue);
        CHECK(answer(value) == (action == Action::set_value ? "REG_DWORD 00000000" : "no value"));
        CHECK(value.key_last_written.ticks == kEditTime);
        CHECK(sequence_in(hive, patch) == 8);
        CHECK(after.get32(header::kPrimarySequence) == 8);
        CHECK(after.get64(header::kLastWritten) == kEditTime);
        CHECK(after.get64(kPage + bin::kTime) == kEditTime);
    }
    CHECK(read_file(file).size() == hive.bytes.size());
    CHECK(sha256_of(hive) == hivelint::sha256(hivelint::FileSource(file)));
}

TEST_CASE("patch: without ranges where there is nothing to do") {
    for (const auto& spec : {HiveSpec{}, HiveSpec{}.with(kEditedKey, dword(u"other", 1)),
                             edited_spec(dword(kEditedValue, 0))}) {
        const auto hive = spec.build();
        const auto patch = plan(hive);
        CHECK(patch.ranges.empty());
        CHECK(patch.bytes_changed() == 0);
        CHECK(patch.sha256_before == sha256_of(hive));
        CHECK(patch.sha256_after == patch.sha256_before);
        CHECK(hivelint::preview(patch) == "nothing to do\n");
    }
    CHECK(plan(HiveSpec{}.build(), Action::delete_value).ranges.empty());
}

TEST_CASE("patch: a good value is not deleted") {
    // patch.hpp: 'without ranges when the condition is not there'. A 0 is not the condition.
    const auto hive = edited_spec(dword(kEditedValue, 0)).build();
    CHECK(plan(hive, Action::delete_value).ranges.empty());
}

namespace {

/// Why the one finding stays; no range may differ then.
std::string why_left(const hivelint::Patch& patch) {
    CHECK(patch.ranges.empty());
    CHECK(patch.fixes.empty());
    REQUIRE(patch.left.size() == 1);
    return account(patch.left[0].reason);
}

} // namespace

TEST_CASE("patch: another number than the documented one takes force") {
    // DESIGN.md, Verdicts: nonstandard is another type, size *or number*; never fixed without
    // force.
    const auto hive = edited_spec(dword(kEditedValue, 2)).build();
    for (const auto action : {Action::set_value, Action::delete_value}) {
        CHECK(why_left(plan(hive, action)) ==
              at("nonstandard-value", hive.value_cell(kEditedKey, kEditedValue)));
        CHECK(!plan(hive, action, true).ranges.empty());
    }
}

TEST_CASE("patch: another type takes force") {
    const auto hive = edited_spec(sz(kEditedValue, u"1")).build();
    CHECK(why_left(plan(hive)) ==
          at("nonstandard-value", hive.value_cell(kEditedKey, kEditedValue)));
    const auto after = patched(hive, forced(hive).ranges);
    CHECK(answer(find(after, kEditedKey, kEditedValue)) == "REG_DWORD 00000000");
}

TEST_CASE("patch: what lies behind the bins stays, and is part of the hashes") {
    auto hive = affected_hive();
    hive.append(pattern(5000));
    const auto patch = plan(hive);
    CHECK(patch.size == hive.bytes.size());
    CHECK(patch.sha256_before == sha256_of(hive));
    CHECK(patch.sha256_after == sha256_of(patched(hive, patch.ranges)));
    CHECK(patch.ranges == plan(affected_hive()).ranges);
}

TEST_CASE("patch: what stands under the hive's name is no hive") {
    const TempDir dir;
    const auto hive = save(dir, affected_hive());
    const auto other = dir.path() / "other";
    CHECK(error_of([&] { plan(other); }) == "not-found");
    fs::create_symlink(hive, other);
    CHECK(error_of([&] { plan(other); }) == "symbolic-link");
    fs::remove(other);
    REQUIRE(::mkfifo(other.c_str(), 0600) == 0);
    CHECK(error_of([&] { plan(other); }) == "not-a-regular-file");
    CHECK(error_of([&] { plan(dir.path()); }) == "not-a-regular-file");
}

TEST_CASE("patch: hives that are not patched") {
    const auto hive = affected_hive();
    const auto with = [&](FileOffset field, std::uint32_t number) {
        auto spoilt = hive;
        spoilt.put32(field, number);
        spoilt.fix_checksum();
        return spoilt;
    };
    auto cut = hive;
    cut.truncate(hive.bytes.size() - 1);
    auto checksum = hive;
    checksum.put8(header::kChecksum, hive.get8(header::kChecksum) ^ 1);
    struct Row {
        std::string what;
        BuiltHive hive;
        std::string expected;
    };
    const Row rows[] = {
        {"dirty", with(header::kPrimarySequence, 8), "dirty-hive 0x4"},
        {"wrong checksum", checksum, "damaged 0x1fc"},
        {"truncated", cut, at("truncated", cut.bytes.size())},
        {"bins beyond the end", with(header::kBinsSize, 0x7FFF'F000),
         at("truncated", hive.bytes.size())},
        {"a log", with(header::kFileType, 6), "wrong-file-type 0x1c"},
        {"1.1", with(header::kMinor, 1), "unsupported-version 0x14"},
        {"damaged", with(hive.value_cell(kEditedKey, kEditedValue), 0x28),
         at("damaged", hive.value_list_cell(kEditedKey) + 4)},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        for (const bool force : {false, true}) {
            CHECK(error_of([&] { plan(row.hive, Action::set_value, force); }) == row.expected);
        }
    }
}

TEST_CASE("patch: not while the journal of an interrupted fix lies beside the hive") {
    const TempDir dir;
    const auto file = save(dir, affected_hive());
    write_file(hivelint::journal_of(file), {});
    CHECK(error_of([&] { plan(file, Action::set_value, true); }) == "interrupted-fix");
    write_file(hivelint::journal_of(file), bytes_of({1}));
    CHECK(error_of([&] { plan(file, Action::set_value, true); }) == "interrupted-fix");
}

TEST_CASE("patch: a rule that a program made, whose value may not be deleted") {
    const TempDir dir;
    const auto file = save(dir, affected_hive());
    hivelint::Rule rule = *hivelint::find_rule("mapi-http-disabled");
    rule.id = "own";
    rule.remedy = {.set_to = hivelint::regf::dword_data(7), .may_delete = false};
    const auto planned = [&](std::optional<Action> action) {
        const std::vector own = {std::make_shared<const hivelint::Rule>(rule)};
        return hivelint::plan_fix(file, own, {.action = action, .time = {}});
    };
    const auto patch = planned(Action::set_value);
    REQUIRE(patch.fixes.size() == 1);
    CHECK(patch.fixes[0].rule == "own");
    CHECK(described(patch.fixes[0]) ==
          R"(set Software\Microsoft\Exchange : MapiHttpDisabled to REG_DWORD 7)");
    CHECK(!patch.ranges.empty());
    const auto refused = planned(Action::delete_value);
    CHECK(refused.ranges.empty());
    REQUIRE(refused.left.size() == 1);
    CHECK(refused.left[0].reason.code() == hivelint::ErrorCode::invalid_argument);
    rule.remedy.may_delete = true;
    CHECK(!planned(Action::delete_value).ranges.empty());
}

TEST_CASE("patch: reversed, it gives the old bytes") {
    const auto hive = affected_hive();
    for (const auto action : {Action::set_value, Action::delete_value}) {
        const auto patch = plan(hive, action);
        const auto back = hivelint::reversed(patch);
        CHECK(patched(patched(hive, patch.ranges), back.ranges).bytes == hive.bytes);
        CHECK(back.sha256_before == patch.sha256_after);
        CHECK(back.sha256_after == patch.sha256_before);
        CHECK(back.undoes);
        CHECK(back.size == patch.size);
        CHECK(back.path == patch.path);
        CHECK(back.bytes_changed() == patch.bytes_changed());
        const auto forth = hivelint::reversed(back);
        CHECK(forth.ranges == patch.ranges);
        CHECK(forth.sha256_after == patch.sha256_after);
        CHECK(!forth.undoes);
    }
}
