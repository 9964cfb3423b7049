// hivefix --replay: a dirty hive's logs and the fix in one patch.
#include "tests/support/dirty_scene.hpp"
#include "tests/support/hive_files.hpp"
#include "tests/support/regf_account.hpp"
#include "tests/support/tree_account.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace fs = std::filesystem;
using namespace hivelint;
using namespace hivelint::test;

namespace {

/// The image of a hive's file: base block and bins.
BuiltHive image_of(std::string_view bytes) {
    auto hive = hive_of(bytes);
    hive.truncate(kPage + hive.get32(header::kBinsSize));
    return hive;
}

constexpr std::string_view kValueLine = "\\Software\\Microsoft\\Exchange : MapiHttpDisabled 4 ";

/// hivex_tree() without the time of the key that is changed.
std::vector<std::string> tree_without_time(const BuiltHive& hive) {
    auto lines = hivex_tree(hive);
    std::erase_if(lines, [](const std::string& line) {
        return line.starts_with("\\Software\\Microsoft\\Exchange ") &&
               line.find(" : ") == std::string::npos;
    });
    return lines;
}

/// What is different in the tree of the fixed hive from that of the recovered one.
void check_trees(const DirtyScene& scene, Action action) {
    const auto before = image_of(scene.recovered_bytes());
    const auto after = image_of(scene.bytes());
    CHECK(verified(after) == verified(before));
    auto expected = tree_without_time(before);
    const auto value = std::ranges::find(expected, std::string(kValueLine) + "01000000");
    REQUIRE(value != expected.end());
    if (action == Action::set_value) {
        *value = std::string(kValueLine) + "00000000";
    } else {
        expected.erase(value);
    }
    CHECK(tree_without_time(after) == expected);
    // The key's line (its time, and perhaps its number of values) and the value's.
    CHECK(walker_changes(before, after).size() == (action == Action::set_value ? 4 : 3));
}

void check_base_block(const DirtyHive& dirty, const std::string& bytes) {
    const auto hive = hive_of(bytes);
    CHECK(hive.get32(header::kPrimarySequence) == dirty.fixed_number);
    CHECK(hive.get32(header::kSecondarySequence) == dirty.fixed_number);
    CHECK(hive.get32(header::kFileType) == 0);
    CHECK(hive.get32(header::kChecksum) == base_block_checksum(hive.bytes));
    CHECK(hive.bytes.size() >= kPage + hive.get32(header::kBinsSize));
}

} // namespace

TEST_CASE("replay: logs and fix are applied at once, and taken back at once") {
    for (const auto& dirty : dirty_hives()) {
        for (const auto action : {Action::set_value, Action::delete_value}) {
            CAPTURE(dirty.name);
            CAPTURE(action);
            DirtyScene scene(dirty);
            REQUIRE(scene.old_bytes() != scene.recovered_bytes());
            REQUIRE(scanned(scene.at().folder()) == "affected");
            const auto who = identity(scene.hive()).substr(0, identity(scene.hive()).find("size"));
            const auto run = run_hivefix(scene.arguments(
                action == Action::set_value ? std::vector<std::string>()
                                            : std::vector<std::string>{"--delete"}));
            CAPTURE(run.out);
            CHECK(run.status == 0);
            CHECK(scene.is_fixed(scene.bytes(), action));
            CHECK(scene.beside().empty());
            CHECK(identity(scene.hive()).starts_with(who));
            check_base_block(dirty, scene.bytes());
            check_trees(scene, action);
            CHECK(scanned(scene.at().folder()) == "clear");

            // The logs are stale now: a second run has nothing to do, without a byte written.
            const auto fixed = scene.bytes();
            const auto time = modified(scene.hive());
            const auto again = run_hivefix(scene.arguments());
            CHECK(again.status == 0);
            CHECK(again.out.find("nothing-to-do") != std::string::npos);
            CHECK(scene.bytes() == fixed);
            CHECK(modified(scene.hive()) == time);

            REQUIRE(scene.at().undo_records().size() == 1);
            const auto undone = run_hivefix({"--undo", scene.at().undo_records().front().native()});
            CHECK_MESSAGE(undone.status == 0, undone.err);
            CHECK(scene.bytes() == scene.old_bytes());
            CHECK(scene.beside().empty());
            CHECK(identity(scene.hive()).starts_with(who));
            CHECK(scanned(scene.at().folder()) == "affected");
            CHECK(run_hivefix(scene.arguments()).status == 0);
        }
    }
}

TEST_CASE("replay: the record says whether the base block was healed too") {
    for (const auto& dirty : dirty_hives()) {
        CAPTURE(dirty.name);
        DirtyScene scene(dirty);
        const auto run = run_hivefix(scene.arguments({"--format", "jsonl"}));
        const auto record = nlohmann::json::parse(run.out);
        CHECK(record["state"] == (dirty.healed ? "healed" : "recovered"));
        CHECK(record["fix"]["result"] == "fixed");
        CHECK(record["fix"]["bytes_changed"] > 0);
        const auto again = run_hivefix(scene.arguments({"--format", "jsonl"}));
        CHECK(nlohmann::json::parse(again.out)["state"] == "clean");
    }
}

TEST_CASE("replay: the lengths of the hives here are what their names say") {
    const auto growth = [](std::string_view name) {
        const DirtyScene scene(dirty_hive(name));
        return static_cast<std::int64_t>(scene.recovered_bytes().size()) -
               static_cast<std::int64_t>(scene.old_bytes().size());
    };
    CHECK(growth("new") == 0);
    CHECK(growth("shrinks") == 0);
    CHECK(growth("grows") > 0);
    CHECK(growth("grows old") == growth("grows"));
    const DirtyScene shrinks(dirty_hive("shrinks"));
    CHECK(hive_of(shrinks.recovered_bytes()).get32(header::kBinsSize) <
          hive_of(shrinks.old_bytes()).get32(header::kBinsSize));
}

TEST_CASE("replay: a dry run and a patched copy leave the hive alone") {
    for (const auto& dirty : dirty_hives()) {
        CAPTURE(dirty.name);
        DirtyScene scene(dirty);
        const auto who = identity(scene.hive()) + modified(scene.hive());
        const auto dry = run_hivefix(scene.arguments({"--dry-run"}));
        CHECK(dry.status == 1);
        CHECK(dry.out.find("these are in the hive with its logs applied") != std::string::npos);
        const auto copy = scene.at().top() / "copy";
        const auto run =
            run_hivefix({"--replay", "--output", copy.native(), scene.hive().native()});
        CHECK_MESSAGE(run.status == 0, run.out);
        CHECK(scene.is_fixed(read_file(copy)));
        CHECK(scene.bytes() == scene.old_bytes());
        CHECK(scene.beside().empty());
        CHECK(scene.at().undo_records().empty());
        CHECK(identity(scene.hive()) + modified(scene.hive()) == who);
    }
}

TEST_CASE("replay: the file's time is kept on request, through a fix and through its undoing") {
    DirtyScene scene(dirty_hive("grows"));
    fs::last_write_time(scene.hive(), fs::file_time_type::clock::now() - std::chrono::hours(99));
    const auto time = modified(scene.hive());
    CHECK(run_hivefix(scene.arguments({"--preserve-times"})).status == 0);
    CHECK(scene.is_fixed(scene.bytes()));
    CHECK(modified(scene.hive()) == time);
    REQUIRE(scene.at().undo_records().size() == 1);
    const auto record = scene.at().undo_records().front();
    CHECK(run_hivefix({"--preserve-times", "--undo", record.native()}).status == 0);
    CHECK(scene.bytes() == scene.old_bytes());
    CHECK(modified(scene.hive()) == time);
    CHECK(run_hivefix(scene.arguments()).status == 0);
    CHECK(modified(scene.hive()) != time);
}

TEST_CASE("replay: the record says what the patch changes, the new end of the file included") {
    DirtyScene scene(dirty_hive("grows"));
    const auto run = run_hivefix(scene.arguments({"--dry-run", "--format", "jsonl"}));
    const auto fix = nlohmann::json::parse(run.out)["fix"];
    auto bytes = scene.old_bytes();
    for (const auto& range : fix["ranges"]) {
        const std::string before = range["before"];
        const std::string after = range["after"];
        const std::size_t offset = range["offset"];
        bytes.resize(std::max(bytes.size(), offset + after.size() / 2));
        CHECK((before.empty() || before.size() == after.size()));
        for (std::size_t i = 0; i < after.size() / 2; ++i) {
            bytes[offset + i] = static_cast<char>(std::stoi(after.substr(2 * i, 2), nullptr, 16));
        }
    }
    CHECK(scene.is_fixed(bytes));
    CHECK(fix["result"] == "would-fix");
}
