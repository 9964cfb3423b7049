// Applying patches through the library: the planned bytes and no others, and back again.
#include "tests/support/fix_scene.hpp"
#include "tests/support/hive_files.hpp"
#include "tests/support/regf_account.hpp"
#include "tests/support/syscalls.hpp"

#include "source/hashes.hpp"

#include <hivelint/fix.hpp>
#include <hivelint/report.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <sys/stat.h>

namespace fs = std::filesystem;
using namespace hivelint;
using namespace hivelint::test;

namespace {

std::string apply_error(const FixScene& scene, const Patch& patch,
                        const ApplyOptions& options = {}) {
    return error_of([&] { apply(patch, scene.hive(), options); });
}

/// The undo record of a fix at kFixTime that has been made.
fs::path fix_and_record(const FixScene& scene) {
    const auto patch = scene.plan();
    apply(patch, scene.hive());
    const auto record = scene.undo_folder() / "record";
    put_text(record, single_record(patch));
    return record;
}

std::string hash_of(const std::string& bytes) {
    return sha256(MemorySource(std::as_bytes(std::span(bytes))));
}

} // namespace

TEST_CASE("apply: set-zero and delete, and taken back to the last bit") {
    for (const auto action : {Action::set_value, Action::delete_value}) {
        CAPTURE(action);
        FixScene scene;
        const auto patch = scene.plan(action);
        CHECK(scene.bytes() == scene.old_bytes());
        CHECK(patch.sha256_before == hash_of(scene.old_bytes()));
        apply(patch, scene.hive());
        CHECK(scene.bytes() == scene.fixed_bytes(action));
        CHECK(patch.sha256_after == hash_of(scene.bytes()));
        CHECK(scanned(scene.folder()) == "clear");
        CHECK(scene.beside().empty());

        CHECK(apply_error(scene, patch) == "not-as-planned");
        apply(reversed(patch), scene.hive());
        CHECK(scene.bytes() == scene.old_bytes());
        CHECK(scene.beside().empty());
    }
}

TEST_CASE("apply: the preview says what is changed and to what") {
    FixScene scene;
    const auto text = preview(scene.plan());
    CHECK(text.find("set Software\\Microsoft\\Exchange : MapiHttpDisabled to REG_DWORD 0\n") == 0);
    CHECK(text.find("\"MapiHttpDisabled\"=dword:00000000\n") != std::string::npos);
    CHECK(text.find("00000004  - 07\n          + 08\n") != std::string::npos);
    CHECK(preview(scene.plan(Action::delete_value)).find("\"MapiHttpDisabled\"=-\n") !=
          std::string::npos);
    scene.reset(scene.fixed_bytes());
    CHECK(preview(scene.plan()) == "nothing to do\n");
}

TEST_CASE("apply: a file that is not the one that was planned for is not touched") {
    FixScene scene;
    const auto patch = scene.plan();
    auto changed = scene.old_bytes();
    changed.back() ^= 1; // no range of the patch is near
    auto in_range = scene.old_bytes();
    in_range[patch.ranges.back().offset] ^= 4;
    for (const auto& bytes : {changed, in_range, scene.old_bytes() + '\0',
                              scene.old_bytes().substr(1), std::string()}) {
        scene.reset(bytes);
        CHECK(apply_error(scene, patch) == "not-as-planned");
        CHECK(scene.bytes() == bytes);
        CHECK(scene.beside().empty());
    }
}

TEST_CASE("apply: what lies behind the bins stays") {
    FixScene scene;
    const auto tail = "regf" + std::string(1234, 'x');
    scene.reset(scene.old_bytes() + tail);
    apply(scene.plan(), scene.hive());
    CHECK(scene.bytes() == scene.fixed_bytes() + tail);
}

TEST_CASE(
    "apply: a patch that breaks the hive, or changes more than it says, is refused unwritten") {
    FixScene scene;
    bool begun = false;
    const ApplyOptions options = {.before_change = [&] { begun = true; }};
    const auto built = hive_to_fix();
    auto other_value = scene.plan();
    auto bad_cell = scene.plan();
    const auto change = [](Patch& patch, FileOffset at, std::uint8_t before, std::uint8_t after) {
        ByteRange range{at, {std::byte{before}}, {std::byte{after}}};
        patch.ranges.insert(std::ranges::lower_bound(patch.ranges, at, {}, &ByteRange::offset),
                            range);
    };
    change(other_value, built.value_cell(kRuleKey, u"Before") + vk::kData, 7, 8);
    change(bad_cell, built.value_cell(kRuleKey, u"Before") + vk::kSignature, 'v', 'w');
    for (auto* patch : {&other_value, &bad_cell}) {
        std::string after = scene.old_bytes();
        for (const auto& range : patch->ranges) {
            for (std::size_t i = 0; i < range.after.size(); ++i) {
                after[range.offset + i] = static_cast<char>(range.after[i]);
            }
        }
        patch->sha256_after = hash_of(after);
        CHECK(apply_error(scene, *patch, options) != "");
        CHECK_FALSE(begun);
        CHECK(scene.bytes() == scene.old_bytes());
        CHECK(scene.beside().empty());
    }
    auto other_hash = scene.plan();
    other_hash.sha256_after = hash_of("");
    CHECK(apply_error(scene, other_hash, options) == "failed-check");
    CHECK_FALSE(begun);
    CHECK(scene.bytes() == scene.old_bytes());
    CHECK(scene.beside().empty());
}

TEST_CASE("undo: by its record, in the file it names or in another one") {
    FixScene scene;
    const auto record = fix_and_record(scene);
    const auto elsewhere = scene.top() / "moved";
    fs::rename(scene.hive(), elsewhere);
    CHECK(error_of([&] { undo_one(record); }) == "not-found");
    const auto patch = undo_one(record, elsewhere);
    CHECK(patch.path == elsewhere);
    CHECK(read_file(elsewhere) == scene.old_bytes());
    undo_one(record, elsewhere); // it is undone already
    CHECK(read_file(elsewhere) == scene.old_bytes());
    put_text(elsewhere, scene.fixed_bytes(Action::delete_value));
    CHECK(error_of([&] { undo_one(record, elsewhere); }) == "not-found"); // no change of it
    put_text(elsewhere, scene.old_bytes());
    fs::rename(elsewhere, scene.hive());
    CHECK(scene.beside().empty());
}

TEST_CASE("undo: forged records are refused, and the hive is not touched") {
    using nlohmann::json;
    FixScene scene;
    const auto record = fix_and_record(scene);
    const auto fixed = scene.bytes();
    const auto good = json::parse(read_file(record));
    const auto range = [](std::uint64_t offset, const char* before, const char* after) {
        return json{{"offset", offset}, {"before", before}, {"after", after}};
    };
    struct Row {
        const char* what;
        json ranges;
        const char* error = "invalid-argument";
    };
    const Row rows[] = {
        {"overlapping", {range(100, "0000", "0000"), range(101, "00", "00")}},
        {"the same twice", {range(100, "00", "00"), range(100, "00", "00")}},
        {"descending", {range(200, "00", "00"), range(100, "00", "00")}},
        {"behind the end", {range(fixed.size(), "00", "00")}},
        {"over the end", {range(fixed.size() - 1, "0000", "0000")}},
        {"wrapping around", {range(~std::uint64_t{0}, "0000", "0000")}},
        {"negative", {json{{"offset", -1}, {"before", "00"}, {"after", "00"}}}},
        {"longer after", {range(100, "00", "0000")}},
        {"longer before", {range(100, "0000", "00")}},
        {"half a byte", {range(100, "0", "0")}},
        {"no digits", {range(100, "zz", "zz")}},
        {"no offset", {json{{"before", "00"}, {"after", "00"}}}},
        {"no list", 5},
        {"other old bytes", json::array({range(0, "00", "00")})},
    };
    const auto refused = [&](const json& forged) {
        const auto file = scene.undo_folder() / "forged";
        put_text(file, forged.dump());
        return error_of([&] { undo_one(file); });
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto forged = good;
        forged["ranges"] = row.ranges;
        CHECK(refused(forged) == row.error);
        CHECK(scene.bytes() == fixed);
        CHECK(scene.beside().empty());
    }
    for (const std::string field :
         {"schema", "path", "size", "sha256_before", "sha256_after", "check", "action", "key",
          "name", "number", "ranges", "tail", "new_size", "replays"}) {
        CAPTURE(field);
        auto without = good;
        without.erase(field);
        CHECK(refused(without) == "invalid-argument");
        auto other = good;
        other[field] = json::array({"?"});
        CHECK(refused(other) == "invalid-argument");
        CHECK(scene.bytes() == fixed);
        put_text(scene.hive(), fixed);
    }
    CHECK(refused("{") == "invalid-argument");
    CHECK(scene.beside().empty());
}

TEST_CASE("a patched copy: the original is left alone, what is there already too") {
    FixScene scene;
    const auto copy = scene.top() / "copy.dat";
    const auto tail = std::string(77, 't');
    scene.reset(scene.old_bytes() + tail);
    const std::vector<std::string> arguments = {"--output", copy.native(), scene.hive().native()};
    CHECK(run_hivefix(arguments).status == 0);
    CHECK(scene.bytes() == scene.old_bytes() + tail);
    const auto bytes = read_file(copy);
    REQUIRE(bytes.ends_with(tail));
    CHECK(scene.is_fixed(bytes.substr(0, scene.old_bytes().size())));
    CHECK(scene.beside().empty());

    CHECK(run_hivefix(arguments).status == 2);
    CHECK(read_file(copy) == bytes);
    CHECK(run_hivefix({"--output", scene.hive().native(), scene.hive().native()}).status == 2);
    CHECK(scene.bytes() == scene.old_bytes() + tail);
    fs::create_symlink(scene.top() / "target", scene.top() / "link");
    CHECK(
        run_hivefix({"--output", (scene.top() / "link").native(), scene.hive().native()}).status ==
        2);
    CHECK(!fs::exists(scene.top() / "target"));

    // There is a name for the file while it is written, however long its own is.
    const auto longest = scene.top() / std::string(255, 'n');
    CHECK(run_hivefix({"--output", longest.native(), scene.hive().native()}).status == 0);
    CHECK(fs::exists(longest));
}

TEST_CASE("a patched copy: what cannot be made leaves nothing") {
    FixScene scene;
    const auto place = scene.top() / "copies";
    fs::create_directory(place);
    auto patch = scene.plan();
    patch.sha256_after = hash_of("");
    CHECK(error_of([&] { apply_to_copy(patch, scene.hive(), place / "copy"); }) == "failed-check");
    CHECK(fs::is_empty(place));
    CHECK(error_of([&] {
              apply_to_copy(scene.plan(), scene.hive(), place / "missing" / "copy");
          }) == "not-found");
    CHECK(scene.bytes() == scene.old_bytes());
}

TEST_CASE("a patched copy: a file that appears while it is written is not replaced") {
    if (!can_trace()) {
        return;
    }
    FixScene scene(storages().front());
    const auto place = scene.top() / "copies";
    const auto copy = place / "patched";
    const Command command = {.program = HIVELINT_HIVEFIX,
                             .arguments = {"--output", copy.native(), scene.hive().native()}};
    fs::create_directory(place);
    // Not the call of a number: the bytes that change, and so the reads, depend on the time.
    const auto run = run_traced(
        command, {.pause_before = Call::rename, .meanwhile = [&] { put_text(copy, "another's"); }});
    CHECK(run.status == 2);
    CHECK(run.out.find("already-exists") != std::string::npos);
    CHECK(read_file(copy) == "another's");
    CHECK(std::distance(fs::directory_iterator(place), {}) == 1);

    // A file system without such a renaming.
    fs::remove(copy);
    const auto linked = run_traced(command, {.call = Call::rename, .nth = 1, .error = EINVAL});
    CHECK(linked.status == 0);
    CHECK(scene.is_fixed(read_file(copy)));
    CHECK(std::distance(fs::directory_iterator(place), {}) == 1);
}

TEST_CASE("undo records: not beside the hive, and no fix without one that can be written") {
    FixScene scene;
    const auto check_refused = [&](std::vector<std::string> arguments) {
        arguments.push_back(scene.hive().native());
        const auto run = run_hivefix(arguments, {.program = "", .folder = scene.top()});
        CAPTURE(run.out);
        CHECK(run.status == 2);
        CHECK(scene.bytes() == scene.old_bytes());
        CHECK(scene.beside().empty());
    };
    check_refused({"--undo-dir", scene.folder().native()});
    check_refused({"--undo-dir", (scene.undo_folder() / ".." / "profile").native()});
    check_refused({"--undo-record", (scene.folder() / "record").native()});
    check_refused({"--undo-record", scene.hive().native()});
    check_refused({"--undo-dir", (scene.top() / "missing").native()});
    check_refused({"--undo-dir", scene.hive().native()});
    check_refused({"--undo-record", "/dev/full"});
    const auto there = scene.undo_folder() / "there";
    write_file(there, bytes_of({1, 2, 3}));
    check_refused({"--undo-record", there.native()});
    CHECK(read_file(there).size() == 3);
    CHECK(scene.undo_records().size() == 1);

    const auto record = scene.undo_folder() / "record";
    CHECK(run_hivefix({"--undo-record", record.native(), scene.hive().native()}).status == 0);
    CHECK(scene.is_fixed(scene.bytes()));
    CHECK(run_hivefix({"--undo", record.native()}).status == 0);
    CHECK(scene.bytes() == scene.old_bytes());
}

TEST_CASE("undo records: none is replaced") {
    FixScene scene;
    const auto record = scene.undo_folder() / "record";
    const auto fix = [&](const fs::path& hive) {
        const auto run = run_hivefix({"--undo-record", record.native(), hive.native()});
        CHECK((run.status == 0) == (run.out.find("already-exists") == std::string::npos));
        return run.status;
    };
    CHECK(fix(scene.hive()) == 0);
    const auto first = read_file(record);

    // The same bytes in another file, whose fix would cost the first one its record.
    const auto other = scene.top() / "other" / "NTUSER.DAT";
    fs::create_directory(other.parent_path());
    put_text(other, scene.old_bytes());
    CHECK(fix(other) == 2);
    CHECK(read_file(other) == scene.old_bytes());
    CHECK(read_file(record) == first);

    // The same file with other bytes.
    scene.reset(scene.old_bytes() + "tail");
    put_text(record, first);
    CHECK(fix(scene.hive()) == 2);
    CHECK(read_file(record) == first);

    // What is no record at all.
    fs::remove(record);
    fs::create_symlink(other, record);
    CHECK(fix(scene.hive()) == 2);
    CHECK(fs::is_symlink(record));
}
