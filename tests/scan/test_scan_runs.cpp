// The scan of files: what is not there any more, what is huge, what a run over many says, and that
// it leaves no trace.
#include "tests/support/as_built.hpp"
#include "tests/support/scan_text.hpp"
#include "tests/support/turkish_locale.hpp"

#include <hivelint/error.hpp>
#include <hivelint/evidence.hpp>
#include <hivelint/file_source.hpp>
#include <hivelint/regf/name.hpp>
#include <hivelint/scan.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <tuple>
#include <unistd.h>
#include <vector>

namespace fs = std::filesystem;
using namespace hivelint::test;
using hivelint::Confirm;
using hivelint::Error;
using hivelint::ErrorCode;
using hivelint::Record;
using hivelint::scan;
using hivelint::scan_target;
using hivelint::State;
using hivelint::Target;

namespace {

std::vector<Target> targets_in(const fs::path& folder) { return hivelint::discover({folder}); }

/// All that stat() and the bytes say of everything in a folder, and of the folder.
auto snapshot(const fs::path& folder) {
    std::map<std::string,
             std::tuple<ino_t, off_t, mode_t, nlink_t, time_t, long, time_t, long, std::string>>
        all;
    const auto take = [&](const fs::path& path) {
        struct stat status = {};
        REQUIRE(::lstat(path.c_str(), &status) == 0);
        all[path.native()] = {status.st_ino,
                              status.st_size,
                              status.st_mode,
                              status.st_nlink,
                              status.st_mtim.tv_sec,
                              status.st_mtim.tv_nsec,
                              status.st_ctim.tv_sec,
                              status.st_ctim.tv_nsec,
                              fs::is_regular_file(path) ? read_file(path) : ""};
    };
    take(folder);
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        take(entry.path());
    }
    return all;
}

} // namespace

TEST_CASE("scan: a target that cannot be read, or is another by now") {
    struct Row {
        ErrorCode code;
        State state;
    };
    const Row rows[] = {
        {ErrorCode::permission_denied, State::unreadable},
        {ErrorCode::io_error, State::unreadable},
        {ErrorCode::not_found, State::unreadable},
        {ErrorCode::symbolic_link, State::not_a_hive},
        {ErrorCode::not_a_regular_file, State::not_a_hive},
    };
    for (const auto& row : rows) {
        CAPTURE(to_string(row.code));
        const auto record = scan_target(
            {.path = "/evidence", .id = {}, .problem = Error(row.code, "why")}, kb_only());
        REQUIRE(record);
        CHECK(record->state == row.state);
        REQUIRE(record->error);
        CHECK(record->error->code() == row.code);
        CHECK(record->error->message() == "why");
        CHECK(record->checks.empty());
        CHECK(record->path == "/evidence");
    }

    const TempDir dir;
    const auto file = save(dir, affected().build());
    auto id = hivelint::FileSource(file).id();
    ++id.inode;
    CHECK(line_of(*scan_target({.path = file, .id = id, .problem = {}}, kb_only())) ==
          "unreadable unknown changed-while-reading, changed-while-reading");
    std::filesystem::remove(file);
    CHECK(line_of(*scan_target({.path = file, .id = {}, .problem = {}}, kb_only())) ==
          "unreadable unknown not-found, not-found");
    std::filesystem::create_directory(file);
    CHECK(line_of(*scan_target({.path = file, .id = {}, .problem = {}}, kb_only())) ==
          "not-a-hive unknown not-a-regular-file, not-a-regular-file");
}

TEST_CASE("scan: 3 GiB of zeros, and a hive with 3 GiB behind it") {
    constexpr off_t kSize = off_t{3} << 30;
    const TempDir dir;
    const auto zeros = dir.path() / "NTUSER.DAT";
    write_file(zeros, {});
    REQUIRE(::truncate(zeros.c_str(), kSize) == 0);
    auto record = scan_file(zeros);
    CHECK(line_of(record) == "not-a-hive unknown not-a-hive, not-a-hive 0x0");
    CHECK(record.size == std::uint64_t{3} << 30);
    CHECK(record.pages_read == 0);

    const auto hive = save(dir, affected().build(), "with a tail");
    REQUIRE(::truncate(hive.c_str(), kSize) == 0);
    record = scan_file(hive, kb_only(Confirm::always));
    CHECK(line_of(record) == as_built("clean affected by walker+hivex"));
    CHECK(record.size == std::uint64_t{3} << 30);
}

TEST_CASE("scan: nothing is written") {
    const TempDir dir;
    auto dirty = affected();
    dirty.primary_sequence = 8;
    auto damaged = affected().build();
    damaged.put32(damaged.value_cell(kExchange, kMapi), 0x28); // free
    save(dir, affected().build(), "Users/a/NTUSER.DAT");
    save(dir, dirty.build(), "Users/b/NTUSER.DAT");
    save(dir, dirty.build(), "Users/b/ntuser.dat.LOG1");
    save(dir, damaged, "Users/c/NTUSER.DAT");
    write_file(dir.path() / "Users/d/NTUSER.DAT", {});
    fs::create_symlink("../a/NTUSER.DAT", dir.path() / "Users/d/NTUSER.MAN");
    REQUIRE(::mkfifo((dir.path() / "NTUSER.DAT").c_str(), 0600) == 0);
    const auto before = snapshot(dir.path());
    REQUIRE(before.size() > 10);

    std::size_t records = 0;
    scan(targets_in(dir.path()), kb_only(Confirm::always), [&](const Record&) { ++records; });
    CHECK(records == 6);
    CHECK((snapshot(dir.path()) == before));
}

TEST_CASE("scan: records come in the order of the targets, with their sums") {
    const TempDir dir;
    auto dirty = HiveSpec{.primary_sequence = 8};
    dirty.with("Software");
    const auto bad = [&] {
        auto hive = affected().build();
        hive.put8(header::kChecksum, hive.get8(header::kChecksum) ^ 1);
        return hive;
    }();
    save(dir, affected().build(), "Users/a/NTUSER.DAT");
    save(dir, affected(0).build(), "Users/b/NTUSER.DAT");
    save(dir, HiveSpec{}.with("Software").build(), "Users/c/NTUSER.DAT");
    save(dir, affected(7).build(), "Users/d/NTUSER.DAT");
    save(dir, dirty.build(), "Users/e/NTUSER.DAT");
    save(dir, bad, "Users/f/NTUSER.DAT");
    write_file(dir.path() / "Users/g/NTUSER.DAT", pattern(9000));
    REQUIRE(::mkfifo((dir.path() / "Users/g/NTUSER.MAN").c_str(), 0600) == 0);
    Lines lines;
    const auto summary = scan(targets_in(dir.path()), kb_only(), [&](const Record& record) {
        lines.push_back(record.user.value_or("-") + ": " + line_of(record));
    });
    CHECK(one_text(lines) ==
          one_text({as_built("a: clean affected by walker+hivex"), "b: clean clear zero by walker",
                    "c: clean clear absent by walker",
                    as_built("d: clean nonstandard number by walker+hivex"),
                    "e: dirty clear absent by walker",
                    "f: dirty affected by walker, checksum-mismatch 0x1fc",
                    "g: not-a-hive unknown not-a-hive, not-a-hive 0x0",
                    "-: not-a-hive, not-a-regular-file"}));
    CHECK(summary.hives == 7);
    CHECK(summary.affected == 2);
    CHECK(summary.clear == 3);
    CHECK(summary.nonstandard == 1);
    CHECK(summary.unknown == 1);
    CHECK(summary.errors == 3);
    CHECK(summary.dirty == 2);

    const auto nothing = scan({}, kb_only(), [](const Record&) { FAIL("a record of nothing"); });
    CHECK(nothing.hives == 0);
}

TEST_CASE("scan: what is no hive is left out where it is only looked at") {
    const TempDir dir;
    save(dir, affected().build(), "renamed");
    write_file(dir.path() / "text", pattern(100));
    write_file(dir.path() / "empty", {});
    const auto targets = hivelint::discover({dir.path()}, {.all_files = true});
    REQUIRE(targets.size() == 3);
    Lines names;
    const auto summary = scan(targets, kb_only(), [&](const Record& record) {
        names.push_back(record.path.filename().native());
    });
    CHECK(one_text(names) == "renamed");
    CHECK(summary.hives == 1);
    CHECK(summary.errors == 0);
}

TEST_CASE("scan: what the sink throws ends it") {
    const TempDir dir;
    save(dir, affected().build(), "a/NTUSER.DAT");
    save(dir, affected().build(), "b/NTUSER.DAT");
    int records = 0;
    CHECK_THROWS_AS(scan(targets_in(dir.path()), kb_only(),
                         [&](const Record&) {
                             ++records;
                             throw std::runtime_error("the pipe is closed");
                         }),
                    std::runtime_error);
    CHECK(records == 1);
}

TEST_CASE("scan: among 500 hives one is hostile") {
    constexpr std::size_t kHives = 500;
    constexpr std::size_t kHostile = 250;
    const TempDir dir;
    for (std::size_t i = 0; i < kHives; ++i) {
        auto spec = i % 3 == 2 ? HiveSpec{}.with("Software") : affected(i % 3 == 0 ? 1 : 0);
        spec.file_name = hivelint::to_utf16(fmt::format("\\??\\C:\\Users\\{:03}\\ntuser.dat", i));
        auto hive = spec.build();
        if (i == kHostile) {
            // The list of the root's subkeys is the root key itself; its size says 2 GiB.
            hive.put32(hive.key_cell("") + nk::kList, BuiltHive::relative(hive.key_cell("")));
            hive.put32(hive.key_cell(""), 0x8000'0000);
        }
        save(dir, hive, fmt::format("Users/{:03}/NTUSER.DAT", i));
    }
    const Lines expected = {as_built("clean affected by walker+hivex"),
                            "clean clear zero by walker", "clean clear absent by walker"};
    std::size_t i = 0;
    const auto summary = scan(targets_in(dir.path()), kb_only(), [&](const Record& record) {
        CAPTURE(i);
        CHECK(record.user == fmt::format("{:03}", i));
        if (i == kHostile) {
            CHECK(line_of(record).starts_with("corrupt unknown bad-root by walker, bad-root "));
        } else {
            CHECK(all_of(record) == expected[i % 3]);
        }
        ++i;
    });
    CHECK(i == kHives);
    CHECK(summary.hives == kHives);
    CHECK(summary.affected == 167);
    CHECK(summary.clear == 332);
    CHECK(summary.unknown == 1);
    CHECK(summary.errors == 1);
}

TEST_CASE("scan: the locale of the process changes nothing") {
    const TempDir dir;
    auto odd = affected();
    odd.primary_sequence = 1234567;
    odd.with({u"\u0131\xD800"}).with({u"\u0130"});
    auto damaged = affected().build();
    damaged.put32(damaged.value_cell(kExchange, kMapi), 0x28); // free
    HiveSpec shouted;
    shouted.with("SOFTWARE\\MICROSOFT\\EXCHANGE", dword(u"MAPIHTTPDISABLED", 1));
    save(dir, odd.build(), "a/NTUSER.DAT");
    save(dir, damaged, "b/NTUSER.DAT");
    save(dir, shouted.build(), "c/ntuser.dat");
    save(dir, affected(1'000'000).build(), "d/NTUSER.DAT");
    const auto all_lines = [&] {
        Lines all;
        scan(targets_in(dir.path()), kb_only(Confirm::always),
             [&](const Record& record) { all.push_back(all_of(record)); });
        return all;
    };
    const auto before = all_lines();
    CHECK(before.front().starts_with(as_built("dirty affected by walker+hivex\n")));
    const TurkishLocale turkish;
    if (!turkish.in_force()) {
        say_skipped(TurkishLocale::kSkipped);
        return;
    }
    CHECK(one_text(all_lines()) == one_text(before));
}
