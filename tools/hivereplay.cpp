// hivereplay: applies the transaction logs of a hive and writes the recovered hive as a new file.
#include "command_line.hpp"
#include "tool.hpp"

#include <hivelint/replay.hpp>
#include <hivelint/report.hpp>

using namespace hivelint;

namespace {

struct Options {
    std::filesystem::path hive;
    std::vector<std::filesystem::path> logs;
    std::filesystem::path output;
    bool info = false;
};

int replay_and_report(const Options& options) {
    ReplayOptions asked;
    if (!options.logs.empty()) {
        asked.logs = options.logs;
    }
    if (!options.output.empty()) {
        asked.output = options.output;
    }
    const auto report = replay_hive(options.hive, asked);
    tools::Output output({});
    output.write(text_report(report, options.info));
    return report.error ? tools::kIncomplete : tools::kClean;
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    tools::CommandLine line("hivereplay",
                            "Applies the transaction logs of a dirty Windows registry hive.");
    line.path("HIVE", options.hive, "the hive; it is only read").required().value_name("");
    line.paths("--log", options.logs,
               "a log of it, instead of those that lie beside it; may be repeated")
        .value_name("FILE")
        .not_empty()
        .one_at_a_time();
    line.path("-o,--output", options.output,
              "write the recovered hive to this new file; without it, tell what would be "
              "applied")
        .value_name("OUT")
        .not_empty();
    line.flag("--info", options.info, "list the entries of each log");
    return line.run(argc, argv, [&] { return replay_and_report(options); });
}
