// What is Windows' own: names, sharing, consoles, and the tools as processes.
#include "tests/support/hive_files.hpp"
#include "tests/support/process.hpp"

#include "change/journal.hpp"
#include "platform/file.hpp"
#include "platform/path_text.hpp"

#include <hivelint/apply.hpp>
#include <hivelint/evidence.hpp>
#include <hivelint/file_source.hpp>
#include <hivelint/fix.hpp>
#include <hivelint/rules.hpp>
#include <hivelint/scan.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <windows.h>

using namespace hivelint::test;
using hivelint::path_of;
using hivelint::text_of;
namespace fs = std::filesystem;

namespace {

std::vector<std::byte> affected_bytes() {
    return HiveSpec{}.with(kExchange, dword(u"MapiHttpDisabled", 1)).build().bytes;
}

Finished tool(const char* program, std::vector<std::string> arguments,
              const fs::path& folder = {}) {
    return run({.program = program, .arguments = std::move(arguments), .folder = folder});
}

/// A path of any length and with any names, as functions of Windows take it.
std::wstring plain(const fs::path& path) { return L"\\\\?\\" + fs::absolute(path).native(); }

void put(const fs::path& file, const std::vector<std::byte>& bytes) {
    const HANDLE handle = ::CreateFileW(plain(file).c_str(), GENERIC_WRITE, 0, nullptr, CREATE_NEW,
                                        FILE_ATTRIBUTE_NORMAL, nullptr);
    REQUIRE(handle != INVALID_HANDLE_VALUE);
    DWORD written = 0;
    CHECK(::WriteFile(handle, bytes.data(), static_cast<DWORD>(bytes.size()), &written, nullptr));
    CHECK(written == bytes.size());
    ::CloseHandle(handle);
}

nlohmann::json record_of(const Finished& finished) {
    CAPTURE(finished.err);
    const auto line = finished.out.substr(0, finished.out.find('\n')); // what ends a report follows
    auto record = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    REQUIRE(record.is_object());
    return record;
}

} // namespace

TEST_CASE("text of paths: UTF-8, and every name has one") {
    struct Row {
        std::wstring name;
        std::string text;
    };
    const Row rows[] = {
        {L"NTUSER.DAT", "NTUSER.DAT"},
        {L"\u00E9\u20AC", "\xC3\xA9\xE2\x82\xAC"},
        {L"\U0001F41D", "\xF0\x9F\x90\x9D"},
        {L"a\xD83Dz", "a\xED\xA0\xBDz"},
        {L"\xDC1D\xD83D", "\xED\xB0\x9D\xED\xA0\xBD"},
        {L"\xFFFF", "\xEF\xBF\xBF"},
    };
    for (const auto& row : rows) {
        CHECK(text_of(fs::path(row.name)) == row.text);
        CHECK(path_of(row.text).native() == row.name);
    }
    CHECK(path_of("a\xFF\xC3").native() == L"a\xFFFD\xFFFD");
    CHECK(path_of("\xC0\x80\xF4\x90\x80\x80").native().find(L'\0') == std::wstring::npos);
}

TEST_CASE("discovery: paths as Windows writes them, and what no other program can name") {
    const TempDir dir;
    const auto odd = dir.path() / L"Users" / L"\u00E9lise \U0001F41D";
    fs::create_directories(odd);
    put(odd / L"NTUSER.DAT", affected_bytes());
    const auto targets = hivelint::discover({dir.path()});
    REQUIRE(targets.size() == 1);
    CHECK(targets[0].path ==
          text_of(dir.path()) + "\\Users\\\xC3\xA9lise \xF0\x9F\x90\x9D\\NTUSER.DAT");
    CHECK(!targets[0].problem);
    REQUIRE(targets[0].id);
    const auto record =
        hivelint::scan_target(targets[0], {.rules = {hivelint::find_rule("mapi-http-disabled")}});
    REQUIRE(record);
    CHECK(!record->error);
    CHECK(record->user == "\xC3\xA9lise \xF0\x9F\x90\x9D");
    CHECK(to_string(record->checks.at(0).finding.verdict) == "affected");
    CHECK(record->checks.at(0).confirmed_by == std::vector<std::string_view>{"walker"});
}

TEST_CASE("paths longer than 260 characters") {
    const TempDir dir;
    auto folder = dir.path();
    for (int i = 0; i < 8; ++i) {
        folder /= std::wstring(60, L'x');
        REQUIRE(::CreateDirectoryW(plain(folder).c_str(), nullptr));
    }
    put(folder / L"NTUSER.DAT", affected_bytes());
    REQUIRE(text_of(folder).size() > 400);
    const auto run = tool(HIVELINT_HIVESCAN, {"--format=jsonl", text_of(dir.path())});
    CHECK(run.status == 1);
    CHECK(record_of(run)["path"] == text_of(folder / L"NTUSER.DAT"));
    // What TempDir uses does not know them.
    ::DeleteFileW(plain(folder / L"NTUSER.DAT").c_str());
    for (; folder != dir.path(); folder = folder.parent_path()) {
        ::RemoveDirectoryW(plain(folder).c_str());
    }
}

TEST_CASE("reserved names are names") {
    CHECK_THROWS_WITH_AS(hivelint::FileSource("no-folder/NUL"),
                         "cannot be examined: No such file or directory", hivelint::Error);
    const TempDir dir;
    CHECK_THROWS_WITH_AS(hivelint::FileSource(dir.path() / "CON"),
                         "cannot be examined: No such file or directory", hivelint::Error);
}

TEST_CASE("one file under two names is one file") {
    const TempDir dir;
    fs::create_directories(dir.path() / "a");
    put(dir.path() / "a" / "NTUSER.DAT", affected_bytes());
    if (!::CreateHardLinkW((dir.path() / "NTUSER.DAT").c_str(),
                           (dir.path() / "a" / "NTUSER.DAT").c_str(), nullptr)) {
        say_skipped("no hard links here");
        return;
    }
    CHECK(hivelint::discover({dir.path()}).size() == 1);
}

TEST_CASE("a hive that another process has open is read, and not written") {
    const TempDir dir;
    const auto file = dir.path() / "NTUSER.DAT";
    put(file, affected_bytes());
    const auto before = read_file(file);
    const HANDLE other = ::CreateFileW(file.c_str(), GENERIC_READ | GENERIC_WRITE,
                                       FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_EXISTING,
                                       FILE_ATTRIBUTE_NORMAL, nullptr);
    REQUIRE(other != INVALID_HANDLE_VALUE);
    CHECK(tool(HIVELINT_HIVESCAN, {text_of(file)}).status == 1);
    auto run = tool(HIVELINT_HIVEFIX, {"--no-undo-record", "--format=jsonl", text_of(file)});
    CHECK(run.status == 2);
    CHECK(run.out.find("\"locked\"") != std::string::npos);
    ::CloseHandle(other);
    CHECK(read_file(file) == before);
    CHECK(!fs::exists(dir.path() / "NTUSER.DAT.hivelint-journal"));
    run = tool(HIVELINT_HIVEFIX, {"--no-undo-record", text_of(file)});
    CHECK(run.status == 0);
    CHECK(read_file(file) != before);
}

TEST_CASE("hivefix: a dry run, a fix, its undo, a copy") {
    const TempDir dir;
    const auto file = dir.path() / L"\u00E9" / "NTUSER.DAT";
    fs::create_directories(file.parent_path());
    fs::create_directories(dir.path() / "records");
    put(file, affected_bytes());
    const auto before = read_file(file);
    const auto name = text_of(file);
    CHECK(tool(HIVELINT_HIVEFIX, {"--dry-run", name}).status == 1);
    CHECK(read_file(file) == before);
    const auto copy = dir.path() / "copy";
    CHECK(tool(HIVELINT_HIVEFIX, {"--output", text_of(copy), name}).status == 0);
    CHECK(read_file(file) == before);
    CHECK(tool(HIVELINT_HIVEFIX, {"--output", text_of(copy), name}).status == 2);

    const auto records = dir.path() / "records";
    const auto run = tool(HIVELINT_HIVEFIX, {"--undo-dir", text_of(records), name});
    CAPTURE(run.out);
    CHECK(run.status == 0);
    CHECK(tool(HIVELINT_HIVESCAN, {name}).status == 0);
    CHECK(tool(HIVELINT_HIVESCAN, {text_of(copy)}).status == 0);
    REQUIRE(!fs::is_empty(records));
    const auto record = fs::directory_iterator(records)->path();
    CHECK(tool(HIVELINT_HIVEFIX, {"--undo", text_of(record)}).status == 0);
    CHECK(read_file(file) == before);
    std::size_t beside = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(file.parent_path())) {
        ++beside;
    }
    CHECK(beside == 1);
}

TEST_CASE("hivefix: beside the hive is not where a record goes, and read-only is refused") {
    const TempDir dir;
    const auto file = dir.path() / "NTUSER.DAT";
    put(file, affected_bytes());
    const auto before = read_file(file);
    const auto run = tool(HIVELINT_HIVEFIX, {"--undo-dir", text_of(dir.path()), text_of(file)});
    CHECK(run.status == 2);
    CHECK(run.out.find("beside the hive") != std::string::npos);
    REQUIRE(::SetFileAttributesW(file.c_str(), FILE_ATTRIBUTE_READONLY));
    const auto refused = tool(HIVELINT_HIVEFIX, {"--no-undo-record", text_of(file)});
    CHECK(refused.status == 2);
    CHECK(refused.out.find("read-only") != std::string::npos);
    CHECK(read_file(file) == before);
    REQUIRE(::SetFileAttributesW(file.c_str(), FILE_ATTRIBUTE_NORMAL));
}

TEST_CASE("hivefix --recover: what a crash left") {
    const TempDir dir;
    const auto file = dir.path() / "NTUSER.DAT";
    put(file, affected_bytes());
    const auto before = read_file(file);
    const auto plan = hivelint::plan_fix(file, hivelint::rules(), {});
    REQUIRE(plan.ranges.size() > 1);
    // As a process leaves it that ends after the first range is written.
    const auto journal = hivelint::journal_text(plan);
    write_file(hivelint::journal_of(file), std::as_bytes(std::span(journal)));
    auto half = before;
    std::ranges::transform(plan.ranges[0].after,
                           half.begin() + static_cast<std::ptrdiff_t>(plan.ranges[0].offset),
                           [](std::byte b) { return static_cast<char>(b); });
    write_file(file, std::as_bytes(std::span(half)));
    CHECK(tool(HIVELINT_HIVEFIX, {"--no-undo-record", text_of(file)}).status == 2);
    CHECK(tool(HIVELINT_HIVEFIX, {"--recover", text_of(file)}).status == 0);
    CHECK(read_file(file) == before);
    CHECK(!fs::exists(hivelint::journal_of(file)));
    CHECK(hivelint::recover(file) == hivelint::Recovery::nothing_to_do);
}

TEST_CASE("a report has the bytes that it has on Linux") {
    const fs::path profiles = fs::path(HIVELINT_TESTDATA) / "profiles" / "Users";
    const auto run = tool(HIVELINT_HIVESCAN, {"alice/NTUSER.DAT"}, profiles);
    CHECK(run.err.empty());
    CHECK(run.out == "VERDICT   VALUE        STATE  USER   PATH\n"
                     "affected  REG_DWORD 1  clean  alice  alice/NTUSER.DAT\n\n"
                     "1 hive: 1 affected, 0 clear, 0 nonstandard, 0 unknown; 0 errors, 0 dirty, 0 "
                     "recovered\n");
    CHECK(run.status == 1);
    const TempDir dir;
    const auto report = dir.path() / L"\u00E9.txt";
    CHECK(tool(HIVELINT_HIVESCAN, {"--output", text_of(report), "alice/NTUSER.DAT"}, profiles)
              .status == 1);
    CHECK(read_file(report) == run.out);
    const auto help = tool(HIVELINT_HIVEINFO, {"--help"});
    CHECK(help.status == 0);
    CHECK(help.out.find('\r') == std::string::npos);
}

TEST_CASE("the whole of the examples is found") {
    const fs::path profiles = fs::path(HIVELINT_TESTDATA) / "profiles";
    const auto run = tool(HIVELINT_HIVESCAN, {"--quiet", text_of(profiles)});
    CHECK(run.err.empty());
    CHECK(run.out.find("REG_DWORD 1 (stored: REG_DWORD 0)  recovered") != std::string::npos);
    CHECK(run.out.find("\\heidi\\NTUSER.DAT") != std::string::npos);
    CHECK(run.out.find('\r') == std::string::npos);
    const auto replay = tool(HIVELINT_HIVEREPLAY, {text_of(profiles / "Users/heidi/NTUSER.DAT")});
    CHECK(replay.status == 0);
    CHECK(replay.out.find("verify counts 53 keys and 100 values") != std::string::npos);
}

TEST_CASE("paths from a list, in UTF-8") {
    const TempDir dir;
    const auto file = dir.path() / L"\u20AC.dat";
    put(file, affected_bytes());
    const auto run = hivelint::test::run({.program = HIVELINT_HIVESCAN,
                                          .arguments = {"--files-from", "-", "--format=jsonl"},
                                          .input = text_of(file) + "\n"});
    CHECK(run.status == 1);
    CHECK(record_of(run)["path"] == text_of(file));
}

TEST_CASE("a pipe that nobody reads is no error to tell") {
    const fs::path profiles = fs::path(HIVELINT_TESTDATA) / "profiles";
    const auto run = hivelint::test::run({.program = HIVELINT_HIVESCAN,
                                          .arguments = {text_of(profiles)},
                                          .out = Stdout::closed_pipe});
    CHECK(run.started);
    CHECK(run.status == 2);
    CHECK(run.err.empty());
}
