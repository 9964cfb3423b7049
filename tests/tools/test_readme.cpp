// README.md shows what a user sees. Each command in it is run, in one scratch folder, and must
// print what stands there. The time of a fix is another one each time: what README.md and the tool
// show of a patch must then be true of the hive, and the same wherever the time has no part in it.
#include "source/hashes.hpp"
#include "tests/support/containers.hpp"
#include "tests/support/tool_run.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <regex>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace fs = std::filesystem;

namespace hivelint::test {
namespace {

const fs::path kRoot = fs::path(HIVELINT_TESTDATA).parent_path();

/// The hive that README.md fixes.
constexpr const char* kFixedHive = "profiles/Users/alice/NTUSER.DAT";

/// A fenced block of README.md.
struct Block {
    std::string language;
    std::vector<std::string> lines;
};

std::vector<Block> blocks_of(std::string_view readme) {
    constexpr std::string_view kFence = "```";
    std::vector<Block> all;
    bool inside = false;
    for (const auto& line : lines_of(readme)) {
        if (line.starts_with(kFence)) {
            inside = !inside;
            if (inside) {
                all.push_back({line.substr(kFence.size()), {}});
            }
        } else if (inside) {
            all.back().lines.push_back(line);
        }
    }
    CHECK(!inside);
    return all;
}

/// A command of README.md and the output that stands below it.
struct Shown {
    std::string command;
    std::string output;
};

std::vector<Shown> commands_of(std::string_view readme) {
    std::vector<Shown> all;
    for (const auto& block : blocks_of(readme)) {
        if (!block.language.empty()) {
            continue;
        }
        REQUIRE(!block.lines.empty());
        REQUIRE(block.lines.front().starts_with("$ "));
        for (const auto& line : block.lines) {
            if (line.starts_with("$ ")) {
                all.push_back({line.substr(2), ""});
            } else {
                all.back().output += line + '\n';
            }
        }
    }
    return all;
}

/// A byte of a patch: what is there, and what will be.
struct Change {
    std::string before;
    std::string after;
};

/// What --dry-run shows of a patch.
struct ShownPatch {
    std::map<std::size_t, Change> changes; ///< by offset
    std::string steady; ///< the output, with only those of the changes that are always the same
    std::size_t ranges = 0;
};

std::string hash_of(std::string_view bytes) {
    return sha256(MemorySource(std::as_bytes(std::span(bytes))));
}

/// Whether the time of the edit is written there in the hive, or the checksum that follows from it.
bool follows_from_time(std::size_t offset) {
    struct Field {
        std::size_t offset;
        std::size_t size;
    };
    // The base block's time and checksum, the first bin's time, the key's.
    constexpr std::array<Field, 4> kFields = {{{0x0C, 8}, {0x1FC, 4}, {0x1014, 8}, {0x3A70, 8}}};
    return std::ranges::any_of(kFields, [offset](const Field& field) {
        return offset >= field.offset && offset - field.offset < field.size;
    });
}

ShownPatch patch_in(const std::string& output) {
    static const std::regex kBefore("([0-9a-f]{8})  -((?: [0-9a-f]{2})+)");
    static const std::regex kAfter(" {10}\\+((?: [0-9a-f]{2})+)");
    ShownPatch patch;
    std::size_t offset = 0;
    std::string before;
    for (const auto& line : lines_of(output)) {
        std::smatch match;
        if (std::regex_match(line, match, kBefore)) {
            offset = std::stoul(match.str(1), nullptr, 16);
            before = match.str(2);
            ++patch.ranges;
        } else if (std::regex_match(line, match, kAfter) && match.length(1) == std::ssize(before)) {
            std::istringstream old_bytes(before);
            std::istringstream new_bytes(match.str(1));
            for (Change change; old_bytes >> change.before && new_bytes >> change.after; ++offset) {
                patch.changes[offset] = change;
                if (!follows_from_time(offset)) {
                    patch.steady +=
                        fmt::format("{:08x}: {} {}\n", offset, change.before, change.after);
                }
            }
        } else {
            patch.steady += line + '\n';
        }
    }
    return patch;
}

/// What is not true of the patch shown in `output`, where one is shown; empty when all of it is.
std::string wrong_with_patch(const std::string& output, std::string hive) {
    static const std::regex kSum("([0-9]+) bytes in ([0-9]+) ranges; "
                                 "SHA-256 ([0-9a-f]{64}) becomes ([0-9a-f]{64})\n");
    static const std::regex kRow("\nwould-fix +([0-9]+) ");
    std::smatch sum;
    std::smatch row;
    const auto patch = patch_in(output);
    const bool has_sum = std::regex_search(output, sum, kSum);
    if (has_sum == patch.changes.empty() || std::regex_search(output, row, kRow) != has_sum) {
        return "a patch without its sum, or a sum without its patch";
    }
    if (!has_sum) {
        return {};
    }
    if (hash_of(hive) != sum.str(3)) {
        return "the hash before";
    }
    for (const auto& [offset, change] : patch.changes) {
        const auto byte = [](const std::string& digits) {
            return static_cast<char>(std::stoul(digits, nullptr, 16));
        };
        if (offset >= hive.size() || hive[offset] != byte(change.before)) {
            return fmt::format("the byte at {:#x}", offset);
        }
        hive[offset] = byte(change.after);
    }
    if (hash_of(hive) != sum.str(4)) {
        return "the hash after";
    }
    if (sum.str(1) != std::to_string(patch.changes.size()) || row.str(1) != sum.str(1) ||
        sum.str(2) != std::to_string(patch.ranges)) {
        return "the numbers of bytes and ranges";
    }
    const auto time = hive.substr(0x0C, 8);
    return time == hive.substr(0x1014, 8) && time == hive.substr(0x3A70, 8) ? "" : "the times";
}

/// The output with a word in the place of all that follows from the time of an edit.
std::string without_time(const std::string& output) {
    struct Varying {
        std::regex what;
        const char* by;
    };
    static const std::vector<Varying> kVarying = {
        {std::regex("(^|\n)((?:would-)?fix(?:ed)? +)[0-9]{2} "), "$1$2NN "},
        {std::regex("(^|\n)[0-9]+ bytes in [0-9]+ ranges; (SHA-256 [0-9a-f]{64} becomes )"
                    "[0-9a-f]{64}\n"),
         "$1NN bytes in N ranges; $2HASH\n"},
        {std::regex("/hivelint-undo-[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}\\.json\n"), "/RECORD.json\n"},
    };
    auto text = patch_in(output).steady;
    for (const auto& [what, by] : kVarying) {
        text = std::regex_replace(text, what, by);
    }
    return text;
}

/// Checks what a fix says of itself, where `output` is that of one: how many bytes it changed from
/// those of `before`, and where its undo record is.
void check_fix(const std::string& output, const fs::path& folder, const std::string& before) {
    static const std::regex kFixed("\nfixed +([0-9]+) +[^ ]+ +([^\n]+)\n");
    static const std::regex kRecord("\nundo record: ([^\n]+\\.json)\n");
    std::smatch fixed;
    std::smatch record;
    if (!std::regex_search(output, fixed, kFixed) || fixed.str(2).find("!/") != std::string::npos) {
        return; // of a hive in an image there is a test of its own
    }
    const auto after = read_file(folder / fixed.str(2));
    REQUIRE(after.size() == before.size());
    std::size_t changed = 0;
    for (std::size_t i = 0; i < after.size(); ++i) {
        changed += before[i] != after[i] ? 1 : 0;
    }
    CHECK(fixed.str(1) == std::to_string(changed));
    REQUIRE(std::regex_search(output, record, kRecord));
    CHECK(read_file(folder / record.str(1)).find(hash_of(after)) != std::string::npos);
}

} // namespace

TEST_CASE("every command in README.md prints what stands there") {
    const TempDir scratch;
    fs::copy(HIVELINT_TESTDATA, scratch.path() / "testdata", fs::copy_options::recursive);
    const auto hive = read_file(fs::path(HIVELINT_TESTDATA) / kFixedHive);
    const auto shown = commands_of(read_file(kRoot / "README.md"));
    CHECK(shown.size() >= 9);
    const std::string tools = fs::path(HIVELINT_HIVESCAN).parent_path().native();
    for (const auto& [command, output] : shown) {
        CAPTURE(command);
        auto done = run({.program = "/bin/sh",
                         .arguments = {"-c", command},
                         .environment = {{"PATH", tools + ":/usr/bin:/bin"}},
                         .folder = scratch.path()});
        done.out = replaced(done.out, scratch.path().native(), "/srv");
        CHECK(done.err == "");
        CHECK(without_time(done.out) == without_time(output));
        CHECK(wrong_with_patch(output, hive) == "");
        CHECK(wrong_with_patch(done.out, hive) == "");
        check_fix(done.out, scratch.path(), hive);
    }
}

TEST_CASE("a wrong figure in what README.md shows of a fix is noticed") {
    const auto hive = read_file(fs::path(HIVELINT_TESTDATA) / kFixedHive);
    const auto readme = read_file(kRoot / "README.md");
    std::string all;
    for (const auto& [command, output] : commands_of(readme)) {
        if (command.starts_with("hivefix --dry-run") || command.starts_with("hivefix --undo-dir")) {
            all += output;
        }
    }
    REQUIRE(wrong_with_patch(all, hive) == "");
    struct Slip {
        const char* right;
        const char* wrong;
    };
    static const std::vector<Slip> kSlips = {
        {"\nwould-fix      ", "\nwould-fix      1"},
        {"\nwould-fix      2", "\nwould-fix      3"},
        {"\nfixed   ", "\nfixed   many"},
        {"\n00000004  - 39\n          + 3a\n", "\n"},
        {"\n00000004  - 39\n", "\n00000005  - 39\n"},
        {"\n00000008  - 39\n          + 3a\n", "\n00000008  - 39\n          + 3b\n"},
        {"\n0000000c  - 00 ", "\n0000000c  - 01 "},
        {"\n000001fc  - e7", "\n000001fc  - e6"},
        {"\n00003a70  - ", "\n00003a71  - "},
        {"\n00003b14  - 01\n          + 00\n", "\n00003b14  - 01\n          + 02\n"},
        {" bytes in ", "0 bytes in "},
        {" ranges; ", "0 ranges; "},
        {" ranges; ", " ranges, "},
        {"SHA-256 58", "SHA-256 59"},
        {" becomes ", " becomes 0"},
        {"hivelint-undo-2", "hivelint-undo-"},
        {".json\n", "0.json\n"},
    };
    for (const auto& [right, wrong] : kSlips) {
        CAPTURE(wrong);
        auto text = all;
        const auto at = text.find(right);
        REQUIRE(at != std::string::npos);
        text.replace(at, std::string_view(right).size(), wrong);
        CHECK((without_time(text) != without_time(all) || wrong_with_patch(text, hive) != ""));
    }
    // The hash after a patch is the only digits that nothing else in the text depends on.
    auto text = all;
    auto& digit = text.at(text.find(" becomes ") + std::string_view(" becomes ").size());
    digit = digit == '0' ? '1' : '0';
    CHECK(wrong_with_patch(text, hive) == "the hash after");
}

TEST_CASE("what README.md has for Ansible does what it says") {
    if (!can_make_disks() || !have_programs({"ansible-playbook"})) {
        return;
    }
    // The task is the block of lines that begins with its name.
    std::string task;
    for (const auto& line : lines_of(read_file(kRoot / "README.md"))) {
        if (!task.empty() && !line.starts_with("    ")) {
            break;
        }
        if (!task.empty() || line.starts_with("    - name: Outlook")) {
            task += line + '\n';
        }
    }
    REQUIRE(!task.empty());
    const TempDir dir;
    const auto image = dir.path() / "disk.raw";
    fs::copy_file(disks() / "disk.raw", image);
    const auto before = read_file(image);
    write_text(dir.path() / "play.yml",
               fmt::format("- hosts: localhost\n  gather_facts: false\n  vars:\n"
                           "    image: {}!/p1/Users/alice/NTUSER.DAT\n    records: {}\n"
                           "  tasks:\n{}",
                           image.native(), dir.path().native(), task));
    const std::string tools = fs::path(HIVELINT_HIVEFIX).parent_path().native();
    const auto play = [&](std::vector<std::string> words) {
        words.insert(words.begin(), {"-c", "local", (dir.path() / "play.yml").native()});
        const auto done = run({.program = "/usr/bin/ansible-playbook",
                               .arguments = std::move(words),
                               .environment = {{"PATH", tools + ":/usr/bin:/bin"},
                                               {"LC_ALL", "C.UTF-8"},
                                               {"HOME", dir.path().native()}},
                               .folder = dir.path()});
        CHECK_MESSAGE(done.status == 0, done.out << done.err);
        const auto changed = done.out.find("changed=");
        return changed == std::string::npos ? "none" : done.out.substr(changed, 9);
    };
    CHECK(play({"--check"}) == "changed=1");
    CHECK(read_file(image) == before);
    CHECK(play({}) == "changed=1");
    CHECK(read_file(image) != before);
    CHECK(play({}) == "changed=0");
}

TEST_CASE("the program in README.md is the one that is compiled here") {
    std::vector<Block> programs;
    for (auto& block : blocks_of(read_file(kRoot / "README.md"))) {
        if (block.language == "cpp") {
            programs.push_back(std::move(block));
        }
    }
    REQUIRE(programs.size() == 1);
    const auto source = lines_of(read_file(kRoot / "tests/consumer/scan.cpp"));
    const auto begin = std::ranges::find(source, "//! [scan]");
    REQUIRE(begin != source.end());
    const auto end = std::find(begin + 1, source.end(), "//! [scan]");
    REQUIRE(end != source.end());
    CHECK(programs.front().lines == std::vector(begin + 1, end));
}

TEST_CASE("the example that scans finds what hivescan finds") {
    std::string expected;
    for (const auto& record : records_of(hivescan({"--format=jsonl", HIVELINT_TESTDATA}).out)) {
        expected += fmt::format("{} {}\n", record["checks"][0]["verdict"].get<std::string>(),
                                record["path"].get<std::string>());
    }
    CHECK(lines_of(expected).size() == 10);
    const auto done = run({.program = HIVELINT_EXAMPLE_SCAN, .arguments = {HIVELINT_TESTDATA}});
    CHECK(done.status == 0);
    CHECK(done.err == "");
    CHECK(done.out == expected);
}

TEST_CASE("the example that browses lists what hiveinfo lists") {
    const auto hive = (fs::path(HIVELINT_TESTDATA) / kFixedHive).native();
    const auto browse = [&](const std::string& key) {
        const auto done = run({.program = HIVELINT_EXAMPLE_BROWSE, .arguments = {hive, key}});
        return fmt::format("{}{}{}", done.status, done.out, done.err);
    };
    CHECK(browse(kExchange) == "0AlwaysUseMSOAuthForAutoDiscover REG_DWORD 1\n"
                               "MapiHttpDisabled REG_DWORD 1\n");
    CHECK(browse("Software\\Microsoft").find("Exchange (a key)\n") != std::string::npos);
    CHECK(browse("Software\\None") == "0there is no such key\n");
    CHECK(browse("Software\\\\") ==
          "1invalid-argument: key path 'Software\\\\' has an empty name in it\n");
    const auto none = run({.program = HIVELINT_EXAMPLE_BROWSE, .arguments = {hive + ".none", ""}});
    CHECK(none.status == 1);
    CHECK(none.err.starts_with("not-found: "));
}

TEST_CASE("the example that fixes shows what hivefix shows, and does it") {
    const TempDir dir;
    const auto hive = dir.path() / "NTUSER.DAT";
    fs::copy_file(fs::path(HIVELINT_TESTDATA) / kFixedHive, hive);
    const auto before = read_file(hive);
    const auto fix = [&] {
        return run({.program = HIVELINT_EXAMPLE_FIX, .arguments = {hive.native()}});
    };
    const auto done = fix();
    CHECK(done.status == 0);
    CHECK(done.err == "");
    CHECK(done.out.starts_with("set Software\\Microsoft\\Exchange : MapiHttpDisabled to "
                               "REG_DWORD 0\n"));
    // How many bytes change depends on the time.
    const auto bytes_at = done.out.rfind('\n', done.out.find(" bytes in ")) + 1;
    const auto bytes = done.out.substr(bytes_at, done.out.find(' ', bytes_at) - bytes_at);
    CHECK(wrong_with_patch("\nwould-fix  " + bytes + " \n" + done.out, before) == "");
    CHECK(
        records_of(hivescan({"--format=jsonl", hive.native()}).out).at(0)["checks"][0]["verdict"] ==
        "clear");
    CHECK(fix().out == "nothing to do\n");
}

} // namespace hivelint::test
