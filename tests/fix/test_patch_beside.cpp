// What the files beside a hive mean for a patch of it: transaction logs, files of transactions.
#include "tests/support/planned.hpp"

#include <hivelint/regf/sequence.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <span>
#include <string>
#include <sys/stat.h>
#include <tuple>
#include <vector>

using namespace hivelint::test;
using hivelint::Action;
using hivelint::Patch;

namespace fs = std::filesystem;

namespace {

/// A transaction log of one base block and one entry, and nothing else.
std::vector<std::byte> log_of(std::uint32_t type, std::uint32_t header_number,
                              std::uint32_t entry_number) {
    std::vector<std::byte> log(2048);
    store_text(log, header::kSignature, "regf");
    store(log, header::kPrimarySequence, header_number, 4);
    store(log, header::kSecondarySequence, header_number, 4);
    store(log, header::kFileType, type, 4);
    store(log, header::kChecksum, base_block_checksum(log), 4);
    store_text(log, 512, "HvLE");
    store(log, 512 + 12, entry_number, 4);
    store(log, 512 + 32, hivelint::regf::marvin32(std::span(log).subspan(512, 32)), 8);
    return log;
}

bool stamps(const BuiltHive& hive, const Patch& patch) {
    return patched(hive, patch.ranges).get64(header::kLastWritten) == kEditTime;
}

} // namespace

TEST_CASE("patch: the number is above every number beside the hive") {
    struct Row {
        std::string name;
        std::vector<std::byte> log;
        std::uint32_t expected;
    };
    const auto log = log_of(6, 20, 25);
    const Row rows[] = {
        {"NTUSER.DAT.LOG", log, 26},
        {"NTUSER.DAT.LOG1", log, 26},
        {"NTUSER.DAT.LOG2", log, 26},
        {"ntuser.dat.log1", log, 26},
        {"ntuser.dat.LOG2", log, 26},
        {"NtUser.Dat.Log", log, 26},
        {"NTUSER.DAT.LOG1", log_of(1, 30, 25), 31},
        {"NTUSER.DAT.LOG1", log_of(6, 3, 4), 8},
        {"NTUSER.DAT.LOG1", log_of(6, 0xFFFF'FFF0, 0xFFFF'FFFF), 8}, // wrapped: these are old
        {"NTUSER.DAT.LOG1", {}, 8},
        {"NTUSER.DAT.LOG1", pattern(3000), 8},
        // not a log of this hive
        {"NTUSER.DAT.LOG3", log, 8},
        {"NTUSER.DAT.LOG1.bak", log, 8},
        {"NTUSER.DAT.LOG12", log, 8},
        {"NTUSER.LOG1", log, 8},
        {"XNTUSER.DAT.LOG1", log, 8},
        {"UsrClass.dat.LOG1", log, 8},
        {"NTUSER.DAT.OLD", log, 8},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        CAPTURE(row.log.size());
        const TempDir dir;
        const auto hive = affected_hive();
        const auto file = save(dir, hive);
        write_file(dir.path() / row.name, row.log);
        CHECK(sequence_in(hive, plan(file)) == row.expected);
    }
}

TEST_CASE("patch: of several logs the highest number counts") {
    const auto hive = affected_hive();
    for (const auto& [first, second, third] :
         {std::tuple{20U, 30U, 40U}, {40U, 30U, 20U}, {30U, 40U, 20U}}) {
        const TempDir dir;
        const auto file = save(dir, hive);
        write_file(dir.path() / "NTUSER.DAT.LOG", log_of(1, first, 1));
        write_file(dir.path() / "NTUSER.DAT.LOG1", log_of(6, 2, second));
        write_file(dir.path() / "ntuser.dat.log2", log_of(6, third, 3));
        CHECK(sequence_in(hive, plan(file)) == 41);
    }
    // The number wraps, and 0 is a number like others.
    auto spec = edited_spec(dword(kEditedValue, 1));
    spec.primary_sequence = spec.secondary_sequence = 0xFFFF'FFFF;
    CHECK(sequence_in(spec.build(), plan(spec.build())) == 0);
}

TEST_CASE("patch: the hive is named relative to the working directory") {
    const TempDir dir;
    const auto hive = affected_hive();
    save(dir, hive, "NTUSER.DAT");
    write_file(dir.path() / "NTUSER.DAT.LOG1", log_of(6, 20, 25));
    CHECK(sequence_in(hive, plan(fs::relative(dir.path() / "NTUSER.DAT"))) == 26);
}

TEST_CASE("patch: the base block's time is kept up where the hive keeps it up") {
    struct Row {
        std::string what;
        std::uint64_t last_written;
        std::vector<std::vector<std::byte>> logs; ///< .LOG1 and .LOG2
        bool expected;
    };
    const std::vector<std::byte> empty;
    const Row rows[] = {
        {"no log", kDefaultTime, {}, true},
        {"empty logs", kDefaultTime, {empty, empty}, true},
        {"an old log", kDefaultTime, {log_of(1, 5, 5)}, true},
        {"a new log", kDefaultTime, {log_of(6, 5, 5)}, false},
        {"a new log and an empty one", kDefaultTime, {log_of(6, 5, 5), empty}, false},
        {"an empty log and a new one", kDefaultTime, {empty, log_of(6, 5, 5)}, false},
        {"a new log and an old one", kDefaultTime, {log_of(6, 5, 5), log_of(1, 5, 5)}, false},
        {"never stamped", 0, {}, false},
        {"never stamped, an old log", 0, {log_of(1, 5, 5)}, false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto spec = edited_spec(dword(kEditedValue, 1));
        spec.last_written = row.last_written;
        const auto hive = spec.build();
        const TempDir dir;
        const auto file = save(dir, hive);
        for (std::size_t i = 0; i < row.logs.size(); ++i) {
            write_file(dir.path() / (i == 0 ? "NTUSER.DAT.LOG1" : "NTUSER.DAT.LOG2"), row.logs[i]);
        }
        const auto patch = plan(file);
        CHECK(stamps(hive, patch) == row.expected);
        if (!row.expected) {
            const auto after = patched(hive, patch.ranges);
            CHECK(after.get64(header::kLastWritten) == row.last_written);
            CHECK(after.get64(kPage + bin::kTime) == row.last_written);
        }
    }
}

TEST_CASE("patch: pending transactions take force, if their files are there") {
    struct Row {
        std::uint32_t flags;
        bool files;
        bool refused;
    };
    for (const auto& [flags, files, refused] :
         {Row{1, true, true}, Row{3, true, true}, Row{1, false, false}, Row{2, true, false},
          Row{0, true, false}}) {
        CAPTURE(flags);
        CAPTURE(files);
        const TempDir dir;
        auto hive = affected_hive();
        hive.put32(header::kFlags, flags);
        hive.fix_checksum();
        const auto file = save(dir, hive);
        if (files) {
            write_file(dir.path() / "NTUSER.DAT{016888bd}.TM.blf", bytes_of({1}));
        }
        CHECK(error_of([&] { plan(file); }) ==
              (refused ? "pending-transactions 0x90" : "no error"));
        CHECK(!plan(file, Action::set_value, true).ranges.empty());
    }
    // Nothing to do is no reason to complain.
    const TempDir dir;
    auto clear = edited_spec(dword(kEditedValue, 0)).build();
    clear.put32(header::kFlags, 1);
    clear.fix_checksum();
    const auto file = save(dir, clear);
    write_file(dir.path() / "NTUSER.DAT{016888bd}.TM.blf", bytes_of({1}));
    CHECK(plan(file).ranges.empty());
}

TEST_CASE("patch: files of transactions beside the hive are a note") {
    struct Row {
        std::string name;
        bool noted;
    };
    const Row rows[] = {
        {"NTUSER.DAT{016888bd-6c6f-11de-8d1d-001e0bcde3ec}.TM.blf", true},
        {"ntuser.dat{016888bd-6c6f-11de-8d1d-001e0bcde3ec}.tm.BLF", true},
        {"UsrClass.dat{016888bd-6c6f-11de-8d1d-001e0bcde3ec}.TM.blf", false},
        {"NTUSER.DAT.blf", false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        const TempDir dir;
        const auto file = save(dir, affected_hive());
        write_file(dir.path() / row.name, bytes_of({1}));
        const auto notes = plan(file).notes;
        const std::vector<std::string> expected = {
            row.name + " lies beside the hive, base block flags 0x0: no transactions are pending"};
        CHECK(notes == (row.noted ? expected : std::vector<std::string>{}));
    }
}

TEST_CASE("patch: a forced patch does not say that no transactions are pending when they are") {
    const TempDir dir;
    auto hive = affected_hive();
    hive.put32(header::kFlags, 1);
    hive.fix_checksum();
    const auto file = save(dir, hive);
    write_file(dir.path() / "NTUSER.DAT{016888bd}.TM.blf", bytes_of({1}));
    for (const auto& note : plan(file, Action::set_value, true).notes) {
        CHECK(note.find("no transactions are pending") == std::string::npos);
    }
}

TEST_CASE("patch: a log that is no file is refused, and nothing hangs") {
    const TempDir dir;
    const auto file = save(dir, affected_hive());
    const auto log = dir.path() / "ntuser.dat.LOG1";
    write_file(dir.path() / "elsewhere", log_of(6, 20, 25));

    fs::create_symlink("elsewhere", log);
    CHECK(error_of([&] { plan(file); }) == "symbolic-link");
    fs::remove(log);
    fs::create_symlink("nowhere", log);
    CHECK(error_of([&] { plan(file); }) == "symbolic-link");
    fs::remove(log);
    REQUIRE(::mkfifo(log.c_str(), 0600) == 0);
    CHECK(error_of([&] { plan(file); }) == "not-a-regular-file");
    fs::remove(log);
    fs::create_directory(log);
    CHECK(error_of([&] { plan(file); }) == "not-a-regular-file");
    fs::remove(log);
    CHECK(!plan(file).ranges.empty());
}
