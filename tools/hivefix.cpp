// hivefix: mends documented misconfigurations in offline hives, in place, and takes that back.
#include "command_line.hpp"
#include "platform/path_text.hpp"
#include "tool.hpp"

#include <hivelint/fix.hpp>
#include <hivelint/regf/name.hpp>
#include <hivelint/report.hpp>
#include <hivelint/rules.hpp>
#include <hivelint/version.hpp>

#include <fmt/core.h>

#include <algorithm>

using namespace hivelint;

namespace {

struct Options {
    std::vector<std::filesystem::path> places;
    std::string check;
    std::filesystem::path output;
    std::filesystem::path undo_file;
    std::filesystem::path undo_folder = ".";
    std::filesystem::path undo; ///< the record to take back
    Format format = Format::text;
    bool set_zero = false; ///< said so, though it is the default
    bool remove = false;
    bool dry_run = false;
    bool no_undo_record = false;
    bool preserve_times = false;
    bool force = false;
    bool replay = false;
    bool recover = false;
};

void add_options(tools::CommandLine& line, Options& options) {
    line.paths("PATH", options.places, "hives, and folders to look for hives in").value_name("");
    const auto set_zero =
        line.flag("--set-zero", options.set_zero, "set the value to 0, which is the default");
    line.flag("--delete", options.remove, "delete the value").excludes(set_zero);
    line.text("--check", options.check, "which check's finding is mended: " + tools::check_names())
        .value_name("ID");
    line.flag("--dry-run", options.dry_run, "show what would change, and write nothing");
    line.path("--output", options.output, "write a patched copy, leave the hive alone")
        .value_name("FILE");
    const auto file = line.path("--undo-record", options.undo_file, "write the undo record here")
                          .value_name("FILE");
    const auto folder = line.path("--undo-dir", options.undo_folder,
                                  "keep undo records in this folder instead of the current one")
                            .value_name("DIR")
                            .excludes(file);
    line.flag("--no-undo-record", options.no_undo_record, "keep no undo record")
        .excludes(file)
        .excludes(folder);
    line.flag("--preserve-times", options.preserve_times, "keep the file's modification time");
    line.flag("--force", options.force,
              "also replace a value that is not the documented one; never what could corrupt");
    line.flag("--replay", options.replay,
              "fix dirty hives too: apply their transaction logs in the same step");
    line.choice("--format", options.format, {{"text", Format::text}, {"jsonl", Format::jsonl}},
                "a table, or one JSON record a line");
    line.path("--undo", options.undo,
              "take the fix of this undo record back, in the file it names or in PATH")
        .value_name("RECORD");
    line.flag("--recover", options.recover,
              "roll back what interrupted fixes left: the journals beside hives");
}

FixRun run_of(const Options& options) {
    FixRun run;
    run.rule = options.check.empty() ? &rules().front() : find_rule(options.check);
    if (run.rule == nullptr) {
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("there is no check '{}'", regf::escaped_bytes(options.check)));
    }
    run.fix = {.action = options.remove ? Action::delete_value : Action::set_value,
               .force = options.force,
               .replay = options.replay,
               .time = regf::FileTime::now()};
    run.apply = {.preserve_times = options.preserve_times};
    run.dry_run = options.dry_run;
    run.tool = "hivefix " HIVELINT_VERSION;
    if (!options.output.empty()) {
        run.output = options.output;
    }
    if (!options.undo_file.empty()) {
        run.undo_file = options.undo_file;
    } else if (!options.no_undo_record) {
        run.undo_folder = options.undo_folder;
    }
    return run;
}

int fix_all(const Options& options) {
    const FixRun run = run_of(options);
    const auto targets = discover(options.places);
    if (targets.size() > 1 && (run.output || run.undo_file)) {
        throw Error(ErrorCode::invalid_argument,
                    "--output and --undo-record are for one hive; there are several");
    }
    tools::Output output({});
    std::vector<FixedHive> hives;
    for (const auto& target : targets) {
        auto hive = fix_target(target, run);
        if (!hive) {
            continue;
        }
        if (options.format == Format::jsonl) {
            output.write(json_line(hive->record, hive->outcome));
        }
        hives.push_back(*std::move(hive));
    }
    if (options.format == Format::text) {
        output.write(text_report(hives));
    }
    const auto any = [&](FixResult result) {
        return std::ranges::any_of(
            hives, [&](const FixedHive& hive) { return hive.outcome.result == result; });
    };
    if (hives.empty()) {
        return tools::kNothing;
    }
    return any(FixResult::refused)     ? tools::kIncomplete
           : any(FixResult::would_fix) ? tools::kFindings
                                       : tools::kClean;
}

int recover_all(const Options& options) {
    tools::Output output({});
    const auto targets = discover(options.places);
    bool failed = false;
    for (const auto& target : targets) {
        std::string line;
        try {
            if (target.problem) {
                throw *target.problem;
            }
            line = to_string(recover(path_of(target.path)));
        } catch (const Error& error) {
            failed = true;
            line = fmt::format("refused: {}", error.message());
        }
        output.write(fmt::format("{}: {}\n", regf::escaped_bytes(target.path), line));
    }
    return failed ? tools::kIncomplete : targets.empty() ? tools::kNothing : tools::kClean;
}

int undo_one(const Options& options) {
    const auto path =
        options.places.empty() ? std::optional<std::filesystem::path>() : options.places.front();
    const Patch patch = undo(options.undo, path, {.preserve_times = options.preserve_times});
    tools::Output output({});
    output.write(fmt::format("{}: undone; SHA-256 is {} again\n",
                             regf::escaped_bytes(text_of(patch.path)), patch.sha256_after));
    return tools::kClean;
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    tools::CommandLine line(
        "hivefix", "Mends documented misconfigurations in offline Windows registry hives.");
    add_options(line, options);
    return line.run(argc, argv, [&] {
        if (!options.undo.empty()) {
            return undo_one(options);
        }
        if (options.places.empty()) {
            throw Error(ErrorCode::invalid_argument, "name a hive or a folder");
        }
        return options.recover ? recover_all(options) : fix_all(options);
    });
}
