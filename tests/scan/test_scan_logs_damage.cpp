// Logs that would damage the hive they lie beside: what is then said of the hive, and that it costs
// the other hives nothing.
#include "tests/support/scan_logs.hpp"

#include <hivelint/evidence.hpp>
#include <hivelint/file_source.hpp>
#include <hivelint/replay.hpp>
#include <hivelint/scan.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace hivelint::test;
using hivelint::Confirm;
using hivelint::Error;
using hivelint::ErrorCode;
using hivelint::FileSource;
using hivelint::LogReplay;
using hivelint::Record;
using hivelint::State;

namespace {

constexpr const char* kLog1 = "NTUSER.DAT.LOG1";

std::vector<Beside> logs_of(std::vector<EntrySpec> entries) {
    return {{kLog1, new_log(hive_with(0), std::move(entries)).bytes}};
}

} // namespace

TEST_CASE("damaging logs: the primary is reported as stored, and the error names them") {
    for (const auto confirm : {Confirm::automatic, Confirm::always, Confirm::never}) {
        const auto record =
            scan_with(hive_with(0), logs_of({setting(8, 1), damaging(9, 1)}), kb_only(confirm));
        CHECK(story_of(record) == std::string("dirty clear zero by walker") +
                                      (confirm == Confirm::always ? "+hivex" : "") +
                                      ", damaged | NTUSER.DAT.LOG1 new 8-9 0/2");
        REQUIRE(record.error);
        CHECK(record.error->message().starts_with("with its logs applied: damaged at 0x"));
        CHECK(notes_have(record, "with its logs applied it would be damaged, so they were not "
                                 "applied, so newer data may be missing"));
        CHECK(!notes_have(record, "recovered"));
        CHECK(record.base_block.value().primary_sequence == 8);
    }
}

TEST_CASE("damaging logs: damage on the way to the value, which the walker meets as well") {
    for (const auto confirm : {Confirm::automatic, Confirm::always, Confirm::never}) {
        const auto record =
            scan_with(hive_with(0), logs_of({breaking_the_key(8)}), kb_only(confirm));
        CAPTURE(all_of(record));
        CHECK(record.state == State::dirty);
        CHECK(answer(record.checks.at(0).finding) == "clear zero");
        CHECK(record.error.value().code() == ErrorCode::bad_key_node);
        CHECK(record.error->message().starts_with("with its logs applied: bad-key-node at 0x"));
        CHECK(!record.logs.at(0).use.used);
    }
}

TEST_CASE("damaging logs: nothing that is wrong with the hive itself is forgotten for them") {
    SUBCASE("a base block that only its checksum spoils") {
        auto hive = hive_with(0);
        hive.put32(header::kChecksum, 77);
        const auto record = scan_with(hive, logs_of({damaging(8, 1)}));
        CHECK(record.state == State::dirty);
        CHECK(record.error.value().message().starts_with("with its logs applied: damaged"));
        CHECK(notes_have(record, "checksum-mismatch at 0x1fc: base block checksum"));
        CHECK(!record.logs.at(0).use.used);
    }
    SUBCASE("a base block that cannot be read") {
        auto hive = hive_with(0);
        hive.put32(header::kBinsSize, 0);
        const auto record = scan_with(hive, logs_of({damaging(8, 1)}));
        CHECK(line_of(record) == "dirty unknown checksum-mismatch, checksum-mismatch 0x28");
        CHECK(notes_have(record, "with its logs applied: damaged at 0x"));
        CHECK(notes_have(record, "dirty: the base block is damaged; with its logs applied it would "
                                 "be damaged, so they were not applied"));
        CHECK(!record.logs.at(0).use.used);
        CHECK(record.base_block == std::nullopt);
    }
    SUBCASE("a hive that is damaged without the logs") {
        auto hive = hive_with(0);
        hive.put16(hive.key_cell(kExchange) + nk::kSignature, 0);
        const auto record = scan_with(hive, logs_of({damaging(8, 1)}));
        CHECK(record.state == State::corrupt);
        CHECK(record.error.value().message().starts_with("with its logs applied: damaged"));
        CHECK(notes_have(record, "bad-key-node at 0x"));
        // The value's page in the logs mends it; but they are not to be trusted.
        CHECK(answer(record.checks.at(0).finding) == "unknown bad-key-node");
    }
}

TEST_CASE("damaging logs: of another hive with fitting names and numbers") {
    // The pages of a larger hive, of which one is not as it should be.
    auto other = HiveSpec{}.with(kExchange, dword(kMapi, 1));
    for (char16_t c = u'a'; c < u'z'; ++c) {
        other.with(Path({u"Other", std::u16string(40, c)}), binary(u"data", pattern(300)));
    }
    const auto theirs = other.build();
    auto pages = changed_pages(hive_with(0), theirs);
    REQUIRE(pages.size() > 2);
    pages.at(1).data.assign(kPage, std::byte{0});
    const auto log =
        new_log(hive_with(0),
                {{.number = 8, .pages = pages, .bins_size = theirs.get32(header::kBinsSize)}});
    const auto record = scan_with(hive_with(0), {{kLog1, log.bytes}});
    CHECK(record.state == State::dirty);
    CHECK(answer(record.checks.at(0).finding) == "clear zero");
    CHECK(record.error.value().message().starts_with("with its logs applied: "));
}

TEST_CASE("damaging logs: a claim of 1 GiB of hive bins is refused before anything is made of it") {
    auto entry = setting(8, 1);
    entry.bins_size = 1U << 30;
    const auto record = scan_with(hive_with(0), logs_of({entry}));
    CHECK(story_of(record) == "dirty clear zero by walker | NTUSER.DAT.LOG1 new 8-8 0/1");
    CHECK(notes_have(record, "; the logs make a hive of 0x40001000 bytes out of 0x"));
}

TEST_CASE("logs: one that is written to after it was opened is named") {
    const TempDir dir;
    const auto path =
        put_hive(dir, hive_with(0), {{kLog1, log_of(8, {1}).bytes}, {"NTUSER.DAT.LOG2", {}}});
    const FileSource hive(path);
    const auto replay = LogReplay::beside(path, hive);
    CHECK_NOTHROW(replay.check_unchanged());
    std::ofstream(dir.path() / "NTUSER.DAT.LOG2", std::ios::app) << "x";
    try {
        replay.check_unchanged();
        FAIL("nothing was noticed");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::changed_while_reading);
        CHECK(error.message().starts_with("log NTUSER.DAT.LOG2: it was written to"));
    }
}

TEST_CASE("logs: given by name they count whatever they are called, and in any order") {
    const TempDir dir;
    const auto path = put_hive(
        dir, hive_with(0), {{"first", log_of(8, {5}).bytes}, {"second1", log_of(9, {1}).bytes}});
    const FileSource hive(path);
    const std::vector<std::filesystem::path> logs = {dir.path() / "second1", dir.path() / "first"};
    const auto replay = LogReplay::of(logs, hive);
    CHECK(!replay.plan().reason);
    CHECK(summary(replay) == "1 entry (8) of first, 1 entry (9) of second1");
    CHECK(replay.next_sequence() == 10);
    const auto accounts = replay.accounts();
    REQUIRE(accounts.size() == 2);
    CHECK(accounts[0].path == logs[0]);
    CHECK(account(accounts[0].use) == "new 9-9 1/1");

    // One that is not there is no log that can be left out.
    const std::vector<std::filesystem::path> missing = {dir.path() / "first", dir.path() / "third"};
    const auto refused = LogReplay::of(missing, hive);
    REQUIRE(refused.plan().reason);
    CHECK(refused.plan().reason->code() == ErrorCode::not_found);
    CHECK(refused.plan().steps.empty());
    CHECK(refused.recovered()->size() == hive.size());
}

TEST_CASE("logs: numbers of a .LOG that is left alone count all the same") {
    const TempDir dir;
    const auto path =
        put_hive(dir, hive_with(0),
                 {{"NTUSER.DAT.LOG", log_of(70, {5}).bytes}, {kLog1, log_of(8, {1}).bytes}});
    const FileSource hive(path);
    CHECK(LogReplay::beside(path, hive).next_sequence() == 71);
}

TEST_CASE("logs: 500 hives, one of them with hostile logs") {
    const TempDir dir;
    const auto hive = hive_with(0).bytes;
    const auto log = log_of(8, {1}).bytes;
    auto hostile = log_of(8, {1});
    hostile.put32(hostile.page_reference(0), 0xFFFF'F000); // with right hashes
    hostile.rehash(0);
    for (int i = 0; i < 500; ++i) {
        const auto folder = dir.path() / fmt::format("Users/user{:03}", i);
        write_file(folder / "NTUSER.DAT", hive);
        write_file(folder / "ntuser.dat.LOG1", i == 321 ? hostile.bytes : log);
    }
    // A second kind of hostility, in the same folder: it must not matter that there are two.
    write_file(dir.path() / "Users/user321/ntuser.dat.LOG2",
               new_log(hive_with(0), {damaging(9, 1)}).bytes);
    std::size_t recovered = 0;
    std::vector<std::string> others;
    const auto targets = hivelint::discover({dir.path()}, {});
    const auto summary = hivelint::scan(targets, kb_only(), [&](const Record& record) {
        if (line_of(record) == "recovered affected by walker+hivex") {
            ++recovered;
        } else {
            others.push_back(*record.user + ' ' + story_of(record));
        }
    });
    CHECK(recovered == 499);
    CHECK(one_text(others) ==
          "user321 dirty clear zero by walker | ntuser.dat.LOG1 new 0/0 bad-log "
          "0x228 | ntuser.dat.LOG2 new 9-9 0/1 broken-chain");
    CHECK(summary.hives == 500);
    CHECK(summary.recovered == 499);
    CHECK(summary.dirty == 1);
    CHECK(summary.affected == 499);
    CHECK(summary.errors == 0);
}
