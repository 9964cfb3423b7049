#include "base/caught.hpp"
#include "change/journal.hpp"
#include "change/new_file.hpp"
#include "fix_record.hpp"
#include "planned.hpp"
#include "platform/path_text.hpp"
#include "scan/container_scan.hpp"
#include "scan/limits.hpp"

#include <hivelint/regf/base_block.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

namespace hivelint {
namespace {

FixedHive refused(Record record, const Error& reason) {
    FixOutcome outcome;
    outcome.result = FixResult::refused;
    outcome.reason = reason;
    return {std::move(record), std::move(outcome)};
}

bool has_finding(const Record& record) {
    return std::ranges::any_of(record.checks, [](const CheckResult& check) {
        return check.finding.verdict == Verdict::affected ||
               check.finding.verdict == Verdict::nonstandard;
    });
}

/// The container need not be opened again for it.
ReadyPlan planned(const ContainedHive& hive, const FixRun& run) {
    std::vector<LogBytes> logs;
    logs.reserve(hive.logs.size());
    for (const auto& log : hive.logs) {
        logs.push_back({path_of(log.path), log.bytes});
    }
    try {
        const auto note = note_of_transactions(
            hive.transactions, regf::read_base_block(*hive.file.bytes), run.fix.force);
        auto patch = plan_fix(*hive.file.bytes, logs, run.rules, run.fix);
        if (note) {
            patch.notes.push_back(*note);
        }
        return {.patch = std::move(patch), .reason = {}};
    } catch (...) {
        return {.patch = {}, .reason = caught()};
    }
}

std::vector<FixedHive> fix_in_place(const Target& target, const FixRun& run) {
    const auto path = path_of(target.path);
    std::vector<FixedHive> fixed;
    Record image;
    image.path = path;
    try {
        if (const auto journal = journal_there(locate_below(path, target.named))) {
            fixed.push_back(refused(std::move(image), *journal));
            return fixed;
        }
    } catch (const Error& error) {
        fixed.push_back(refused(std::move(image), error));
        return fixed;
    }
    ScanOptions options = {.rules = run.rules, .confirm = Confirm::automatic};
    options.containers = run.containers;
    options.inside = run.inside;
    Limits limits;
    std::map<std::filesystem::path, ReadyPlan> plans;
    const auto plan = [&](const ContainedHive& hive, const Record& record) {
        if (run.planned == nullptr && hive.at.steps.size() == 2 && has_finding(record)) {
            plans.emplace(record.path, planned(hive, run));
        }
    };
    for (auto& record : scan_container(target, options, limits, plan)) {
        if (!fixed.empty() && run.stop && run.stop()) {
            break;
        }
        if (record.steps.size() > 2 && !record.error && has_finding(record)) {
            const Error reason(ErrorCode::not_in_place,
                               "it lies in a container in another one; take that one out first");
            fixed.push_back(refused(std::move(record), reason));
        } else {
            const auto ready = plans.find(record.path);
            const auto* const plan_of_it = ready == plans.end() ? nullptr : &ready->second;
            fixed.push_back(fix_record(target, run, std::move(record), plan_of_it));
        }
    }
    return fixed;
}

/// What is said of the copy is said of the image.
void rename(FixedHive& hive, const std::string& copy, const std::string& image,
            const std::filesystem::path& output) {
    const auto renamed = [&](const std::filesystem::path& path) {
        const auto text = text_of(path);
        return text.starts_with(copy) ? path_of(image + text.substr(copy.size())) : path;
    };
    hive.record.path = renamed(hive.record.path);
    if (!hive.record.steps.empty()) {
        hive.record.steps.front() = image;
    }
    if (hive.outcome.result != FixResult::refused) {
        hive.outcome.output = output;
    }
    if (hive.outcome.patch) {
        hive.outcome.patch->path = renamed(hive.outcome.patch->path);
    }
}

/// A copy of the image, mended; it gets its name when it is whole. Where something in it was
/// refused there is none.
std::vector<FixedHive> fix_copy(const Target& target, const FixRun& run,
                                const std::filesystem::path& output) {
    if (run.output_folder) {
        make_folders(output.parent_path());
    }
    const auto at = locate_below(path_of(target.path), target.named);
    const File image = open_for_reading(at.in(), at.name);
    NewFile copy(output, "the output file", IfThere::refuse, status_of(image.get()).mode);
    copy.write(image);
    Target in_copy = target;
    in_copy.path = text_of(output.parent_path() / path_of(copy.partial().name));
    in_copy.id.reset();
    in_copy.named = in_copy.path.size();
    FixRun in_place = run;
    in_place.output.reset();
    in_place.output_folder.reset();
    in_place.append = true;
    auto fixed = fix_in_place(in_copy, in_place);
    const bool whole = std::ranges::none_of(
        fixed, [](const FixedHive& hive) { return hive.outcome.result == FixResult::refused; });
    for (auto& hive : fixed) {
        rename(hive, in_copy.path, target.path, output);
        if (!whole && hive.outcome.result != FixResult::refused) {
            hive.outcome.output.reset();
            hive.outcome.result = FixResult::refused;
            hive.outcome.reason =
                Error(ErrorCode::not_in_place,
                      "another hive of the image is refused, and a copy is mended as a whole");
        }
    }
    if (whole) {
        make_durable(copy.file(), "the output file");
        copy.publish();
    }
    return fixed;
}

} // namespace

std::vector<FixedHive> fix_container(const Target& target, const FixRun& run) {
    const auto output = output_of(target, run);
    if (!output) {
        return fix_in_place(target, run);
    }
    try {
        if (!run.dry_run) {
            return fix_copy(target, run, *output);
        }
        if (is_there(*output)) {
            throw Error(ErrorCode::already_exists, "the output file exists already");
        }
        FixRun looked_at = run;
        looked_at.output.reset();
        looked_at.output_folder.reset();
        looked_at.append = true;
        return fix_in_place(target, looked_at);
    } catch (...) {
        Record image;
        image.path = path_of(target.path);
        return {refused(std::move(image), caught())};
    }
}

} // namespace hivelint
