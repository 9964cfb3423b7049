// hivescan and rules: packs, files of rules, what tells of them, and which hives are looked for.
#include "tests/support/schema.hpp"
#include "tests/support/tool_run.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fs = std::filesystem;
using namespace hivelint::test;

namespace {

using Arguments = std::vector<std::string>;

constexpr std::string_view kOwn = R"([[rule]]
id = "own"
title = "Own setting"
key = 'HKCU\Software\Own'
value = "Level"
equals = [0, 1]
good = { range = [2, 5] }
set = 3
severity = "finding"
reference = "policy 7"
)";

bool has(const std::string& text, std::string_view words) {
    return text.find(words) != std::string::npos;
}

/// A computer with hives of its own and of a user.
class Machine {
public:
    Machine() {
        HiveSpec software;
        software.with("Microsoft\\Windows\\CurrentVersion\\Policies\\System",
                      dword(u"EnableLUA", 0));
        HiveSpec system;
        system.with("Select", dword(u"Current", 1))
            .with("ControlSet001\\Control\\Lsa", dword(u"NoLMHash", 1));
        HiveSpec user;
        user.with("Software\\Own", dword(u"Level", 1))
            .with("Software\\Policies\\Microsoft\\Windows\\Installer",
                  dword(u"AlwaysInstallElevated", 1));
        write_file(at("Windows/System32/config/SOFTWARE"), software.build().bytes);
        write_file(at("Windows/System32/config/SYSTEM"), system.build().bytes);
        write_file(at("Windows/System32/config/RegBack/SOFTWARE"), {});
        write_file(at("collected/C_Windows_System32_config_SYSTEM"), system.build().bytes);
        write_file(at("collected/software.copy0"), software.build().bytes);
        write_text(at("collected/system.txt"), "no hive");
        write_text(at("software/readme"), "no hive");
        write_file(at("Users/anna/NTUSER.DAT"), user.build().bytes);
        write_text(at("own.toml"), kOwn);
    }
    fs::path at(const char* name) const { return dir_.path() / name; }
    Finished scan(Arguments arguments) const {
        return hivescan(std::move(arguments), {.program = {}, .input = {}, .folder = dir_.path()});
    }
    /// The paths of the hives that were looked at.
    std::set<std::string> looked_at(Arguments arguments) const {
        arguments.emplace_back("--format=jsonl");
        std::set<std::string> paths;
        Schema schema;
        for (const auto& record : records_of(scan(std::move(arguments)).out)) {
            CHECK(schema.faults(record) == "");
            paths.insert(record.at("path").get<std::string>());
        }
        return paths;
    }

private:
    TempDir dir_;
};

} // namespace

TEST_CASE("rules: hives of the kinds that the rules are about are looked for, and only these") {
    const Machine machine;
    const std::set<std::string> users = {"Users/anna/NTUSER.DAT"};
    const std::set<std::string> software = {"Windows/System32/config/SOFTWARE",
                                            "collected/software.copy0"};
    const std::set<std::string> system = {"Windows/System32/config/SYSTEM",
                                          "collected/C_Windows_System32_config_SYSTEM"};
    CHECK(machine.looked_at({"."}) == std::set<std::string>{"./Users/anna/NTUSER.DAT"});
    CHECK(machine.looked_at({"--pack", "outlook-connectivity", "Users", "Windows", "collected"}) ==
          users);
    CHECK(machine.looked_at({"--check", "uac-off", "Users", "Windows", "collected"}) == software);
    CHECK(machine.looked_at({"--check", "lm-hash-stored", "Users", "Windows", "collected"}) ==
          system);
    auto all = users;
    all.insert(software.begin(), software.end());
    all.insert(system.begin(), system.end());
    CHECK(machine.looked_at(
              {"--pack", "windows-baseline", "Users", "Windows", "collected", "software"}) == all);
    // A file that is named is looked at, whatever it is called.
    CHECK(machine.looked_at({"--check", "uac-off", "Users/anna/NTUSER.DAT"}) == users);
}

TEST_CASE("rules: a table with the rule of each row; what is clear has one row") {
    const Machine machine;
    const auto run = machine.scan({"--pack", "windows-baseline", "Users", "Windows"});
    CHECK(run.status == 1);
    const auto lines = lines_of(run.out);
    REQUIRE(lines.size() > 4);
    CHECK(lines[0] == "VERDICT   RULE                     VALUE        STATE  USER  PATH");
    CHECK(lines[1] ==
          "affected  installer-elevated-user  REG_DWORD 1  clean  anna  Users/anna/NTUSER.DAT");
    CHECK(lines[2] == "affected  uac-off                  REG_DWORD 0  clean  test  "
                      "Windows/System32/config/SOFTWARE");
    CHECK(lines[3] == "clear     8 rules                  -            clean  test  "
                      "Windows/System32/config/SYSTEM");
    CHECK(has(run.out,
              "15 rules are of other kinds of hives and do not apply: its keys are those of user"));
    CHECK(has(run.out, "3 hives: 2 affected, "));
}

TEST_CASE("rules: the exit status is by the weight of what was found") {
    const Machine machine;
    const auto status = [&](Arguments arguments) {
        arguments.emplace_back("Users");
        return machine.scan(std::move(arguments)).status;
    };
    CHECK(status({"--check=installer-elevated-user"}) == 1);
    CHECK(status({"--check=installer-elevated-user", "--fail-on=finding"}) == 0);
    CHECK(status({"--check=installer-elevated-user", "--fail-on=info"}) == 1);
    CHECK(status({"--rules=own.toml"}) == 1);
    CHECK(status({"--rules=own.toml", "--fail-on=finding"}) == 1);
    CHECK(status({"--rules=own.toml", "--fail-on=never"}) == 0);
}

TEST_CASE("rules: a file of one's own is checked, run and explained") {
    const Machine machine;
    const auto checked = machine.scan({"--check-rules", "own.toml"});
    CHECK(checked.out == "own.toml: 1 rule\n");
    CHECK(checked.status == 0);
    const auto run = machine.scan({"--rules", "own.toml", "Users"});
    CHECK(run.status == 1);
    CHECK(has(run.out, "affected  REG_DWORD 1  clean  anna  Users/anna/NTUSER.DAT"));
    const auto told = machine.scan({"--rules", "own.toml", "--explain", "own"});
    CHECK(told.out == "own: Own setting\n"
                      "  key       HKEY_CURRENT_USER\\Software\\Own\n"
                      "  wrong     Level is REG_DWORD 0 or 1\n"
                      "  right     it is REG_DWORD 2 to 5\n"
                      "  mend      set Level to REG_DWORD 3\n"
                      "            hivefix --rules FILE --check own HIVE\n"
                      "  severity  finding\n"
                      "  source    policy 7\n");
    const auto listed = machine.scan({"--rules", "own.toml", "--list-rules"});
    CHECK(listed.out == "PACK  RULE  SEVERITY  HIVE  VALUE  TITLE\n"
                        "own   own   finding   user  Level  Own setting\n");
    // Beside a pack, and one rule of the two.
    CHECK(machine.scan({"--rules", "own.toml", "--pack", "mapi-http", "Users"}).status == 1);
    CHECK(machine.scan({"--rules", "own.toml", "--check", "mapi-http-disabled", "Users"}).status ==
          0);
    CHECK(machine.scan({"--rules", "own.toml", "--check", "own", "Users"}).status == 1);
}

TEST_CASE("rules: what is wrong with a file is told with its place, and nothing is scanned") {
    const Machine machine;
    std::string wrong(kOwn);
    wrong.replace(wrong.find("value"), 5, "vaule");
    wrong.replace(wrong.find("finding"), 7, "findnig");
    write_text(machine.at("wrong.toml"), wrong);
    const std::string problems =
        "wrong.toml:5:1: there is no field 'vaule'; did you mean 'value'?\n"
        "wrong.toml:9:12: 'severity' is 'findnig'; did you mean 'finding'?; known are finding, "
        "info, review\n";
    const auto checked = machine.scan({"--check-rules", "wrong.toml"});
    CHECK(checked.out == problems);
    CHECK(checked.status == 2);
    const auto run = machine.scan({"--rules", "wrong.toml", "Users"});
    CHECK(run.status == 64);
    CHECK(run.out == "");
    CHECK(has(run.err, problems));
    CHECK(machine.scan({"--rules", "nowhere.toml", "Users"}).status == 2);
    CHECK(machine.scan({"--check-rules", "nowhere.toml"}).status == 2);
    write_text(machine.at("twice.toml"), kOwn);
    CHECK(has(machine.scan({"--rules", "own.toml", "--rules", "twice.toml", "Users"}).err,
              "rule 'own' comes twice"));
    const auto no_pack = machine.scan({"--pack", "outlook", "Users"});
    CHECK(no_pack.status == 64);
    CHECK(has(no_pack.err, "there is no pack 'outlook'; there are mapi-http, outlook-connectivity, "
                           "windows-baseline"));
    CHECK(machine.scan({"--explain", "nothing"}).status == 64);
    // What would not be honoured cannot be said.
    const Arguments together[] = {{"--list-rules", "Users"},
                                  {"--explain=uac-off", "Users"},
                                  {"--check-rules=own.toml", "Users"},
                                  {"--list-rules", "--output=x"},
                                  {"--list-rules", "--hash=sha256"},
                                  {"--list-rules", "--baseline=x"},
                                  {"--list-rules", "--containers=never"},
                                  {"--list-rules", "--output=csv=x"},
                                  {"--list-rules", "--files-from=-"},
                                  {"--list-rules", "--explain=uac-off"},
                                  {"--explain=uac-off", "--check-rules=own.toml"}};
    for (const auto& arguments : together) {
        CHECK(machine.scan(arguments).status == 64);
    }
}

TEST_CASE("rules: all that are built in are listed, as a table and as JSON") {
    const Machine machine;
    const auto table = machine.scan({"--list-rules"});
    CHECK(table.status == 0);
    CHECK(lines_of(table.out).size() == 36);
    const auto records = records_of(machine.scan({"--list-rules", "--format=jsonl"}).out);
    REQUIRE(records.size() == 35);
    CHECK(records[0].at("schema") == "hivelint-rule/1");
    CHECK(records[0].at("id") == "mapi-http-disabled");
    CHECK(records[0].at("set") == 0);
    CHECK(records[0].at("condition") == "is REG_DWORD 1");
    for (const auto& record : records) {
        CHECK(machine.scan({"--explain", record.at("id").get<std::string>()}).status == 0);
    }
}
