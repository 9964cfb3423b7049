// hivefix and dirty hives: what is refused, with or without --replay, and what has nothing to do.
// Not a byte, time or name changes.
#include "tests/support/dirty_scene.hpp"
#include "tests/support/hive_files.hpp"
#include "tests/support/regf_account.hpp"

#include <hivelint/apply.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <sys/stat.h>

namespace fs = std::filesystem;
using namespace hivelint;
using namespace hivelint::test;

namespace {

/// All of the folder: names, bytes, identity, and times of the files and of the folder.
std::string all_of(const fs::path& folder) {
    std::vector<std::string> lines = {modified(folder)};
    for (const auto& entry : fs::directory_iterator(folder)) {
        lines.push_back(entry.path().native() + identity(entry.path()) + modified(entry.path()) +
                        (entry.is_regular_file() ? read_file(entry.path()) : ""));
    }
    std::ranges::sort(lines);
    return fmt::format("{}", fmt::join(lines, "\n"));
}

/// Runs hivefix in all its ways; each must say the same, and nothing may change. A copy of a hive
/// that needs no fix would lack its logs.
nlohmann::json untouched(const DirtyScene& scene, std::vector<std::string> more, int status) {
    const auto before = all_of(scene.at().folder());
    nlohmann::json fix;
    const auto copy = scene.at().top() / "copy";
    for (const auto& way : {std::vector<std::string>{},
                            {"--delete"},
                            {"--dry-run"},
                            {"--preserve-times"},
                            {"--output", copy.native()},
                            {"--force"}}) {
        auto arguments = way;
        arguments.insert(arguments.end(), more.begin(), more.end());
        arguments.insert(arguments.end(), {"--format", "jsonl"});
        const auto run = run_hivefix(scene.at().arguments(arguments));
        const bool no_copy = status == 0 && way.size() > 1;
        CHECK(run.status == (no_copy ? 2 : status));
        const auto now = nlohmann::json::parse(run.out)["fix"];
        if (no_copy) {
            CHECK(now["reason"]["code"] == "dirty-hive");
        } else {
            CHECK((fix.is_null() ||
                   (now["result"] == fix["result"] && now["reason"] == fix["reason"])));
            fix = now;
        }
        CHECK(all_of(scene.at().folder()) == before);
        CHECK(scene.at().undo_records().empty());
        CHECK(!fs::exists(copy));
    }
    return fix;
}

void check_refused(const DirtyScene& scene, std::vector<std::string> more, const std::string& code,
                   const std::string& text = "") {
    const auto fix = untouched(scene, std::move(more), 2);
    REQUIRE(fix["result"] == "refused");
    CHECK(fix["reason"]["code"] == code);
    const std::string message = fix["reason"]["message"];
    CHECK_MESSAGE(message.find(text) != std::string::npos, message);
}

std::vector<fs::path> logs_of(const DirtyScene& scene) {
    std::vector<fs::path> logs;
    for (const auto& entry : fs::directory_iterator(scene.at().folder())) {
        if (entry.path() != scene.hive()) {
            logs.push_back(entry.path());
        }
    }
    return logs;
}

} // namespace

TEST_CASE("replay refusals: a dirty hive without --replay") {
    for (const auto& dirty : dirty_hives()) {
        CAPTURE(dirty.name);
        const DirtyScene scene(dirty);
        check_refused(scene, {}, "dirty-hive", "--replay applies them");
        const auto run = run_hivefix(scene.at().arguments());
        CHECK(run.out.find("--replay") != std::string::npos); // the text says so too
    }
}

TEST_CASE("replay refusals: no usable log, with and without --replay") {
    DirtyScene scene(dirty_hive("new"));
    const auto check = [&](const char* what, const std::string& code = "dirty-hive",
                           const std::string& why = "newer data may be in") {
        CAPTURE(what);
        for (const auto& more : {std::vector<std::string>{}, {"--replay"}}) {
            CAPTURE(more.size());
            put_text(scene.hive(), text_of(dirty_built(1).bytes));
            check_refused(scene, more, code);
            // What is stored does not say that there is nothing to do.
            put_text(scene.hive(), scene.old_bytes());
            check_refused(scene, more, code, why);
        }
    };
    const auto log = read_file(scene.log(".LOG1"));
    fs::remove(scene.log(".LOG1"));
    check("no log");
    put_text(scene.log(".LOG1"), "");
    check("an empty log");
    put_text(scene.log(".LOG1"), log.substr(0, 600));
    check("a cut log");
    auto torn = log;
    torn[600] ^= 1;
    put_text(scene.log(".LOG1"), torn);
    check("a torn first entry");
    put_text(scene.log(".LOG1"), "no log at all");
    check("no log at all");
    put_text(scene.log(".LOG1"), text_of(dirty_hive("remnants").logs[1].second.bytes));
    check("a stale log");
    fs::remove(scene.log(".LOG1"));
    fs::create_symlink(scene.hive(), scene.log(".LOG1"));
    check("a link", "symbolic-link", "the log NTUSER.DAT.LOG1");
    fs::remove(scene.log(".LOG1"));
    REQUIRE(::mkfifo(scene.log(".LOG1").c_str(), 0600) == 0);
    check("a pipe", "not-a-regular-file", "the log NTUSER.DAT.LOG1");
}

TEST_CASE("replay refusals: logs of which no certain hive can be made") {
    DirtyScene scene(dirty_hive("new"));
    const auto log = [](std::string_view name, std::size_t which = 0) {
        return text_of(dirty_hive(name).logs[which].second.bytes);
    };
    put_text(scene.log(".LOG2"), log("old"));
    put_text(scene.hive(), text_of(dirty_built(1).bytes));
    check_refused(scene, {"--replay"}, "ambiguous-logs");
    // Both begin with the same number, and differ.
    put_text(scene.log(".LOG2"), log("two logs", 1));
    check_refused(scene, {"--replay"}, "ambiguous-logs");
    // Names that differ by letter case.
    fs::remove(scene.log(".LOG2"));
    put_text(scene.log(".log1"), log("new"));
    check_refused(scene, {"--replay"}, "ambiguous-logs");
    fs::remove(scene.log(".log1"));
    // The log is another hive's: what it makes is damaged.
    auto other = dirty_built(1);
    other.put32(other.key_cell(kRuleKey) + nk::kParent, 0x40);
    put_text(scene.log(".LOG1"),
             text_of(new_log(dirty_built(0), {entry_between(8, dirty_built(0), other)}).bytes));
    check_refused(scene, {"--replay"}, "damaged");
}

TEST_CASE("replay refusals: transactions that may be pending") {
    auto entry = entry_between(8, dirty_built(0), dirty_built(1));
    entry.flags = 1;
    const DirtyHive dirty = {
        "pending", dirty_built(0), {{".LOG1", new_log(dirty_built(0), {entry})}}, 9};
    const DirtyScene scene(dirty);
    put_text(scene.at().folder() / "NTUSER.DAT{016888bd}.TM.blf", "x");
    const auto before = all_of(scene.at().folder());
    const auto run = run_hivefix(scene.arguments());
    CHECK(run.status == 2);
    CHECK(run.out.find("pending-transactions") != std::string::npos);
    CHECK(all_of(scene.at().folder()) == before);
    CHECK(scene.at().undo_records().empty());
    CHECK(run_hivefix(scene.arguments({"--force"})).status == 0);
    CHECK(scene.is_fixed(scene.bytes()));
}

TEST_CASE("replay refusals: a value that is not the documented one, but in the logs only") {
    const auto hive = dirty_built(0);
    const auto after = dirty_built(5);
    const DirtyHive dirty = {
        "nonstandard", hive, {{".LOG1", new_log(hive, {entry_between(8, hive, after)})}}, 9};
    DirtyScene scene(dirty);
    const auto before = all_of(scene.at().folder());
    for (const auto& more : {std::vector<std::string>{}, {"--replay"}}) {
        const auto run = run_hivefix(scene.at().arguments(more));
        CHECK(run.status == 2);
        CHECK(run.out.find("nonstandard") != std::string::npos);
        CHECK(all_of(scene.at().folder()) == before);
    }
    CHECK(run_hivefix(scene.arguments({"--force"})).status == 0);
    CHECK(scene.is_fixed(scene.bytes()));
}

TEST_CASE("replay refusals: nothing to do where the logs mended it already") {
    const auto hive = dirty_built(1);
    auto absent = HiveSpec{.primary_sequence = 8, .secondary_sequence = 7};
    absent.with("Control Panel", sz(u"Wallpaper", u"none")).with("Software");
    for (const auto& after : {dirty_built(0), absent.build()}) {
        for (auto stored : {hive, dirty_built(0)}) {
            for (const bool damaged : {false, true}) {
                if (damaged) {
                    stored.put32(header::kSignature, 0);
                }
                const DirtyHive dirty = {
                    "mended", stored, {{".LOG1", new_log(hive, {entry_between(8, hive, after)})}}};
                const DirtyScene scene(dirty);
                CAPTURE(damaged);
                CHECK(scanned(scene.at().folder()) == "clear");
                for (const auto& more : {std::vector<std::string>{}, {"--replay"}}) {
                    CHECK(untouched(scene, more, 0)["result"] == "nothing-to-do");
                }
                CHECK(logs_of(scene).size() == 1);
            }
        }
    }
}

TEST_CASE("replay refusals: a hive or a log that changes between plan and change") {
    DirtyScene scene(dirty_hive("grows"));
    const auto patch = scene.plan();
    auto other = scene.old_bytes();
    other[5000] ^= 1;
    scene.reset(other);
    CHECK(error_of([&] { apply(patch, scene.hive()); }) == "not-as-planned");
    CHECK(scene.bytes() == other);
    scene.reset(scene.old_bytes() + 'x');
    CHECK(error_of([&] { apply(patch, scene.hive()); }) == "not-as-planned");
    CHECK(scene.bytes() == scene.old_bytes() + 'x');
    CHECK(scene.beside().empty());

    // A patch has all bytes in it. Logs that were read for it may go or change afterwards: the hive
    // becomes what was planned.
    scene.reset();
    const auto more = text_of(new_log(dirty_built(0), {{.number = 77}}).bytes);
    put_text(scene.log(".LOG1"), read_file(scene.log(".LOG1")) + more);
    apply(patch, scene.hive());
    CHECK(scene.bytes() == scene.fixed_bytes(kFixTime));
    scene.reset();
    fs::remove(scene.log(".LOG1"));
    apply(patch, scene.hive());
    CHECK(scene.bytes() == scene.fixed_bytes(kFixTime));
    CHECK(scanned(scene.at().folder()) == "clear");
}
