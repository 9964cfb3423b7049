// Record::files: hashes and what the file system says, of hives and of the logs beside them.
#include "tests/support/hive_files.hpp"

#include <hivelint/rules.hpp>
#include <hivelint/scan.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <vector>

using namespace hivelint;
using namespace hivelint::test;
namespace fs = std::filesystem;

namespace {

Record scanned(const fs::path& hive, std::vector<HashKind> hashes) {
    ScanOptions options;
    options.rules.assign(rules().begin(), rules().end());
    options.hashes = std::move(hashes);
    return scan_target(discover({hive}).at(0), options).value();
}

std::string hash_in(const EvidenceFile& file, HashKind kind) {
    for (const auto& [of, digits] : file.hashes) {
        if (of == kind) {
            return digits;
        }
    }
    return "-";
}

} // namespace

TEST_CASE("evidence files: known hashes of known bytes, in one order, and the file's facts") {
    const TempDir dir;
    const auto hive = dir.path() / "NTUSER.DAT";
    // The digests of the empty text and of "abc" are those of FIPS 180-4 and RFC 1321.
    write_file(hive, HiveSpec{}.with("Software").build().bytes);
    write_file(dir.path() / "NTUSER.DAT.LOG1", {});
    write_file(dir.path() / "ntuser.dat.LOG2",
               std::vector<std::byte>{std::byte{'a'}, std::byte{'b'}, std::byte{'c'}});
    const auto record = scanned(hive, {HashKind::sha256, HashKind::sha1, HashKind::md5});
    REQUIRE(record.files.size() == 3);
    CHECK(record.files[0].path == hive);
    CHECK(record.files[0].size == fs::file_size(hive));
    CHECK(hash_in(record.files[1], HashKind::sha256) ==
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(hash_in(record.files[1], HashKind::sha1) == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    CHECK(hash_in(record.files[1], HashKind::md5) == "d41d8cd98f00b204e9800998ecf8427e");
    CHECK(hash_in(record.files[2], HashKind::sha256) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(hash_in(record.files[2], HashKind::sha1) == "a9993e364706816aba3e25717850c26c9cd0d89d");
    CHECK(hash_in(record.files[2], HashKind::md5) == "900150983cd24fb0d6963f7d28e17f72");
    struct stat status = {};
    REQUIRE(::stat(hive.c_str(), &status) == 0);
    CHECK(record.files[0].inode == status.st_ino);
    const auto seconds = [](const std::optional<regf::FileTime>& time) {
        return static_cast<std::int64_t>(time.value().ticks / 10'000'000) - 11'644'473'600;
    };
    CHECK(seconds(record.files[0].modified) == status.st_mtim.tv_sec);
    CHECK(seconds(record.files[0].changed) == status.st_ctim.tv_sec);
}

TEST_CASE("evidence files: only what was asked for, of damaged hives and other files too") {
    const TempDir dir;
    const auto hive = dir.path() / "NTUSER.DAT";
    auto bytes = HiveSpec{}.with("Software").build().bytes;
    bytes.resize(5000);
    write_file(hive, bytes);
    CHECK(scanned(hive, {}).files.empty());
    const auto damaged = scanned(hive, {HashKind::md5});
    CHECK(damaged.error);
    REQUIRE(damaged.files.size() == 1);
    CHECK(damaged.files[0].hashes.size() == 1);
    write_file(hive, std::vector<std::byte>(100, std::byte{'x'}));
    REQUIRE(scanned(hive, {HashKind::sha256}).files.size() == 1);
    fs::remove(hive);
    fs::create_directory(hive);
    CHECK(discover({hive}).empty());
}

TEST_CASE("evidence files: a log that cannot be read is the record's error") {
    const TempDir dir;
    const auto hive = dir.path() / "NTUSER.DAT";
    write_file(hive, HiveSpec{}.with("Software").build().bytes);
    fs::create_symlink("elsewhere", dir.path() / "NTUSER.DAT.LOG1");
    const auto record = scanned(hive, {HashKind::sha256});
    CHECK(record.files.size() == 1);
    REQUIRE(record.error);
    CHECK(record.error->message().starts_with("log NTUSER.DAT.LOG1 was not hashed: "));
}
