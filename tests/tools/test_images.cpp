// Disk images and WIMs are read where they lie: what is said of a hive in one is what is said of
// the same hive in a folder.
#include "tests/support/containers.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace fs = std::filesystem;
using namespace hivelint::test;
using nlohmann::json;

namespace {

const std::string kProfiles = sample_profiles();

const std::vector<json>& expected() {
    static const auto records = records_behind({"--hash", "sha256", kProfiles}, kProfiles + "/");
    return records;
}

} // namespace

TEST_CASE("images: a volume and a disk say what the folder says") {
    if (!can_make_disks()) {
        return;
    }
    REQUIRE(expected().size() == 10);
    for (const auto& [name, front] :
         {std::pair("volume.img", "!/"), std::pair("disk.raw", "!/p1/")}) {
        const auto image = (disks() / name).native();
        CHECK(records_behind({"--hash", "sha256", image}, image + front) == expected());
    }
    const auto image = (disks() / "disk.raw").native();
    CHECK(told_of({image + "!/p1/Users/heidi/NTUSER.DAT"}) ==
          image + "!/p1/Users/heidi/NTUSER.DAT: affected\n");
    CHECK(told_of({image + "!/p2"}) == image + "!/p2: not-found\n");
}

TEST_CASE("images: where a hive lies in the image") {
    if (!can_make_disks()) {
        return;
    }
    const auto image = (disks() / "disk.raw").native();
    const auto bytes = read_file(image);
    int placed = 0;
    for (const auto& record : records_of(hivescan({"--format", "jsonl", image}).out)) {
        const auto& steps = record.at("steps");
        CHECK(steps.size() == 2);
        if (record.at("place_in_container").is_null()) {
            continue;
        }
        ++placed;
        const auto name = steps.at(1).get<std::string>().substr(2); // behind `p1`
        const auto hive = read_file(kProfiles + name);
        const auto place = record.at("place_in_container").get<std::size_t>();
        CHECK(bytes.compare(place, hive.size(), hive) == 0);
    }
    CHECK(placed == 10);
}

TEST_CASE("images: every format that a disk comes in") {
    if (!can_make_disks() || !have_programs({"qemu-img"})) {
        return;
    }
    const std::pair<const char*, const char*> rows[] = {
        {"disk.vhd", "qemu-img convert -f raw -O vpc disk.raw \"$1\""},
        {"fixed.vhd", "qemu-img convert -f raw -O vpc -o subformat=fixed disk.raw \"$1\""},
        {"disk.vhdx", "qemu-img convert -f raw -O vhdx disk.raw \"$1\""},
        {"disk.vmdk", "qemu-img convert -f raw -O vmdk disk.raw \"$1\""},
        {"stream.vmdk",
         "qemu-img convert -f raw -O vmdk -o subformat=streamOptimized disk.raw \"$1\""},
        {"flat.vmdk",
         "qemu-img convert -f raw -O vmdk -o subformat=monolithicFlat disk.raw \"$1\""},
        {"disk.qcow2", "qemu-img convert -f raw -O qcow2 disk.raw \"$1\""},
        {"small.qcow2", "qemu-img convert -f raw -O qcow2 -c disk.raw \"$1\""},
        {"over.qcow2",
         "cp disk.qcow2 \"${1%/*}/base.qcow2\"; qemu-img create -q -f qcow2 -b base.qcow2 -F qcow2 "
         "\"$1\""},
        {"disk.vdi", "qemu-img convert -f raw -O vdi disk.raw \"$1\""},
        {"split.001", "split -b 3M -d -a 3 --numeric-suffixes=1 disk.raw \"${1%.001}.\""},
        {"no-extension", "qemu-img convert -f raw -O vhdx disk.raw \"$1\""},
    };
    shell("[ -e disk.qcow2 ] || qemu-img convert -f raw -O qcow2 disk.raw disk.qcow2", {}, disks());
    for (const auto& [name, script] : rows) {
        CAPTURE(name);
        const TempDir dir;
        const auto image = (dir.path() / name).native();
        shell(script, {image}, disks());
        CHECK(records_behind({"--hash", "sha256", image}, image + "!/p1/") == expected());
    }
}

TEST_CASE("images: E01, whose segments must all be there") {
    if (!can_make_disks() || !have_programs({"ewfacquire"})) {
        return;
    }
    const TempDir dir;
    shell("ewfacquire -u -q -c none -S 3145728 -f encase6 -t \"$1/disk\" disk.raw >/dev/null",
          {dir.path()}, disks());
    const auto image = (dir.path() / "disk.E01").native();
    REQUIRE(fs::exists(dir.path() / "disk.E03"));
    CHECK(records_behind({"--hash", "sha256", image}, image + "!/p1/") == expected());
    // In a folder it is one container, not as many as it has segments.
    CHECK(hivescan({dir.path()}).out.find("in 1 container\n") != std::string::npos);
    fs::rename(dir.path() / "disk.E02", dir.path() / "away");
    CHECK(told_of({image}) == image + ": bad-container\n");
    fs::rename(dir.path() / "away", dir.path() / "disk.E02");
    fs::remove(dir.path() / "disk.E04");
    CHECK(told_of({image}) == image + ": bad-container\n");
}

TEST_CASE("images: what an image names is no way to other files") {
    if (!can_make_disks() || !have_programs({"qemu-img"})) {
        return;
    }
    const TempDir dir;
    const auto elsewhere = disks() / "disk.raw";
    shell("qemu-img create -q -u -f qcow2 -b \"$1\" -F raw out.qcow2 10M;"
          "qemu-img create -q -u -f qcow2 -b nbd://127.0.0.1:1/x -F raw net.qcow2 10M;"
          "mkdir sub; cp \"$1\" real.raw; ln -s ../real.raw sub/link.raw;"
          "qemu-img create -q -u -f qcow2 -b link.raw -F raw sub/linked.qcow2 10M;"
          "printf '# Disk DescriptorFile\\nversion=1\\nCID=1\\nparentCID=ffffffff\\n"
          "createType=\"monolithicFlat\"\\nRW 20480 FLAT \"%s\" 0\\n' \"$1\" >out.vmdk",
          {elsewhere}, dir.path());
    for (const auto* name : {"out.qcow2", "net.qcow2", "sub/linked.qcow2", "out.vmdk"}) {
        CAPTURE(name);
        const auto image = (dir.path() / name).native();
        CHECK(told_of({image}) == image + ": bad-container\n");
    }
}

TEST_CASE("images: volumes that cannot be read are told of") {
    if (!can_make_disks()) {
        return;
    }
    const TempDir dir;
    const auto bytes = read_file(disks() / "disk.raw");
    const auto image = dir.path() / "image.raw";
    const std::size_t volume = std::size_t{1} << 20;
    const auto told = [&](std::string content) {
        write_text(image, content);
        return replaced(told_of({image}), image.native(), "");
    };
    auto locked = bytes;
    locked.replace(volume + 3, 8, "-FVE-FS-");
    CHECK(told(locked) == "!/p1: encrypted\n");
    auto other = bytes;
    other.replace(volume, 4096, std::string(4096, 'x'));
    other.replace(volume + (8 << 20) - 512, 512, std::string(512, 'x'));
    CHECK(told(other) == "!/p1: bad-container\n");
    // Cut: what lies in front of the cut is read, and that it is cut is said.
    const auto cut = told(bytes.substr(0, bytes.size() - (std::size_t{2} << 20)));
    CHECK(cut.find("!/p1: truncated\n") != std::string::npos);
    CHECK(cut.find("!/p1/Users/alice/NTUSER.DAT: affected\n") != std::string::npos);
}

TEST_CASE("images: WIM and ESD, each image of the file a place of its own") {
    if (!has_helper("wim") || !have_programs({"wimcapture", "wimappend", "wimexport"})) {
        return;
    }
    const TempDir dir;
    shell("wimcapture --quiet \"$1\" a.wim first >/dev/null;"
          "wimappend --quiet \"$1\" a.wim second >/dev/null;"
          "wimexport --quiet --solid a.wim all a.esd >/dev/null;"
          "wimsplit --quiet a.wim part.swm 0.02 >/dev/null",
          {kProfiles}, dir.path());
    for (const auto* name : {"a.wim", "a.esd", "part.swm"}) {
        CAPTURE(name);
        const auto image = (dir.path() / name).native();
        for (const auto* index : {"/1", "/2"}) {
            const auto place = image + "!" + index;
            CHECK(records_behind({"--hash", "sha256", place}, place + "/") == expected());
        }
    }
    const auto whole = (dir.path() / "a.wim").native();
    CHECK(records_of(hivescan({"--format", "jsonl", whole}).out).size() == 20);
    // One with a part of it missing.
    if (fs::exists(dir.path() / "part2.swm")) {
        fs::remove(dir.path() / "part2.swm");
        const auto image = (dir.path() / "part.swm").native();
        CHECK(told_of({image}) == image + ": bad-container\n");
    }
}

TEST_CASE("images: damaged anywhere, and nothing that is said of a hive is wrong") {
    if (!can_make_disks()) {
        return;
    }
    const TempDir dir;
    const auto bytes = read_file(disks() / "volume.img");
    const auto image = dir.path() / "image.raw";
    const auto hash_of_hive = [](const json& record) {
        return record.at("files").at(0).at("sha256").get<std::string>();
    };
    std::map<std::string, json> by_content; // what is to be said of these very bytes
    for (const auto& record : expected()) {
        by_content.emplace(hash_of_hive(record), record.at("checks"));
    }
    std::uint32_t seed = 20261128;
    const auto next = [&seed] { return seed = seed * 1664525 + 1013904223; };
    std::size_t said = 0;
    for (int round = 0; round < 20; ++round) {
        CAPTURE(round);
        auto damaged = bytes;
        for (int flip = 0; flip < 200; ++flip) { // where metadata lies, most of them
            const auto range = flip % 4 == 0 ? damaged.size() : damaged.size() / 8;
            damaged[next() % range] ^= static_cast<char>(1U << (next() >> 29U));
        }
        write_text(image, damaged);
        const auto run = hivescan({"--format", "jsonl", "--hash", "sha256", image});
        CHECK(!run.timed_out);
        CHECK(run.status == 2); // grace's is cut short, at the least
        CHECK(run.peak_memory < std::uint64_t{1} << 30);
        for (const auto& record : records_of(run.out)) {
            if (!record.contains("files") || !record.at("logs").empty()) {
                continue; // of logs, each would have to be known
            }
            const auto known = by_content.find(hash_of_hive(record));
            if (known != by_content.end()) {
                CHECK(record.at("checks") == known->second);
                ++said;
            }
        }
    }
    CHECK(said > 100);
}
