// hiveinfo: what one hive is, whether its structure is sound, and what one of its keys holds.
#include "command_line.hpp"
#include "container_choice.hpp"
#include "tool.hpp"

#include <hivelint/inspect.hpp>
#include <hivelint/report.hpp>

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

using namespace hivelint;

namespace {

struct Options {
    std::filesystem::path hive;
    std::string key;
    bool json = false;
    bool verify = false;
    bool counts = false;
    bool no_logs = false;
    std::vector<std::filesystem::path> log_places;
    tools::ContainerChoice containers;
};

/// The key path as people copy it: with its root key, and with more backslashes than it takes.
std::string tidied(std::string_view key) {
    std::string path;
    for (const char c : key) {
        if (c != '\\' || (!path.empty() && path.back() != '\\')) {
            path += c;
        }
    }
    for (const std::string_view root : {"HKCU", "HKEY_CURRENT_USER"}) {
        const bool named =
            path.size() >= root.size() &&
            std::ranges::equal(path.substr(0, root.size()), root, {}, [](char c) {
                return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
            });
        if (named && (path.size() == root.size() || path[root.size()] == '\\')) {
            path.erase(0, root.size() + 1);
        }
    }
    if (path.ends_with('\\')) {
        path.pop_back();
    }
    return path;
}

int inspect_and_report(const Options& options, bool list_key) {
    InspectOptions asked = {.verify = options.verify,
                            .counts = options.counts,
                            .key = {},
                            .apply_logs = !options.no_logs,
                            .log_places = options.log_places,
                            .containers = options.containers.options()};
    if (list_key) {
        try {
            asked.key = regf::parse_key_path(tidied(options.key));
        } catch (const Error& error) {
            throw tools::UsageError("--key: " + error.message());
        }
    }
    const auto result = inspect(options.hive, asked);
    tools::Output output({});
    output.write(options.json ? json_report(result) : text_report(result));
    const bool unsettled = result.state == State::dirty && !options.no_logs;
    if (result.error || unsettled || (result.key && !result.key->damage.empty()) ||
        (result.report && result.report->damage + result.report->irregularities > 0)) {
        return tools::kIncomplete;
    }
    return list_key && !result.key ? tools::kNothing : tools::kClean;
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    tools::CommandLine line("hiveinfo", "Tells what a Windows registry hive is and holds.");
    line.path("HIVE", options.hive,
              "the hive, perhaps in a container: case.zip!/Users/a/NTUSER.DAT")
        .required()
        .value_name("");
    line.flag("--verify", options.verify,
              "hold the whole hive against the rules of the format; exit status 2 when "
              "something is wrong");
    line.flag("--counts", options.counts, "count bins, cells, keys and values");
    const auto key = line.text("--key", options.key,
                               R"(list this key, such as 'Software\Microsoft\Exchange'; '' )"
                               "is the root key, and HKCU\\ before it is left out. A name with a "
                               "backslash or NUL in it cannot "
                               "be written so")
                         .value_name("KEY");
    const auto no_logs =
        line.flag("--no-logs", options.no_logs,
                  "tell of a dirty hive as it is stored: do not apply its transaction logs");
    line.log_places(options.log_places, no_logs);
    options.containers.add_keys_to(line);
    line.choice("--format", options.json, {{"text", false}, {"json", true}},
                "for people, or one JSON object");
    return line.run(argc, argv, [&] { return inspect_and_report(options, key.given()); });
}
