// Doubts that are said: whose hive it is, what a file is instead, and one word for one state in all
// tools.
#include "tests/support/replay_scene.hpp"
#include "tests/support/tool_run.hpp"

#include <hivelint/second_parser.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

namespace fs = std::filesystem;
using namespace hivelint::test;

namespace {

nlohmann::json record_of(const fs::path& place, Command rest = {}) {
    const auto run = hivescan({"--format=jsonl", place.native()}, std::move(rest));
    const auto records = records_of(run.out);
    REQUIRE(records.size() == 1);
    return records[0];
}

} // namespace

TEST_CASE("doubts: a hive is its owner's, wherever it was carried and wherever one stands") {
    struct Row {
        const char* path;
        const char* user; ///< the embedded name says test
        const char* by;
    };
    const Row rows[] = {
        {"Users/anna/NTUSER.DAT", "anna", "path"},
        {"Users/anna/UPM_Profile/NTUSER.DAT", "anna", "path"},
        {"Users/anna/AppData/Local/Packages/x/SystemAppData/Helium/User.dat", "anna", "path"},
        {"Documents and Settings/anna/NTUSER.DAT", "anna", "path"},
        {"Dokumente und Einstellungen/anna/NTUSER.DAT", "anna", "path"},
        {"WINNT/Profiles/anna/NTUSER.DAT", "anna", "path"},
        {"Users/analyst/Desktop/case/NTUSER.DAT", "test", "embedded-name"},
        {"Users/analyst/Desktop/case/C_alice_NTUSER.DAT", "test", "embedded-name"},
        {"Profiles/anna/NTUSER.DAT", "test", "embedded-name"},
        {"x/NTUSER.DAT", "test", "embedded-name"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.path);
        const TempDir dir;
        const auto file = dir.path() / row.path;
        write_file(file, affected_bytes());
        for (const auto& [place, folder] : {std::pair{file, fs::path()},
                                            {fs::path(row.path), dir.path()},
                                            {fs::path("."), file.parent_path()},
                                            {fs::path(file.filename()), file.parent_path()}}) {
            CAPTURE(place);
            const auto record = record_of(place, {.program = {}, .folder = folder});
            CHECK(record["user"] == row.user);
            CHECK(record["user_by"] == row.by);
            // The two disagree, and that is said.
            const bool told =
                record["notes"].dump().find("its embedded name test's") != std::string::npos;
            CHECK(told == (row.by == std::string("path")));
        }
    }
}

TEST_CASE("doubts: of NTUSER.DAT and NTUSER.MAN the record says which one Windows loads") {
    const TempDir dir;
    write_file(dir.path() / "Users/a/NTUSER.DAT", affected_bytes());
    write_file(dir.path() / "Users/a/ntuser.man", clear_hive());
    const auto run = hivescan({dir.path().native()});
    CHECK(run.out.find("ntuser.man lies beside it: Windows loads that one") != std::string::npos);
    CHECK(run.out.find("NTUSER.DAT lies beside it: Windows loads this one") != std::string::npos);
}

TEST_CASE("doubts: what RegBack holds by design is no damage") {
    const TempDir dir;
    const auto config = dir.path() / "Windows/System32/config";
    write_file(config / "DEFAULT", clear_hive());
    write_text(config / "RegBack/DEFAULT", "");
    const auto run = hivescan({dir.path().native()});
    CHECK(run.status == 0);
    CHECK(run.out.find("1 empty file in RegBack") != std::string::npos);
    write_text(config / "RegBack/DEFAULT", "x");
    CHECK(hivescan({dir.path().native()}).status == 2);
    write_text(dir.path() / "Users/a/NTUSER.DAT", "");
    fs::remove(config / "RegBack/DEFAULT");
    CHECK(hivescan({dir.path().native()}).status == 2);
}

TEST_CASE("doubts: what stands under a hive's name instead is said") {
    using namespace std::string_literals;
    const std::pair<std::string, const char*> rows[] = {
        {"\xFF\xFEW\0i\0n\0d\0o\0w\0s\0"s, "a text export of regedit"},
        {"REGEDIT4\r\n", "a text export of regedit"},
        {"Windows Registry Editor Version 5.00\r\n", "a text export of regedit"},
        {"vhdxfile", "a VHDX disk image"},
        {"PK\x03\x04", "a zip archive"},
        {"MSWIM\0\0\0"s, "a WIM image"},
    };
    for (const auto& [start, what] : rows) {
        CAPTURE(what);
        const TempDir dir;
        const auto file = dir.path() / "NTUSER.DAT";
        for (const std::size_t size : {std::size_t{100}, std::size_t{9000}}) {
            write_text(file, start + std::string(size, 'x'));
            const auto run = hivescan({file.native()});
            CHECK(run.status == 2);
            CHECK(run.out.find(what) != std::string::npos);
        }
    }
}

TEST_CASE("doubts: a log that heals a hive of another name is noted") {
    const TempDir dir;
    for (const bool same : {true, false}) {
        auto hive = hive_with(0x51);
        hive.put32(508, hive.get32(508) ^ 1); // the base block's checksum
        auto text = hive.bytes;
        if (!same) {
            text[48 + 2 * 12] = std::byte{'X'}; // of its file name
        }
        write_file(dir.path() / "NTUSER.DAT", text);
        write_file(dir.path() / "NTUSER.DAT.LOG1", log_of(8, {1}).bytes);
        const auto record = record_of(dir.path());
        CHECK(record["state"] == "healed");
        CHECK((record["notes"].dump().find("the log may be another hive's") != std::string::npos) ==
              !same);
    }
}

TEST_CASE("doubts: a cut hive is not clean to hivereplay, nor recovered what its logs damage") {
    const TempDir dir;
    auto cut = affected_bytes();
    cut.resize(cut.size() - 100);
    write_file(dir.path() / "NTUSER.DAT", cut);
    const auto run = hivereplay({(dir.path() / "NTUSER.DAT").native()});
    CHECK(run.status == 2);
    CHECK(run.out.find("clean") == std::string::npos);
    CHECK(run.out.find("truncated at ") != std::string::npos);
    CHECK(record_of(dir.path())["state"] == "truncated");
}

TEST_CASE("doubts: a key that a wrong hash hides is listed, opened, and told of") {
    const TempDir dir;
    auto hive = spec_with(dword(kMapiHttpDisabled, 1)).build();
    const auto hash = hive.element(kExchange) + 4;
    hive.put32(hash, hive.get32(hash) ^ 1);
    const auto file = dir.path() / "NTUSER.DAT";
    write_file(file, hive.bytes);
    const auto info = hiveinfo({"--key", kExchange, file.native()});
    CHECK(info.status == 0);
    CHECK(info.out.find("MapiHttpDisabled") != std::string::npos);
    CHECK(info.out.find("Windows does not find it") != std::string::npos);
    for (const std::string root : {"HKCU\\", "HKEY_CURRENT_USER\\", "\\", "hkcu\\\\"}) {
        const auto same = hiveinfo({"--key", root + kExchange + "\\", file.native()});
        CHECK(same.out == info.out);
    }
    const auto record = record_of(file);
    CHECK(record["checks"][0]["verdict"] == "clear");
    CHECK(record["notes"].dump().find("behind a wrong hash") != std::string::npos);
}

TEST_CASE("doubts: without /proc and a folder for temporary files all is answered, and said") {
    const TempDir dir;
    write_file(dir.path() / "Users/a/NTUSER.DAT", affected_bytes());
    const auto in_namespace = [&](const std::string& command) {
        return run(
            {.program = "/usr/bin/unshare",
             .arguments = {"--mount", "/bin/sh", "-c", "mount -t tmpfs none /proc && " + command},
             .environment = {{"TMPDIR", "/nonexistent"}}});
    };
    if (!fs::exists("/usr/bin/unshare") || in_namespace("test ! -e /proc/self").status != 0) {
        MESSAGE("skipped: /proc cannot be covered here");
        return;
    }
    // A sanitizer's own start needs /proc.
    if (in_namespace("exec " HIVELINT_HIVESCAN " --version").status != 0) {
        MESSAGE("skipped: no program built so starts without /proc");
        return;
    }
    const auto place = dir.path().native();
    const auto scan = in_namespace("exec " HIVELINT_HIVESCAN " " + place);
    CHECK(scan.status == 1);
    CHECK(scan.err == "");
    CHECK(scan.out.find("affected  REG_DWORD 1") != std::string::npos);
    if (!hivelint::second_parser().empty()) {
        CHECK(scan.out.find("not given to hivex: it opens files by their names") !=
              std::string::npos);
    }
    CHECK(in_namespace("exec " HIVELINT_HIVEINFO " --verify " + place + "/Users/a/NTUSER.DAT")
              .status == 0);
    CHECK(in_namespace("exec " HIVELINT_HIVEREPLAY " " + place).status == 0);
}
