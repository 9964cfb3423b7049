// hivereplay: applies the transaction logs of a hive and writes the recovered hive as a new file.
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
    CLI::App app("Applies the transaction logs of a dirty Windows registry hive.", "hivereplay");
    tools::add_path(app, "HIVE", options.hive, "the hive; it is only read")
        ->required()
        ->type_name("");
    tools::add_path(app, "--log", options.logs,
                    "a log of it, instead of those that lie beside it; may be repeated")
        ->type_name("FILE")
        ->check(tools::not_empty)
        ->allow_extra_args(false);
    tools::add_path(app, "-o,--output", options.output,
                    "write the recovered hive to this new file; without it, tell what would be "
                    "applied")
        ->type_name("OUT")
        ->check(tools::not_empty);
    app.add_flag("--info", options.info, "list the entries of each log");
    return tools::run(app, argc, argv, [&] { return replay_and_report(options); });
}
