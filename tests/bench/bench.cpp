// Measures the tools against their peers, all in the same run on the same corpus, and prints one
// table of ratios. Each command is a whole process; the rounds take turns, so that a machine whose
// speed drifts slows all alike; what is shown is the median.
//
// usage: bench FOLDER [ROUNDS [BIG]]     FOLDER is the corpus that make_corpus made, BIG another
//                                        one with one big hive
#include <hivelint/rules.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace fs = std::filesystem;

namespace {

struct Command {
    std::string name;
    std::vector<std::string> arguments; ///< the program first
    std::string input = "/dev/null";
    std::string fresh_from{}; ///< copied to what is changed before each run
};

struct Cost {
    double milliseconds = 0;
    double mebibytes = 0; ///< peak memory of the largest process
    double read = 0;      ///< from storage, MiB
};

/// Runs it once, its output thrown away. Absent when it cannot be started.
std::optional<Cost> run(const Command& command) {
    std::vector<char*> arguments;
    for (const auto& argument : command.arguments) {
        arguments.push_back(const_cast<char*>(argument.c_str()));
    }
    arguments.push_back(nullptr);
    const auto start = std::chrono::steady_clock::now();
    const pid_t child = ::fork();
    if (child == 0) {
        const int in = ::open(command.input.c_str(), O_RDONLY);
        const int out = ::open("/dev/null", O_WRONLY);
        if (::dup2(in, 0) < 0 || ::dup2(out, 1) < 0 || ::dup2(out, 2) < 0) {
            ::_exit(127);
        }
        ::execvp(arguments[0], arguments.data());
        ::_exit(127);
    }
    int status = 0;
    struct rusage usage = {};
    while (::wait4(child, &status, 0, &usage) < 0 && errno == EINTR) {
    }
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    if (!WIFEXITED(status) || WEXITSTATUS(status) == 127) {
        return std::nullopt;
    }
    constexpr double kBlocks = 2048; // of 512 bytes in a MiB
    return Cost{took.count(), static_cast<double>(usage.ru_maxrss) / 1024,
                static_cast<double>(usage.ru_inblock) / kBlocks};
}

bool drop_caches() {
    ::sync();
    std::ofstream file("/proc/sys/vm/drop_caches");
    return static_cast<bool>(file << "3" << std::flush);
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

Cost median_of(const std::vector<Cost>& costs) {
    const auto of = [&](double Cost::* member) {
        std::vector<double> values;
        for (const auto& cost : costs) {
            values.push_back(cost.*member);
        }
        return median(values);
    };
    return {of(&Cost::milliseconds), of(&Cost::mebibytes), of(&Cost::read)};
}

/// What the fixes are measured on.
fs::path changed_hive() { return fs::temp_directory_path() / "hivelint-bench" / "NTUSER.DAT"; }

/// A row for each command: its time as a multiple of the first one's.
void print_table(std::string_view title, const std::vector<Command>& commands,
                 const std::vector<std::vector<Cost>>& costs) {
    fmt::print("\n{}\n{:<44}{:>10}{:>8}{:>10}{:>11}\n", title, "", "ms", "ratio", "peak MiB",
               "read MiB");
    const double base = costs[0].empty() ? 1 : median_of(costs[0]).milliseconds;
    for (std::size_t i = 0; i < commands.size(); ++i) {
        if (costs[i].empty()) {
            fmt::print("{:<44} not installed\n", commands[i].name);
            continue;
        }
        const Cost cost = median_of(costs[i]);
        fmt::print("{:<44}{:>10.2f}{:>8.2f}{:>10.1f}{:>11.1f}\n", commands[i].name,
                   cost.milliseconds, cost.milliseconds / base, cost.mebibytes, cost.read);
    }
    std::fflush(stdout);
}

/// Runs all commands `rounds` times in turn and prints their table.
void compare(std::string_view title, const std::vector<Command>& commands, int rounds, bool cold) {
    std::vector<std::vector<Cost>> costs(commands.size());
    for (int round = -1; round < rounds; ++round) { // the first one warms up
        for (std::size_t i = 0; i < commands.size(); ++i) {
            if (cold && !drop_caches()) {
                fmt::print("\n{}: left out, the caches cannot be dropped here\n", title);
                return;
            }
            if (!commands[i].fresh_from.empty()) {
                fs::copy_file(commands[i].fresh_from, changed_hive(),
                              fs::copy_options::overwrite_existing);
                ::sync(); // else what is durable pays for the copy
            }
            const auto cost = run(commands[i]);
            if (cost && (round >= 0 || cold)) {
                costs[i].push_back(*cost);
            }
        }
    }
    print_table(title, commands, costs);
}

struct Corpus {
    fs::path folder;
    std::size_t hives = 0;
    std::uint64_t bytes = 0;
    std::vector<fs::path> paths;
};

Corpus read_corpus(const fs::path& folder) {
    Corpus corpus;
    corpus.folder = folder;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file() && entry.path().filename() == "NTUSER.DAT") {
            corpus.paths.push_back(entry.path());
            corpus.bytes += entry.file_size();
            ++corpus.hives;
        }
    }
    std::ranges::sort(corpus.paths);
    return corpus;
}

std::vector<Command> scans(const Corpus& corpus, const std::string& list, const std::string& pages,
                           bool slow) {
    const std::string folder = corpus.folder.native();
    std::vector<Command> commands = {
        {"hivescan FOLDER", {HIVESCAN, "--format", "jsonl", folder}},
        {"hivescan --jobs 1 FOLDER", {HIVESCAN, "--jobs", "1", "--format", "jsonl", folder}},
        {"hivescan --files-from LIST", {HIVESCAN, "--format", "jsonl", "--files-from", list}},
        {"hivescan --read whole FOLDER",
         {HIVESCAN, "--read", "whole", "--format", "jsonl", folder}},
        {"hivescan --confirm always --jobs 1 FOLDER",
         {HIVESCAN, "--confirm", "always", "--jobs", "1", "--format", "jsonl", folder}},
        {"hivescan --confirm always FOLDER",
         {HIVESCAN, "--confirm", "always", "--format", "jsonl", folder}},
        {"find FOLDER", {"find", folder, "-name", "NTUSER.DAT"}},
        {"floor: the walker's pages, 1 thread", {FLOOR, "read", pages, "1"}},
        {"floor: the walker's pages, 32 threads", {FLOOR, "read", pages, "32"}},
        {"the same, affected hives whole", {FLOOR, "read", pages + "-confirm", "32"}},
        {"libhivex in a loop, one process", {HIVEX_LOOP}, list},
    };
    if (slow) {
        commands.push_back({"xargs -P2 hivexget",
                            {"xargs", "-P2", "-I{}", "hivexget", "{}",
                             "\\Software\\Microsoft\\Exchange", "MapiHttpDisabled"},
                            list});
        commands.push_back({"hivexget in a shell loop",
                            {"sh", "-c",
                             "while read -r hive; do hivexget \"$hive\" "
                             "'\\Software\\Microsoft\\Exchange' MapiHttpDisabled; done"},
                            list});
        commands.push_back(
            {"xargs -P2 reglookup",
             {"xargs", "-P2", "-I{}", "reglookup", "-p", "/Software/Microsoft/Exchange", "{}"},
             list});
    }
    return commands;
}

/// The rules of two packs at once, and libhivex asked the same; beside them one rule.
std::vector<Command> many_rules(const Corpus& corpus, const std::string& list,
                                const std::string& questions) {
    std::ofstream out(questions);
    std::size_t count = 0;
    for (const auto* pack : {"mapi-http", "outlook-connectivity"}) {
        for (const auto& rule : hivelint::find_pack(pack)->rules) {
            out << rule->key << '\t' << rule->value << '\n';
            ++count;
        }
    }
    const std::string folder = corpus.folder.native();
    return {
        {"hivescan FOLDER", {HIVESCAN, "--format", "jsonl", folder}},
        {fmt::format("hivescan, {} rules", count),
         {HIVESCAN, "--format", "jsonl", "--pack", "mapi-http", "--pack", "outlook-connectivity",
          folder}},
        {"libhivex, the one", {HIVEX_LOOP}, list},
        {"libhivex, the same", {HIVEX_LOOP, "--questions", questions}, list},
    };
}

void single(const std::string& title, const fs::path& hive, int rounds) {
    compare(
        title,
        {
            {"hivescan HIVE", {HIVESCAN, hive.native()}},
            {"libhivex, a C program", {HIVEX_LOOP, hive.native()}},
            {"hivexget",
             {"hivexget", hive.native(), "\\Software\\Microsoft\\Exchange", "MapiHttpDisabled"}},
            {"hiveinfo --verify HIVE", {HIVEINFO, "--verify", hive.native()}},
            {"true", {"true"}},
        },
        rounds, false);
}

void fix(const std::string& title, const fs::path& hive, int rounds) {
    const auto target = changed_hive().native();
    fs::create_directories(changed_hive().parent_path());
    const auto undo = (fs::temp_directory_path() / "hivelint-bench-undo").native();
    fs::create_directories(undo);
    compare(title,
            {
                {"hivefix, durable, checked, with undo record",
                 {"sh", "-c",
                  fmt::format("rm -f {}/*; exec {} --undo-dir {} {}", undo, HIVEFIX, undo, target)},
                 "/dev/null",
                 hive.native()},
                {"libhivex: set and commit, not durable",
                 {"sh", "-c", fmt::format("rm -f {}/*; exec {} {}", undo, HIVEX_SET, target)},
                 "/dev/null",
                 hive.native()},
            },
            rounds, false);
    fs::remove_all(changed_hive().parent_path());
    fs::remove_all(undo);
}

/// A run over many profiles, and its undoing: the hives are then what they were, and the peer's
/// turn comes.
void fix_many(const fs::path& hive, int rounds) {
    constexpr int kProfiles = 2000;
    const auto top = fs::current_path() / "hivelint-bench-many";
    const auto users = top / "Users";
    const auto record = (top / "record").native();
    const auto list = (top / "list").native();
    const std::vector<Command> commands = {
        {"hivefix FOLDER, durable, checked, one record",
         {HIVEFIX, "--quiet", "--undo-record", record, users.native()}},
        {"hivefix undo RECORD, durable, checked", {HIVEFIX, "undo", "--quiet", record}},
        {"libhivex: set and commit each, not durable", {"xargs", "-n1", HIVEX_SET}, list},
    };
    std::vector<std::vector<Cost>> costs(commands.size());
    for (int round = 0; round < rounds; ++round) {
        fs::remove_all(top);
        fs::create_directories(users);
        std::ofstream names(list);
        for (int i = 0; i < kProfiles; ++i) {
            const auto folder = users / fmt::format("user{:04}", i);
            fs::create_directory(folder);
            fs::copy_file(hive, folder / "NTUSER.DAT");
            names << (folder / "NTUSER.DAT").native() << '\n';
        }
        names.close();
        for (std::size_t i = 0; i < commands.size(); ++i) {
            ::sync(); // else what is durable pays for the copies
            if (const auto cost = run(commands[i])) {
                costs[i].push_back(*cost);
            }
        }
    }
    fs::remove_all(top);
    print_table(fmt::format("{} profiles of {:.2f} MiB", kProfiles,
                            static_cast<double>(fs::file_size(hive)) / (1 << 20)),
                commands, costs);
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fputs("usage: bench FOLDER [ROUNDS [BIG]]\n", stderr);
        return 2;
    }
    const int rounds = argc > 2 ? std::atoi(argv[2]) : 5;
    Corpus corpus = read_corpus(argv[1]);
    if (corpus.hives == 0) {
        std::fputs("bench: there are no hives in it\n", stderr);
        return 2;
    }
    const std::string list = std::string(argv[1]) + ".list";
    const std::string pages = std::string(argv[1]) + ".pages";
    {
        std::ofstream out(list);
        for (const auto& path : corpus.paths) {
            out << path.native() << '\n';
        }
    }
    const auto ask_floor = [&](const char* what, const std::string& file) {
        return std::system(fmt::format("'{}' {} <'{}' >'{}'", FLOOR, what, list, file).c_str());
    };
    if (ask_floor("pages", pages) != 0 || ask_floor("confirm", pages + "-confirm") != 0) {
        return 2;
    }
    fmt::print("{} hives, {:.1f} MiB; medians of {} rounds; ratio: to the first row\n",
               corpus.hives, static_cast<double>(corpus.bytes) / (1 << 20), rounds);
    compare("warm", scans(corpus, list, pages, true), rounds, false);
    compare("cold", scans(corpus, list, pages, true), std::max(1, rounds / 2), true);
    compare("warm, many rules", many_rules(corpus, list, std::string(argv[1]) + ".questions"),
            rounds, false);
    compare("cold, many rules", many_rules(corpus, list, std::string(argv[1]) + ".questions"),
            std::max(1, rounds / 2), true);
    // Of the hives with the condition, one of 1.3 MiB and one of 6.4 MiB.
    for (const std::size_t i : {std::size_t{401}, std::size_t{901}}) {
        if (i < corpus.paths.size()) {
            fix(fmt::format("a fix of {:.1f} MiB",
                            static_cast<double>(fs::file_size(corpus.paths[i])) / (1 << 20)),
                corpus.paths[i], 5 * rounds);
        }
    }
    const auto by_size = [](const fs::path& path) { return fs::file_size(path); };
    // The first is one with the condition, of about 0.26 MiB.
    fix_many(corpus.paths.front(), std::max(3, rounds));
    if (argc > 3) {
        single("one hive of 500 MB", fs::path(argv[3]) / "000/Users/user000000/NTUSER.DAT", rounds);
    }
    // The last of them: make_corpus puts those with the condition first.
    std::ranges::reverse(corpus.paths);
    single("one hive, the smallest", *std::ranges::min_element(corpus.paths, {}, by_size),
           20 * rounds);
    single("one hive, the largest", *std::ranges::max_element(corpus.paths, {}, by_size), rounds);
    return 0;
}
