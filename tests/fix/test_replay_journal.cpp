// Journals and undo records of changes that alter the file's length: what they take back, and what
// they may not say.
#include "tests/support/dirty_scene.hpp"
#include "tests/support/hive_files.hpp"
#include "tests/support/regf_account.hpp"

#include "change/journal.hpp"

#include <hivelint/fix.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace fs = std::filesystem;
using namespace hivelint;
using namespace hivelint::test;
using nlohmann::json;

namespace {

/// What the journal of a patch says.
FileChange entry_for(const Patch& patch) {
    FileChange change = patch;
    if (patch.size_after() >= patch.size) {
        change.tail.clear();
    }
    return change;
}

/// What an interruption leaves: `bytes` with some of the patch's ranges written, and this end.
std::string torn(std::string bytes, const Patch& patch, std::size_t written, std::size_t size,
                 char fill) {
    for (std::size_t i = 0; i < std::min(written, patch.ranges.size()); ++i) {
        const auto after = text_of(patch.ranges[i].after);
        bytes.replace(static_cast<std::size_t>(patch.ranges[i].offset), after.size(), after);
    }
    bytes.resize(size, fill);
    return bytes;
}

json record_of(const fs::path& hive) {
    const auto run = run_hivefix({"--dry-run", "--format", "jsonl", hive.native()});
    return json::parse(run.out);
}

std::string recovered(const DirtyScene& scene) {
    std::string out;
    const auto error = error_of([&] { out = to_string(recover(scene.hive())); });
    return out.empty() ? error : out;
}

struct Lengths {
    explicit Lengths(const DirtyScene& scene)
        : shorter(scene.old_bytes().size()), longer(scene.recovered_bytes().size()),
          all({shorter, shorter + 1, shorter + 511, (shorter + longer) / 2, longer - 1, longer}) {}
    std::size_t shorter;
    std::size_t longer;
    std::vector<std::size_t> all;
};

} // namespace

TEST_CASE("replay journal: of a fix that makes the file longer, wherever it stopped") {
    for (const auto* name : {"grows", "grows healed", "grows old"}) {
        DirtyScene scene(dirty_hive(name));
        const auto patch = scene.plan();
        const auto journal = journal_text(entry_for(patch));
        const Lengths lengths(scene);
        for (const auto length : lengths.all) {
            for (const std::size_t written : {std::size_t{0}, std::size_t{1}, ~std::size_t{0}}) {
                for (const char fill : {'\0', 'x'}) {
                    CAPTURE(name);
                    CAPTURE(length);
                    CAPTURE(written);
                    const auto bytes = torn(scene.old_bytes(), patch, written, length, fill);
                    scene.reset(bytes);
                    put_text(scene.journal(), journal);
                    CHECK(scanned(scene.at().folder()) == "affected+interrupted");
                    const auto record = record_of(scene.hive());
                    // Of the stored bytes, which may end before they should.
                    const auto state = record["state"].get<std::string>();
                    CHECK((state == "interrupted" || state == "truncated"));
                    CHECK(record["fix"]["result"] == "refused");
                    CHECK(scene.bytes() == bytes);
                    CHECK(recovered(scene) == "rolled-back");
                    CHECK(scene.bytes() == scene.old_bytes());
                    CHECK(scene.beside().empty());
                }
            }
        }
    }
}

TEST_CASE("replay journal: of an undoing, which makes the file shorter, wherever it stopped") {
    DirtyScene scene(dirty_hive("grows"));
    const auto forward = scene.plan();
    const auto patch = reversed(forward);
    const auto fixed = scene.fixed_bytes(kFixTime);
    const auto journal = journal_text(entry_for(patch));
    const Lengths lengths(scene);
    for (const auto length : lengths.all) {
        for (const std::size_t written : {std::size_t{0}, std::size_t{1}, ~std::size_t{0}}) {
            // The end as it was, or, where a recovery was cut off, as storage made it longer before
            // it had the bytes.
            for (const bool empty : {false, true}) {
                CAPTURE(length);
                CAPTURE(written);
                CAPTURE(empty);
                auto bytes = torn(fixed, patch, written, length, '\0');
                if (empty) {
                    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(lengths.shorter),
                              bytes.end(), '\0');
                }
                scene.reset(bytes);
                put_text(scene.journal(), journal);
                CHECK(scanned(scene.at().folder()) == "clear+interrupted");
                CHECK(recovered(scene) == "rolled-back");
                CHECK(scene.bytes() == fixed);
                CHECK(scene.beside().empty());
            }
        }
    }
}

TEST_CASE("replay journal: sizes and ends that do not fit, though its hash is right") {
    DirtyScene scene(dirty_hive("grows"));
    const auto patch = scene.plan();
    const auto fixed = scene.fixed_bytes(kFixTime);
    const auto grow = entry_for(patch);
    const auto shrink = entry_for(reversed(patch));
    const auto with = [](FileChange entry, auto change) {
        change(entry);
        return entry;
    };
    const auto one = bytes_of({1});
    const auto behind = [&](FileChange& entry) {
        entry.ranges.push_back({scene.old_bytes().size(), one, one});
    };
    const std::vector<std::pair<std::string, FileChange>> rows = {
        {"grows, with a tail", with(grow, [&](auto& e) { e.tail = one; })},
        {"grows, with all of its tail", with(grow, [&](auto& e) { e.tail = patch.tail; })},
        {"grows, from another size", with(grow, [](auto& e) { ++e.size; })},
        {"grows, a range in the new part", with(grow, behind)},
        {"grows, another hash", with(grow, [](auto& e) { e.sha256_before = e.sha256_after; })},
        {"shrinks, no tail", with(shrink, [](auto& e) { e.tail.clear(); })},
        {"shrinks, half a tail", with(shrink, [](auto& e) { e.tail.resize(e.tail.size() / 2); })},
        {"shrinks, too long a tail", with(shrink, [&](auto& e) { e.tail.push_back(one[0]); })},
        {"shrinks, another tail", with(shrink, [](auto& e) { e.tail[9] ^= std::byte{1}; })},
        {"shrinks, to another size", with(shrink, [](auto& e) { ++*e.new_size; })},
        {"shrinks, a range in what goes", with(shrink, behind)},
    };
    for (const auto& [what, entry] : rows) {
        CAPTURE(what);
        const auto& bytes = what.starts_with("grows") ? scene.old_bytes() : fixed;
        for (const auto& now : {bytes, torn(scene.old_bytes(), patch, 0, bytes.size() - 1, 'x')}) {
            scene.reset(now);
            put_text(scene.journal(), journal_text(entry));
            CHECK(recovered(scene) == "bad-journal");
            // Windows would load what is stored.
            CHECK(scanned(scene.at().folder()) ==
                  (now == fixed ? "clear:bad-journal" : "affected:bad-journal"));
            CHECK(scene.bytes() == now);
            CHECK(scene.beside() == " NTUSER.DAT.hivelint-journal");
        }
    }
    const Lengths lengths(scene);
    for (const auto length : {std::size_t{0}, lengths.shorter - 1, lengths.longer + 1}) {
        CAPTURE(length);
        for (const auto& entry : {grow, shrink}) {
            const auto now = torn(fixed, patch, 0, length, 'x');
            scene.reset(now);
            put_text(scene.journal(), journal_text(entry));
            CHECK(recovered(scene) == "bad-journal");
            CHECK(scene.bytes() == now);
            CHECK(fs::exists(scene.journal()));
        }
    }
}

TEST_CASE("replay journal: cut anywhere, the hive was not changed yet") {
    for (const auto* name : {"new", "healed"}) {
        DirtyScene scene(dirty_hive(name));
        const auto journal = journal_text(entry_for(scene.plan()));
        for (std::size_t i = 0; i < journal.size(); i += i < 300 ? 1 : 97) {
            CAPTURE(name);
            CAPTURE(i);
            put_text(scene.journal(), journal.substr(0, i));
            CHECK(recovered(scene) == "untouched");
            CHECK(scene.bytes() == scene.old_bytes());
            CHECK(scene.beside().empty());
        }
    }
}

TEST_CASE("replay undo record: a field that is missing, of another type, or at odds with another") {
    DirtyScene scene(dirty_hive("grows"));
    REQUIRE(run_hivefix(scene.arguments()).status == 0);
    const auto fixed = scene.bytes();
    REQUIRE(scene.at().undo_records().size() == 1);
    const auto good = json::parse(single_record(scene.at().undo_records().front()));
    const std::uint64_t old_size = scene.old_bytes().size();
    const std::string tail = good["tail"];
    REQUIRE(good["size"] == old_size);
    REQUIRE(good["new_size"] == fixed.size());
    REQUIRE(tail.size() == 2 * (fixed.size() - old_size));
    const auto refused = [&](const json& forged) {
        const auto file = scene.at().undo_folder() / "forged";
        put_text(file, forged.dump());
        const auto error = error_of([&] { undo_one(file); });
        CHECK(scene.bytes() == fixed);
        CHECK(scene.beside().empty());
        put_text(scene.hive(), fixed);
        return error;
    };
    for (const auto* field : {"size", "new_size", "tail", "replays"}) {
        CAPTURE(field);
        auto without = good;
        without.erase(field);
        CHECK(refused(without) == "invalid-argument");
    }
    auto other_tail = tail;
    other_tail[0] = other_tail[0] == '0' ? '1' : '0';
    struct Row {
        std::string field;
        json value;
        const char* error = "invalid-argument";
    };
    const Row rows[] = {
        {"new_size", "9"},
        {"new_size", nullptr},
        {"new_size", true},
        {"new_size", -1},
        {"new_size", static_cast<double>(fixed.size()) + 0.5},
        {"new_size", static_cast<double>(fixed.size())},
        {"new_size", 0},
        {"new_size", old_size},
        {"new_size", fixed.size() + 1},
        {"new_size", fixed.size() - 1},
        {"new_size", ~std::uint64_t{0}},
        {"new_size", 2 * old_size - fixed.size()}, // the tail's length fits that, too
        {"size", old_size + 1},
        {"size", fixed.size()},
        {"size", 2 * fixed.size() - old_size},
        {"size", static_cast<double>(old_size)},
        {"tail", ""},
        {"tail", tail.substr(2)},
        {"tail", tail + "00"},
        {"tail", tail.substr(1)},
        {"tail", "zz" + tail.substr(2)},
        {"tail", 5},
        {"tail", nullptr},
        {"tail", other_tail, "not-as-planned"},
        {"replays", "yes"},
        {"replays", 1},
        {"replays", nullptr},
        {"replays", false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.field);
        CAPTURE(row.value.dump().substr(0, 80));
        auto forged = good;
        forged[row.field] = row.value;
        const auto error = refused(forged);
        CHECK(error.substr(0, error.find(' ')) == row.error);
    }
    CHECK(error_of([&] { undo_one(scene.at().undo_records().back()); }) == "no error");
    CHECK(scene.bytes() == scene.old_bytes());
}

TEST_CASE("replay undo record: that logs were applied is not believed of a clean hive") {
    FixScene scene;
    REQUIRE(run_hivefix(scene.arguments()).status == 0);
    const auto fixed = scene.bytes();
    auto record = json::parse(single_record(scene.undo_records().front()));
    record["replays"] = true;
    const auto file = scene.undo_folder() / "forged";
    put_text(file, record.dump());
    CHECK(error_of([&] { undo_one(file); }) == "failed-check");
    CHECK(scene.bytes() == fixed);
    CHECK(scene.beside().empty());
}
