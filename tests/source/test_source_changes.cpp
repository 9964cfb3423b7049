// FileSource over files that shrink, grow, are touched or replaced while they are read.
#include "tests/support/hive_files.hpp"
#include "tests/support/regf_account.hpp"

#include <hivelint/file_source.hpp>
#include <hivelint/source.hpp>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace fs = std::filesystem;
using namespace hivelint::test;
using hivelint::FileId;
using hivelint::FileSource;
using hivelint::read_front;

namespace {

std::string open_error(const fs::path& path, std::optional<FileId> expected) {
    return error_of([&] { const FileSource source(path, expected); });
}

std::string unchanged_error(const FileSource& source) {
    return error_of([&] { source.check_unchanged(); });
}

/// Seconds since 1970.
void set_times(const fs::path& file, time_t accessed, time_t modified) {
    const timespec times[] = {{.tv_sec = accessed, .tv_nsec = 0},
                              {.tv_sec = modified, .tv_nsec = 0}};
    REQUIRE(::utimensat(AT_FDCWD, file.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0);
}

time_t accessed(const fs::path& file) {
    struct stat status = {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    return status.st_atim.tv_sec;
}

} // namespace

TEST_CASE("source: the file must be the one that was found") {
    const TempDir dir;
    const auto file = pattern_file(dir, 10);
    struct stat status = {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    const FileId id = FileSource(file).id();
    CHECK(id.device == status.st_dev);
    CHECK(id.inode == status.st_ino);
    CHECK(open_error(file, id) == "no error");
    CHECK(open_error(file, FileId{id.device, id.inode + 1}) == "changed-while-reading");
    CHECK(open_error(file, FileId{id.device + 1, id.inode}) == "changed-while-reading");

    fs::create_hard_link(file, dir.path() / "second name");
    CHECK(open_error(dir.path() / "second name", id) == "no error");
    write_file(dir.path() / "other", pattern(10));
    fs::rename(dir.path() / "other", file);
    CHECK(open_error(file, id) == "changed-while-reading");
}

TEST_CASE("source: a file that shrinks while it is read") {
    const TempDir dir;
    const auto file = pattern_file(dir, 10000);
    const FileSource source(file);
    REQUIRE(::truncate(file.c_str(), 6000) == 0);
    std::vector<std::byte> out(4000);
    CHECK(source.size() == 10000);
    CHECK(error_of([&] { source.read_at(2000, out); }) == "no error");
    CHECK(error_of([&] { source.read_at(2001, out); }) == "changed-while-reading 0x1770");
    CHECK(error_of([&] { source.read_at(6000, out); }) == "changed-while-reading 0x1770");
    CHECK(error_of([&] { source.read_at(6001, out); }) == "truncated 0x1771");
    CHECK(unchanged_error(source) == "changed-while-reading");
}

TEST_CASE("source: a file that is written to while it is read") {
    constexpr time_t kBefore = 1'000'000'000;
    const auto write_at = [](const fs::path& file, off_t where) {
        const int descriptor = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
        REQUIRE(::pwrite(descriptor, "x", 1, where) == 1);
        ::close(descriptor);
    };
    struct Row {
        std::string_view what;
        std::function<void(const fs::path&)> act;
        bool changed;
    };
    const Row rows[] = {
        {"nothing", [](const fs::path&) {}, false},
        {"read", [](const fs::path& file) { read_file(file); }, false},
        {"mode", [](const fs::path& file) { ::chmod(file.c_str(), 0600); }, true},
        {"another name",
         [](const fs::path& file) { fs::create_hard_link(file, file.native() + "2"); }, false},
        {"written in place, time set back",
         [&](const fs::path& file) {
             write_at(file, 5);
             set_times(file, kBefore, kBefore);
         },
         true},
        {"written in place", [&](const fs::path& file) { write_at(file, 5); }, true},
        {"appended", [&](const fs::path& file) { write_at(file, 10); }, true},
        {"appended, time set back",
         [&](const fs::path& file) {
             write_at(file, 10);
             set_times(file, kBefore, kBefore);
         },
         true},
        {"touched", [](const fs::path& file) { set_times(file, kBefore, kBefore + 1); }, true},
        {"cut", [](const fs::path& file) { REQUIRE(::truncate(file.c_str(), 9) == 0); }, true},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        const TempDir dir;
        const auto file = pattern_file(dir, 10);
        set_times(file, kBefore, kBefore);
        const FileSource source(file);
        row.act(file);
        CHECK(unchanged_error(source) == (row.changed ? "changed-while-reading" : "no error"));
    }
}

TEST_CASE("source: a file that is replaced or removed stays what was opened") {
    const TempDir dir;
    const auto file = pattern_file(dir, 10);
    const FileSource source(file);
    write_file(dir.path() / "other", pattern(99));
    fs::rename(dir.path() / "other", file);
    CHECK(read_front(source, 10) == pattern(10));
    fs::remove(file);
    CHECK(read_front(source, 10) == pattern(10));
    CHECK(unchanged_error(source) == "no error");
}

TEST_CASE("source: reading leaves the access time alone") {
    constexpr time_t kLongAgo = 1'000'000'000;
    const TempDir dir;
    const auto file = pattern_file(dir, 10);
    set_times(file, kLongAgo, kLongAgo + 1);
    read_file(file);
    if (accessed(file) == kLongAgo) {
        say_skipped("access time: this file system keeps none");
        return;
    }
    set_times(file, kLongAgo, kLongAgo + 1);
    const int allowed = ::open(file.c_str(), O_RDONLY | O_NOATIME | O_CLOEXEC);
    if (allowed < 0) {
        say_skipped("access time: O_NOATIME is not permitted");
        return;
    }
    ::close(allowed);
    {
        const FileSource source(file);
        read_front(source, 10);
        source.check_unchanged();
    }
    CHECK(accessed(file) == kLongAgo);
}
