// hivefix recover: what interrupted fixes left.
#include "container_choice.hpp"
#include "hivefix/modes.hpp"
#include "platform/path_text.hpp"
#include "platform/process.hpp"
#include "rule_choice.hpp"
#include "tool.hpp"

#include <hivelint/change.hpp>

#include <algorithm>

namespace hivelint::tools {
namespace {

/// A journal that is named stands for its hive.
std::filesystem::path hive_of(const std::filesystem::path& path) {
    const auto text = text_of(path);
    return text.ends_with(kJournalSuffix)
               ? path_of(text.substr(0, text.size() - kJournalSuffix.size()))
               : path;
}

int recover_places(std::vector<std::filesystem::path> places, const RecoverOptions& options,
                   Format format, bool quiet) {
    std::ranges::transform(places, places.begin(), hive_of);
    const auto targets = discover(places);
    Output output({});
    bool would = false;
    const bool all_well = recover_all(targets, options, [&](const RecoveredHive& hive) {
        would = would || hive.result == Recovery::would_recover;
        if (format == Format::jsonl) {
            output.write(json_line(hive));
        } else if (!quiet || hive.reason || hive.result != Recovery::nothing_to_do) {
            output.write(text_report(hive));
        }
    });
    return !all_well ? kIncomplete : targets.empty() ? kNothing : would ? kFindings : kClean;
}

} // namespace

int run_recover(std::vector<std::string> words) {
    std::vector<std::filesystem::path> places;
    RecoverOptions options;
    Format format = Format::text;
    bool quiet = false;
    CommandLine line("hivefix recover", "Rolls back what interrupted fixes left: the journals "
                                        "beside hives, whatever the hives are called.");
    line.paths("PATH", places, "hives and disk images, their journals, and folders to look in")
        .value_name("")
        .required();
    RuleChoice rules;
    rules.add_known_to(line);
    line.flag("--dry-run", options.dry_run, "show what would be done, and write nothing");
    line.flag("--discard", options.discard,
              "put a journal that fits nothing aside, as NAME.hivelint-journal.discarded-N");
    add_format(line, format);
    line.flag("--quiet", quiet, "text: only what is done or refused");
    return line.run(std::move(words), [&] {
        options.rules = rules.of_files();
        options.containers = ContainerChoice().options();
        return recover_places(places, options, format, quiet);
    });
}

} // namespace hivelint::tools
