// Real hives of users: the value planted by hivexregedit, mended by hivefix as a process, looked at
// by hivex, reglookup and regfexport before and after, and taken back.
//
// Takes HIVELINT_REAL_HIVES and those programs; without them it says so.
#include "tests/support/hive_files.hpp"
#include "tests/support/process.hpp"
#include "tests/support/regf_account.hpp"

#include <hivelint/file_source.hpp>
#include <hivelint/hive.hpp>

#include "source/hashes.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <regex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

using namespace hivelint::test;
using hivelint::FileSource;
using hivelint::Hive;
using hivelint::regf::VerifiedImage;

namespace fs = std::filesystem;

namespace {

using Lines = std::vector<std::string>;

constexpr const char* kPlant = "Windows Registry Editor Version 5.00\r\n\r\n"
                               "[\\Software\\Microsoft\\Exchange]\r\n"
                               "\"MapiHttpDisabled\"=dword:00000001\r\n";

/// env looks for the program; where there is none its status is kNoProgram.
constexpr const char* kEnv = "/usr/bin/env";
constexpr int kNoProgram = 127;

Finished run_program(const char* program, Lines arguments) {
    arguments.insert(arguments.begin(), program);
    return run({.program = kEnv, .arguments = std::move(arguments)});
}

/// Whether the program is there; says so when it is not.
bool have(const char* program) {
    if (run_program(program, {"--help"}).status != kNoProgram) {
        return true;
    }
    say_skipped(std::string(program) + " is not installed");
    return false;
}

/// Files below HIVELINT_REAL_HIVES/clean, in order; none when there are none, or no hivexregedit.
std::vector<fs::path> real_hives() {
    const char* real = std::getenv("HIVELINT_REAL_HIVES");
    if (real == nullptr || !fs::is_directory(fs::path(real) / "clean")) {
        say_skipped("HIVELINT_REAL_HIVES names no folder of real hives");
        return {};
    }
    if (!have("hivexregedit")) {
        return {};
    }
    std::vector<fs::path> all;
    for (const auto& entry : fs::directory_iterator(fs::path(real) / "clean")) {
        all.push_back(entry.path());
    }
    std::ranges::sort(all);
    return all;
}

/// A copy that can be written, with the value in it.
fs::path plant(const TempDir& dir, const fs::path& hive) {
    const auto copy = dir.path() / "NTUSER.DAT";
    fs::copy_file(hive, copy);
    fs::permissions(copy, fs::perms::owner_read | fs::perms::owner_write);
    const auto text = dir.path() / "plant.reg";
    std::ofstream(text, std::ios::binary) << kPlant;
    const auto merged = run_program("hivexregedit", {"--merge", copy.native(), text.native()});
    CHECK(merged.status == 0);
    CHECK(merged.err == "");
    return copy;
}

std::string sha256_of(const fs::path& file) { return hivelint::sha256(FileSource(file)); }

VerifiedImage image_of(const fs::path& file) {
    const FileSource source(file);
    return VerifiedImage(hivelint::read_front(source, source.size()));
}

/// A line for each key and value as hivex has them.
void list(const hivelint::Key& key, const std::string& path, Lines& lines) {
    lines.push_back(fmt::format("{} {}", path, key.last_written().ticks));
    for (const auto& value : key.values()) {
        std::string data;
        for (const auto byte : value.data()) {
            data += fmt::format("{:02x}", static_cast<unsigned>(byte));
        }
        lines.push_back(fmt::format("{} : {} {} {}", path, hivelint::regf::escaped(value.name()),
                                    value.type(), data));
    }
    for (const auto& subkey : key.subkeys()) {
        list(subkey, path + '\\' + hivelint::regf::escaped(subkey.name()), lines);
    }
}

Lines by_hivex(const fs::path& file) {
    Lines lines;
    list(Hive::open(image_of(file)).root(), "", lines);
    return lines;
}

/// What the program prints of the hive, by lines.
std::optional<Lines> by_program(const char* program, const fs::path& file) {
    const auto done = run_program(program, {file.native()});
    if (done.status == kNoProgram) {
        return std::nullopt;
    }
    CHECK(done.status == 0);
    Lines lines;
    std::istringstream text(done.out);
    for (std::string line; std::getline(text, line);) {
        lines.push_back(line);
    }
    return lines;
}

/// What stands between the equal lines at the start and at the end of both.
Lines difference(const Lines& before, const Lines& after) {
    const auto [from, to] = std::ranges::mismatch(before, after);
    auto last = before.end();
    auto new_last = after.end();
    while (last != from && new_last != to && *(last - 1) == *(new_last - 1)) {
        --last;
        --new_last;
    }
    Lines all;
    std::transform(from, last, std::back_inserter(all), [](auto& line) { return "- " + line; });
    std::transform(to, new_last, std::back_inserter(all), [](auto& line) { return "+ " + line; });
    return all;
}

/// The difference with what is no constant taken out: times become T.
std::string told(const Lines& before, const std::optional<Lines>& after) {
    if (!after) {
        return "no program";
    }
    static const std::regex time(R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d| \d{18}$)");
    std::string out;
    for (const auto& line : difference(before, *after)) {
        out += std::regex_replace(line, time, "T") + '\n';
    }
    return out;
}

/// How many bytes differ; the size must not.
std::size_t bytes_between(const std::string& before, const std::string& after) {
    REQUIRE(before.size() == after.size());
    std::size_t count = 0;
    for (std::size_t i = 0; i < before.size(); ++i) {
        count += before[i] != after[i] ? 1 : 0;
    }
    return count;
}

struct Fix {
    std::string option;
    std::size_t most_bytes;
    std::string hivex;
    std::string reglookup;
    std::string regfexport;
};

const Fix kFixes[] = {
    {"--set-zero", 40,
     "- \\Software\\Microsoft\\ExchangeT\n"
     "- \\Software\\Microsoft\\Exchange : MapiHttpDisabled 4 01000000\n"
     "+ \\Software\\Microsoft\\ExchangeT\n"
     "+ \\Software\\Microsoft\\Exchange : MapiHttpDisabled 4 00000000\n",
     "- /Software/Microsoft/Exchange,KEY,,T\n"
     "- /Software/Microsoft/Exchange/MapiHttpDisabled,DWORD,0x00000001,\n"
     "+ /Software/Microsoft/Exchange,KEY,,T\n"
     "+ /Software/Microsoft/Exchange/MapiHttpDisabled,DWORD,0x00000000,\n",
     "- Data: 1\n"
     "+ Data: 0\n"},
    {"--delete", 48,
     "- \\Software\\Microsoft\\ExchangeT\n"
     "- \\Software\\Microsoft\\Exchange : MapiHttpDisabled 4 01000000\n"
     "+ \\Software\\Microsoft\\ExchangeT\n",
     "- /Software/Microsoft/Exchange,KEY,,T\n"
     "- /Software/Microsoft/Exchange/MapiHttpDisabled,DWORD,0x00000001,\n"
     "+ /Software/Microsoft/Exchange,KEY,,T\n",
     "- Value: 0 MapiHttpDisabled\n"
     "- Type: 32-bit integer little-endian (REG_DWORD_LITTLE_ENDIAN)\n"
     "- Data size: 4\n"
     "- Data: 1\n"},
};

/// A planted hive and what everybody says of it.
struct Planted {
    explicit Planted(const fs::path& hive)
        : file(plant(dir, hive)), sha256(sha256_of(file)), bytes(read_file(file)),
          issues(account(image_of(file).report())), hivex(by_hivex(file)),
          reglookup(by_program("reglookup", file)), regfexport(by_program("regfexport", file)) {}

    TempDir dir;
    fs::path file;
    std::string sha256;
    std::string bytes;
    std::string issues;
    Lines hivex;
    std::optional<Lines> reglookup;
    std::optional<Lines> regfexport;
};

void check_fix(const Planted& hive, const Fix& fix) {
    const TempDir records;
    const auto record = records.path() / "undo.json";
    const auto& file = hive.file;
    const auto done = run_program(HIVELINT_HIVEFIX,
                                  {fix.option, "--undo-record", record.native(), file.native()});
    CAPTURE(done.out);
    CHECK(done.status == 0);
    CHECK(done.err == "");
    const auto changed = bytes_between(hive.bytes, read_file(file));
    CHECK(changed > 0);
    CHECK(changed <= fix.most_bytes);
    CHECK(account(image_of(file).report()) == hive.issues);
    CHECK(told(hive.hivex, by_hivex(file)) == fix.hivex);
    if (hive.reglookup) {
        CHECK(told(*hive.reglookup, by_program("reglookup", file)) == fix.reglookup);
    }
    if (hive.regfexport) {
        CHECK(told(*hive.regfexport, by_program("regfexport", file)) == fix.regfexport);
    }

    const auto undone = run_program(HIVELINT_HIVEFIX, {"--undo", record.native()});
    CAPTURE(undone.out);
    CHECK(undone.status == 0);
    CHECK(undone.err == "");
    CHECK(sha256_of(file) == hive.sha256);
}

} // namespace

TEST_CASE("real fix: planted, mended, taken back, and nothing else changes") {
    const auto hives = real_hives();
    if (!hives.empty()) {
        for (const auto* program : {"reglookup", "regfexport"}) {
            have(program);
        }
    }
    for (const auto& hive : hives) {
        const auto name = hive.filename().native();
        CAPTURE(name);
        const Planted planted(hive);
        for (const auto& fix : kFixes) {
            CAPTURE(fix.option);
            check_fix(planted, fix);
        }
    }
}

TEST_CASE("real fix: nothing is planted, nothing is written") {
    for (const auto& hive : real_hives()) {
        const auto name = hive.filename().native();
        CAPTURE(name);
        const TempDir dir;
        const auto copy = dir.path() / "NTUSER.DAT";
        fs::copy_file(hive, copy);
        fs::permissions(copy, fs::perms::owner_read | fs::perms::owner_write);
        const auto written = fs::last_write_time(copy);
        for (const auto* option : {"--set-zero", "--delete"}) {
            const auto done =
                run_program(HIVELINT_HIVEFIX, {option, "--no-undo-record", copy.native()});
            CAPTURE(done.out);
            CHECK(done.status == 0);
        }
        CHECK(sha256_of(copy) == sha256_of(hive));
        CHECK(fs::last_write_time(copy) == written);
    }
}
