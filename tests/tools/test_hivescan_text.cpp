// hivescan's text for people: the table, what stands below it, terminals, and hostile names.
#include "tests/support/odd_hives.hpp"
#include "tests/support/tool_run.hpp"

#include <hivelint/regf/name.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

using namespace hivelint::test;

namespace {

/// How many columns a terminal takes for `text`: two for the characters of East Asia.
std::size_t display_width(const std::string& text) {
    std::size_t width = 0;
    for (const char16_t unit : hivelint::regf::to_utf16(text)) {
        width += unit >= 0x1100 && unit < 0xD800 && (unit < 0x1200 || unit >= 0x2E80) ? 2 : 1;
    }
    return width;
}

/// The lines of the table, which ends at the first empty line.
std::vector<std::string> table_of(const std::string& out) {
    auto lines = lines_of(out);
    lines.erase(std::ranges::find(lines, ""), lines.end());
    return lines;
}

std::size_t widest(const std::vector<std::string>& lines) {
    std::size_t width = 0;
    for (const auto& line : lines) {
        width = std::max(width, display_width(line));
    }
    return width;
}

Command terminal(std::uint16_t columns, const std::filesystem::path& folder = {}) {
    return {.program = {},
            .environment = {{"NO_COLOR", "1"}},
            .folder = folder,
            .out = Stdout::terminal,
            .columns = columns};
}

/// A folder with a hive of each kind of row.
void put_profiles(const TempDir& dir) {
    const auto put = [&](const std::u16string& user, HiveSpec spec) {
        spec.file_name = u"\\??\\C:\\Users\\" + user + u"\\ntuser.dat";
        write_file(dir.path() / "Users" / user / "NTUSER.DAT", spec.build().bytes);
    };
    auto dirty = spec_with(dword(kMapiHttpDisabled, 1));
    dirty.primary_sequence = 8;
    put(u"anna", spec_with(dword(kMapiHttpDisabled, 0)));
    put(u"bert", dirty);
    put(u"cleo", spec_with(sz(kMapiHttpDisabled, u"1")));
    write_text(dir.path() / "Users/dora/NTUSER.DAT", "regf");
    put(u"emil", spec_with(dword(kMapiHttpDisabled, 1)));
    put(u"fred", HiveSpec{}.with("Software"));
    std::filesystem::create_directory_symlink("/", dir.path() / "Users/ntuser.dat");
}

} // namespace

TEST_CASE("hivescan: the table, every byte of it") {
    const TempDir dir;
    put_profiles(dir);
    const auto run = hivescan({"Users"}, {.program = {}, .folder = dir.path()});
    CHECK(run.status == 2);
    CHECK(
        run.out ==
        "VERDICT      VALUE            STATE       USER  PATH\n"
        "affected     REG_DWORD 1      dirty       bert  Users/bert/NTUSER.DAT\n"
        "affected     REG_DWORD 1      clean       emil  Users/emil/NTUSER.DAT\n"
        "nonstandard  REG_SZ, 4 bytes  clean       cleo  Users/cleo/NTUSER.DAT\n"
        "unknown      too-short        truncated   dora  Users/dora/NTUSER.DAT\n"
        "clear        REG_DWORD 0      clean       anna  Users/anna/NTUSER.DAT\n"
        "clear        absent           clean       fred  Users/fred/NTUSER.DAT\n"
        "error        symbolic-link    not-a-hive  -     Users/ntuser.dat\n"
        "\n"
        "Users/bert/NTUSER.DAT\n"
        "  note: dirty: the sequence numbers differ (primary 8, secondary 7); no transaction "
        "log lies beside it, so newer data may be missing\n"
        "Users/dora/NTUSER.DAT\n"
        "  error: too-short at 0x4: it ends after 4 bytes, a base block and the header of a hive "
        "bin take 4128\n"
        "Users/ntuser.dat\n"
        "  error: symbolic-link: is a symbolic link and is not followed (ELOOP); name the file it "
        "leads to\n"
        "\n"
        "mapi-http-disabled (KB 2937684): Outlook cannot use MAPI over HTTP\n"
        "  HKEY_CURRENT_USER\\Software\\Microsoft\\Exchange : MapiHttpDisabled\n"
        "\n"
        "6 hives: 2 affected, 2 clear, 1 nonstandard, 1 unknown; 2 errors, 1 dirty, 0 recovered\n");
}

TEST_CASE("hivescan: --quiet leaves out what is clear, and the summary") {
    const TempDir dir;
    put_profiles(dir);
    const auto run = hivescan({"Users", "--quiet"}, {.program = {}, .folder = dir.path()});
    CHECK(run.status == 2);
    CHECK(
        run.out ==
        "VERDICT      VALUE            STATE       USER  PATH\n"
        "affected     REG_DWORD 1      dirty       bert  Users/bert/NTUSER.DAT\n"
        "affected     REG_DWORD 1      clean       emil  Users/emil/NTUSER.DAT\n"
        "nonstandard  REG_SZ, 4 bytes  clean       cleo  Users/cleo/NTUSER.DAT\n"
        "unknown      too-short        truncated   dora  Users/dora/NTUSER.DAT\n"
        "error        symbolic-link    not-a-hive  -     Users/ntuser.dat\n"
        "\n"
        "Users/bert/NTUSER.DAT\n"
        "  note: dirty: the sequence numbers differ (primary 8, secondary 7); no transaction "
        "log lies beside it, so newer data may be missing\n"
        "Users/dora/NTUSER.DAT\n"
        "  error: too-short at 0x4: it ends after 4 bytes, a base block and the header of a hive "
        "bin take 4128\n"
        "Users/ntuser.dat\n"
        "  error: symbolic-link: is a symbolic link and is not followed (ELOOP); name the file it "
        "leads to\n");
}

TEST_CASE("hivescan: --quiet says nothing when all is clear") {
    const TempDir dir;
    write_file(dir.path() / "NTUSER.DAT", clear_hive());
    const auto run = hivescan({dir.path(), "--quiet"});
    CHECK(run.status == 0);
    CHECK(run.out == "");
}

TEST_CASE("hivescan: --quiet does not hide that newer data may say another thing") {
    const TempDir dir;
    auto dirty = spec_with(dword(kMapiHttpDisabled, 0));
    dirty.primary_sequence = 8;
    write_file(dir.path() / "NTUSER.DAT", dirty.build().bytes);
    const auto run = hivescan({dir.path(), "--quiet"});
    CHECK(run.out.find("dirty") != std::string::npos);
}

TEST_CASE("hivescan: the summary counts") {
    struct Row {
        std::vector<std::pair<const char*, std::vector<std::byte>>> files;
        std::string summary;
    };
    const Row rows[] = {
        {{},
         "0 hives: 0 affected, 0 clear, 0 nonstandard, 0 unknown; 0 errors, 0 dirty, 0 "
         "recovered\n"},
        {{{"NTUSER.DAT", affected_bytes()}},
         "1 hive: 1 affected, 0 clear, 0 nonstandard, 0 unknown; 0 errors, 0 dirty, 0 recovered\n"},
        {{{"NTUSER.DAT", std::vector<std::byte>(1)}},
         "1 hive: 0 affected, 0 clear, 0 nonstandard, 1 unknown; 1 error, 0 dirty, 0 recovered\n"},
        {{{"a/NTUSER.DAT", clear_hive()}, {"b/ntuser.man", nonstandard_hive()}},
         "2 hives: 0 affected, 1 clear, 1 nonstandard, 0 unknown; 0 errors, 0 dirty, 0 "
         "recovered\n"},
    };
    for (const auto& [files, summary] : rows) {
        const TempDir dir;
        for (const auto& [name, bytes] : files) {
            write_file(dir.path() / name, bytes);
        }
        const auto run = hivescan({dir.path()});
        CHECK(last_line(run.out) + '\n' == summary);
    }
}

TEST_CASE("hivescan: where it is no terminal nothing is shortened") {
    const TempDir dir;
    const auto file = dir.path() / std::string(200, 'a') / std::string(200, 'b') / "NTUSER.DAT";
    write_file(file, affected_bytes());
    CHECK(hivescan({dir.path()}).out.find(file.native() + '\n') != std::string::npos);
    const auto report = dir.path() / "report";
    hivescan({dir.path(), "--output", report}, terminal(40));
    CHECK(read_file(report).find(file.native() + '\n') != std::string::npos);
}

TEST_CASE("hivescan: the table fits the terminal") {
    const TempDir dir;
    put_profiles(dir);
    const auto deep = dir.path() / "Users/bert/Documents" / std::string(100, 'x') / "NTUSER.DAT";
    write_file(deep, affected_bytes());
    for (const std::uint16_t columns : std::to_array<std::uint16_t>({74, 80, 132, 200})) {
        CAPTURE(columns);
        const auto run = hivescan({dir.path()}, terminal(columns));
        const auto lines = table_of(run.out);
        REQUIRE(lines.size() == 9);
        CHECK(widest(lines) == columns);
        CHECK(run.out.find("…") != std::string::npos);
        CHECK(run.out.find("/emil/NTUSER.DAT\n") != std::string::npos);
        CHECK(misleading(run.out) == "");
    }
    const auto wide = hivescan({dir.path()}, terminal(1000));
    CHECK(wide.out == hivescan({dir.path()}).out);
}

TEST_CASE("hivescan: a terminal that does not know its width has no limit") {
    CHECK(hivescan({HIVELINT_TESTDATA}, terminal(0)).out == hivescan({HIVELINT_TESTDATA}).out);
}

TEST_CASE("hivescan: the table fits the terminal though there is a long user or error") {
    struct Row {
        std::string user;
        bool folder; ///< one under a hive's name
    };
    for (const auto& [user, folder] : {Row{"administrator.CONTOSO", false},
                                       Row{"anna.of.the.department.of.long.names.CONTOSO", false},
                                       Row{"anna", true}, Row{"LocalSystem", true}}) {
        CAPTURE(user);
        CAPTURE(folder);
        const TempDir dir;
        const auto file = dir.path() / "Users" / user / "NTUSER.DAT";
        write_file(file, spec_with(sz(kMapiHttpDisabled, u"1")).build().bytes);
        if (folder) {
            std::filesystem::create_directories(dir.path() / "NTUSER.DAT");
        }
        CHECK(widest(table_of(hivescan({dir.path()}, terminal(80)).out)) <= 80);
    }
}

TEST_CASE("hivescan: the table fits the terminal in Chinese") {
    const TempDir dir;
    write_file(dir.path() / "Users/\u5B59\u609F\u7A7A/NTUSER.DAT", affected_bytes());
    write_file(dir.path() / "Users/\u732A\u516B\u6212/\u6587\u4EF6\u6587\u4EF6\u6587\u4EF6\u6587"
                            "\u4EF6\u6587\u4EF6\u6587\u4EF6/NTUSER.DAT",
               affected_bytes());
    const auto lines = table_of(hivescan({dir.path()}, terminal(80)).out);
    REQUIRE(lines.size() == 3);
    CHECK(widest(lines) <= 80);
    // The paths begin below each other.
    CHECK(display_width(lines[0].substr(0, lines[0].find("PATH"))) ==
          display_width(lines[1].substr(0, lines[1].find("  /") + 2)));
}

TEST_CASE("hivescan: names of files and users cannot control a terminal") {
    const TempDir dir;
    for (const auto& name : hostile_file_names()) {
        write_file(dir.path() / "Users" / name / "NTUSER.DAT", affected_bytes());
        write_text(dir.path() / name / "ntuser.dat", "\x1B[31m");
        std::filesystem::create_symlink("/", dir.path() / (name.substr(0, 200) + "ntuser.dat"));
    }
    for (const auto columns : std::to_array<std::uint16_t>({0, 40, 80, 500})) {
        CAPTURE(columns);
        const auto run = hivescan({dir.path()}, terminal(columns));
        CHECK(misleading(run.out) == "");
        CHECK(run.err == "");
        CHECK(run.status == 2);
    }
    const auto out = hivescan({dir.path()}).out;
    CHECK(misleading(out) == "");
    for (const std::string shown :
         {"Users/new\\u{A}line/NTUSER.DAT", "Users/\\u{1B}[31mred\\u{1B}[2J/",
          "Users/bad\\x{FF}\\x{FE}/", "Users/\\u{202E}txt.exe/", "  \\u{1B}]0;title\\u{7}  ",
          "Users/\\u{9B}31m/", "  -dash  "}) {
        CAPTURE(shown);
        CHECK(out.find(shown) != std::string::npos);
    }
}

TEST_CASE("hivescan: embedded file names cannot control a terminal") {
    for (const auto& name : hostile_names()) {
        const TempDir dir;
        auto spec = spec_with(dword(kMapiHttpDisabled, 1));
        spec.file_name = u"C:\\Users\\" + name + u"\\ntuser.dat";
        write_file(dir.path() / "x.bin", spec.build().bytes);
        const auto run = hivescan({dir.path() / "x.bin"});
        CHECK(misleading(run.out) == "");
        CHECK(run.status == 1);
    }
}

TEST_CASE("hivescan: what is in odd hives cannot control a terminal") {
    const TempDir dir;
    for (const auto& odd : odd_hives()) {
        write_file(dir.path() / odd.name / "NTUSER.DAT", odd.bytes);
    }
    write_file(dir.path() / "hostile/NTUSER.DAT", hostile_hive(u"\x1B[31m\\\n\\\u202E"));
    for (const std::string confirm : {"--confirm=auto", "--confirm=always", "--confirm=never"}) {
        CAPTURE(confirm);
        const auto run = hivescan({dir.path(), confirm});
        CHECK(misleading(run.out) == "");
        CHECK(run.status == 2);
        CHECK(run.err == "");
    }
}
