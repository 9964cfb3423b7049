// ByteSource: bounds, and what is refused unopened. Files that change are
// test_source_changes.cpp's.
#include "tests/support/child.hpp"
#include "tests/support/hive_files.hpp"
#include "tests/support/regf_account.hpp"

#include <hivelint/file_source.hpp>
#include <hivelint/source.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <fcntl.h>
#include <limits>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace fs = std::filesystem;
using namespace hivelint::test;
using hivelint::ByteSource;
using hivelint::FileSource;
using hivelint::MemorySource;
using hivelint::read_front;

namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

std::string open_error(const fs::path& path) {
    return error_of([&] { const FileSource source(path); });
}

} // namespace

TEST_CASE("source: ranges lie inside, whatever their numbers") {
    const TempDir dir;
    const auto bytes = pattern(10);
    const FileSource file(pattern_file(dir, 10));
    const MemorySource memory(bytes);
    struct Row {
        std::uint64_t offset;
        std::size_t length;
        bool good;
    };
    const Row rows[] = {
        {0, 10, true},
        {0, 0, true},
        {3, 4, true},
        {9, 1, true},
        {10, 0, true},
        {0, 11, false},
        {10, 1, false},
        {9, 2, false},
        {11, 0, false},
        {kMost, 0, false},
        {kMost, 1, false},
        {kMost - 3, 8, false},
        {kMost - 9, 20, false},
        {std::uint64_t{1} << 63, 4, false},
        {std::uint64_t{1} << 32, 4, false},
    };
    for (const auto& source :
         {static_cast<const ByteSource*>(&memory), static_cast<const ByteSource*>(&file)}) {
        CHECK(source->size() == 10);
        for (const auto& row : rows) {
            CAPTURE(row.offset);
            CAPTURE(row.length);
            std::vector<std::byte> out(row.length, std::byte{0xEE});
            CHECK(error_of([&] { source->read_at(row.offset, out); }) ==
                  (row.good ? "no error" : at("truncated", row.offset)));
            for (std::size_t i = 0; i < out.size(); ++i) {
                CHECK(out[i] == (row.good ? bytes[row.offset + i] : std::byte{0xEE}));
            }
        }
    }
}

TEST_CASE("source: the front of it, and no more than there is") {
    const auto bytes = pattern(5000);
    const MemorySource source(bytes);
    CHECK(read_front(source, 0).empty());
    CHECK(read_front(source, 5000) == bytes);
    CHECK(read_front(source, 3).size() == 3);
    CHECK(error_of([&] { read_front(source, 5001); }) == "truncated 0x0");
    // Nothing of that size is allocated first.
    CHECK(error_of([&] { read_front(source, std::uint64_t{1} << 62); }) == "truncated 0x0");
    CHECK(error_of([&] { read_front(source, kMost); }) == "truncated 0x0");
}

TEST_CASE("source: an empty file has no bytes") {
    const TempDir dir;
    const FileSource source(pattern_file(dir, 0));
    CHECK(source.size() == 0);
    CHECK(read_front(source, 0).empty());
}

TEST_CASE("source: what is no regular file is refused") {
    const TempDir dir;
    const auto file = pattern_file(dir, 10);
    const auto in = [&](const char* name) { return dir.path() / name; };
    fs::create_symlink("file", in("link"));
    fs::create_symlink("none", in("dangling"));
    fs::create_symlink("ring", in("ring"));
    fs::create_directory_symlink(".", in("here"));
    REQUIRE(::mkfifo(in("fifo").c_str(), 0600) == 0);
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, in("socket").c_str(), sizeof address.sun_path - 1);
    REQUIRE(::bind(socket, reinterpret_cast<const sockaddr*>(&address), // NOLINT: as POSIX has it
                   sizeof address) == 0);
    ::close(socket);
    const std::pair<fs::path, const char*> rows[] = {
        {in("link"), "symbolic-link"},
        {in("dangling"), "symbolic-link"},
        {in("ring"), "symbolic-link"},
        {in("fifo"), "not-a-regular-file"},
        {in("socket"), "not-a-regular-file"},
        {dir.path(), "not-a-regular-file"},
        {"/dev/zero", "not-a-regular-file"},
        {"/dev/full", "not-a-regular-file"},
        {in("none"), "not-found"},
        {file / "none", "not-found"},
        {"", "not-found"},
        {in(std::string(300, 'x').c_str()), "name-too-long"},
        {in("here") / "file", "no error"}, // a link on the way there is followed
        {file, "no error"},
    };
    for (const auto& [path, expected] : rows) {
        CAPTURE(path);
        CHECK(open_error(path) == expected);
    }
}

TEST_CASE("source: a FIFO is not waited for") {
    const TempDir dir;
    const auto fifo = dir.path() / "fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    CHECK(exit_status(in_child([&] {
              ::alarm(30);
              return open_error(fifo) == "not-a-regular-file" ? 0 : 1;
          })) == 0);
}

TEST_CASE("source: a file that may not be read") {
    const TempDir dir;
    const auto file = pattern_file(dir, 10);
    REQUIRE(::chmod(dir.path().c_str(), 0755) == 0);
    REQUIRE(::chmod(file.c_str(), 0) == 0);
    const auto error_as_nobody = [&] {
        return exit_status(in_child([&] {
            constexpr uid_t kNobody = 65534;
            if (::geteuid() == 0 && ::setuid(kNobody) != 0) {
                return 77;
            }
            return open_error(file) == "permission-denied" ? 0 : 1;
        }));
    };
    CHECK(error_as_nobody() == 0);
    REQUIRE(::chmod(file.c_str(), 0644) == 0);
    CHECK(error_as_nobody() == 1);
}

TEST_CASE("source: a path longer than PATH_MAX") {
    const TempDir dir;
    const std::string name(250, 'd');
    int folder = ::open(dir.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    auto path = dir.path();
    for (int depth = 0; depth < 40; ++depth) {
        REQUIRE(::mkdirat(folder, name.c_str(), 0700) == 0);
        const int next = ::openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ::close(std::exchange(folder, next));
        path /= name;
    }
    const int file = ::openat(folder, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    REQUIRE(::write(file, "deep", 4) == 4);
    REQUIRE(::symlinkat("file", folder, "link") == 0);
    ::close(file);
    ::close(folder);
    REQUIRE(path.native().size() > 10000);
    CHECK(read_front(FileSource(path / "file"), 4) == bytes_of({'d', 'e', 'e', 'p'}));
    CHECK(open_error(path / "link") == "symbolic-link");
    CHECK(open_error(path / "none") == "not-found");
    CHECK(open_error(path) == "not-a-regular-file");
}

TEST_CASE("source: offsets past 4 GiB") {
    constexpr std::uint64_t kOffset = (std::uint64_t{1} << 32) + 3;
    const TempDir dir;
    const auto path = dir.path() / "sparse";
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    REQUIRE(::pwrite(file, "here", 4, static_cast<off_t>(kOffset)) == 4);
    ::close(file);
    const FileSource source(path);
    CHECK(source.size() == kOffset + 4);
    std::array<std::byte, 4> out = {};
    source.read_at(kOffset, out);
    CHECK(std::vector(out.begin(), out.end()) == bytes_of({'h', 'e', 'r', 'e'}));
    source.read_at(kOffset - (std::uint64_t{1} << 32), out);
    CHECK(out == std::array<std::byte, 4>{});
}
