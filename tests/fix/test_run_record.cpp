// The record of a run: what is in it when, who may read it, and what is taken back by it.
#include "tests/support/fix_scene.hpp"
#include "tests/support/hive_files.hpp"
#include "tests/support/regf_account.hpp"
#include "tests/support/tool_run.hpp"

#include <hivelint/fix.hpp>
#include <hivelint/run_record.hpp>
#include <hivelint/undo.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace fs = std::filesystem;
using namespace hivelint;
using namespace hivelint::test;

namespace {

RunHeader run_header(RunKind kind = RunKind::fix) {
    return {.kind = kind,
            .id = "20240229T120000Z-00000001",
            .tool = "test 1",
            .time = kFixTime,
            .arguments = {"a", "b\n"}};
}

std::vector<std::string> lines(const fs::path& file) { return lines_of(read_file(file)); }

/// A patch of nothing real: the record does not look at the hive.
Patch patch_called(const std::string& path) {
    Patch patch;
    patch.path = path;
    patch.size = patch.new_size.emplace(8192);
    patch.sha256_before = std::string(64, 'a');
    patch.sha256_after = std::string(64, 'b');
    patch.fixes = {{.rule = "mapi-http-disabled",
                    .hive = HiveKind::user,
                    .key = kRuleKey,
                    .value = "MapiHttpDisabled",
                    .becomes = regf::dword_data(0)}};
    patch.ranges = {{4, bytes_of({1}), bytes_of({2})}};
    return patch;
}

/// What undo() says of each change, by the names of the folders.
std::string undone(const fs::path& record, const UndoOptions& options = {}) {
    std::string out;
    undo(SavedRun(record), options, [&](const UndoneHive& hive) {
        out +=
            hive.path.parent_path().filename().native() + ' ' + std::string(to_string(hive.result));
        out += hive.reason ? ' ' + std::string(to_string(hive.reason->code())) + '\n' : "\n";
    });
    return out;
}

/// Three affected hives in folders a, b and c, fixed in one run.
struct Run {
    Run() {
        for (const auto* name : {"a", "b", "c"}) {
            write_file(hive(name), hive_to_fix().bytes);
        }
        old = read_file(hive("a"));
        const auto run =
            run_hivefix({"--undo-record", record().native(), (dir.path() / "image").native()});
        REQUIRE(run.status == 0);
    }
    fs::path hive(const std::string& name) const {
        return dir.path() / "image" / name / "NTUSER.DAT";
    }
    fs::path record() const { return dir.path() / "run.jsonl"; }
    std::string affected() const {
        std::string out;
        for (const auto* name : {"a", "b", "c"}) {
            out += read_file(hive(name)) == old ? name : "";
        }
        return out;
    }

    TempDir dir;
    std::string old;
};

} // namespace

TEST_CASE("run record: lines, for its owner only, and nothing before the first change") {
    const TempDir dir;
    const auto file = dir.path() / "record";
    {
        RunRecord none(file, run_header());
        none.seal({});
        CHECK(!fs::exists(file));
    }
    RunRecord record(file, run_header());
    record.add(patch_called("/x/1"), 2);
    CHECK(lines(file).size() == 2);
    record.add(patch_called("/x/2"), 2);
    CHECK(lines(file).size() == 3);
    record.withdraw(patch_called("/x/2"), "it was locked");
    record.seal({.hives = 2, .fixed = 1, .refused = 1});
    struct stat status = {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);

    const SavedRun saved(file);
    CHECK(saved.sealed());
    CHECK(saved.trusted());
    CHECK(saved.header().id == run_header().id);
    CHECK(saved.header().tool == "test 1");
    CHECK(saved.header().time == kFixTime);
    CHECK(saved.header().arguments == run_header().arguments);
    REQUIRE(saved.size() == 1);
    CHECK(saved.change(0).patch.path == "/x/1");
    CHECK(saved.change(0).place == 2);
    CHECK(saved.change(0).patch.ranges.size() == 1);
}

TEST_CASE("run record: a run whose changes all came to nothing leaves none") {
    const TempDir dir;
    RunRecord record(dir.path() / "record", run_header());
    record.add(patch_called("/x"), 1);
    record.withdraw(patch_called("/x"), "it was locked");
    record.seal({});
    CHECK(fs::is_empty(dir.path()));
}

TEST_CASE("run record: one that was cut off is gone on with, no other file is touched") {
    const TempDir dir;
    const auto file = dir.path() / "record";
    std::string whole;
    {
        RunRecord first(file, run_header());
        first.add(patch_called("/x/1"), 1);
        whole = read_file(file);
    }
    // Cut wherever it may be: what is whole stays.
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        CAPTURE(size);
        put_text(file, whole.substr(0, size));
        RunRecord second(file, run_header());
        CHECK(!second.problem());
        second.add(patch_called("/x/2"), 1);
        second.seal({});
        const SavedRun saved(file);
        CHECK(saved.sealed());
        REQUIRE(saved.size() == (size == whole.size() ? 2 : 1));
        CHECK(saved.change(saved.size() - 1).patch.path == "/x/2");
    }
    const auto sealed = read_file(file);
    for (const auto& other : {sealed, std::string("x"), "{\"schema\":\"x\"}\n" + whole}) {
        put_text(file, other);
        RunRecord refused(file, run_header());
        CHECK(refused.problem());
        CHECK(error_of([&] { refused.add(patch_called("/x"), 1); }) == "already-exists");
        CHECK(read_file(file) == other);
    }
    put_text(file, whole);
    RunRecord plan(file, run_header(RunKind::plan)); // a plan is made anew
    CHECK(error_of([&] { plan.add(patch_called("/x"), 1); }) == "already-exists");
    fs::remove(file);
    fs::create_symlink("elsewhere", file);
    RunRecord link(file, run_header());
    CHECK(error_of([&] { link.add(patch_called("/x"), 1); }) == "already-exists");
    CHECK(!fs::exists(dir.path() / "elsewhere"));
}

TEST_CASE("run record: not in a hive's folder nor below it") {
    const TempDir dir;
    const auto deep = dir.path() / "Users/Default/AppData/Local";
    fs::create_directories(deep);
    for (const auto* folder : {"Users/Default", "Users/Default/AppData", "Users"}) {
        RunRecord record(deep / "record", run_header());
        CHECK(!record.problem());
        record.keep_out_of(dir.path() / "Users/Other");
        CHECK(!record.problem());
        record.keep_out_of(dir.path() / folder);
        REQUIRE(record.problem());
        CHECK(record.problem()->code() == ErrorCode::invalid_argument);
        CHECK(error_of([&] { record.add(patch_called("/x"), 1); }) == "invalid-argument");
        CHECK(fs::is_empty(deep));
    }
    // Through a link, too.
    fs::create_directory_symlink(deep, dir.path() / "link");
    RunRecord linked(dir.path() / "link/record", run_header());
    linked.keep_out_of(dir.path() / "Users/Default");
    CHECK(linked.problem());
    // Of a whole run: the last of its hives is in the way of the first.
    write_file(dir.path() / "image/a/NTUSER.DAT", hive_to_fix().bytes);
    write_file(dir.path() / "image/b/NTUSER.DAT", hive_to_fix().bytes);
    fs::create_directory(dir.path() / "image/b/records");
    const auto old = read_file(dir.path() / "image/a/NTUSER.DAT");
    const auto run = run_hivefix(
        {"--undo-dir", (dir.path() / "image/b/records").native(), (dir.path() / "image").native()});
    CHECK(run.status == 2);
    CHECK(read_file(dir.path() / "image/a/NTUSER.DAT") == old);
    CHECK(read_file(dir.path() / "image/b/NTUSER.DAT") == old);
    CHECK(fs::is_empty(dir.path() / "image/b/records"));
}

TEST_CASE("undo: a whole run, the latest first, and what is undone already is left") {
    const Run run;
    CHECK(run.affected().empty());
    CHECK(undone(run.record(), {.apply = {}, .paths = {}, .dry_run = true, .stop = {}}) ==
          "c would-undo\nb would-undo\na would-undo\n");
    CHECK(run.affected().empty());
    CHECK(undone(run.record(),
                 {.apply = {}, .paths = {run.hive("b")}, .dry_run = false, .stop = {}}) ==
          "b undone\n");
    CHECK(run.affected() == "b");
    int asked = 0;
    CHECK(undone(run.record(), {.apply = {}, .paths = {}, .dry_run = false, .stop = [&] {
                                    return ++asked == 2;
                                }}) == "c undone\n");
    CHECK(undone(run.record()) == "c already-undone\nb already-undone\na undone\n");
    CHECK(run.affected() == "abc");
}

TEST_CASE("undo: a hive that was changed twice goes back through both changes") {
    const TempDir dir;
    const auto hive = dir.path() / "a/NTUSER.DAT";
    const auto record = dir.path() / "record";
    write_file(hive, hive_to_fix().bytes);
    const auto old = read_file(hive);
    RunRecord both(record, run_header());
    for (const auto& rule_action : {Action::set_value, Action::delete_value}) {
        FixRun run;
        run.rules = {mapi_rule_ptr()};
        run.fix = {.action = rule_action, .force = true};
        const auto patch = plan_fix(hive, rules(), run.fix);
        if (patch.ranges.empty()) {
            continue; // 0 is not mended by a deletion
        }
        both.add(patch, 1);
        apply(patch, hive);
    }
    // Back and forth again: the same change once more.
    const auto first = SavedRun(record).change(0).patch;
    apply(reversed(first), hive);
    both.add(first, 1);
    apply(first, hive);
    CHECK(SavedRun(record).size() == 2);
    CHECK(undone(record) == "a undone\na already-undone\n");
    CHECK(read_file(hive) == old);
}

TEST_CASE("undo: folders, copies and moved hives, and what the record does not know") {
    const Run run;
    const auto copy = run.dir.path() / "copy/NTUSER.DAT";
    fs::create_directories(copy.parent_path());
    fs::copy_file(run.hive("a"), copy);
    fs::copy_file(run.hive("a"), run.dir.path() / "image/a/x");
    UndoOptions options;
    options.paths = {copy};
    CHECK(undone(run.record(), options) == "copy undone\n");
    CHECK(read_file(copy) == run.old);
    CHECK(run.affected().empty());
    put_text(copy, run.old + "x");
    options.paths = {copy, run.dir.path() / "missing", run.dir.path() / "image/b/"};
    CHECK(undone(run.record(), options) == "copy refused not-found\n" +
                                               run.dir.path().filename().native() +
                                               " refused not-found\nb undone\n");
    // One that was changed since.
    auto changed = read_file(run.hive("c"));
    changed.back() ^= 1;
    put_text(run.hive("c"), changed);
    CHECK(undone(run.record()) == "c refused not-as-planned\nb already-undone\na undone\n");
    CHECK(read_file(run.hive("c")) == changed);
}

TEST_CASE("undo: a record of another user takes nothing back unless the hives are named") {
    if (::geteuid() != 0) {
        MESSAGE("SKIPPED: only root can give files away");
        return;
    }
    const Run run;
    REQUIRE(::chown(run.record().c_str(), 65534, 65534) == 0);
    CHECK(error_of([&] { undone(run.record()); }) == "permission-denied");
    CHECK(run.affected().empty());
    const auto tool = run_hivefix({"undo", run.record().native()});
    CHECK(tool.status == 2);
    CHECK(tool.err.find("belongs to another user") != std::string::npos);
    UndoOptions options;
    options.paths = {run.dir.path() / "image"};
    CHECK(undone(run.record(), options) == "c undone\nb undone\na undone\n");
}

TEST_CASE("undo: no link is followed behind the place that was looked in") {
    const Run run;
    const auto image = run.dir.path() / "image";
    fs::rename(image / "b", run.dir.path() / "elsewhere");
    fs::create_directory_symlink(run.dir.path() / "elsewhere", image / "b");
    CHECK(undone(run.record()) == "c undone\nb refused symbolic-link\na undone\n");
    CHECK(run.affected() == "ac");
    UndoOptions options;
    options.paths = {run.dir.path() / "elsewhere/NTUSER.DAT"}; // said so
    CHECK(undone(run.record(), options) == "elsewhere undone\n");
}

TEST_CASE("saved change: a hash is 64 digits") {
    const Run run;
    const auto good = single_record(run.record());
    CHECK(parse_undo_record(good).ranges.size() == 7);
    for (const std::string field : {"sha256_before", "sha256_after"}) {
        const auto at = good.find("\"" + field + "\": \"") + field.size() + 5;
        for (const auto& hash : {std::string(), std::string(63, 'a'), std::string(64, 'A')}) {
            auto text = good;
            text.replace(at, 64, hash);
            CHECK(error_of([&] { parse_undo_record(text); }) == "invalid-argument");
        }
    }
}

TEST_CASE("saved run: what is none, is damaged or was cut off") {
    const Run run;
    const auto text = read_file(run.record());
    const auto file = run.dir.path() / "damaged";
    const auto all = lines(run.record());
    REQUIRE(all.size() == 5);
    put_text(file, text.substr(0, text.size() - all.back().size() - 1));
    CHECK(SavedRun(file).size() == 3);
    CHECK(!SavedRun(file).sealed());
    // The last line is not whole: that change was not begun.
    put_text(file, text.substr(0, text.size() - all.back().size() - 10));
    CHECK(SavedRun(file).size() == 2);
    for (const auto& wrong :
         {std::string(), std::string("\n"), all[0], all[0] + "\n{}\n", all[0] + "\n\n",
          all[0] + "\n{\"type\":\"change\"}\n", all[1] + "\n" + all[0] + "\n",
          std::string("regf") + std::string(600, '\0'), text + "x\n",
          std::string("{\"schema\":\"hivelint-run/1\"}\n")}) {
        CAPTURE(wrong.substr(0, 60));
        put_text(file, wrong);
        CHECK(error_of([&] { SavedRun{file}; }) == "invalid-argument");
    }
    // A change that is damaged costs itself.
    auto bad = all;
    bad[2].replace(bad[2].find("\"ranges\""), 8, "\"Ranges\"");
    put_text(file, fmt::format("{}\n", fmt::join(bad, "\n")));
    CHECK(undone(file) ==
          run.dir.path().filename().native() + " refused invalid-argument\nc undone\na undone\n");
}

TEST_CASE("saved run: numbers that are nested deeply, negative or too large are refused") {
    const std::string front =
        R"({"type":"change","path":"/x","place":1,"new_size":8192,"replays":false,"tail":"",)";
    const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
    for (const auto& size : {deep, std::string("-1"), std::string("1.5")}) {
        CHECK_THROWS_AS(hivelint::parse_undo_record(front + R"("size":)" + size + "}"),
                        hivelint::Error);
        CHECK_THROWS_AS(hivelint::parse_undo_record(R"({"schema":)" + size + "}"), hivelint::Error);
    }
}

TEST_CASE(
    "saved run: a kind that is neither fix nor plan is refused, a time that is none is left") {
    const TempDir dir;
    const auto file = dir.path() / "record";
    const auto with = [&](const std::string& members) {
        put_text(file, R"({"schema":"hivelint-run/1","type":"run",)" + members +
                           R"("run_id":"1","tool":"t","arguments":[]})" + "\n");
        return hivelint::SavedRun(file).header();
    };
    CHECK(with(R"("kind":"plan",)").kind == hivelint::RunKind::plan);
    CHECK_THROWS_WITH_AS(with(R"("kind":"fox",)"), doctest::Contains("'fox', where 'fix' or"),
                         hivelint::Error);
    CHECK_THROWS_AS(with(R"("kind":7,)"), hivelint::Error);
    const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
    CHECK(with(R"("kind":"fix","time":[],)").time.ticks == 0);
    CHECK_THROWS_WITH_AS(with(R"("kind":"fix","time":)" + deep + ","),
                         doctest::Contains("JSON of more than 64 levels"), hivelint::Error);
}
