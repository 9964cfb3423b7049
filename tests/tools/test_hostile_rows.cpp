// Every kind of hostile input that is known, and the test that shows what becomes of it.
#include "tests/support/hive_files.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

namespace fs = std::filesystem;
using hivelint::test::read_file;

namespace {

struct Row {
    int number;
    std::string input;
    const char* shown_by; ///< the name of a test case
};

// By what is wrong: file system objects (to 20), what is no hive or cut (to 30), bins, cells and
// trees (to 46), values (to 55), dirty hives and logs (to 78), many hives.
const Row kRows[] = {
    {1, "a FIFO under a hive's name",
     "tools: what is no file under a hive's name is reported and not opened"},
    {2, "sockets and devices under it",
     "tools: what is no file under a hive's name is reported and not opened"},
    {3, "a folder under a hive's name, or a log's",
     "hivescan: a log under the name of a hive, and folders under the names of logs"},
    {4, "a link to itself, a ring of links", "a ring of links on the way to a place"},
    {5, "a link out of the place", "symbolic links under a hive's name"},
    {6, "a linked folder on the way", "linked folders are passed"},
    {7, "a dangling link", "symbolic links under a hive's name"},
    {8, "a hive with two names", "one file comes once, under the first of its paths"},
    {9, "what may not be read", "tools: what may not be read is told, and is never clear"},
    {10, "read-only, full, no permission to write",
     "refusals: read-only is read-only, for root too"},
    {11, "a disk that fills, a crash at any system call",
     "crash: set-zero, killed before every system call"},
    {12, "a file that changes while it is read",
     "hivescan with logs: a log that is written to meanwhile is not used"},
    {13, "names that differ by letter case", "case variants are files of their own"},
    {14, "hostile file names", "hivescan: names of files and users cannot control a terminal"},
    {15, "a log that is a link",
     "scan with logs: a log that is no file, alone or beside a good one"},
    {16, "3 GiB of zeros, a hive with 3 GiB behind it", "tools: files of three gibibytes"},
    {17, "many folders, deep ones, loops",
     "a thousand levels, with folders to come back for, and few descriptors"},
    {18, "owner, mode, attributes, times",
     "files: a fixed hive keeps all that belongs to the file"},
    {19, "other file systems",
     "file systems: a hive is fixed, its fix undone, and nothing is left"},
    {20, "a hive that somebody has locked", "refusals: a hive that another process has locked"},
    {21, "files too short for a hive", "schema: odd hives"},
    {22, "zeros, noise, programs", "schema: odd hives"},
    {23, "a log under a hive's name",
     "hivescan: a log under the name of a hive, and folders under the names of logs"},
    {24, "versions that nobody reads", "schema: odd hives"},
    {25, "a wrong checksum", "scan: under a wrong checksum the walker's answer stands alone"},
    {26, "bins past the end of the file", "scan: a file that ends before its bins"},
    {27, "bins of impossible size",
     "hivescan: a file that claims two gibibytes of bins it does not have costs no memory"},
    {28, "a tail behind the bins", "scan: a tail behind the bins is allowed"},
    {29, "the special cases of the checksum",
     "log numbers: the two checksums that are stored otherwise"},
    {30, "a root that is none", "hostile: bins, cells and trees"},
    {31, "impossible bins", "hostile: bins, cells and trees"},
    {32, "impossible cells", "hostile: bins, cells and trees"},
    {33, "free cells that are referred to", "hostile: bins, cells and trees"},
    {34, "a list that leads back", "hostile: bins, cells and trees"},
    {35, "lists that double", "verify tree: doubling lists of 40 levels are passed once"},
    {36, "deep trees", "verify tree: 200,000 keys one below the other"},
    {37, "counts that wrap", "hostile: bins, cells and trees"},
    {38, "values counted and not there", "hostile: bins, cells and trees"},
    {39, "data in the root's cell", "hostile: values"},
    {40, "unsorted lists, wrong hints, duplicates",
     "doubts: a key that a wrong hash hides is listed, opened, and told of"},
    {41, "more subkeys than libhivex reads", "scan: more subkeys than hivex reads"},
    {42, "volatile indexes", "verify: what it leaves alone"},
    {43, "security records that are none", "hostile: bins, cells and trees"},
    {44, "classes and names past their cells", "hostile: bins, cells and trees"},
    {45, "hostile key names", "hiveinfo --key: names that are no text"},
    {46, "link and predefined keys on the way", "hostile: bins, cells and trees"},
    {47, "other types and sizes", "scan: the verdicts on a clean hive"},
    {48, "numbers in cells, odd inline data", "hostile: values"},
    {49, "odd strings", "hiveinfo --key: an odd string loses no byte in text"},
    {50, "hostile value names", "hostile: values"},
    {51, "data and names past their cells", "hostile: values"},
    {52, "big data that is none", "hostile: values"},
    {53, "values that are deleted in a layer", "hostile: values"},
    {54, "nothing to do", "nothing to do, or a dry run: no file is made, changed or removed"},
    {55, "no key, no value",
     "kinds: parts of a user's hive are asked below their root, and that is told"},
    {56, "dirty without logs", "replay refusals: a dirty hive without --replay"},
    {57, "one log of two", "replay: one log of two, or only one"},
    {58, "logs swapped by name", "replay: two logs, whatever their names"},
    {59, "logs that start later", "replay: where a log starts"},
    {60, "a clean hive beside newer logs", "replay: a clean hive's logs do not matter"},
    {61, "torn entries, wrong hashes", "log chain: wrong hashes"},
    {62, "a first entry or header that is bad", "log: unusable as a whole, in either format"},
    {63, "a second log without its predecessor", "replay: chains that end early"},
    {64, "two logs of one number that differ",
     "replay doubt: two logs that start at the same number"},
    {65, "the log of another hive", "replay doubt: another hive's log"},
    {66, "a log of another moment", "replay doubt: a log of another moment, whose numbers fit"},
    {67, "formats mixed", "replay doubt: logs of both formats"},
    {68, "impossible pages under right hashes",
     "log chain: pages that cannot be, under right hashes"},
    {69, "bins that grow and shrink", "recovered: bins that grow and shrink along the chain"},
    {70, "numbers that wrap", "replay: numbers wrap"},
    {71, "a damaged base block, with logs and without",
     "healed: the base block of the log with the latest start"},
    {72, "base block and first bin damaged",
     "healed: what is no hive stays none, whatever lies beside it"},
    {73, "equal numbers, wrong checksum",
     "healed: equal numbers under a wrong checksum are no clean hive"},
    {74, "logs of the old format", "old log: all or nothing"},
    {75, "logs that would damage the hive",
     "damaging logs: the primary is reported as stored, and the error names them"},
    {76, "pending transactions", "replay refusals: transactions that may be pending"},
    {77, "a log that is no file or changes",
     "scan with logs: a log that is no file, alone or beside a good one"},
    {78, "leftover logs after a fix", "patch: the number is above every number beside the hive"},
    {79, "one hostile hive among 500", "scan: among 500 hives one is hostile"},
    {80, "one hive fixed twice at once", "instances: two started at once"},
    {81, "closed pipes, full disks, locales", "hivescan: a closed pipe is a clean end"},
    {82, "times that are none", "hiveinfo --key: keys whose time is past all dates"},
};

/// All sources of the tests, one after the other.
std::string sources() {
    std::string all;
    for (const auto& entry :
         fs::recursive_directory_iterator(fs::path(HIVELINT_TESTDATA).parent_path() / "tests")) {
        if (entry.path().extension() == ".cpp") {
            all += read_file(entry.path());
        }
    }
    return all;
}

} // namespace

TEST_CASE("hostile: each known kind of input has a test that shows what becomes of it") {
    const auto all = sources();
    int number = 0;
    for (const auto& row : kRows) {
        CAPTURE(row.input);
        CHECK(row.number == ++number);
        CHECK(all.find("TEST_CASE(\"" + std::string(row.shown_by) + "\"") != std::string::npos);
    }
    CHECK(number == 82);
}
