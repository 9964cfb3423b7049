#include "hivefix/modes.hpp"
#include "platform/path_text.hpp"
#include "tool.hpp"

#include <hivelint/version.hpp>

#include <fmt/core.h>

namespace hivelint::tools {

void RecordOptions::add_to(CommandLine& line) {
    auto file = line.path("--undo-record", file_, "record what is changed in this new file")
                    .value_name("FILE")
                    .not_empty();
    auto folder = line.path("--undo-dir", folder_,
                            "make the record in this folder instead of the current one")
                      .value_name("DIR")
                      .not_empty()
                      .excludes(file);
    auto none =
        line.flag("--no-undo-record", none_, "record nothing").excludes(file).excludes(folder);
    options_ = {file, folder, none};
}

void RecordOptions::exclude(Option& other) const {
    for (const auto& option : options_) {
        other.excludes(option);
    }
}

std::unique_ptr<RunRecord> RecordOptions::make(const RunHeader& header) const {
    if (none_) {
        return nullptr;
    }
    return std::make_unique<RunRecord>(
        file_.empty()
            ? (folder_ / fmt::format("hivelint-undo-{}.json", header.id)).lexically_normal()
            : file_,
        header);
}

void add_format(CommandLine& line, Format& format) {
    line.choice("--format", format, {{"text", Format::text}, {"jsonl", Format::jsonl}},
                "text as it comes, or one JSON record a line");
}

RunHeader new_run(RunKind kind, const std::vector<std::string>& words) {
    const auto now = regf::FileTime::now();
    return {.kind = kind,
            .id = new_run_id(now),
            .tool = "hivefix " HIVELINT_VERSION,
            .time = now,
            .arguments = words};
}

bool recover_all(const std::vector<Target>& targets, const RecoverOptions& options,
                 const std::function<void(const RecoveredHive&)>& tell) {
    bool all_well = true;
    for (const auto& target : targets) {
        const auto recovered = recover(target, options);
        all_well = all_well && !recovered.reason;
        tell(recovered);
    }
    return all_well;
}

int exit_status(const RunCounts& counts) {
    return counts.refused > 0 || counts.left > 0 || counts.interrupted || counts.unsealed
               ? kIncomplete
           : counts.hives == 0    ? kNothing
           : counts.would_fix > 0 ? kFindings
                                  : kClean;
}

} // namespace hivelint::tools
