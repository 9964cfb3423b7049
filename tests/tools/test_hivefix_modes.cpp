// hivefix: each mode with each option, and what cannot be said.
#include "tests/support/fix_scene.hpp"
#include "tests/support/schema.hpp"
#include "tests/support/tool_run.hpp"

#include <hivelint/run_record.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace fs = std::filesystem;
using namespace hivelint;
using namespace hivelint::test;

namespace {

using Words = std::vector<std::string>;

/// Names and bytes of all that lies below.
std::string all_below(const fs::path& folder) {
    std::vector<std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        all.push_back(entry.path().native() +
                      (entry.is_regular_file() ? '=' + read_file(entry.path()) : ""));
    }
    std::ranges::sort(all);
    return fmt::format("{}", fmt::join(all, "\n"));
}

Words with(Words words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

/// A hive that was fixed, with its record.
struct Fixed {
    Fixed() {
        REQUIRE(run_hivefix({"--undo-record", record().native(), scene.hive().native()}).status ==
                0);
        fixed = scene.bytes();
    }
    fs::path record() const { return scene.top() / "record"; }

    FixScene scene;
    std::string fixed;
};

} // namespace

TEST_CASE("modes: what does not fit a mode is refused before anything is written") {
    const Fixed at;
    const auto record = at.record().native();
    const auto hive = at.scene.hive().native();
    const auto out = (at.scene.top() / "out").native();
    const std::vector<Words> rows = {
        {"--undo", record, "--output", out},
        {"--undo", record, "--delete"},
        {"--undo", record, "--set-zero"},
        {"--undo", record, "--force"},
        {"--undo", record, "--replay"},
        {"--undo", record, "--recover"},
        {"--undo", record, "--check", "mapi-http-disabled"},
        {"--undo", record, "--undo-dir", "."},
        {"--undo", record, "--undo-record", out},
        {"--undo", record, "--no-undo-record"},
        {"--undo", record, "--plan", out},
        {"--undo", record, "--jobs", "1"},
        {"--undo"},
        {"--undo="},
        {"undo"},
        {"undo", "--discard", record},
        {"--recover", hive, "--output", out},
        {"--recover", hive, "--delete"},
        {"--recover", hive, "--force"},
        {"--recover", hive, "--preserve-times"},
        {"--recover", hive, "--undo-dir", "."},
        {"--recover"},
        {"recover"},
        {"show"},
        {"show", "--dry-run", record},
        {"show", "--format", "jsonl", record},
        {"apply"},
        {"apply", record, record},
        {"apply", record}, // no plan
        {"apply", "--force", record},
        {"apply", "--output", out, record},
        {"fix"},
        {"fix", hive, "--undo", record},
        {"fix", hive, "--discard"},
        {"fix", hive, "--plan", out}, // without a dry run
        {"fix", hive, "--dry-run", "--plan", out, "--undo-dir", "."},
        {"fix", hive, "--dry-run", "--plan", out, "--output", out},
        {"fix", hive, "--output", out, "--undo-record", record},
        {"fix", hive, "--output", out, "--no-undo-record"},
        {"fix", hive, "--output", out, "--preserve-times"},
        {"fix", hive, "--set-zero", "--delete"},
        {"fix", hive, "--check", "x"},
        {"fix", hive, "--output", ""},
        {"fix", hive, "--undo-record", ""},
        {"fix", hive, "--undo-dir", ""},
        {"mend", hive},
    };
    const auto before = all_below(at.scene.top());
    for (const auto& row : rows) {
        CAPTURE(joined(row));
        const auto run = run_hivefix(row, {.program = "", .folder = at.scene.top()});
        // What it is about is looked at, and then refused.
        const bool looked =
            row.front() == "mend" || row == Words{"apply", record} || row == Words{"--undo="};
        CHECK(run.status == (looked ? 2 : 64));
        CHECK(run.err + run.out != "");
        CHECK(all_below(at.scene.top()) == before);
    }
}

TEST_CASE("modes: the other spellings, in any order of words") {
    Fixed at;
    const auto record = at.record().native();
    const auto hive = at.scene.hive().native();
    for (const auto& row : std::vector<Words>{{"undo", record},
                                              {"--undo", record},
                                              {"--undo=" + record},
                                              {"--undo", record, hive},
                                              {hive, "--undo", record},
                                              {hive, "--undo=" + record, "--quiet"},
                                              {"--preserve-times", "--undo", record, hive},
                                              {"undo", record, at.scene.folder().native()}}) {
        CAPTURE(joined(row));
        at.scene.reset(at.fixed);
        const auto run = run_hivefix(row);
        CHECK_MESSAGE(run.status == 0, run.err);
        CHECK(at.scene.bytes() == at.scene.old_bytes());
    }
    // A path that is called like a mode.
    const auto here = at.scene.top() / "here";
    for (const auto* mode : {"fix", "undo", "recover", "show", "apply"}) {
        CAPTURE(mode);
        put_text(here / mode, at.scene.old_bytes());
        const auto run = run_hivefix({"--no-undo-record", std::string("./") + mode},
                                     {.program = "", .folder = here});
        CHECK(run.status == 0);
        CHECK(at.scene.is_fixed(read_file(here / mode)));
    }
    put_text(here / "--undo", at.scene.old_bytes());
    CHECK(
        run_hivefix({"--no-undo-record", "--", "--undo"}, {.program = "", .folder = here}).status ==
        0);
    CHECK(at.scene.is_fixed(read_file(here / "--undo")));
}

TEST_CASE("modes: a dry run of an undo or a recovery writes nothing") {
    Fixed at;
    const auto before = all_below(at.scene.top());
    const auto run = run_hivefix({"undo", "--dry-run", at.record().native()});
    CHECK(run.status == 1);
    CHECK(run.out.find("would-undo") == 0);
    CHECK(run.out.find("take back: set") != std::string::npos);
    CHECK(all_below(at.scene.top()) == before);
    at.scene.reset();
    CHECK(run_hivefix({"undo", "--dry-run", at.record().native()}).status == 0);
    fs::permissions(at.scene.hive(), fs::perms(0444));
    put_text(at.record(), read_file(at.record()));
    at.scene.reset(at.fixed);
    const auto refused = run_hivefix({"undo", "--dry-run", at.record().native()});
    CHECK(refused.status == 2);
    CHECK(refused.out.find("read-only") != std::string::npos);
    fs::permissions(at.scene.hive(), fs::perms(0644));

    at.scene.reset();
    put_text(at.scene.journal(), "hivelint-journal 1\n");
    const auto recovery = run_hivefix({"recover", "--dry-run", at.scene.folder().native()});
    CHECK(recovery.status == 1);
    CHECK(recovery.out.find("would-recover") == 0);
    CHECK(fs::exists(at.scene.journal()));
    CHECK(run_hivefix({"recover", at.scene.folder().native()}).status == 0);
    CHECK(!fs::exists(at.scene.journal()));
}

TEST_CASE("modes: JSON Lines of an undo and a recovery") {
    Fixed at;
    const auto undo = run_hivefix({"undo", "--format", "jsonl", at.record().native()});
    const auto line = nlohmann::json::parse(undo.out);
    CHECK(line["schema"] == "hivelint-undo/2");
    CHECK(line["path"] == at.scene.hive().native());
    CHECK(line["result"] == "undone");
    CHECK(line["reason"].is_null());
    CHECK(line["record"] == at.record().native());
    CHECK(undo.out.find(line["run_id"].get<std::string>()) != std::string::npos);
    put_text(at.scene.journal(), "no journal");
    const auto refused = run_hivefix({"recover", "--format", "jsonl", at.scene.folder().native()});
    CHECK(refused.status == 2);
    const auto recovery = nlohmann::json::parse(refused.out);
    CHECK(recovery["schema"] == "hivelint-recovery/1");
    CHECK(recovery["result"] == "refused");
    CHECK(recovery["reason"]["code"] == "bad-journal");
    CHECK(recovery["journal"] == at.scene.journal().native());
    CHECK(recovery["kept_as"].is_null());
}

TEST_CASE("modes: every line of a record, an undo and a recovery is as the schema says") {
    Schema schema(run_schema_document());
    std::size_t lines = 0;
    const auto check = [&](const std::string& text) {
        for (const auto& line : records_of(text)) {
            CAPTURE(line.dump());
            CHECK(schema.faults(line) == "");
            ++lines;
        }
    };
    const TempDir dir;
    const auto image = dir.path() / "image";
    const auto record = dir.path() / "record";
    for (const std::string name : {"a", "b\xFF", "c"}) {
        write_file(image / name / "NTUSER.DAT", affected_bytes());
    }
    const auto heidi = fs::path(HIVELINT_TESTDATA) / "profiles/Users/heidi";
    fs::copy(heidi, image / "heidi");
    const auto fix = run_hivefix({"--replay", "--undo-record", record.native(), image.native()});
    REQUIRE(fix.status == 0);
    check(read_file(record));
    CHECK(lines == 6);
    put_text(image / "c/NTUSER.DAT", "other");
    check(run_hivefix({"undo", "--format", "jsonl", "--dry-run", record.native()}).out);
    check(run_hivefix({"undo", "--format", "jsonl", record.native()}).out);
    check(run_hivefix({"undo", "--format", "jsonl", record.native()}).out);
    put_text(image / "a/NTUSER.DAT.hivelint-journal", "x");
    check(run_hivefix({"recover", "--format", "jsonl", image.native()}).out);
    check(run_hivefix({"recover", "--discard", "--format", "jsonl", image.native()}).out);
    CHECK(lines == 6 + 3 * 4 + 2 * 4);
    // The schema refuses what is none.
    CHECK(schema.faults(nlohmann::json::parse("{\"type\":\"other\"}")) != "");
    auto change = records_of(read_file(record)).at(1);
    change["more"] = 1;
    CHECK(schema.faults(change) != "");
    // A change that was withdrawn, and a plan.
    RunRecord other(dir.path() / "other",
                    {.id = "x", .tool = "test", .time = kFixTime, .arguments = {}});
    const auto patch = SavedRun(record).change(0).patch;
    other.add(patch, 1);
    other.withdraw(patch, "it was locked");
    check(read_file(other.path()));
    const auto plan = (dir.path() / "plan").native();
    run_hivefix({"--dry-run", "--plan", plan, image.native()});
    check(read_file(plan));
}

TEST_CASE("modes: a journal that fits nothing has a way out, and is kept") {
    FixScene scene;
    for (const std::string name : {"NTUSER.DAT", "golden.hiv"}) {
        CAPTURE(name);
        const auto hive = scene.folder() / name;
        const auto journal = journal_of(hive);
        put_text(hive, scene.old_bytes());
        for (int round = 1; round <= 2; ++round) {
            put_text(journal, "not a journal");
            const auto refused = run_hivefix({"recover", scene.folder().native()});
            CHECK(refused.status == 2);
            CHECK(refused.out.find(journal.filename().native()) != std::string::npos);
            CHECK(refused.out.find("--discard") != std::string::npos);
            CHECK(hivescan({scene.folder().native()}).status == 2); // it is told
            const auto discarded =
                run_hivefix({"recover", "--discard", journal.native()}); // by its own name
            CHECK(discarded.status == 0);
            CHECK(discarded.out.find("discarded") == 0);
            CHECK(read_file(journal.native() + ".discarded-" + std::to_string(round)) ==
                  "not a journal");
            CHECK(!fs::exists(journal));
        }
        CHECK(read_file(hive) == scene.old_bytes());
    }
}

TEST_CASE("modes: a plan is carried out to the byte, and only on the hives that it was made for") {
    const TempDir dir;
    const auto image = dir.path() / "image";
    const auto plan = (dir.path() / "plan").native();
    const auto hive = [&](const char* name) { return image / name / "NTUSER.DAT"; };
    for (const auto* name : {"a", "b", "c"}) {
        write_file(hive(name), hive_to_fix().bytes);
    }
    const auto old = read_file(hive("a"));
    const auto dry = run_hivefix({"--dry-run", "--plan", plan, image.native()});
    CHECK(dry.status == 1);
    CHECK(read_file(hive("a")) == old);
    CHECK(run_hivefix({"--dry-run", "--plan", plan, image.native()}).status == 2); // it is there
    const auto shown = run_hivefix({"show", plan});
    CHECK(shown.status == 0);
    CHECK(shown.out.find("set Software") != std::string::npos);
    CHECK(shown.out.find("take back") == std::string::npos);
    CHECK(run_hivefix({"undo", plan}).status == 2); // nothing was done by it

    put_text(hive("b"), old + "x"); // another hive by now
    const auto rehearsal =
        run_hivefix({"apply", "--dry-run", plan}, {.program = "", .folder = dir.path()});
    CHECK(rehearsal.status == 2);
    CHECK(read_file(hive("a")) == old);
    const auto applied =
        run_hivefix({"apply", "--format", "jsonl", plan}, {.program = "", .folder = dir.path()});
    CHECK(applied.status == 2);
    const auto records = records_of(applied.out);
    REQUIRE(records.size() == 3);
    CHECK(records[0]["fix"]["result"] == "fixed");
    CHECK(records[1]["fix"]["result"] == "refused");
    CHECK(records[1]["fix"]["reason"]["code"] == "not-as-planned");
    CHECK(records[2]["fix"]["result"] == "fixed");
    CHECK(read_file(hive("a")) == read_file(hive("c")));
    CHECK(read_file(hive("a")) != old);
    // The hash that was promised is the one that is there.
    const auto promised = records[0]["fix"]["sha256_after"].get<std::string>();
    CHECK(dry.out.find("becomes " + promised) != std::string::npos);
    CHECK(read_file(hive("b")) == old + "x");
    // It has a record of its own, and once more does nothing.
    const auto record = records[0]["fix"]["undo_record"].get<std::string>();
    put_text(hive("b"), old);
    const auto again =
        run_hivefix({"apply", "--format", "jsonl", plan}, {.program = "", .folder = dir.path()});
    CHECK(again.status == 0);
    CHECK(records_of(again.out)[0]["fix"]["result"] == "nothing-to-do");
    CHECK(records_of(again.out)[1]["fix"]["result"] == "fixed");
    CHECK(run_hivefix({"undo", record}, {.program = "", .folder = dir.path()}).status == 0);
    CHECK(read_file(hive("a")) == old);

    // One whose run was cut off, and one that says more than a fix does.
    auto text = read_file(plan);
    const auto lines = lines_of(text);
    put_text(plan, text.substr(0, text.size() - lines.back().size() - 1));
    CHECK(run_hivefix({"apply", plan}).status == 2);
    const auto at = text.find("\"after\":\"");
    text[at + 9] = text[at + 9] == '0' ? '1' : '0';
    put_text(plan, text);
    put_text(hive("b"), old);
    CHECK(run_hivefix({"apply", "--no-undo-record", plan}).status == 2);
    CHECK(read_file(hive("a")) == old);
    CHECK(read_file(hive("b")) != old);
}

TEST_CASE("modes: patched copies of many, those that need no fix included") {
    const TempDir dir;
    const auto image = dir.path() / "image";
    write_file(image / "Users/a/NTUSER.DAT", affected_bytes());
    write_file(image / "Users/b/NTUSER.DAT", clear_hive());
    const auto before = all_below(image);
    const auto out = dir.path() / "out";
    const Words words = {"--output", out.native(), image.native()};
    CHECK(run_hivefix(with(words, {"--dry-run"})).status == 1);
    CHECK(!fs::exists(out));
    CHECK(run_hivefix(words).status == 0);
    CHECK(all_below(image) == before);
    CHECK(hivescan({(out / "Users/a/NTUSER.DAT").native()}).status == 0);
    CHECK(read_file(out / "Users/b/NTUSER.DAT") == read_file(image / "Users/b/NTUSER.DAT"));
    const auto made = all_below(out);
    CHECK(run_hivefix(with(words, {"--dry-run"})).status == 2);
    CHECK(run_hivefix(words).status == 2); // they are there
    CHECK(all_below(out) == made);
    // One hive, into a folder that is there, and as a file.
    CHECK(run_hivefix({"--output", out.native(), (image / "Users/a/NTUSER.DAT").native()}).status ==
          0);
    CHECK(read_file(out / "NTUSER.DAT").size() == affected_bytes().size());
    const auto one = dir.path() / "one";
    CHECK(run_hivefix({"--output", one.native(), (image / "Users/b/NTUSER.DAT").native()}).status ==
          0);
    CHECK(read_file(one) == read_file(image / "Users/b/NTUSER.DAT"));
}

TEST_CASE("modes: a dry run refuses what the run would refuse") {
    FixScene scene;
    const auto check = [&](const Words& words) {
        CAPTURE(joined(words));
        const auto before = all_below(scene.top());
        const auto dry = run_hivefix(with(words, {"--dry-run", scene.hive().native()}),
                                     {.program = "", .folder = scene.top()});
        CHECK(dry.status == 2);
        CHECK(dry.out.find("would-fix") == std::string::npos);
        CHECK(all_below(scene.top()) == before);
        const auto real = run_hivefix(with(words, {scene.hive().native()}),
                                      {.program = "", .folder = scene.top()});
        CHECK(real.status == 2);
        CHECK(scene.bytes() == scene.old_bytes());
    };
    const auto there = scene.top() / "there";
    put_text(there, "x");
    check({"--undo-dir", "missing"});
    check({"--undo-dir", scene.folder().native()});
    check({"--undo-record", there.native()});
    check({"--output", there.native()});
    check({"--output", "missing/copy"});
    fs::permissions(scene.hive(), fs::perms(0444));
    check({});
    check({"--no-undo-record"});
}

TEST_CASE("modes: lists of paths, quiet runs, and notes of what was passed over") {
    const TempDir dir;
    write_file(dir.path() / "a/NTUSER.DAT", affected_bytes());
    write_file(dir.path() / "b/NTUSER.DAT", clear_hive());
    fs::create_hard_link(dir.path() / "a/NTUSER.DAT", dir.path() / "snapshot");
    fs::create_directory_symlink("/etc", dir.path() / "Users");
    put_text(dir.path() / "store/x.vhdx", "vhdxfile");
    const auto list = (dir.path() / "list").native();
    put_text(list, dir.path().native() + "\n");
    const auto dry = run_hivefix({"--dry-run", "--containers", "never", "--files-from", list});
    CHECK(dry.status == 1);
    CHECK(dry.out.find("2 names (hard links)") != std::string::npos);
    CHECK(dry.out.find("1 link not followed") != std::string::npos);
    CHECK(dry.out.find("x.vhdx") != std::string::npos);
    // It is no disk image that is whole.
    const auto opened = run_hivefix({"--dry-run", "--files-from", list});
    CHECK(opened.status == 2);
    CHECK(opened.out.find("x.vhdx\n  refused: ") != std::string::npos);
    const auto quiet =
        run_hivefix({"--dry-run", "--quiet", "--containers=never", "--files-from", "-"},
                    {.program = "", .input = dir.path().native()});
    CHECK(quiet.status == 1);
    CHECK(quiet.out.find("nothing-to-do") == std::string::npos);
    CHECK(quiet.out.find("2 hives") == std::string::npos);
    const auto lines = run_hivefix(
        {"--dry-run", "--containers", "never", "--format", "jsonl", dir.path().native()});
    CHECK(records_of(lines.out).size() == 2);
    CHECK(lines.err.find("1 link not followed") != std::string::npos);
    const auto scan = hivescan({"--format", "jsonl", dir.path().native()});
    CHECK(scan.out.find("x.vhdx") != std::string::npos); // it is no disk image that is whole
    CHECK(hivescan({dir.path().native()}).out.find("x.vhdx") != std::string::npos);
}

TEST_CASE("modes: nothing of a record reaches the terminal as it is") {
    const Fixed at;
    const std::string evil = "\x1B]0;x\x07\xE2\x80\xAE\xC2\x9B"
                             "2J\n";
    const auto good = nlohmann::ordered_json::parse(single_record(at.record()));
    const auto file = at.scene.top() / ("evil" + evil);
    for (const auto* field : {"path", "key", "name", "tool", "check", "schema", "action", "time"}) {
        CAPTURE(field);
        auto record = good;
        record[field] = "/x" + evil + "/NTUSER.DAT";
        put_text(file, record.dump());
        for (const std::string mode : {"show", "undo"}) {
            const auto run = run_hivefix({mode, file.native()});
            CHECK(misleading(run.out) == "");
            CHECK(misleading(run.err) == "");
        }
    }
    put_text(file,
             "{\"schema\":\"hivelint-run/1\",\"type\":\"run\",\"kind\":\"plan\",\"run_id\":\"" +
                 std::string("\xC2\x9B") + "\",\"tool\":\"\xE2\x80\xAE\",\"arguments\":[]}\n");
    for (const std::string mode : {"show", "undo", "apply"}) {
        const auto run = run_hivefix({mode, file.native()});
        CHECK(misleading(run.out) == "");
        CHECK(misleading(run.err) == "");
    }
}

TEST_CASE("modes: records of single fixes, which versions before 0.1 made, are undone too") {
    Fixed at;
    const auto file = at.scene.undo_folder() / "old.json";
    put_text(file, single_record(at.record()));
    CHECK(run_hivefix({"show", file.native()}).out.find("record of one fix") != std::string::npos);
    CHECK(run_hivefix({"undo", file.native()}).status == 0);
    CHECK(at.scene.bytes() == at.scene.old_bytes());
}

TEST_CASE("modes: what was refused is not said to be applied") {
    const auto heidi = fs::path(HIVELINT_TESTDATA) / "profiles/Users/heidi";
    const auto run = run_hivefix({"--dry-run", heidi.native()});
    CHECK(run.status == 2);
    CHECK(run.out.find("refused") != std::string::npos);
    CHECK(run.out.find("applied") == std::string::npos);
}
