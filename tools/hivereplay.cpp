// hivereplay: applies the transaction logs of hives and writes the recovered hives as new files.
#include "command_line.hpp"
#include "container_choice.hpp"
#include "platform/file.hpp"
#include "platform/path_text.hpp"
#include "platform/process.hpp"
#include "tool.hpp"

#include <hivelint/evidence.hpp>
#include <hivelint/replay.hpp>
#include <hivelint/report.hpp>

#include <optional>

using namespace hivelint;

namespace {

struct Options {
    std::vector<std::filesystem::path> places;
    std::vector<std::filesystem::path> logs;
    std::vector<std::filesystem::path> log_places;
    tools::ContainerChoice containers;
    std::filesystem::path output;
    std::filesystem::path output_dir;
    bool all_files = false;
    bool info = false;
    bool json = false;
};

/// Writes the reports, and remembers what they come to.
class Writer {
public:
    explicit Writer(const Options& options) : options_(options) {}

    void write(const ReplayReport& report) {
        if (options_.json) {
            output_.write(json_line(report, options_.info));
        } else {
            output_.write(hives_ == 0 ? "" : "\n");
            output_.write(text_report(report, options_.info));
        }
        ++hives_;
        errors_ += report.error ? 1 : 0;
    }
    int exit_status() const {
        return errors_ > 0 ? tools::kIncomplete : hives_ == 0 ? tools::kNothing : tools::kClean;
    }

private:
    const Options& options_;
    tools::Output output_{{}};
    std::size_t hives_ = 0;
    std::size_t errors_ = 0;
};

bool is_folder(const std::filesystem::path& path) {
    try {
        return status_behind(path).kind == FileKind::folder;
    } catch (const Error&) {
        return false; // its report says why
    }
}

/// The one hive that was named, whatever its name and kind.
int replay_one(const Options& options) {
    ReplayOptions asked = {.logs = {},
                           .log_places = options.log_places,
                           .output = {},
                           .containers = options.containers.options()};
    if (!options.logs.empty()) {
        asked.logs = options.logs;
    }
    if (!options.output.empty()) {
        asked.output = options.output;
    }
    Writer writer(options);
    writer.write(replay_hive(options.places.front(), asked));
    return writer.exit_status();
}

/// Where the recovered hive goes: below the folder of output as it lies below the place that it was
/// found in. No name of a file found there is `..`.
std::filesystem::path output_of(const std::filesystem::path& folder, const Target& hive) {
    const auto below = std::string_view(hive.path).substr(hive.named);
    const auto begin = below.find_first_not_of("/\\");
    const auto name = begin == std::string_view::npos ? text_of(path_of(hive.path).filename())
                                                      : std::string(below.substr(begin));
    return folder / path_of(name);
}

int replay_many(const Options& options) {
    if (!options.output.empty() || !options.logs.empty()) {
        throw tools::UsageError(
            "--output and --log are for one hive; for several use --output-dir and --log-dir");
    }
    PassedOver passed;
    const auto hives =
        discover(options.places, {.all_files = options.all_files, .passed_over = &passed});
    ReplayRun run(hives, options.log_places);
    Writer writer(options);
    for (const auto& hive : hives) {
        std::optional<std::filesystem::path> output;
        if (!options.output_dir.empty()) {
            output = output_of(options.output_dir, hive);
            make_folders(output->parent_path());
        }
        if (const auto report = run.replay(hive, output)) {
            writer.write(*report);
        }
    }
    std::string notes = text_report(passed);
    for (const auto& note : run.log_notes()) {
        notes += note + '\n';
    }
    print_error(notes);
    return writer.exit_status();
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    tools::CommandLine line("hivereplay",
                            "Applies the transaction logs of dirty Windows registry hives.");
    line.paths("PATH", options.places,
               "a hive, perhaps in a container (case.zip!/Users/a/NTUSER.DAT), or folders to look "
               "for hives in; they are only read")
        .required()
        .value_name("");
    const auto log =
        line.paths("--log", options.logs,
                   "a log of the one hive, instead of those that lie beside it; may be repeated")
            .value_name("FILE")
            .not_empty()
            .one_at_a_time();
    line.paths("--log-dir", options.log_places,
               "a folder of logs that lie elsewhere; whose they are, their content tells; may be "
               "repeated")
        .value_name("DIR")
        .not_empty()
        .one_at_a_time()
        .excludes(log);
    const auto output =
        line.path("-o,--output", options.output,
                  "write the recovered hive to this new file, or a copy of a clean one; without "
                  "it, tell what would be applied")
            .value_name("OUT")
            .not_empty();
    line.path("--output-dir", options.output_dir,
              "write the hives that are found below this folder, each as it lies below its PATH")
        .value_name("DIR")
        .not_empty()
        .excludes(output)
        .excludes(log);
    options.containers.add_keys_to(line);
    line.flag("--all-files", options.all_files,
              "take every file in a folder that is a hive, whatever its name");
    line.flag("--info", options.info, "list the entries of each log");
    line.choice("--format", options.json, {{"text", false}, {"jsonl", true}},
                "for people, or one JSON object a hive and line");
    return line.run(argc, argv, [&] {
        const bool one = options.places.size() == 1 && !is_folder(options.places.front());
        return one && options.output_dir.empty() ? replay_one(options) : replay_many(options);
    });
}
