// Hives in disk images are mended where they lie: what changes is what was planned, and nothing
// else of the disk.
#include "tests/support/containers.hpp"
#include "tests/support/fix_scene.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fcntl.h>
#include <filesystem>
#include <map>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace fs = std::filesystem;
using namespace hivelint::test;
using nlohmann::json;

namespace {

/// What hivefix says of each hive, by its path in the image.
std::map<std::string, json> fix_image(const fs::path& image, std::vector<std::string> more,
                                      int status) {
    std::vector<std::string> words = {"--format", "jsonl", image.native()};
    words.insert(words.end(), more.begin(), more.end());
    const auto run = run_hivefix(words);
    CHECK_MESSAGE(run.status == status, run.out << run.err);
    std::map<std::string, json> by_path;
    for (auto& record : records_of(run.out)) {
        const auto steps = record.find("steps");
        by_path.emplace(steps != record.end() ? steps->at(1).get<std::string>() : "",
                        record.at("fix"));
    }
    return by_path;
}

std::string result_of(const std::map<std::string, json>& fixes, const std::string& path) {
    const auto& fix = fixes.at(path);
    const auto& reason = fix.at("reason");
    return fix.at("result").get<std::string>() +
           (reason.is_null() ? "" : " " + reason.at("code").get<std::string>());
}

/// The disk with what hivefix says it did, at the places where a scan says the hives lie.
std::string expected_disk(std::string disk, const std::vector<json>& scanned,
                          const std::map<std::string, json>& fixes) {
    for (const auto& record : scanned) {
        const auto fix = fixes.find(record.at("steps").at(1).get<std::string>());
        if (fix == fixes.end() || fix->second.at("result") != "fixed") {
            continue;
        }
        for (const auto& range : fix->second.at("ranges")) {
            const auto place = record.at("place_in_container").get<std::size_t>() +
                               range.at("offset").get<std::size_t>();
            const auto digits = range.at("after").get<std::string>();
            for (std::size_t i = 0; i < digits.size() / 2; ++i) {
                disk.at(place + i) =
                    static_cast<char>(std::stoi(digits.substr(2 * i, 2), nullptr, 16));
            }
        }
    }
    return disk;
}

std::size_t count_of(const std::map<std::string, json>& fixes, const std::string& result) {
    return static_cast<std::size_t>(std::ranges::count_if(
        fixes, [&](const auto& fix) { return fix.second.at("result") == result; }));
}

/// The only record in a folder.
std::string record_in(const fs::path& folder) {
    for (const auto& entry : fs::directory_iterator(folder)) {
        return entry.path().native();
    }
    FAIL("there is no record");
    return {};
}

/// The disk that an image stands for, by QEMU.
std::string disk_of(const fs::path& image) {
    const TempDir dir;
    shell("qemu-img convert -O raw \"$1\" out.raw", {image.native()}, dir.path());
    return read_file(dir.path() / "out.raw");
}

std::vector<json> scan_of(const fs::path& image) {
    return records_of(hivescan({"--format", "jsonl", image.native()}).out);
}

/// Where an attribute of a file of NTFS's own begins in the volume.
std::size_t attribute_at(const std::string& volume, std::size_t file, std::uint32_t type) {
    const auto number = [&](std::size_t at, unsigned width) {
        std::size_t value = 0;
        for (unsigned i = width; i-- > 0;) {
            value = value << 8 | static_cast<unsigned char>(volume.at(at + i));
        }
        return value;
    };
    const auto cluster = number(11, 2) * number(13, 1);
    const auto record = number(48, 8) * cluster + file * 1024;
    REQUIRE(volume.substr(record, 4) == "FILE");
    for (auto at = record + number(record + 20, 2);; at += number(at + 4, 4)) {
        REQUIRE(number(at, 4) != 0xFFFFFFFF);
        if (number(at, 4) == type) {
            return at;
        }
    }
}

} // namespace

TEST_CASE("image fix: a volume and a disk change in the planned bytes alone, and back") {
    if (!can_make_disks()) {
        return;
    }
    for (const auto* name : {"volume.img", "disk.raw"}) {
        CAPTURE(name);
        const TempDir dir;
        const auto image = dir.path() / name;
        fs::copy_file(disks() / name, image);
        const auto before = read_file(image);
        const auto scanned = scan_of(image);
        const auto dry = fix_image(image, {"--dry-run"}, 2);
        CHECK(read_file(image) == before);
        const auto records = dir.path() / "records";
        fs::create_directory(records);
        const auto fixes = fix_image(image, {"--undo-dir", records.native()}, 2);
        CHECK(count_of(fixes, "fixed") == 3);
        CHECK(count_of(dry, "would-fix") == 3);
        CHECK(read_file(image) == expected_disk(before, scanned, fixes));
        CHECK(!fs::exists(image.native() + ".hivelint-journal"));
        // Nothing is left to do, but for what is refused.
        CHECK(count_of(fix_image(image, {"--no-undo-record"}, 2), "fixed") == 0);

        const auto record = record_in(records);
        CHECK(run_hivefix({"undo", "--dry-run", record}).status == 1);
        CHECK(run_hivefix({"undo", record}).status == 0);
        CHECK(read_file(image) == before);
    }
}

TEST_CASE("image fix: one hive by its path, with its logs, and a plan") {
    if (!can_make_disks()) {
        return;
    }
    const TempDir dir;
    const auto image = dir.path() / "disk.raw";
    fs::copy_file(disks() / "disk.raw", image);
    const auto before = read_file(image);
    const auto inside = "p1/Users/heidi/NTUSER.DAT"; // is dirty
    const auto hive = image.native() + "!/" + inside;
    CHECK(run_hivefix({"--no-undo-record", hive}).status == 2);
    CHECK(read_file(image) == before);

    const auto plan = (dir.path() / "plan.json").native();
    CHECK(run_hivefix({"--dry-run", "--replay", "--plan", plan, hive}).status == 1);
    CHECK(read_file(image) == before);
    CHECK(
        run_hivefix({"apply", "--undo-record", (dir.path() / "undo.json").native(), plan}).status ==
        0);
    const auto scanned = records_of(hivescan({"--format", "jsonl", hive}).out);
    REQUIRE(scanned.size() == 1);
    CHECK(scanned[0].at("state") == "clean");
    CHECK(scanned[0].at("checks").at(0).at("verdict") == "clear");
    // A path that the record does not name is known by what lies there.
    const auto moved = dir.path() / "moved.raw";
    fs::rename(image, moved);
    CHECK(run_hivefix({"undo", (dir.path() / "undo.json").native(), moved.native() + "!/" + inside})
              .status == 0);
    CHECK(read_file(moved) == before);
}

TEST_CASE("image fix: every format that can be written to, by the same bytes of the disk") {
    if (!can_make_disks() || !have_programs({"qemu-img", "qemu-nbd"})) {
        return;
    }
    const std::pair<const char*, const char*> rows[] = {
        {"fixed.vhd",
         "qemu-img convert -f raw -O vpc -o subformat=fixed,force_size=on disk.raw \"$1\""},
        {"disk.vhd", "qemu-img convert -f raw -O vpc -o force_size=on disk.raw \"$1\""},
        {"disk.vhdx", "qemu-img convert -f raw -O vhdx disk.raw \"$1\""},
        {"disk.vmdk", "qemu-img convert -f raw -O vmdk disk.raw \"$1\""},
        {"flat.vmdk",
         "qemu-img convert -f raw -O vmdk -o subformat=monolithicFlat disk.raw \"$1\""},
        {"disk.qcow2", "qemu-img convert -f raw -O qcow2 disk.raw \"$1\""},
        {"small.qcow2", "qemu-img convert -f raw -O qcow2 -c disk.raw \"$1\""},
        {"over.qcow2", "qemu-img convert -f raw -O qcow2 disk.raw \"${1%/*}/base.qcow2\";"
                       "qemu-img create -q -f qcow2 -b base.qcow2 -F qcow2 \"$1\""},
        {"disk.vdi", "qemu-img convert -f raw -O vdi disk.raw \"$1\""},
    };
    const auto before = read_file(disks() / "disk.raw");
    const auto scanned = scan_of(disks() / "disk.raw");
    for (const auto& [name, script] : rows) {
        CAPTURE(name);
        const TempDir dir;
        const TempDir records;
        const auto image = dir.path() / name;
        shell(script, {image.native()}, disks());
        const auto base = dir.path() / "base.qcow2";
        const auto base_bytes = fs::exists(base) ? read_file(base) : "";
        const auto fixes = fix_image(image, {"--undo-dir", records.path().native()}, 2);
        CHECK(count_of(fixes, "fixed") == 3);
        CHECK(disk_of(image).substr(0, before.size()) == expected_disk(before, scanned, fixes));
        if (image.extension() == ".qcow2") {
            shell("qemu-img check -q \"$1\"", {image.native()}, dir.path());
        }
        CHECK(run_hivefix({"undo", record_in(records.path())}).status == 0);
        CHECK(disk_of(image).substr(0, before.size()) == before);
        CHECK((fs::exists(base) ? read_file(base) : "") == base_bytes);
        CHECK(!fs::exists(image.native() + ".hivelint-journal"));
    }
}

TEST_CASE("image fix: what is not changed in place is refused, and is as it was") {
    if (!can_make_disks() || !have_programs({"qemu-img", "ewfacquire", "zip"})) {
        return;
    }
    const std::pair<const char*, const char*> rows[] = {
        {"stream.vmdk",
         "qemu-img convert -f raw -O vmdk -o subformat=streamOptimized disk.raw \"$1\""},
        {"split.001", "split -b 3M -d -a 3 --numeric-suffixes=1 disk.raw \"${1%.001}.\""},
        {"disk.E01", "ewfacquire -u -q -c none -f encase6 -t \"${1%.E01}\" disk.raw >/dev/null"},
        {"disk.zip", "zip -q \"$1\" disk.raw"},
    };
    for (const auto& [name, script] : rows) {
        CAPTURE(name);
        const TempDir dir;
        const auto image = dir.path() / name;
        shell(script, {image.native()}, disks());
        const auto before = read_file(image);
        const auto fixes = fix_image(image, {"--no-undo-record"}, 2);
        CHECK(count_of(fixes, "fixed") == 0);
        for (const auto& [path, fix] : fixes) {
            if (path.ends_with("alice/NTUSER.DAT")) {
                CHECK(fix.at("reason").at("code") == "not-in-place");
            }
        }
        CHECK(read_file(image) == before);
        CHECK(!fs::exists(image.native() + ".hivelint-journal"));
    }
}

TEST_CASE("image fix: a volume that was not shut down is left alone") {
    if (!can_make_disks()) {
        return;
    }
    const TempDir dir;
    const auto image = dir.path() / "volume.img";
    const auto bytes = read_file(disks() / "volume.img");
    const auto told = [&](const std::string& content) {
        write_text(image, content);
        const auto fixes = fix_image(image, {"--no-undo-record"}, 2);
        CHECK(read_file(image) == content);
        return result_of(fixes, "Users/alice/NTUSER.DAT");
    };
    auto dirty = bytes;
    const auto information = attribute_at(bytes, 3, 0x70); // resident: its content at 24
    dirty.at(information + 24 + 10) = static_cast<char>(dirty.at(information + 24 + 10) | 1);
    CHECK(told(dirty) == "refused dirty-volume");

    // $LogFile, of which the first run tells where it lies: one byte each for length and place.
    const auto log = attribute_at(bytes, 2, 0x80);
    const auto runs = log + static_cast<unsigned char>(bytes.at(log + 32));
    const auto lengths = static_cast<unsigned char>(bytes.at(runs)) & 15U;
    const unsigned places = unsigned{static_cast<unsigned char>(bytes.at(runs))} >> 4U;
    std::size_t cluster = 0;
    for (unsigned i = places; i-- > 0;) {
        cluster = cluster << 8 | static_cast<unsigned char>(bytes.at(runs + 1 + lengths + i));
    }
    const auto start = cluster * 512U * static_cast<unsigned char>(bytes.at(13));
    for (const auto& [client, version, result] :
         {std::tuple('\0', '\1', "refused dirty-volume"), std::tuple('\xFF', '\1', "fixed"),
          std::tuple('\xFF', '\2', "refused dirty-volume")}) {
        CAPTURE(version);
        auto open = bytes;
        std::string page(4096, '\0');
        page.replace(0, 4, "RSTR");
        page.at(24) = 48; // where the restart area is
        page.at(28) = version;
        page.at(48 + 12) = client; // in use; 0xFFFF: nobody
        page.at(48 + 13) = client;
        open.replace(start, page.size(), page);
        if (result == std::string("fixed")) {
            write_text(image, open);
            CHECK(result_of(fix_image(image, {"--no-undo-record"}, 2), "Users/alice/NTUSER.DAT") ==
                  "fixed");
        } else {
            CHECK(told(open) == result);
        }
    }
}

TEST_CASE("image fix: a Windows that sleeps in the volume") {
    if (!can_make_disks()) {
        return;
    }
    for (const auto& [front, result] :
         {std::pair("HIBR", "refused dirty-volume"), std::pair("hibr", "refused dirty-volume"),
          std::pair("wake", "fixed")}) {
        CAPTURE(front);
        const TempDir dir;
        shell(
            "mkdir tree; cp -r \"$1/.\" tree; chmod -R u+w tree;"
            "{ printf %s \"$2\"; head -c 9000 /dev/zero; } >tree/hiberfil.sys;"
            "echo '[ExclusionList]' >all; wimcapture --quiet --config=all tree made.wim >/dev/null;"
            "truncate -s 8M volume.img;"
            "mkntfs -q -F -s 512 -p 0 -H 255 -S 63 volume.img; wimapply --quiet made.wim "
            "volume.img",
            {sample_profiles(), front}, dir.path());
        const auto image = dir.path() / "volume.img";
        CHECK(result_of(fix_image(image, {"--no-undo-record"}, 2), "Users/alice/NTUSER.DAT") ==
              result);
    }
}

TEST_CASE("image fix: an image that a machine runs on, or another run, is left alone") {
    if (!can_make_disks()) {
        return;
    }
    const TempDir dir;
    const auto image = dir.path() / "disk.raw";
    fs::copy_file(disks() / "disk.raw", image);
    const auto before = read_file(image);
    const int opened = ::open(image.c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(opened >= 0);
    // As QEMU marks what it has open: a lock on one byte.
    struct flock byte = {};
    byte.l_type = F_RDLCK;
    byte.l_whence = SEEK_SET;
    byte.l_start = 100;
    byte.l_len = 1;
    REQUIRE(::fcntl(opened, F_OFD_SETLK, &byte) == 0);
    CHECK(result_of(fix_image(image, {"--no-undo-record"}, 2), "p1/Users/alice/NTUSER.DAT") ==
          "refused locked");
    CHECK(result_of(fix_image(image, {"--dry-run"}, 2), "p1/Users/alice/NTUSER.DAT") ==
          "refused locked");
    ::close(opened);
    // As VMware does.
    fs::create_directory(image.native() + ".lck");
    CHECK(result_of(fix_image(image, {"--no-undo-record"}, 2), "p1/Users/alice/NTUSER.DAT") ==
          "refused locked");
    CHECK(read_file(image) == before);
}

TEST_CASE("image fix: a journal that was left is told of, and believed in nothing but a fix") {
    if (!can_make_disks()) {
        return;
    }
    const TempDir dir;
    const auto image = dir.path() / "disk.raw";
    fs::copy_file(disks() / "disk.raw", image);
    const auto before = read_file(image);
    const auto journal = image.native() + ".hivelint-journal";
    write_text(journal, "hivelint-journal 2\ninside 70312f55\n"); // and no more was written
    CHECK(told_of({image.native()}).starts_with(image.native() + ": interrupted-fix\n"));
    CHECK(result_of(fix_image(image, {"--no-undo-record"}, 2), "") == "refused interrupted-fix");
    CHECK(run_hivefix({"recover", image.native()}).status == 2); // no such hive lies in it
    // Complete, and no change that a fix makes: of a hive that is there.
    const std::string path = "p1/Users/alice/NTUSER.DAT";
    std::string digits;
    for (const char c : path) {
        digits += fmt::format("{:02x}", static_cast<unsigned char>(c));
    }
    const auto zeros = std::string(64, '0');
    for (const auto& text : {
             fmt::format("hivelint-journal 2\ninside {}\nsize 16384 16384\nbefore {}\nafter {}\n"
                         "range 16000 00 01\n",
                         digits, zeros, zeros),
             std::string("hivelint-journal 1\nsize 16384 16384\n"),
             std::string("x"),
         }) {
        CAPTURE(text);
        write_text(journal, text);
        CHECK(run_hivefix({"recover", image.native()}).status == 2);
        CHECK(fs::exists(journal));
    }
    write_text(journal, "hivelint-journal 2\n");
    CHECK(run_hivefix({"recover", "--dry-run", image.native()}).status == 1);
    CHECK(run_hivefix({"recover", image.native()}).status == 0);
    CHECK(!fs::exists(journal));
    CHECK(read_file(image) == before);
}

TEST_CASE("image fix: a mended copy, whole or not at all") {
    if (!can_make_disks()) {
        return;
    }
    const TempDir dir;
    const auto out = dir.path() / "out.raw";
    const auto image = disks() / "disk.raw";
    const auto before = read_file(image);
    // Some of its hives are refused.
    fix_image(image, {"--output", out.native()}, 2);
    CHECK(fs::is_empty(dir.path()));
    const auto hive = image.native() + "!/p1/Users/alice/NTUSER.DAT";
    CHECK(run_hivefix({"--dry-run", "--output", out.native(), hive}).status == 1);
    CHECK(fs::is_empty(dir.path()));
    const auto run = run_hivefix({"--format", "jsonl", "--output", out.native(), hive});
    CHECK(run.status == 0);
    const auto record = records_of(run.out).at(0);
    CHECK(record.at("path") == hive);
    CHECK(record.at("fix").at("output") == out.native());
    CHECK(read_file(image) == before);
    CHECK(read_file(out) ==
          expected_disk(before, scan_of(image), {{"p1/Users/alice/NTUSER.DAT", record.at("fix")}}));
    CHECK(run_hivefix({"--output", out.native(), hive}).status == 2); // is there already
}

TEST_CASE("image fix: damaged anywhere, and not a byte changes that was not planned") {
    if (!can_make_disks()) {
        return;
    }
    const TempDir dir;
    const auto bytes = read_file(disks() / "volume.img");
    const auto image = dir.path() / "image.raw";
    std::uint32_t seed = 20261129;
    const auto next = [&seed] { return seed = seed * 1664525 + 1013904223; };
    std::size_t fixed = 0;
    for (int round = 0; round < 12; ++round) {
        CAPTURE(round);
        auto damaged = bytes;
        for (int flip = 0; flip < 60; ++flip) {
            const auto range = flip % 4 == 0 ? damaged.size() : damaged.size() / 8;
            damaged[next() % range] ^= static_cast<char>(1U << (next() >> 29U));
        }
        write_text(image, damaged);
        const auto run = run_hivefix({"--format", "jsonl", "--no-undo-record", image.native()});
        CHECK(!run.timed_out);
        std::size_t planned = 0;
        for (const auto& record : records_of(run.out)) {
            const auto& fix = record.at("fix");
            if (fix.at("result") == "fixed") {
                planned += fix.at("bytes_changed").get<std::size_t>();
                ++fixed;
            }
        }
        const auto after = read_file(image);
        REQUIRE(after.size() == damaged.size());
        std::size_t changed = 0;
        for (std::size_t i = 0; i < after.size(); ++i) {
            changed += after[i] != damaged[i] ? 1 : 0;
        }
        CHECK(changed == planned);
        CHECK(!fs::exists(image.native() + ".hivelint-journal"));
    }
    CHECK(fixed > 4);
}
