// hivefix undo, and hivefix show: the records of runs.
#include "container_choice.hpp"
#include "hivefix/modes.hpp"
#include "platform/path_text.hpp"
#include "platform/process.hpp"
#include "rule_choice.hpp"
#include "tool.hpp"

#include <hivelint/file_source.hpp>
#include <hivelint/text.hpp>
#include <hivelint/undo.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace hivelint::tools {
namespace {

struct UndoCounts {
    std::array<std::uint64_t, 4> of{}; ///< by UndoResult

    std::uint64_t& operator[](UndoResult result) { return of.at(static_cast<std::size_t>(result)); }
};

/// Whether the file is a record by its first byte, or by its name where there is no file.
bool is_record(const std::filesystem::path& path) {
    try {
        const FileSource file(path);
        std::array<std::byte, 1> first = {};
        if (file.size() == 0) {
            return false;
        }
        file.read_at(0, first);
        return first[0] == std::byte{'{'};
    } catch (const Error&) {
        return path.extension() == ".json" || path.extension() == ".jsonl";
    }
}

/// The first word is a record; of the others, those that are one, and the hives.
void sort_words(const std::vector<std::filesystem::path>& words,
                std::vector<std::unique_ptr<SavedRun>>& records,
                std::vector<std::filesystem::path>& paths) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i == 0 || is_record(words[i])) {
            records.push_back(std::make_unique<SavedRun>(words[i]));
        } else {
            paths.push_back(words[i]);
        }
    }
    std::ranges::sort(records, std::greater(), [](const auto& record) { // the latest first
        return std::pair(record->header().time, record->path());
    });
}

int undo_all(const std::vector<std::filesystem::path>& words, UndoOptions& options, Format format,
             bool quiet) {
    std::vector<std::unique_ptr<SavedRun>> records;
    sort_words(words, records, options.paths);
    Output output({});
    UndoCounts counts;
    catch_interrupts();
    options.stop = interrupted;
    for (const auto& record : records) {
        undo(*record, options, [&](const UndoneHive& hive) {
            ++counts[hive.result];
            if (format == Format::jsonl) {
                output.write(json_line(hive, *record));
            } else if (!quiet || hive.result == UndoResult::refused) {
                output.write(text_report(hive));
            }
        });
    }
    if (format == Format::text && !quiet) {
        output.write(fmt::format("{} undone, {} would be undone, {} undone already, {} refused{}\n",
                                 counts[UndoResult::undone], counts[UndoResult::would_undo],
                                 counts[UndoResult::already_undone], counts[UndoResult::refused],
                                 interrupted() ? "; interrupted, the others were left" : ""));
    }
    return counts[UndoResult::refused] > 0 || interrupted()                ? kIncomplete
           : counts[UndoResult::would_undo] > 0                            ? kFindings
           : std::ranges::all_of(counts.of, [](auto n) { return n == 0; }) ? kNothing
                                                                           : kClean;
}

std::string heading(const SavedRun& record) {
    const RunHeader& run = record.header();
    if (run.id.empty()) {
        return fmt::format("{}: record of one fix by {}\n", escaped_exactly(text_of(record.path())),
                           escaped_bytes(run.tool));
    }
    return fmt::format("{}: {} {} by {} at {}, changes: {}{}\n",
                       escaped_exactly(text_of(record.path())), to_string(run.kind),
                       escaped_bytes(run.id), escaped_bytes(run.tool),
                       run.time.iso8601().value_or("an unknown time"), record.size(),
                       record.sealed() ? "" : "; the run was cut off");
}

int show_all(const std::vector<std::filesystem::path>& paths) {
    Output output({});
    for (const auto& path : paths) {
        const SavedRun record(path);
        output.write(heading(record));
        for (std::size_t i = 0; i < record.size(); ++i) {
            const auto patch = record.change(i).patch;
            const bool plan = record.header().kind == RunKind::plan;
            output.write(fmt::format("\n{}\n{}", escaped_exactly(text_of(patch.path)),
                                     preview(plan ? patch : reversed(patch))));
        }
    }
    return kClean;
}

} // namespace

int run_undo(std::vector<std::string> words) {
    UndoOptions options;
    std::vector<std::filesystem::path> paths;
    Format format = Format::text;
    bool quiet = false;
    CommandLine line("hivefix undo", "Takes back what the record of a run says, the latest change "
                                     "first. What is undone already is left.");
    line.paths(
            "RECORD", paths,
            "records of runs; behind them hives and folders: of what the records say, only these")
        .value_name("")
        .required();
    RuleChoice rules;
    rules.add_known_to(line);
    line.flag("--dry-run", options.dry_run, "show what would change, and write nothing");
    line.flag("--preserve-times", options.apply.preserve_times,
              "keep the files' modification times");
    add_format(line, format);
    line.flag("--quiet", quiet, "text: only what is refused");
    return line.run(std::move(words), [&] {
        options.rules = rules.of_files();
        options.containers = ContainerChoice().options();
        return undo_all(paths, options, format, quiet);
    });
}

int run_show(std::vector<std::string> words) {
    std::vector<std::filesystem::path> paths;
    CommandLine line("hivefix show",
                     "Prints what undo would take back, or what apply would do. Looks at no hive.");
    line.paths("RECORD", paths, "records of runs, and plans").value_name("").required();
    return line.run(std::move(words), [&] { return show_all(paths); });
}

} // namespace hivelint::tools
