#include "known_choice.hpp"

#include "platform/path_text.hpp"
#include "text_file.hpp"
#include "tool.hpp"

#include <hivelint/text.hpp>

#include <fmt/core.h>

#include <chrono>
#include <iterator>

namespace hivelint::tools {
namespace {

std::unique_ptr<Suppressions> read_suppressions(const std::filesystem::path& path,
                                                std::string& wrong) {
    const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
    std::vector<RuleProblem> problems;
    auto read = std::make_unique<Suppressions>(text_in(path, "suppressions"), today, problems);
    wrong += lines_of(path, problems);
    return read;
}

/// What of the baseline is not there any more, for people.
void add_gone(const Baseline& baseline, std::vector<std::string>& notes) {
    constexpr std::size_t kMostTold = 100;
    std::size_t unseen = 0;
    std::size_t gone = 0;
    for (const auto& each : baseline.gone()) {
        if (!each.hive_was_seen) {
            ++unseen;
        } else if (++gone <= kMostTold) {
            notes.push_back(fmt::format("gone since the baseline: {} in {}",
                                        escaped_bytes(each.rule), escaped_exactly(each.path)));
        }
    }
    if (gone > kMostTold) {
        notes.push_back(fmt::format("gone since the baseline: {} more", gone - kMostTold));
    }
    if (unseen > 0) {
        notes.push_back(fmt::format("of the baseline's {} findings, {} are in hives that were not "
                                    "looked at",
                                    baseline.size(), unseen));
    }
}

} // namespace

void KnownChoice::add_to(CommandLine& line) {
    line.path(
            "--baseline", baseline_file_,
            "an earlier report (--format jsonl): what it has is known and gives no exit status 1; "
            "what is gone is told")
        .value_name("FILE")
        .not_empty();
    line.paths("--suppress", suppression_files_,
               "a TOML file of findings that are accepted, each with a reason and a last day; may "
               "be repeated")
        .value_name("FILE")
        .one_at_a_time();
}

void KnownChoice::load() {
    std::string wrong;
    for (const auto& path : suppression_files_) {
        suppressions_.push_back(read_suppressions(path, wrong));
    }
    refuse_if_wrong(wrong, "the suppressions");
    if (baseline_file_.empty()) {
        return;
    }
    const auto text = text_in(baseline_file_, "baseline");
    try {
        baseline_ = std::make_unique<Baseline>(text);
    } catch (const Error& error) {
        throw Error(error.code(),
                    fmt::format("baseline {}: {}", escaped_exactly(text_of(baseline_file_)),
                                error.message()));
    }
}

std::function<void(Record&)> KnownChoice::review() {
    if (!baseline_ && suppressions_.empty()) {
        return nullptr;
    }
    return [this](Record& record) {
        if (baseline_) {
            baseline_->review(record);
        }
        for (const auto& each : suppressions_) {
            each->review(record);
        }
    };
}

std::vector<std::string> KnownChoice::notes() const {
    std::vector<std::string> notes;
    if (baseline_) {
        add_gone(*baseline_, notes);
    }
    for (std::size_t i = 0; i < suppressions_.size(); ++i) {
        const auto file = escaped_exactly(text_of(suppression_files_[i]));
        for (const auto& note : suppressions_[i]->notes()) {
            notes.push_back(fmt::format("{}: {}", file, note));
        }
    }
    return notes;
}

} // namespace hivelint::tools
