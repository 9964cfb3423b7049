#include "tests/support/containers.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace fs = std::filesystem;
using nlohmann::json;

namespace hivelint::test {
namespace {

constexpr const char* kMakeDisk =
    "wimcapture --quiet \"$1\" made.wim >/dev/null;"
    "truncate -s 8M volume.img; mkntfs -q -F -s 512 -p 2048 -H 255 -S 63 volume.img;"
    "wimapply --quiet made.wim volume.img; rm made.wim;"
    "truncate -s 10M disk.raw; dd if=volume.img of=disk.raw bs=1M seek=1 conv=notrunc status=none;"
    "printf '\\0\\0\\0\\0\\7\\0\\0\\0\\0\\10\\0\\0\\0\\100\\0\\0' |"
    " dd of=disk.raw bs=1 seek=446 conv=notrunc status=none;"
    "printf '\\125\\252' | dd of=disk.raw bs=1 seek=510 conv=notrunc status=none;";

} // namespace

bool have_programs(const std::vector<std::string>& names) {
    for (const auto& name : names) {
        const auto found = run(
            {.program = "/bin/bash",
             .arguments = {"-c", "PATH=$PATH:/usr/sbin:/sbin; command -v \"$1\"", "bash", name}});
        if (found.status != 0) {
            say_skipped(name + " is not installed");
            return false;
        }
    }
    return true;
}

void shell(const std::string& script, const std::vector<std::string>& arguments,
           const fs::path& folder) {
    std::vector<std::string> words = {
        "-c", "set -euo pipefail; PATH=$PATH:/usr/sbin:/sbin; " + script, "bash"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    const auto done =
        run({.program = "/bin/bash", .arguments = words, .input = {}, .folder = folder});
    CAPTURE(script);
    CAPTURE(done.err);
    REQUIRE(done.status == 0);
}

bool has_helper(const std::string& name) {
    const auto version = hivescan({"--version"}).out;
    if (version.find(name + ": not installed") == std::string::npos) {
        return true;
    }
    say_skipped("hivelint-" + name + " is not built here");
    return false;
}

std::string sample_profiles() { return std::string(HIVELINT_TESTDATA) + "/profiles"; }

bool can_make_disks() {
    return has_helper("disk") && have_programs({"wimcapture", "wimapply", "mkntfs", "dd"});
}

const std::filesystem::path& disks() {
    static const TempDir dir;
    static const bool made = [] {
        shell(kMakeDisk, {sample_profiles()}, dir.path());
        return true;
    }();
    REQUIRE(made);
    return dir.path();
}

std::vector<json> records_behind(const std::vector<std::string>& arguments,
                                 const std::string& front) {
    auto words = arguments;
    words.insert(words.begin(), {"--format", "jsonl"});
    auto records = records_of(hivescan(words).out);
    const auto behind = [&](json& path) {
        const auto text = path.get<std::string>();
        CAPTURE(text);
        CHECK(text.starts_with(front));
        path = text.substr(std::min(front.size(), text.size()));
    };
    for (auto& record : records) {
        behind(record["path"]);
        record.erase("steps");
        record.erase("place_in_container");
        for (auto& log : record["logs"]) {
            behind(log["path"]);
        }
        for (auto& check : record["checks"]) {
            if (check.contains("in_log")) {
                behind(check["in_log"]["path"]);
            }
        }
        if (record.contains("files")) {
            for (auto& file : record["files"]) {
                behind(file["path"]);
                for (const auto* name : {"inode", "modified", "changed", "created"}) {
                    file.erase(name);
                }
            }
        }
    }
    return records;
}

std::string told_of(const std::vector<std::string>& arguments) {
    auto words = arguments;
    words.insert(words.begin(), {"--format", "jsonl"});
    std::string lines;
    for (const auto& record : records_of(hivescan(words).out)) {
        const auto& checks = record.at("checks");
        const auto what = !record.at("error").is_null() ? record.at("error").at("code")
                          : checks.empty()              ? json("nothing")
                                                        : checks.at(0).at("verdict");
        lines += record.at("path").get<std::string>() + ": " + what.get<std::string>() + '\n';
    }
    return lines;
}

} // namespace hivelint::test
