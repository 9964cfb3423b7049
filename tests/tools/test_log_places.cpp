// Logs that do not lie beside their hive under its name: told by content, in the hive's own folder
// and where one says; what is not certain is applied to no hive, and named.
#include "tests/support/replay_scene.hpp"
#include "tests/support/schema.hpp"
#include "tests/support/tool_run.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fs = std::filesystem;
using namespace hivelint::test;

namespace {

constexpr FileOffset kRmId = 112;
constexpr FileOffset kName = 48;

/// As stored the value is 0; the logs of log_of(8, …) go on from it.
std::vector<std::byte> dirty_hive(std::uint32_t primary = 8) {
    return hive_with(0, primary, primary - 1).bytes;
}

BuiltLog with_guid(BuiltLog log, std::uint8_t guid) {
    log.put8(kRmId, guid);
    return log.fix_checksum();
}

BuiltLog of_another_hive(BuiltLog log) {
    log.put8(kName, 'x');
    return log.fix_checksum();
}

bool same_file(const fs::path& file, const std::vector<std::byte>& bytes) {
    const auto text = read_file(file);
    return std::ranges::equal(std::as_bytes(std::span(text)), bytes);
}

/// A dirty hive whose base block has a GUID.
std::vector<std::byte> hive_with_guid(std::uint8_t guid) {
    auto hive = hive_with(0);
    hive.put8(kRmId, guid);
    hive.fix_checksum();
    return hive.bytes;
}

bool has(const std::string& text, std::string_view words) {
    return text.find(words) != std::string::npos;
}

} // namespace

TEST_CASE("log places: the hive's own folder, whatever collectors call the logs") {
    const std::pair<const char*, const char*> rows[] = {
        {"199F2_12E0D_4_NTUSER.DAT_{00000000-0000-0000-0000-000000000000}.data",
         "199F1_12E0D_4_ntuser.dat.LOG1_{00000000-0000-0000-0000-000000000000}.data"},
        {"1234-NTUSER.DAT", "1235-ntuser.dat.LOG1"},
        {"NTUSER.DAT", "NTUSER.DAT.LOG1.copy0"},
        {"NTUSER.DAT.copy0", "ntuser.dat.LOG2.copy0"},
        {"NTUSER.DAT_alice", "NTUSER.DAT.LOG1_alice"},
        {"alice-NTUSER.DAT", "LOG1 of alice"},
    };
    for (const auto& [hive, log] : rows) {
        CAPTURE(hive);
        const TempDir dir;
        write_file(dir.path() / hive, dirty_hive());
        write_file(dir.path() / log, log_of(8, {3, 1}).bytes);
        const auto run = hivescan({dir.path().native()});
        CHECK(run.status == 1);
        CHECK(has(run.out, "affected  REG_DWORD 1 (stored: REG_DWORD 0)  recovered"));
        CHECK(has(run.out, "paired by content, not by name"));
        CHECK(hiveinfo({(dir.path() / hive).native()}).status == 0);
        CHECK(hivereplay({(dir.path() / hive).native()}).status == 0);
    }
}

TEST_CASE("log places: what speaks against a log keeps it out") {
    const std::pair<const char*, std::vector<std::byte>> rows[] = {
        {"another embedded name", of_another_hive(log_of(8, {1})).bytes},
        {"another GUID", with_guid(log_of(8, {1}), 7).bytes},
        {"its numbers are before the hive's", with_guid(log_of(2, {1}), 9).bytes},
    };
    for (const auto& [what, log] : rows) {
        CAPTURE(what);
        const TempDir dir;
        write_file(dir.path() / "NTUSER.DAT", hive_with_guid(9));
        write_file(dir.path() / "logs/1.LOG", log);
        const auto run = hivescan(
            {(dir.path() / "NTUSER.DAT").native(), "--log-dir", (dir.path() / "logs").native()});
        CHECK(run.status == 2);
        CHECK(has(run.out, "clear    REG_DWORD 0  dirty"));
        CHECK(has(run.out, "1.LOG is of none of the dirty hives"));
    }
}

TEST_CASE("log places: files and folders that are named, for all tools alike") {
    const TempDir dir;
    const auto hive = (dir.path() / "a/NTUSER.DAT").native();
    write_file(hive, dirty_hive());
    const auto logs = (dir.path() / "b/c").native();
    write_file(dir.path() / "b/c/x1", log_of(8, {3}).bytes);
    write_file(dir.path() / "b/c/x2", log_of(9, {1}).bytes);
    const std::vector<std::vector<std::string>> rows = {
        {"--log-dir", (dir.path() / "b").native()},
        {"--log", logs + "/x1", "--log", logs + "/x2"},
        {"--log", logs + "/x2", "--log-dir", logs},
    };
    for (const auto& row : rows) {
        CAPTURE(joined(row));
        auto words = row;
        words.push_back(hive);
        const auto run = hivescan(words);
        CHECK(run.status == 1);
        CHECK(has(run.out, "2 entries") == false);
        CHECK(has(run.out, "1 entry (8) of x1, 1 entry (9) of x2 applied"));
        words.insert(words.end(), {"--key", kReplayKey});
        const auto info = hiveinfo(words);
        CHECK(info.status == 0);
        CHECK(has(info.out, "state             recovered"));
        CHECK(has(info.out, "MapiHttpDisabled  REG_DWORD  4     0x1 (1)"));
        CHECK(has(info.out, "of the recovered hive"));
    }
    // As stored, where that is asked for.
    const auto info = hiveinfo({"--no-logs", "--key", kReplayKey, hive});
    CHECK(info.status == 0);
    CHECK(has(info.out, "MapiHttpDisabled  REG_DWORD  4     0x0 (0)"));
    CHECK(hiveinfo({hive}).status == 2); // not settled
    CHECK(hivescan({"--no-logs", "--log-dir", logs, hive}).status == 64);
    CHECK(hivescan({"--log", logs + "/none", hive}).status == 2);
    CHECK(has(hivescan({"--log", logs + "/none", hive}).err, "none cannot be searched for logs"));
}

TEST_CASE("log places: logs of two moments are ambiguous unless one fits exactly") {
    const TempDir dir;
    write_file(dir.path() / "a/NTUSER.DAT", dirty_hive());
    write_file(dir.path() / "logs/1", log_of(40, {1}).bytes);
    write_file(dir.path() / "logs/2", log_of(90, {5}).bytes);
    const std::vector<std::string> words = {"--log-dir", (dir.path() / "logs").native(),
                                            (dir.path() / "a").native()};
    const auto run = hivescan(words);
    CHECK(run.status == 2);
    CHECK(has(run.out, "clear    REG_DWORD 0  dirty"));
    CHECK(has(run.out, "logs/1 and "));
    CHECK(has(run.out, "logs/2 could both be its logs"));
    write_file(dir.path() / "logs/0", log_of(8, {1}).bytes);
    CHECK(hivescan(words).status == 1);
    // A second copy of the same log is no other one.
    write_file(dir.path() / "logs/00", log_of(8, {1}).bytes);
    CHECK(hivescan(words).status == 1);
    // One that differs is.
    write_file(dir.path() / "logs/00", log_of(8, {1, 5}).bytes);
    CHECK(hivescan(words).status == 2);
}

TEST_CASE("log places: a log that could be of two hives is applied to neither") {
    const TempDir dir;
    auto other = hive_with(0);
    other.put64(header::kLastWritten, 1); // of another machine
    other.fix_checksum();
    write_file(dir.path() / "a/NTUSER.DAT", dirty_hive());
    write_file(dir.path() / "b/NTUSER.DAT", other.bytes);
    write_file(dir.path() / "logs/1", log_of(8, {1}).bytes);
    const auto logs = (dir.path() / "logs").native();
    const auto both = hivescan({"--log-dir", logs, dir.path().native()});
    CHECK(both.status == 2);
    CHECK(has(both.out, "could be of"));
    CHECK(has(both.out, "0 affected, 2 clear"));
    CHECK(hivescan({"--log-dir", logs, (dir.path() / "a").native()}).status == 1);
    // In one folder it is the same.
    write_file(dir.path() / "c/1_NTUSER.DAT", dirty_hive());
    write_file(dir.path() / "c/2_NTUSER.DAT", other.bytes);
    write_file(dir.path() / "c/3_NTUSER.DAT.LOG1", log_of(8, {1}).bytes);
    const auto beside = hivescan({(dir.path() / "c").native()});
    CHECK(beside.status == 2);
    CHECK(has(beside.out, "0 affected, 2 clear"));
    // One that stopped elsewhere is no rival where the log fits this one exactly.
    write_file(dir.path() / "c/2_NTUSER.DAT", dirty_hive(5));
    const auto told = hivescan({(dir.path() / "c").native()});
    CHECK(has(told.out, "1 affected, 1 clear"));
}

TEST_CASE("log places: where a value lies that a log holds") {
    const TempDir dir;
    const auto log = log_of(8, {1});
    write_file(dir.path() / "NTUSER.DAT", dirty_hive());
    write_file(dir.path() / "NTUSER.DAT.LOG1", log.bytes);
    const auto run = hivescan({"--format", "jsonl", dir.path().native()});
    const auto record = records_of(run.out).at(0);
    Schema schema;
    CHECK(schema.faults(record) == "");
    const auto& place = record["checks"][0]["in_log"];
    REQUIRE(place.is_object());
    const auto at = place["offset"].get<std::size_t>();
    REQUIRE(at + 8 < log.bytes.size());
    CHECK(std::to_integer<char>(log.bytes[at + 4]) == 'v'); // behind the cell's size
    CHECK(std::to_integer<char>(log.bytes[at + 5]) == 'k');
}

TEST_CASE("hivereplay: folders, and lines of JSON that fit their schema") {
    const TempDir dir;
    write_file(dir.path() / "in/Users/a/NTUSER.DAT", dirty_hive());
    write_file(dir.path() / "in/Users/a/NTUSER.DAT.LOG1", log_of(8, {1}).bytes);
    write_file(dir.path() / "in/Users/b/NTUSER.DAT", hive_with(0, 9, 9).bytes);
    write_file(dir.path() / "in/Users/c/NTUSER.DAT", dirty_hive());
    write_text(dir.path() / "in/Users/d/NTUSER.DAT", "none");
    const auto in = (dir.path() / "in").native();
    const auto out = dir.path() / "out";
    const auto run = hivereplay({"--format", "jsonl", "--info", "--output-dir", out.native(), in});
    CHECK(run.status == 2);
    const auto lines = records_of(run.out);
    REQUIRE(lines.size() == 4);
    Schema schema(replay_schema_document());
    for (const auto& line : lines) {
        CHECK(schema.faults(line) == "");
    }
    CHECK(lines[0]["state"] == "recovered");
    CHECK(lines[0]["logs"][0]["chain"][0]["number"] == 8);
    CHECK(lines[1]["state"] == "clean");
    CHECK(lines[1]["written"] == true);
    CHECK(lines[2]["state"] == "dirty");
    CHECK(lines[2]["written"] == false);
    CHECK(lines[3]["state"] == nullptr);
    CHECK(lines[3]["error"]["code"] == "not-a-hive");
    CHECK(same_file(out / "Users/b/NTUSER.DAT", hive_with(0, 9, 9).bytes));
    CHECK(hivescan({(out / "Users/a/NTUSER.DAT").native()}).status == 1);
    CHECK(!fs::exists(out / "Users/c/NTUSER.DAT"));
    // What is there already is not replaced.
    CHECK(hivereplay({"--output-dir", out.native(), in + "/Users/a"}).status == 0);
    CHECK(hivereplay({"--output-dir", out.native(), in}).status == 2);
    CHECK(hivereplay({"--output", (dir.path() / "x").native(), in}).status == 64);
    CHECK(hivereplay({(dir.path() / "out/Users").native()}).status == 0);
    fs::create_directory(dir.path() / "empty");
    CHECK(hivereplay({(dir.path() / "empty").native()}).status == 3);
}

TEST_CASE("hivereplay: of a clean hive the output is a copy") {
    const TempDir dir;
    const auto hive = dir.path() / "NTUSER.DAT";
    write_file(hive, hive_with(1, 9, 9).bytes);
    const auto run = hivereplay({"-o", (dir.path() / "out").native(), hive.native()});
    CHECK(run.status == 0);
    CHECK(has(run.out, "clean: there is nothing to apply"));
    CHECK(has(run.out, "written  " + (dir.path() / "out").native()));
    CHECK(same_file(dir.path() / "out", hive_with(1, 9, 9).bytes));
}

TEST_CASE("hivescan: --list-skipped names all that was passed over") {
    const TempDir dir;
    write_file(dir.path() / "NTUSER.DAT", hive_with(0, 9, 9).bytes);
    for (const auto* name : {"1.zip", "2.vhdx", "3.E01", "4.7z", "5.wim"}) {
        write_text(dir.path() / name, "x");
    }
    fs::create_symlink("x", dir.path() / "link");
    write_text(dir.path() / "System32/config/RegBack/DEFAULT", "");
    const auto some = hivescan({dir.path().native()});
    CHECK(has(some.out, "5 containers"));
    CHECK(has(some.out, ", …"));
    const auto all = hivescan({"--list-skipped", "--quiet", dir.path().native()});
    CHECK(all.status == 0);
    CHECK(lines_of(all.out).size() == 7);
    for (const auto* name : {"1.zip", "2.vhdx", "3.E01", "4.7z", "5.wim", "link", "DEFAULT"}) {
        CAPTURE(name);
        CHECK(has(all.out, std::string("/") + name + "\n"));
    }
    const auto lines = hivescan({"--list-skipped", "--format", "jsonl", dir.path().native()});
    CHECK(records_of(lines.out).size() == 1);
    CHECK(lines_of(lines.err).size() == 7);
}

TEST_CASE("hivescan: --errors says whether what could not be read counts") {
    const TempDir dir;
    write_file(dir.path() / "a/NTUSER.DAT", hive_with(1, 9, 9).bytes);
    write_text(dir.path() / "b/NTUSER.DAT", "none");
    const auto place = dir.path().native();
    CHECK(hivescan({place}).status == 2);
    CHECK(hivescan({"--errors", "fail", place}).status == 2);
    CHECK(hivescan({"--errors", "ok", place}).status == 1);
    CHECK(hivescan({"--errors", "ok", "--fail-on", "never", place}).status == 0);
    CHECK(hivescan({"--errors", "ok", place + "/b"}).status == 0);
}
