// What lies beside a hive, asked for hive by hive in folders of many: the same as for each alone.
#include "tests/support/hive_files.hpp"
#include "tests/support/temp_dir.hpp"

#include <evidence/container.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace fs = std::filesystem;
using namespace hivelint;
using namespace hivelint::test;

namespace {

void put(const fs::path& file) { write_file(file, std::span<const std::byte>()); }

/// Puts a file there or takes it away. The folder has another time then: the system's clock may not
/// have ticked since the last change.
void change(const fs::path& file) {
    const auto folder = file.parent_path();
    const auto before = fs::last_write_time(folder);
    if (!fs::remove(file)) {
        put(file);
    }
    while (fs::last_write_time(folder) == before) {
        put(folder / "tick");
        fs::remove(folder / "tick");
    }
}

Companions of(Container& container, const fs::path& hive) {
    return container.companions_of(locate(hive), hive);
}

/// `a.LOG1 a.LOG2 | a{1}.TM.blf`
std::string text_of_found(const Companions& found) {
    std::string text;
    for (const auto& log : found.logs) {
        text += log.path.filename().string() + ' ';
    }
    text += '|';
    for (const auto& path : found.transactions) {
        text += ' ' + path.filename().string();
    }
    return text;
}

} // namespace

TEST_CASE("companions: of each hive its own, in one folder of many") {
    const TempDir dir;
    for (const std::string name : {"a",
                                   "A_NTUSER.DAT",
                                   "A_NTUSER.DAT.log1",
                                   "a_ntuser.dat.LOG2",
                                   "ab",
                                   "ab.LOG",
                                   "AB.LOG2",
                                   "a.LOG1",
                                   "a.LOG",
                                   "a.LOG3",
                                   "a.LOG1.txt",
                                   "a{1}.TM.blf",
                                   "a{1}.TMContainer.regtrans-ms",
                                   "a{2}.tm.BLF",
                                   "{3}.TM.blf",
                                   "b.LOG1",
                                   "LOG1",
                                   ".LOG1",
                                   "a_LOG1",
                                   "\xC3\xA4",
                                   "\xC3\xA4.LOG1",
                                   "_",
                                   "_.LOG1"}) {
        put(dir.path() / fs::path(std::u8string(name.begin(), name.end())));
    }
    Container finder;
    const auto beside = [&](const std::u8string& name) {
        const auto hive = dir.path() / fs::path(name);
        const auto found = text_of_found(of(finder, hive));
        Container fresh;
        CHECK(text_of_found(of(fresh, hive)) == found);
        return found;
    };
    CHECK(beside(u8"a") == "a.LOG a.LOG1 | a{1}.TM.blf a{2}.tm.BLF");
    CHECK(beside(u8"A_NTUSER.DAT") == "A_NTUSER.DAT.log1 a_ntuser.dat.LOG2 |");
    CHECK(beside(u8"ab") == "AB.LOG2 ab.LOG |");
    CHECK(beside(u8"_") == "_.LOG1 |");
    CHECK(beside(u8"not there") == "|");
    CHECK(of(finder, dir.path() / fs::path(u8"\u00E4")).logs.size() == 1);
}

TEST_CASE("companions: what came or went since the folder was listed") {
    const TempDir dir;
    put(dir.path() / "a");
    put(dir.path() / "b");
    Container finder;
    CHECK(text_of_found(of(finder, dir.path() / "a")) == "|");
    change(dir.path() / "b.LOG2");
    CHECK(text_of_found(of(finder, dir.path() / "b")) == "b.LOG2 |");
    change(dir.path() / "a.LOG1");
    CHECK(text_of_found(of(finder, dir.path() / "a")) == "a.LOG1 |");
    change(dir.path() / "a.LOG1");
    CHECK(text_of_found(of(finder, dir.path() / "a")) == "|");
}

TEST_CASE("companions: another folder in place of the one that was listed") {
    const TempDir dir;
    put(dir.path() / "one/a.LOG1");
    put(dir.path() / "two/a.LOG2");
    std::error_code not_on_windows;
    fs::last_write_time(dir.path() / "two", fs::last_write_time(dir.path() / "one"),
                        not_on_windows);
    Container finder;
    CHECK(text_of_found(of(finder, dir.path() / "one/a")) == "a.LOG1 |");
    CHECK(text_of_found(of(finder, dir.path() / "two/a")) == "a.LOG2 |");
    fs::rename(dir.path() / "one", dir.path() / "three");
    fs::rename(dir.path() / "two", dir.path() / "one");
    CHECK(text_of_found(of(finder, dir.path() / "one/a")) == "a.LOG2 |");
    fs::rename(dir.path() / "one", dir.path() / "four");
    CHECK_THROWS_AS(of(finder, dir.path() / "one/a"), const Error&);
    fs::rename(dir.path() / "three", dir.path() / "one");
    CHECK(text_of_found(of(finder, dir.path() / "one/a")) == "a.LOG1 |");
}

TEST_CASE("companions: asked for by threads, of two folders in turn, one of which changes") {
    const TempDir dir;
    for (const std::string folder : {"one", "two"}) {
        for (int i = 0; i < 50; ++i) {
            put(dir.path() / folder / (std::to_string(i) + ".LOG1"));
        }
    }
    Container finder;
    std::atomic<int> wrong = 0;
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&, thread] {
            for (int i = 0; i < 50; ++i) {
                const auto name = std::to_string(i);
                for (const std::string folder : {"one", "one", "two"}) {
                    wrong +=
                        text_of_found(of(finder, dir.path() / folder / name)) != name + ".LOG1 |";
                }
                put(dir.path() / "two" / ("new" + std::to_string(50 * thread + i)));
            }
        });
    }
    threads.clear();
    CHECK(wrong == 0);
}
