// A hive in a WIM is exchanged for its mended self: all else that the WIM says of its files stays.
#include "tests/support/containers.hpp"
#include "tests/support/fix_scene.hpp"
#include "tests/support/syscalls.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

namespace fs = std::filesystem;
using namespace hivelint::test;
using nlohmann::json;

namespace {

bool can_make_wims() {
    return has_helper("wim") &&
           have_programs({"wimcapture", "wimappend", "wimdir", "wimverify", "mkntfs"});
}

/// `made.wim`: two images, captured from an NTFS volume with security descriptors, short names and
/// attributes; in the second one alice's hive has a second name. `$2` goes to wimcapture.
void make_wim(const fs::path& folder, const std::string& how) {
    shell(
        "cp -r \"$1\" tree; chmod -R u+w tree; wimcapture --quiet tree plain.wim >/dev/null;"
        "truncate -s 8M volume.img; mkntfs -q -F volume.img; wimapply --quiet plain.wim volume.img;"
        "wimcapture --quiet volume.img made.wim first $2 >/dev/null;"
        "ln tree/Users/alice/NTUSER.DAT tree/Users/alice/second-name;"
        "wimappend --quiet tree made.wim second $2 >/dev/null; rm -r tree volume.img plain.wim",
        {sample_profiles(), how}, folder);
}

/// What the WIM says of every file of an image, but for where contents lie, and for whom else.
std::string said_of(const fs::path& wim, const std::string& image) {
    const TempDir dir;
    shell("wimdir --detailed \"$1\" \"$2\" | grep -v '^Offset in WIM\\|^Compressed "
          "size\\|^Reference Count' >out",
          {wim.native(), image}, dir.path());
    return read_file(dir.path() / "out");
}

/// Without the hashes of what becomes another content.
std::string without_hashes(const fs::path& wim, const std::string& image) {
    std::string text;
    for (const auto& line : lines_of(said_of(wim, image))) {
        text += line.starts_with("Hash") ? "" : line + '\n';
    }
    return text;
}

std::string file_in(const fs::path& wim, const std::string& image, const std::string& path) {
    const TempDir dir;
    shell("wimextract \"$1\" \"$2\" \"$3\" --to-stdout >out 2>/dev/null",
          {wim.native(), image, path}, dir.path());
    return read_file(dir.path() / "out");
}

std::string xml_of(const fs::path& wim) {
    const TempDir dir;
    shell("wiminfo --extract-xml=out \"$1\" >/dev/null", {wim.native()}, dir.path());
    return read_file(dir.path() / "out");
}

void verify(const fs::path& wim) {
    const TempDir dir;
    shell("wimverify --quiet \"$1\" >/dev/null 2>&1", {wim.native()}, dir.path());
}

/// Of what lies there in the WIM.
std::string verdicts(const fs::path& wim, const std::string& place) {
    return replaced(told_of({wim.native() + "!/" + place}), wim.native(), "");
}

constexpr const char* kAlice = "/Users/alice/NTUSER.DAT";

} // namespace

TEST_CASE("wim fix: one image's hive is exchanged, and nothing else is said otherwise") {
    if (!can_make_wims()) {
        return;
    }
    for (const auto* how :
         {"--compress=LZX", "--compress=XPRESS", "--compress=none", "--check", "--boot"}) {
        CAPTURE(how);
        const TempDir dir;
        make_wim(dir.path(), how);
        const auto wim = dir.path() / "made.wim";
        const auto old = dir.path() / "old.wim";
        fs::copy_file(wim, old);
        for (const std::string image : {"2", "1"}) {
            const auto other = image == "2" ? "1" : "2";
            const auto was = said_of(wim, other);
            const auto hive = wim.native() + "!/" + image + kAlice;
            const auto run = run_hivefix({"--format", "jsonl", "--in-place", "--undo-record",
                                          (dir.path() / (image + ".json")).native(), hive});
            CHECK_MESSAGE(run.status == 0, run.out << run.err);
            verify(wim);
            CHECK(said_of(wim, other) == was);
            CHECK(without_hashes(wim, image) == without_hashes(old, image));
            CHECK(said_of(wim, image) != said_of(old, image));
            CHECK(xml_of(wim) == xml_of(old));
            // The file is the old one with the planned bytes, under each of its names.
            auto expected = file_in(old, image, kAlice);
            const auto records = records_of(run.out);
            for (const auto& range : records.at(0).at("fix").at("ranges")) {
                const auto digits = range.at("after").get<std::string>();
                for (std::size_t i = 0; i < digits.size() / 2; ++i) {
                    expected.at(range.at("offset").get<std::size_t>() + i) =
                        static_cast<char>(std::stoi(digits.substr(2 * i, 2), nullptr, 16));
                }
            }
            CHECK(file_in(wim, image, kAlice) == expected);
            if (image == "2") {
                CHECK(file_in(wim, image, "/Users/alice/second-name") == expected);
            }
        }
        for (const auto* record : {"1.json", "2.json"}) {
            CHECK(run_hivefix({"undo", (dir.path() / record).native()}).status == 0);
        }
        verify(wim);
        for (const auto* image : {"1", "2"}) {
            CHECK(said_of(wim, image) == said_of(old, image));
        }
    }
}

TEST_CASE("wim fix: it is appended to only where that is asked for; else a new one is written") {
    if (!can_make_wims()) {
        return;
    }
    const TempDir dir;
    make_wim(dir.path(), "--check");
    const auto wim = dir.path() / "made.wim";
    const auto before = read_file(wim);
    const auto hive = wim.native() + "!/*" + kAlice; // of every image
    CHECK(run_hivefix({"--no-undo-record", hive}).status == 2);
    CHECK(read_file(wim) == before);
    const auto out = dir.path() / "out.wim";
    const auto run = run_hivefix({"--output", out.native(), hive});
    CHECK_MESSAGE(run.status == 0, run.out << run.err);
    CHECK(read_file(wim) == before);
    verify(out);
    CHECK(verdicts(out, std::string("*") + kAlice) ==
          "!/1/Users/alice/NTUSER.DAT: clear\n!/2/Users/alice/NTUSER.DAT: clear\n");
    // What was there is still there: the new one is longer by what was appended.
    const auto after = read_file(out);
    CHECK(after.substr(208, before.size() - 208) == before.substr(208));
    CHECK(after.size() > before.size());
}

TEST_CASE("wim fix: what is packed together, or split, is refused") {
    if (!can_make_wims()) {
        return;
    }
    const TempDir dir;
    make_wim(dir.path(), "--compress=LZX");
    shell("wimexport --quiet --solid made.wim all made.esd >/dev/null;"
          "wimsplit --quiet made.wim part.swm 0.02 >/dev/null;"
          "cp made.wim marked.wim; wiminfo --quiet marked.wim --readonly >/dev/null 2>&1 || true;"
          "printf '\\4' | dd of=marked.wim bs=1 seek=16 conv=notrunc status=none",
          {}, dir.path());
    for (const auto& [name, code] :
         {std::pair("made.esd", "not-in-place"), std::pair("part.swm", "not-in-place")}) {
        CAPTURE(name);
        const auto wim = dir.path() / name;
        const auto before = read_file(wim);
        const auto run = run_hivefix(
            {"--format", "jsonl", "--in-place", "--no-undo-record", wim.native() + "!/1" + kAlice});
        CHECK(run.status == 2);
        CHECK(records_of(run.out).at(0).at("fix").at("reason").at("code") == code);
        CHECK(read_file(wim) == before);
    }
}

TEST_CASE("wim fix: transactions that may still be rolled forward") {
    if (!can_make_wims()) {
        return;
    }
    const TempDir dir;
    auto hive = affected_bytes();
    hive.at(144) |= std::byte{1}; // the flag, and the checksum that is right with it
    hive.at(508) ^= std::byte{1};
    write_file(dir.path() / "tree/Users/anna/NTUSER.DAT", hive);
    const auto wim = dir.path() / "a.wim";
    const auto code_of = [&](std::vector<std::string> more) {
        shell("rm -f a.wim; wimcapture --quiet tree a.wim >/dev/null", {}, dir.path());
        more.insert(more.end(), {"--format", "jsonl", "--in-place", "--no-undo-record",
                                 wim.native() + "!/1/Users/anna/NTUSER.DAT"});
        const auto fix = records_of(run_hivefix(more).out).at(0).at("fix");
        return fix.at("reason").is_null() ? fix.at("result").get<std::string>()
                                          : fix.at("reason").at("code").get<std::string>();
    };
    CHECK(code_of({}) == "fixed"); // the flag alone means nothing
    write_text(dir.path() / "tree/Users/anna/ntuser.dat{0}.TM.blf", "x");
    CHECK(code_of({}) == "pending-transactions");
    CHECK(code_of({"--force"}) == "fixed");
}

TEST_CASE("wim fix: killed anywhere, it is the old WIM or the new one") {
    if (!can_make_wims() || !can_trace()) {
        return;
    }
    const TempDir dir;
    make_wim(dir.path(), "--check");
    const auto wim = dir.path() / "made.wim";
    const auto old = dir.path() / "old.wim";
    fs::copy_file(wim, old);
    const auto hive = wim.native() + "!/1" + kAlice;
    const Command command = {.program = HIVELINT_HIVEFIX,
                             .arguments = {"--in-place", "--no-undo-record", hive}};
    const auto whole = run_traced(command);
    REQUIRE_MESSAGE(whole.status == 0, whole.out << whole.err);
    int points = 0;
    for (std::size_t i = 0; i < whole.calls.size(); ++i) {
        const auto& seen = whole.calls[i];
        const bool changes = seen.call == Call::create || seen.call == Call::pwrite ||
                             seen.call == Call::sync || seen.call == Call::unlink;
        if (!changes || seen.file.starts_with("/memfd:")) {
            continue;
        }
        CAPTURE(i);
        ++points;
        fs::copy_file(old, wim, fs::copy_options::overwrite_existing);
        const auto killed = run_traced(command, {.kill_at = i + 1});
        CHECK(killed.signal == SIGKILL);
        verify(wim); // even before it is recovered
        const auto said = said_of(wim, "1");
        CHECK(run_hivefix({"recover", wim.native()}).status == 0);
        CHECK(!fs::exists(wim.native() + ".hivelint-journal"));
        verify(wim);
        const auto now = said_of(wim, "1");
        const bool is_old = now == said_of(old, "1");
        CHECK((is_old || said == now)); // what is new stays so
        CHECK(verdicts(wim, std::string("1") + kAlice) ==
              std::string("!/1") + kAlice + (is_old ? ": affected\n" : ": clear\n"));
    }
    CHECK(points > 6);
}

TEST_CASE("wim fix: damaged anywhere, it is refused or whole afterwards") {
    if (!can_make_wims()) {
        return;
    }
    const TempDir dir;
    make_wim(dir.path(), "--compress=LZX");
    const auto wim = dir.path() / "made.wim";
    const auto bytes = read_file(wim);
    std::uint32_t seed = 20261130;
    const auto next = [&seed] { return seed = seed * 1664525 + 1013904223; };
    int fixed = 0;
    for (int round = 0; round < 30; ++round) {
        CAPTURE(round);
        auto damaged = bytes;
        for (int flip = 0; flip < 2; ++flip) {
            damaged[next() % damaged.size()] ^= static_cast<char>(1U << (next() >> 29U));
        }
        write_text(wim, damaged);
        const auto run = run_hivefix(
            {"--format", "jsonl", "--in-place", "--no-undo-record", wim.native() + "!/1" + kAlice});
        CHECK(!run.timed_out);
        const auto after = read_file(wim);
        const auto records = records_of(run.out);
        if (run.status == 0 && !records.empty() &&
            records.at(0).at("fix").at("result") == "fixed") {
            ++fixed;
            CHECK(after.substr(208, damaged.size() - 208) == damaged.substr(208));
            CHECK(verdicts(wim, std::string("1") + kAlice) ==
                  "!/1/Users/alice/NTUSER.DAT: clear\n");
        } else {
            CHECK(after == damaged);
        }
        CHECK(!fs::exists(wim.native() + ".hivelint-journal"));
    }
    CHECK(fixed > 5);
}
