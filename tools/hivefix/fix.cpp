// hivefix [fix], and hivefix apply: the same run with changes that were planned before.
#include "container_choice.hpp"
#include "hivefix/modes.hpp"
#include "path_list.hpp"
#include "platform/path_text.hpp"
#include "platform/process.hpp"
#include "rule_choice.hpp"
#include "tool.hpp"

#include <hivelint/fix.hpp>
#include <hivelint/text.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <map>

namespace hivelint::tools {
namespace {

constexpr std::string_view kModesHelp =
    "hivefix fix PATH... is the same as hivefix PATH...; a path that is called like one of the "
    "commands is written ./undo.\n"
    "Commands (each has its own --help):\n"
    "  fix      mend what hivescan finds\n"
    "  apply    make the very changes of a plan that --dry-run --plan kept\n"
    "  undo     take back what a record says\n"
    "  recover  roll back what interrupted fixes left: the journals beside hives\n"
    "  show     print what a record or a plan says";

struct Options {
    std::vector<std::filesystem::path> places;
    std::string files_from;
    RuleChoice rules;
    ContainerChoice containers;
    std::filesystem::path output;
    std::filesystem::path plan;
    RecordOptions record;
    Format format = Format::text;
    std::size_t jobs = 0;
    bool set = false;
    bool remove = false;
    bool dry_run = false;
    bool preserve_times = false;
    bool force = false;
    bool replay = false;
    bool recover = false;
    bool append = false;
    bool quiet = false;
};

/// What both modes have; the one that concerns hives which are changed.
Option add_run_options(CommandLine& line, Options& options) {
    const auto preserve =
        line.flag("--preserve-times", options.preserve_times, "keep the files' modification times");
    line.number("--jobs", options.jobs, 1024,
                "how many hives are fixed at a time; 0, the default: as many as are worth it")
        .value_name("N");
    add_format(line, options.format);
    line.flag("--quiet", options.quiet,
              "text: leave out hives in which there is nothing to do, and the summary");
    return preserve;
}

void add_options(CommandLine& line, Options& options) {
    line.paths("PATH", options.places,
               "hives, disk images, and folders to look for either in; a hive in an image is "
               "disk.vhdx!/p1/Users/Default/NTUSER.DAT")
        .value_name("");
    line.text("--files-from", options.files_from,
              "further paths, one a line or ended by NUL; - is standard input")
        .value_name("FILE")
        .not_empty();
    const auto set = line.flag("--set,--set-zero", options.set,
                               "set values to what mends them (of the first rule 0); the default "
                               "where a rule says that");
    line.flag("--delete", options.remove, "delete values; the default where a rule says only that")
        .excludes(set);
    options.rules.add_to(line);
    options.containers.add_to(line);
    line.flag("--force", options.force,
              "also replace a value that is not the documented one; never what could corrupt");
    line.flag("--replay", options.replay,
              "fix dirty hives too: apply their transaction logs in the same step");
    line.flag("--recover", options.recover,
              "first roll back what an interrupted run left: it is resumed");
    const auto dry_run =
        line.flag("--dry-run", options.dry_run, "show what would change, and write nothing");
    options.record.add_to(line);
    auto plan = line.path("--plan", options.plan,
                          "keep what would change as a plan in this new file, for hivefix apply")
                    .value_name("FILE")
                    .not_empty()
                    .needs(dry_run);
    options.record.exclude(plan);
    auto output = line.path("--output", options.output,
                            "leave the hives alone and write patched copies: of one hive to this "
                            "file, of several below this folder")
                      .value_name("OUT")
                      .not_empty();
    options.record.exclude(output);
    line.flag("--in-place", options.append,
              "change a WIM where it is, by appending to it; disk images always are, without "
              "--output")
        .excludes(output);
    output.excludes(plan).excludes(add_run_options(line, options));
}

/// Runs and reports. `passed`: what the search for hives passed over.
int fix_targets(const std::vector<Target>& targets, FixRun& run, const RunHeader& header,
                const Options& options, const PassedOver& passed, Output& output) {
    run.apply = {.preserve_times = options.preserve_times, .before_change = {}};
    run.dry_run = options.dry_run;
    run.jobs = options.jobs;
    catch_interrupts();
    run.stop = interrupted;
    const auto report = make_fix_report(options.format, header, options.quiet,
                                        [&](std::string_view text) { output.write(text); });
    report->begin();
    const auto counts = fix(targets, run, [&](const FixedHive& hive) { report->add(hive); });
    report->end(counts);
    if (const auto text = text_report(passed); !text.empty()) {
        options.format == Format::text && !options.quiet ? output.write(text) : print_error(text);
    }
    return exit_status(counts);
}

std::vector<std::filesystem::path> places_of(const Options& options) {
    auto places = options.places;
    if (!options.files_from.empty()) {
        std::ranges::move(read_path_list(options.files_from), std::back_inserter(places));
    } else if (places.empty()) {
        throw tools::UsageError("name a hive or a folder, or use --files-from");
    }
    return places;
}

/// One hive's copy is the file of that name, unless that is a folder.
bool is_folder(const std::filesystem::path& output, std::size_t hives) {
    if (hives > 1 || text_of(output).back() == kSeparator) {
        return true;
    }
    std::error_code failed;
    return std::filesystem::is_directory(output, failed);
}

int fix_all(const Options& options, const std::vector<std::string>& words) {
    FixRun run;
    run.rules = options.rules.rules();
    run.fix = {.action = options.remove ? std::optional(Action::delete_value)
                         : options.set  ? std::optional(Action::set_value)
                                        : std::nullopt,
               .force = options.force,
               .replay = options.replay};
    run.containers = options.containers.options();
    run.append = options.append;
    PassedOver passed;
    auto discovery = discovery_for(run.rules);
    run.inside = discovery;
    discovery.passed_over = &passed;
    discovery.containers = options.containers.open();
    const auto targets = discover(places_of(options), discovery);
    const auto header = new_run(options.plan.empty() ? RunKind::fix : RunKind::plan, words);
    std::unique_ptr<RunRecord> record;
    if (!options.plan.empty()) {
        record = std::make_unique<RunRecord>(options.plan, header);
    } else if (options.output.empty()) {
        record = options.record.make(header);
    }
    run.record = record.get();
    if (!options.output.empty()) {
        (is_folder(options.output, targets.size()) ? run.output_folder : run.output) =
            options.output;
    }
    Output output({});
    if (options.recover) {
        recover_all(
            targets, {.dry_run = options.dry_run, .rules = run.rules, .containers = run.containers},
            [&](const RecoveredHive& hive) {
                if (hive.result != Recovery::nothing_to_do) { // what cannot be is refused below
                    output.write(options.format == Format::text ? text_report(hive)
                                                                : json_line(hive));
                }
            });
    }
    return fix_targets(targets, run, header, options, passed, output);
}

int apply_plan(const std::filesystem::path& path, const Options& options,
               const std::vector<std::string>& words) {
    const SavedRun plan(path);
    const auto refuse = [&](const std::string& what) {
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("plan {} {}", escaped_exactly(text_of(path)), what));
    };
    if (plan.header().kind != RunKind::plan) {
        refuse("is the record of a run: undo takes it back, nothing carries it out again");
    }
    if (!plan.sealed()) {
        refuse("is not complete: the run that made it was cut off");
    }
    if (!plan.trusted()) {
        refuse("belongs to another user: look at it (hivefix show), then copy it");
    }
    std::map<std::filesystem::path, Patch> planned;
    std::vector<Target> targets;
    FixRun run;
    for (std::size_t i = 0; i < plan.size(); ++i) {
        auto change = plan.change(i);
        for (const auto& fix : change.patch.fixes) {
            auto rule = options.rules.rule(fix.rule);
            if (std::ranges::find(run.rules, rule) == run.rules.end()) {
                run.rules.push_back(std::move(rule));
            }
        }
        Target target;
        target.path = text_of(change.patch.path);
        if (!change.patch.inside.empty()) {
            target = discover({change.patch.path}, {.containers = true}).front();
        }
        target.named = change.place;
        targets.push_back(std::move(target));
        planned.insert_or_assign(change.patch.path, std::move(change.patch));
    }
    run.fix = {.force = true, .replay = true}; // as far as the plan does
    run.containers = options.containers.options();
    run.append = true;
    run.planned = &planned;
    const auto header = new_run(RunKind::fix, words);
    const auto record = options.record.make(header);
    run.record = record.get();
    Output output({});
    return fix_targets(targets, run, header, options, {}, output);
}

} // namespace

int run_fix(std::vector<std::string> words) {
    Options options;
    CommandLine line("hivefix",
                     "Mends documented misconfigurations in offline Windows registry hives.",
                     "  hivefix --dry-run image         what would change\n"
                     "  hivefix --undo-dir .. image     mend, and record how to undo it\n"
                     "  hivefix undo ../hivelint-*.json take all of it back\n");
    add_options(line, options);
    line.add_help(std::string(kModesHelp));
    const auto arguments = words;
    return line.run(std::move(words), [&] { return fix_all(options, arguments); });
}

int run_apply(std::vector<std::string> words) {
    Options options;
    std::filesystem::path plan;
    CommandLine line("hivefix apply", "Makes the very changes of a plan, if the hives are still "
                                      "those that it was made for.");
    line.path("PLAN", plan, "what hivefix --dry-run --plan kept").value_name("").required();
    line.flag("--dry-run", options.dry_run, "show what would change, and write nothing");
    options.rules.add_known_to(line);
    options.record.add_to(line);
    add_run_options(line, options);
    const auto arguments = words;
    return line.run(std::move(words), [&] { return apply_plan(plan, options, arguments); });
}

} // namespace hivelint::tools
