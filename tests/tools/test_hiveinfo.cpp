// hiveinfo as a process: its options and exit status, and what it says of a hive.
#include "tests/support/odd_hives.hpp"
#include "tests/support/samples.hpp"
#include "tests/support/tool_run.hpp"

#include <hivelint/evidence.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

using namespace hivelint::test;

namespace {

const std::filesystem::path kTestdata = HIVELINT_TESTDATA;

} // namespace

TEST_CASE("hiveinfo: help and version") {
    const auto help = hiveinfo({"--help"});
    CHECK(help.status == 0);
    CHECK(help.err == "");
    for (const std::string word : {"hiveinfo", "HIVE", "--verify", "--counts", "--key", "--format",
                                   "json", "--version", "Exit status: 0 clean; 1 findings; 2 "}) {
        CAPTURE(word);
        CHECK(help.out.find(word) != std::string::npos);
    }
    const auto version = hiveinfo({"--version"});
    CHECK(version.status == 0);
    CHECK(version.err == "");
    CHECK(lines_of(replaced(version.out, "hiveinfo", "hivescan")).front() ==
          lines_of(hivescan({"--version"}).out).front());
}

TEST_CASE("hiveinfo: help cannot control a terminal") {
    CHECK(misleading(hiveinfo({"--help"}).out) == "");
}

TEST_CASE("hiveinfo: wrong options are told") {
    const OneHive hive(affected_bytes());
    const std::vector<std::string> rows[] = {
        {"--no-such-option"}, {"--format", "jsonl"}, {"--format"},         {"--key"},
        {"another"},          {"--key", "a\xFF"},    {"--verify=perhaps"},
    };
    for (const auto& arguments : rows) {
        CAPTURE(joined(arguments));
        const auto run = hive.info(arguments);
        CHECK(run.status == 64);
        CHECK(run.out == "");
        CHECK(run.err != "");
        CHECK(misleading(run.err) == "");
    }
    CHECK(hiveinfo({}).status == 64);
}

TEST_CASE("hiveinfo: the text about a hive, every byte of it") {
    const TempDir dir;
    write_file(dir.path() / "Users/anna/NTUSER.DAT", affected_bytes());
    const auto run = hiveinfo({"Users/anna/NTUSER.DAT", "--verify", "--counts", "--key", kExchange},
                              {.program = {}, .folder = dir.path()});
    CHECK(run.status == 0);
    CHECK(run.err == "");
    CHECK(run.out ==
          "path              Users/anna/NTUSER.DAT\n"
          "user              anna\n"
          "size              8192 bytes\n"
          "state             clean\n"
          "version           1.5\n"
          "sequence numbers  primary 7, secondary 7\n"
          "last written      2013-04-25T21:11:34.0000000Z\n"
          "last reorganized  not set\n"
          "embedded name     \\??\\C:\\Users\\test\\ntuser.dat\n"
          "root cell         0x1020\n"
          "hive bins         0x1000 bytes\n"
          "flags             0x0\n"
          "checksum          0x108533ae\n"
          "sha256            dfd2824b980f56ca82a63a96b4ffb34cd442f88851e7c2e4062e2fe717d5c8c9\n"
          "bins              1\n"
          "keys              4\n"
          "values            1\n"
          "security records  1\n"
          "allocated cells   10\n"
          "free cells        1\n"
          "free bytes        3432\n"
          "\n"
          "verify: nothing is wrong\n"
          "\n"
          "key at 0x1210, last written 2013-04-25T21:11:34.0000000Z\n"
          "no subkeys\n"
          "VALUE             TYPE       SIZE  DATA\n"
          "MapiHttpDisabled  REG_DWORD  4     0x1 (1)\n");
}

TEST_CASE("hiveinfo: the JSON about a hive, every byte of it") {
    const TempDir dir;
    write_file(dir.path() / "Users/anna/NTUSER.DAT", affected_bytes());
    const auto run = hiveinfo({"Users/anna/NTUSER.DAT", "--format=json", "--verify", "--counts",
                               "--key", "Software\\Microsoft"},
                              {.program = {}, .folder = dir.path()});
    CHECK(run.status == 0);
    CHECK(run.err == "");
    CHECK(
        run.out ==
        R"({"schema":"hivelint-info/1","path":"Users/anna/NTUSER.DAT","user":"anna","user_by":"path","size":8192,)"
        R"("state":"clean","base_block":{"version":"1.5","primary_sequence":7,)"
        R"("secondary_sequence":7,"last_written":"2013-04-25T21:11:34.0000000Z",)"
        R"("file_name":"\\??\\C:\\Users\\test\\ntuser.dat","root_cell":32,"bins_size":4096,)"
        R"("clustering_factor":1,"flags":0,"last_reorganized":null,"checksum":277164974,)"
        R"("checksum_valid":true},"logs":[],"offsets_of":"file",)"
        R"("sha256":"dfd2824b980f56ca82a63a96b4ffb34cd442f88851e7c2e4062e2fe717d5c8c9",)"
        R"("counts":{"bins":1,"keys":4,"values":1,"security_records":1,"allocated_cells":10,)"
        R"("free_cells":1,"free_bytes":3432},)"
        R"("verify":{"damage":0,"irregularities":0,"issues":[]},)"
        R"("key":{"name":"Microsoft","last_written":"2013-04-25T21:11:34.0000000Z","flags":32,)"
        R"("subkeys":1,"values":0,"offset":4512,"subkey_list":[{"name":"Exchange",)"
        R"("last_written":"2013-04-25T21:11:34.0000000Z","flags":32,"subkeys":0,"values":1,)"
        R"("offset":4624}],"value_list":[],"damage":[]},"notes":[],"error":null})"
        "\n");
}

TEST_CASE("hiveinfo: what was not asked for is null") {
    const OneHive hive(affected_bytes());
    const auto info = info_of(hive.path());
    for (const std::string member : {"sha256", "counts", "verify", "key", "error"}) {
        CAPTURE(member);
        CHECK(info.at(member).is_null());
    }
    CHECK(info_of(hive.path(), {"--counts"}).at("verify").is_null());
    CHECK(info_of(hive.path(), {"--verify"}).at("counts").is_null());
}

TEST_CASE("hiveinfo: the samples") {
    struct Row {
        std::string path;
        std::string user;
        std::string state;
        std::string version;
        std::uint32_t primary_sequence;
        int status;
        int status_of_verify;
    };
    const Row rows[] = {
        {"Documents and Settings/dave/NTUSER.DAT", "dave", "clean", "1.3", 57, 0, 0},
        {"Users/alice/NTUSER.DAT", "alice", "clean", "1.5", 57, 0, 0},
        {"Users/bob/NTUSER.DAT", "bob", "clean", "1.5", 57, 0, 0},
        {"Users/carol.V6/NTUSER.MAN", "carol.V6", "clean", "1.5", 57, 0, 0},
        {"Users/Default/NTUSER.DAT", "Default", "clean", "1.5", 57, 0, 0},
        {"Users/erin/NTUSER.DAT", "erin", "clean", "1.5", 57, 0, 0},
        {"Users/frank/NTUSER.DAT", "frank", "dirty", "1.5", 58, 2, 2},
        {"Users/grace/NTUSER.DAT", "grace", "truncated", "1.5", 57, 2, 2},
        {"Users/heidi/NTUSER.DAT", "heidi", "recovered", "1.5", 58, 0, 0},
        {"Windows/System32/config/DEFAULT", "LocalSystem", "clean", "1.5", 57, 0, 0},
    };
    const auto is_hive = [](const Sample& sample) {
        return !hivelint::is_log_name(sample.relative_path);
    };
    CHECK(std::ssize(rows) == std::ranges::count_if(samples(), is_hive));
    for (const auto& row : rows) {
        CAPTURE(row.path);
        const auto path = kTestdata / kSampleFolder / row.path;
        const auto info = info_of(path);
        CHECK(info["path"] == path.native());
        CHECK(info["user"] == row.user);
        CHECK(info["state"] == row.state);
        CHECK(info["size"] == std::filesystem::file_size(path));
        CHECK(info["base_block"]["version"] == row.version);
        CHECK(info["base_block"]["primary_sequence"] == row.primary_sequence);
        CHECK(info["base_block"]["secondary_sequence"] == 57);
        CHECK(info["base_block"]["checksum_valid"] == true);
        CHECK(hiveinfo({path, "--format=json"}).status == row.status);
        const auto text = hiveinfo({path});
        CHECK(text.status == row.status);
        for (const auto& line :
             {"path              " + path.native(), "user              " + std::string(row.user),
              "state             " + std::string(row.state),
              "version           " + std::string(row.version)}) {
            CAPTURE(line);
            CHECK(text.out.find(line + '\n') != std::string::npos);
        }
        CHECK(hiveinfo({path, "--verify"}).status == row.status_of_verify);
    }
}

TEST_CASE("hiveinfo: what is no hive") {
    const TempDir dir;
    write_text(dir.path() / "text", "No hive here.");
    write_text(dir.path() / "empty", "");
    for (const std::string name : {"text", "empty", "missing", "text/below", ".", "/dev/null"}) {
        CAPTURE(name);
        for (const std::string format : {"--format=text", "--format=json"}) {
            const auto run = hiveinfo({name, format, "--verify", "--counts", "--key", ""},
                                      {.program = {}, .folder = dir.path()});
            CHECK(run.status == 2);
            CHECK(run.out.find("error") != std::string::npos);
            CHECK(run.err == "");
        }
    }
}

TEST_CASE("hiveinfo: paths that are no text") {
    for (const auto& name : hostile_file_names()) {
        const TempDir dir;
        const auto file = dir.path() / "Users" / name / name;
        write_file(file, affected_bytes());
        const auto text = hiveinfo({"--verify", "--", file.native()});
        CHECK(text.status == 0);
        CHECK(misleading(text.out) == "");
        const auto info = info_of(file);
        const bool is_utf8 = info.at("path") == file.native();
        CHECK(info.contains("path_bytes") != is_utf8);
        CHECK(lines_of(hiveinfo({file, "--format=json"}).out).size() == 1);
    }
}

TEST_CASE("hiveinfo: odd hives") {
    for (const auto& odd : odd_hives()) {
        CAPTURE(odd.name);
        const OneHive hive(odd.bytes);
        for (const std::string key : {"", kExchange}) {
            const auto text = hive.info({"--verify", "--counts", "--key", key});
            CHECK((text.status == 0 || text.status == 2 || text.status == 3));
            CHECK(misleading(text.out) == "");
            const auto info = info_of(hive.path(), {"--verify", "--counts", "--key", key});
            CHECK(info["size"] == odd.bytes.size());
            // Both tools see the same state, but where one looked at less than the other.
            const bool same = info["state"] == odd.state;
            CHECK((same || (info["state"] == "corrupt" && odd.state == "clean")));
        }
    }
}

TEST_CASE("hiveinfo: places that do not take the report") {
    const OneHive hive(affected_bytes());
    for (const auto out : {Stdout::full, Stdout::closed_pipe, Stdout::none}) {
        for (const std::string format : {"--format=text", "--format=json"}) {
            const auto run =
                hiveinfo({hive.path(), "--verify", format}, {.program = {}, .out = out});
            CHECK(run.status == 2);
            CHECK(run.signal == 0);
            CHECK(run.err.starts_with("hiveinfo: ") == (out != Stdout::closed_pipe));
        }
    }
    CHECK(read_file(hive.path()).size() == affected_bytes().size());
}
