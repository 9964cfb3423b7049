// The journal beside a hive: complete, incomplete, of another file, or no file at all.
#include "tests/support/fix_scene.hpp"
#include "tests/support/hive_files.hpp"
#include "tests/support/regf_account.hpp"

#include "change/journal.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <sys/stat.h>

namespace fs = std::filesystem;
using namespace hivelint;
using namespace hivelint::test;

namespace {

std::string real_journal(const FixScene& scene) { return journal_text(scene.plan()); }

void put_journal(const FixScene& scene, std::string_view text) { put_text(scene.journal(), text); }

std::string recovered(const FixScene& scene) {
    std::string out;
    const auto error = error_of([&] { out = to_string(recover(scene.hive())); });
    return out.empty() ? error : out;
}

} // namespace

TEST_CASE("journal: what is written is read back") {
    FixScene scene;
    const auto entry = parse_journal(real_journal(scene));
    CHECK(entry.complete);
    CHECK(entry.change.size == scene.old_bytes().size());
    CHECK(entry.change.sha256_before == scene.plan().sha256_before);
    CHECK(entry.change.sha256_after == scene.plan().sha256_after);
    CHECK(entry.change.ranges == scene.plan().ranges);
    CHECK(recovered(scene) == "nothing-to-do");
}

TEST_CASE("journal: complete, it takes back whatever of its ranges was written") {
    FixScene scene;
    const auto journal = real_journal(scene);
    const auto ranges = scene.plan().ranges;
    REQUIRE(ranges.size() < 12);
    // Storage may have written them in any order.
    for (unsigned written = 0; written < 1U << ranges.size(); ++written) {
        auto bytes = scene.old_bytes();
        for (std::size_t i = 0; i < ranges.size(); ++i) {
            for (std::size_t k = 0; (written >> i & 1) != 0 && k < ranges[i].after.size(); ++k) {
                bytes[ranges[i].offset + k] = static_cast<char>(ranges[i].after[k]);
            }
        }
        scene.reset(bytes);
        put_journal(scene, journal);
        CAPTURE(written);
        CHECK(recovered(scene) == "rolled-back");
        CHECK(scene.bytes() == scene.old_bytes());
        CHECK(scene.beside().empty());
    }
}

TEST_CASE("journal: nothing is fixed or taken back beside one") {
    FixScene scene;
    const auto patch = scene.plan();
    const auto journal = real_journal(scene);
    put_journal(scene, journal);
    CHECK(error_of([&] { scene.plan(); }) == "interrupted-fix");
    CHECK(error_of([&] { apply(patch, scene.hive()); }) == "interrupted-fix");
    CHECK(run_hivefix(scene.arguments()).status == 2);
    CHECK(run_hivefix(scene.arguments({"--dry-run"})).status == 2);
    const auto copy = scene.top() / "out";
    CHECK(run_hivefix({"--output", copy.native(), scene.hive().native()}).status == 2);
    CHECK(!fs::exists(copy));
    CHECK(scene.bytes() == scene.old_bytes());
    CHECK(read_file(scene.journal()) == journal);
    CHECK(scene.undo_records().empty());
    CHECK(scanned(scene.folder()) == "affected+interrupted");
}

TEST_CASE("journal: cut anywhere, the hive was not changed yet, and it is removed") {
    FixScene scene;
    const auto journal = real_journal(scene);
    for (std::size_t i = 0; i < journal.size(); ++i) {
        CAPTURE(i);
        auto zeros = journal; // a file system may have made it longer before it wrote all of it
        std::fill(zeros.begin() + static_cast<std::ptrdiff_t>(i), zeros.end(), '\0');
        for (const auto& text : {journal.substr(0, i), zeros}) {
            put_journal(scene, text);
            CHECK(recovered(scene) == "untouched");
            CHECK(scene.bytes() == scene.old_bytes());
            CHECK(scene.beside().empty());
        }
    }
}

TEST_CASE("journal: with a byte damaged, or no journal at all, it is refused and stays") {
    FixScene scene;
    const auto journal = real_journal(scene);
    const auto refused = [&](const std::string& text) {
        put_journal(scene, text);
        CHECK(recovered(scene) == "bad-journal");
        CHECK(scene.bytes() == scene.old_bytes());
        CHECK(read_file(scene.journal()) == text);
    };
    for (std::size_t i = 0; i < journal.size(); ++i) {
        CAPTURE(i);
        for (const int flip : {1, 0x80}) {
            auto text = journal;
            text[i] = static_cast<char>(text[i] ^ flip);
            refused(text);
        }
    }
    const auto one_zero = journal + std::string(1, '\0');
    for (const auto& text : {journal + journal, journal + "x", one_zero, journal + one_zero,
                             std::string("\0hivelint-journal 1\n", 20), std::string("hivelint-x"),
                             std::string("notes of my own\n"), std::string("hivelint-journal 2")}) {
        CAPTURE(text);
        refused(text);
    }
    put_journal(scene, "notes of my own\n");
    CHECK(scanned(scene.folder()) == "affected:bad-journal");
    CHECK(run_hivefix(scene.arguments()).status == 2);
    CHECK(run_hivefix({"--recover", scene.folder().native()}).status == 2);
    CHECK(scene.beside() == " NTUSER.DAT.hivelint-journal");
}

TEST_CASE("journal: a line that is never written is none of a cut journal") {
    FixScene scene;
    const auto journal = real_journal(scene);
    const auto lines_to = [&](std::string_view word) {
        return journal.substr(0, journal.find(word));
    };
    const std::string hash(64, 'a');
    for (const auto& text : {
             lines_to("size") + "size x",
             lines_to("size") + "size \n",
             lines_to("size") + "size 0 8192\n",
             lines_to("size") + "size 8192 0\n",
             lines_to("size") + "size 8192\n",
             lines_to("size") + "size 99999999999999999999 8192\n",
             lines_to("before") + "range 1 00 00\n",
             lines_to("before") + "before 00\n",
             lines_to("before") + "before " + hash + "a\n",
             lines_to("range") + "range 1 0 0\n",
             lines_to("range") + "range 1 00 0000\n",
             lines_to("range") + "range 1  00\n",
             lines_to("range") + "end " + hash,
             lines_to("range") + "tail 0\n",
         }) {
        CAPTURE(text);
        put_journal(scene, text);
        CHECK(recovered(scene) == "bad-journal");
        CHECK(read_file(scene.journal()) == text);
    }
}

TEST_CASE("journal: cut, it is removed only beside a hive that can be the one it was made for") {
    FixScene scene;
    const auto journal = real_journal(scene);
    const auto longer = scene.old_bytes() + 'x';
    auto other = scene.old_bytes();
    other.back() ^= 1;
    const auto size_known = journal.find(' ', journal.find("size ") + 5) + 1;
    const auto hash_known = journal.find("after");
    const auto left = [&](const std::string& bytes, std::size_t length) {
        scene.reset(bytes);
        put_journal(scene, journal.substr(0, length));
        const auto result = recovered(scene);
        CHECK(scene.bytes() == bytes);
        CHECK(fs::exists(scene.journal()) == (result != "untouched"));
        return result;
    };
    CHECK(left(longer, size_known - 1) == "untouched");
    CHECK(left(longer, size_known) == "bad-journal");
    CHECK(left(other, hash_known - 1) == "untouched");
    CHECK(left(other, hash_known) == "bad-journal");
    CHECK(left(other, journal.size() - 1) == "bad-journal");
    CHECK(left(std::string(9000, 'x'), 0) == "not-a-hive 0x0");
    CHECK(left("", 0) == "too-short 0x0");
}

TEST_CASE("journal: a hive that was copied with its journal is recovered where it is now") {
    FixScene scene;
    put_journal(scene, real_journal(scene));
    const auto elsewhere = scene.top() / "elsewhere";
    fs::copy(scene.folder(), elsewhere);
    CHECK(recover(elsewhere / "NTUSER.DAT") == Recovery::rolled_back);
    CHECK(!fs::exists(journal_of(elsewhere / "NTUSER.DAT")));
}

TEST_CASE("journal: of another file, both stay as they are") {
    FixScene scene;
    const auto journal = real_journal(scene);
    auto longer = scene.old_bytes() + 'x';
    auto other = scene.old_bytes();
    other.back() ^= 1;
    for (const auto& bytes : {longer, other}) {
        scene.reset(bytes);
        put_journal(scene, journal);
        CHECK(recovered(scene) == "bad-journal");
        CHECK(scanned(scene.folder()) == "affected:bad-journal");
        CHECK(run_hivefix({"--recover", scene.folder().native()}).status == 2);
        CHECK(run_hivefix(scene.arguments()).status == 2);
        CHECK(scene.bytes() == bytes);
        CHECK(read_file(scene.journal()) == journal);
    }
}

TEST_CASE("journal: with ranges that do not fit, though its hash is right") {
    FixScene scene;
    FileChange change = parse_journal(real_journal(scene)).change;
    const auto size = change.size;
    const auto with = [&](std::vector<ByteRange> ranges) {
        change.ranges = std::move(ranges);
        put_journal(scene, journal_text(change));
        CHECK(recovered(scene) == "bad-journal");
        CHECK(scene.bytes() == scene.old_bytes());
        CHECK(scene.beside() == " NTUSER.DAT.hivelint-journal");
    };
    const auto one = bytes_of({1});
    const auto two = bytes_of({1, 2});
    with({{size, one, one}});
    with({{size - 1, two, two}});
    with({{~std::uint64_t{0}, two, two}});
    with({{8, two, two}, {9, one, one}});
    with({{8, one, one}, {8, one, one}});
    with({{8, {}, {}}});
}

TEST_CASE("journal: a number that is written in another way than a fix writes it") {
    FixScene scene;
    const auto text = real_journal(scene);
    const auto size = text.find("size ") + 5;
    for (const std::string_view more : {"0", "00", "+", "-", " "}) {
        auto other = text;
        CHECK_THROWS_AS(parse_journal(other.insert(size, more)), hivelint::Error);
    }
}

TEST_CASE("journal: something else under its name is not followed, read or removed") {
    FixScene scene;
    const auto target = scene.top() / "target";
    write_file(target, bytes_of({1}));
    fs::create_symlink(target, scene.journal());
    CHECK(recovered(scene) == "bad-journal");
    CHECK(run_hivefix(scene.arguments()).status == 2);
    CHECK(fs::is_symlink(scene.journal()));
    CHECK(fs::exists(target));
    scene.reset();
    fs::create_directory(scene.journal());
    CHECK(recovered(scene) == "bad-journal");
    CHECK(run_hivefix(scene.arguments()).status == 2);
    scene.reset();
    REQUIRE(::mkfifo(scene.journal().c_str(), 0600) == 0);
    CHECK(recovered(scene) == "bad-journal");
    CHECK(run_hivefix(scene.arguments()).status == 2);
    CHECK(scene.bytes() == scene.old_bytes());
}
