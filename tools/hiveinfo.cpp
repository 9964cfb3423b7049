// hiveinfo: what one hive is, whether its structure is sound, and what one of its keys holds.
#include "command_line.hpp"
#include "tool.hpp"

#include <hivelint/inspect.hpp>
#include <hivelint/report.hpp>

using namespace hivelint;

namespace {

struct Options {
    std::filesystem::path hive;
    std::string key;
    bool json = false;
    bool verify = false;
    bool counts = false;
};

int inspect_and_report(const Options& options, bool list_key) {
    InspectOptions asked = {.verify = options.verify, .counts = options.counts, .key = {}};
    if (list_key) {
        asked.key = regf::parse_key_path(options.key);
    }
    const auto result = inspect(options.hive, asked);
    tools::Output output({});
    output.write(options.json ? json_report(result) : text_report(result));
    if (result.error || (result.key && !result.key->damage.empty()) ||
        (result.report && result.report->damage + result.report->irregularities > 0)) {
        return tools::kIncomplete;
    }
    return list_key && !result.key ? tools::kNothing : tools::kClean;
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    tools::CommandLine line("hiveinfo", "Tells what a Windows registry hive is and holds.");
    line.path("HIVE", options.hive, "the hive").required().value_name("");
    line.flag("--verify", options.verify,
              "hold the whole hive against the rules of the format; exit status 2 when "
              "something is wrong");
    line.flag("--counts", options.counts, "count bins, cells, keys and values");
    const auto key = line.text("--key", options.key,
                               R"(list this key, such as 'Software\Microsoft\Exchange'; '' )"
                               "is the root key. A name with a backslash or NUL in it cannot "
                               "be written so")
                         .value_name("KEY");
    line.choice("--format", options.json, {{"text", false}, {"json", true}},
                "for people, or one JSON object");
    return line.run(argc, argv, [&] { return inspect_and_report(options, key.given()); });
}
