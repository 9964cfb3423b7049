// Archives are read where they lie: what is said of a hive in one is what is said of the same hive
// in a folder.
#include "tests/support/containers.hpp"
#include "tests/support/fix_scene.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace fs = std::filesystem;
using namespace hivelint::test;
using nlohmann::json;

namespace {

const std::string kProfiles = std::string(HIVELINT_TESTDATA) + "/profiles";

bool can_pack() {
    return has_helper("archive") &&
           have_programs({"zip", "7z", "tar", "xz", "gzip", "bzip2", "zstd"});
}

/// An archive of the sample profiles.
fs::path packed(const TempDir& dir, const std::string& name, const std::string& script) {
    shell("cd \"$1\"; " + script, {kProfiles, (dir.path() / name).native()}, dir.path());
    return dir.path() / name;
}

} // namespace

TEST_CASE("archives: every format says what the folder says") {
    if (!can_pack()) {
        return;
    }
    const auto expected = records_behind({"--hash", "sha256", kProfiles}, kProfiles + "/");
    REQUIRE(expected.size() == 10);
    const std::pair<const char*, const char*> rows[] = {
        {"a.zip", "zip -qr \"$2\" ."},
        {"stored.zip", "zip -0 -qr \"$2\" ."},
        {"bzip2.zip", "7z a -mm=BZip2 \"$2\" ."},
        {"lzma.zip", "7z a -mm=LZMA \"$2\" ."},
        {"a.7z", "7z a \"$2\" ."},
        {"not-solid.7z", "7z a -ms=off \"$2\" ."},
        {"a.tar", "tar cf \"$2\" ."},
        {"a.tar.gz", "tar czf \"$2\" ."},
        {"a.tgz", "tar czf \"$2\" --transform 's,^\\./,,' ."},
        {"a.tar.xz", "tar cJf \"$2\" ."},
        {"a.tar.bz2", "tar cjf \"$2\" ."},
        {"a.tar.zst", "tar c . | zstd -q -o \"$2\""},
        {"no-extension", "zip -qr - . >\"$2\""},
        {"photo.bin", "7z a \"$2.7z\" .; mv \"$2.7z\" \"$2\""},
    };
    for (const auto& [name, script] : rows) {
        CAPTURE(name);
        const TempDir dir;
        const auto archive = packed(dir, name, script);
        // Named, and found in a folder.
        for (const auto& place : {archive, dir.path()}) {
            CHECK(records_behind({"--hash", "sha256", place}, archive.native() + "!/") == expected);
        }
    }
}

TEST_CASE("archives: what lies in one is named so, in JSON as a list") {
    if (!can_pack()) {
        return;
    }
    const TempDir dir;
    const auto zip = packed(dir, "a.zip", "zip -qr \"$2\" .");
    const auto outer = dir.path() / "outer.7z";
    shell("7z a \"$1\" \"$2\"", {outer, zip}, dir.path());
    const auto alice = records_of(
        hivescan({"--format", "jsonl", outer.native() + "!/a.zip!/Users/alice/NTUSER.DAT"}).out);
    REQUIRE(alice.size() == 1);
    CHECK(alice[0].at("path") == outer.native() + "!/a.zip!/Users/alice/NTUSER.DAT");
    CHECK(alice[0].at("steps") == json({outer.native(), "a.zip", "Users/alice/NTUSER.DAT"}));
    CHECK(alice[0].at("place_in_container").is_null());
    CHECK(alice[0].at("user") == "alice");
    // A folder in one; the logs of a hive that is named alone; what is not there.
    CHECK(told_of({zip.native() + "!/Users/heidi"}) ==
          zip.native() + "!/Users/heidi/NTUSER.DAT: affected\n");
    CHECK(told_of({zip.native() + "!/Users/heidi/NTUSER.DAT"}) ==
          zip.native() + "!/Users/heidi/NTUSER.DAT: affected\n");
    CHECK(told_of({zip.native() + "!/Users/nobody"}) ==
          zip.native() + "!/Users/nobody: not-found\n");
    // A part of an archive that is looked through as a whole.
    CHECK(told_of({zip.native() + "!/Users/alice", zip.native()}) == told_of({zip}));
    // Two parts of one archive.
    CHECK(told_of({zip.native() + "!/Users/alice", zip.native() + "!/Users/bob"}) ==
          zip.native() + "!/Users/alice/NTUSER.DAT: affected\n" + zip.native() +
              "!/Users/bob/NTUSER.DAT: clear\n");
}

TEST_CASE("archives: collectors' names, and hives that are packed alone") {
    if (!can_pack()) {
        return;
    }
    const TempDir dir;
    const std::string alice = kProfiles + "/Users/alice/NTUSER.DAT";
    shell("mkdir -p 'uploads/auto/C%3A/Users/anna%20b' 'x/%5C%5C.%5CC%3A/Users/zoe';"
          "cp \"$1\" 'uploads/auto/C%3A/Users/anna%20b/NTUSER.DAT';"
          "cp \"$1\" 'x/%5C%5C.%5CC%3A/Users/zoe/NTUSER.DAT';"
          "zip -qr v.zip uploads x; gzip -c \"$1\" >NTUSER.DAT.gz; xz -c \"$1\" >ntuser.xz;"
          "mkdir office; echo text >office/document.xml; zip -qr letter.docx office",
          {alice}, dir.path());
    const auto zip = (dir.path() / "v.zip").native();
    std::vector<std::string> users;
    for (const auto& record : records_of(hivescan({"--format", "jsonl", zip}).out)) {
        users.push_back(record.at("user").get<std::string>());
        CHECK(record.at("path").get<std::string>().find("C%3A") != std::string::npos);
    }
    CHECK(users == std::vector<std::string>{"anna b", "zoe"});
    for (const auto& [name, inside] :
         {std::pair("NTUSER.DAT.gz", "NTUSER.DAT"), std::pair("ntuser.xz", "ntuser")}) {
        const auto file = (dir.path() / name).native();
        CHECK(told_of({file}) == file + "!/" + inside + ": affected\n");
    }
    // No evidence: nothing is said of it.
    CHECK(told_of({dir.path() / "letter.docx"}) == "");
    CHECK(hivescan({dir.path() / "letter.docx"}).status == 3);
}

TEST_CASE("archives: passwords, as a file") {
    if (!can_pack()) {
        return;
    }
    const TempDir dir;
    const auto zip =
        packed(dir, "locked.zip", "zip -q -P secret \"$2\" Users/alice/NTUSER.DAT").native();
    const auto aes =
        packed(dir, "aes.zip", "7z a -psecret -mem=AES256 \"$2\" Users/alice/NTUSER.DAT").native();
    write_text(dir.path() / "key", "secret\n");
    write_text(dir.path() / "wrong", "public\n");
    const auto key = (dir.path() / "key").native();
    for (const auto& file : {zip, aes}) {
        CAPTURE(file);
        const auto hive = file + "!/Users/alice/NTUSER.DAT: ";
        CHECK(told_of({file}) == hive + "encrypted\n");
        CHECK(hivescan({file}).status == 2);
        CHECK(told_of({"--password-file", (dir.path() / "wrong").native(), file}) ==
              hive + "encrypted\n");
        CHECK(told_of({"--password-file", key, file}) == hive + "affected\n");
    }
    CHECK(hivescan({"--containers", "never", "--password-file", key, zip}).status == 64);
    CHECK(hiveinfo({"--password-file", key, zip + "!/Users/alice/NTUSER.DAT"}).status == 0);
}

TEST_CASE("archives: hostile ones") {
    if (!can_pack() || !have_programs({"python3"})) {
        return;
    }
    const TempDir dir;
    const std::string alice = kProfiles + "/Users/alice/NTUSER.DAT";
    SUBCASE("names that lead out stay names") {
        shell("python3 -c \"import zipfile, sys\n"
              "z = zipfile.ZipFile('x.zip', 'w')\n"
              "for n in ('../../Users/a/NTUSER.DAT', '/Users/b/NTUSER.DAT', "
              "'Users/c/../d/NTUSER.DAT', 'Users/e/NTUSER.DAT', 'Users/e/NTUSER.DAT'):\n"
              "  z.writestr(zipfile.ZipInfo(n), open(sys.argv[1], 'rb').read())\" \"$1\"",
              {alice}, dir.path());
        const auto file = (dir.path() / "x.zip").native();
        CHECK(told_of({file}) == file + "!/../../Users/a/NTUSER.DAT: affected\n" + file +
                                     "!/Users/b/NTUSER.DAT: affected\n" + file +
                                     "!/Users/c/../d/NTUSER.DAT: affected\n" + file +
                                     "!/Users/e/NTUSER.DAT: affected\n" + file +
                                     "!/Users/e/NTUSER.DAT: affected\n");
        CHECK(!fs::exists(dir.path().parent_path() / "Users"));
    }
    SUBCASE("bombs end as an error, in little memory") {
        shell("mkdir -p Users/a Users/b; truncate -s 600M Users/a/NTUSER.DAT;"
              "cp \"$1\" Users/b/NTUSER.DAT; zip -1 -q -r hive.zip Users;"
              "truncate -s 1200M rest; zip -1 -q rest.zip rest Users/b/NTUSER.DAT;"
              "tar c rest Users/b/NTUSER.DAT | gzip >rest.tar.gz; rm rest Users/a/NTUSER.DAT",
              {alice}, dir.path());
        const auto path = [&](const char* name) { return (dir.path() / name).native(); };
        const auto run = hivescan({path("hive.zip")});
        CHECK(run.status == 2);
        CHECK(run.peak_memory < std::uint64_t{300} << 20);
        CHECK(told_of({path("hive.zip")}) ==
              path("hive.zip") + "!/Users/a/NTUSER.DAT: limit-exceeded\n" + path("hive.zip") +
                  "!/Users/b/NTUSER.DAT: affected\n");
        CHECK(told_of({path("rest.zip")}) == path("rest.zip") + "!/Users/b/NTUSER.DAT: affected\n");
        CHECK(told_of({path("rest.tar.gz")}) == path("rest.tar.gz") + ": limit-exceeded\n");
    }
    SUBCASE("containers in containers, to a depth") {
        shell("mkdir -p Users/a; cp \"$1\" Users/a/NTUSER.DAT; zip -q -r 1.zip Users;"
              "for i in 2 3 4; do zip -q $i.zip $((i-1)).zip; done",
              {alice}, dir.path());
        const auto path = [&](const char* name) { return (dir.path() / name).native(); };
        CHECK(told_of({path("3.zip")}) ==
              path("3.zip") + "!/2.zip!/1.zip!/Users/a/NTUSER.DAT: affected\n");
        CHECK(told_of({path("4.zip")}) ==
              path("4.zip") + "!/3.zip!/2.zip!/1.zip: limit-exceeded\n");
    }
    SUBCASE("cut anywhere: an error or what is whole, and never silence") {
        const auto whole = packed(dir, "a.zip", "zip -qr \"$2\" Users");
        const auto bytes = read_file(whole);
        const auto cut = dir.path() / "cut.zip";
        for (std::size_t size = 4; size < bytes.size(); size += bytes.size() / 40) {
            CAPTURE(size);
            write_text(cut, std::string_view(bytes).substr(0, size));
            const auto run = hivescan({cut});
            CHECK(run.status == 2);
            CHECK(!run.timed_out);
        }
    }
    SUBCASE("a link under a hive's name, and one that is none") {
        shell("mkdir -p Users/a Users/b; cp \"$1\" Users/a/NTUSER.DAT;"
              "ln -s /etc/shadow Users/b/NTUSER.DAT; tar cf l.tar Users",
              {alice}, dir.path());
        const auto tar = (dir.path() / "l.tar").native();
        CHECK(told_of({tar}) == tar + "!/Users/a/NTUSER.DAT: affected\n" + tar +
                                    "!/Users/b/NTUSER.DAT: symbolic-link\n");
    }
}

TEST_CASE("archives: a hive of two names in a tar comes once") {
    if (!can_pack()) {
        return;
    }
    const TempDir dir;
    shell("mkdir -p Users/a Users/b; cp \"$1\" Users/a/NTUSER.DAT;"
          "ln Users/a/NTUSER.DAT Users/b/NTUSER.DAT; ln Users/a/NTUSER.DAT other;"
          "tar cf two.tar Users/a Users/b; tar cf late.tar other Users/b",
          {kProfiles + "/Users/alice/NTUSER.DAT"}, dir.path());
    const auto two = (dir.path() / "two.tar").native();
    CHECK(told_of({two}) == two + "!/Users/a/NTUSER.DAT: affected\n");
    // Its content lies under a name that is no hive's.
    const auto late = (dir.path() / "late.tar").native();
    CHECK(told_of({late}) == late + "!/Users/b/NTUSER.DAT: affected\n");
}

TEST_CASE("archives: whoever may read one can look into it") {
    if (!can_pack()) {
        return;
    }
    const TempDir dir;
    const auto zip = packed(dir, "a.zip", "zip -qr \"$2\" Users/alice").native();
    const auto told = told_of({zip});
    fs::permissions(dir.path(), fs::perms::others_read | fs::perms::others_exec,
                    fs::perm_options::add);
    const auto nobody = hivescan({"--quiet", zip}, {.program = {}, .as_nobody = true});
    if (nobody.started) {
        CHECK(nobody.status == 1);
    } else {
        say_skipped("hivescan cannot be run as nobody here");
    }
    // Root of a namespace that has no other user.
    const std::vector<std::string> in_namespace = {"-r", HIVELINT_HIVESCAN, "--quiet", zip};
    if (run({.program = "/usr/bin/unshare", .arguments = {"-r", "/bin/true"}}).status != 0) {
        say_skipped("no user namespaces here");
        return;
    }
    CHECK(run({.program = "/usr/bin/unshare", .arguments = in_namespace}).status == 1);
}

TEST_CASE("archives: left alone when asked, and told of") {
    if (!can_pack()) {
        return;
    }
    const TempDir dir;
    const auto zip = packed(dir, "a.zip", "zip -qr \"$2\" .");
    const auto run = hivescan({"--containers", "never", dir.path()});
    CHECK(run.out.find("1 container (archives, disk images) not opened") != std::string::npos);
    CHECK(run.status == 3);
    const auto inside = zip.native() + "!/Users/alice/NTUSER.DAT";
    CHECK(told_of({"--containers", "never", inside}) == inside + ": no-helper\n");
    // hivefix changes nothing in one.
    const auto fix = run_hivefix({inside});
    CHECK(fix.status == 2);
    CHECK(fix.out.find("not-in-place: nothing is changed inside of a file of the kind zip") !=
          std::string::npos);
    CHECK(run_hivefix({"--containers", "never", inside}).out.find("it lies in a container") !=
          std::string::npos);
}

TEST_CASE("archives: hiveinfo and hivereplay take the same paths") {
    if (!can_pack()) {
        return;
    }
    const TempDir dir;
    const auto zip = packed(dir, "a.zip", "zip -qr \"$2\" .").native();
    const auto heidi = "/Users/heidi/NTUSER.DAT";
    CHECK(replaced(hiveinfo({"--verify", zip + "!" + heidi}).out, zip + "!", "") ==
          replaced(hiveinfo({"--verify", kProfiles + heidi}).out, kProfiles, ""));
    const auto one = (dir.path() / "one").native();
    const auto other = (dir.path() / "other").native();
    CHECK(hivereplay({zip + "!" + heidi, "-o", one}).status == 0);
    CHECK(hivereplay({kProfiles + heidi, "-o", other}).status == 0);
    CHECK(read_file(one) == read_file(other));
    CHECK(hiveinfo({zip + "!/Users"}).status == 2); // more than one
}
