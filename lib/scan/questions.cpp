#include "questions.hpp"

#include "check/state.hpp"
#include "hivex/second_parser.hpp"
#include "notes.hpp"
#include "text/words.hpp"

#include <hivelint/regf/verify.hpp>
#include <hivelint/text.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace hivelint {
namespace {

std::string why_unconfirmed(std::string_view reason) {
    return fmt::format("not given to {}: {}",
                       second_parser().empty() ? "a second parser" : second_parser(), reason);
}

/// Several rules can meet the same thing on their ways.
void say_once(std::vector<std::string>& notes) {
    std::set<std::string> said;
    std::erase_if(notes, [&](const std::string& note) { return !said.insert(note).second; });
}

} // namespace

void fail(Record& record, Error error) {
    if (record.error) {
        record.notes.push_back(described(error));
    } else {
        record.error = std::move(error);
    }
}

void Questions::run(bool in_doubt) {
    in_doubt_ = in_doubt;
    regf::Walker walker(source_, base_block_);
    Asker asker(walker);
    for (const auto& rule : options_.rules) {
        walk(asker, rule);
    }
    if (asker.control_set()) {
        record_.notes.push_back(fmt::format("CurrentControlSet is {}, as Select\\Current names it",
                                            *asker.control_set()));
    }
    note_other_kinds();
    say_once(record_.notes);
    record_.pages_read += walker.cost().pages;
    // That logs are the hive's own shows in what they make of it, whoever confirms or not.
    const bool automatic = options_.confirm == Confirm::automatic && in_doubt_;
    if (options_.confirm == Confirm::always || automatic || in_doubt) {
        confirm();
    }
}

void Questions::walk(Asker& asker, const RulePtr& rule) {
    try {
        for (auto& answer : asker.ask(rule)) {
            take(std::move(answer));
        }
    } catch (const Error& error) {
        if (state_of(error.code()) == State::unreadable) {
            throw;
        }
        // With a `*` or a control set in it, a key is no question: there is nothing to ask hivex.
        const bool is_question =
            rule->hive == HiveKind::user && rule->key.find('*') == std::string::npos;
        asked_.push_back(is_question ? questions_of(*rule) : std::vector<regf::Question>());
        in_doubt_ = true;
        note_damage(error);
        record_.checks.push_back({undecided(rule, error), {"walker"}});
    }
}

void Questions::take(Answer answer) {
    Finding& finding = answer.finding;
    const Rule& rule = *finding.rule;
    note_kind(rule, answer);
    const bool speaks =
        finding.verdict != Verdict::clear && finding.verdict != Verdict::not_applicable;
    in_doubt_ = in_doubt_ || speaks || !base_block_.checksum_valid();
    for (const auto& damage : answer.damage) {
        note_damage(damage);
    }
    for (const auto& lookup : answer.lookups) {
        in_doubt_ = in_doubt_ || !lookup.damage.empty() || !lookup.duplicate_keys.empty() ||
                    !lookup.duplicate_values.empty() || !lookup.misnamed.empty();
        for (const auto& damage : lookup.damage) {
            note_damage(damage);
        }
    }
    note_oddities(finding, answer.lookups.front());
    asked_.push_back(std::move(answer.asked));
    record_.checks.push_back({std::move(finding), {"walker"}});
}

void Questions::note_kind(const Rule& rule, const Answer& answer) {
    if (!answer.kind.empty()) {
        record_.kind = answer.kind;
    }
    if (!answer.part.empty()) {
        record_.notes.push_back(
            fmt::format("a part of a user's hive: its root is {}, and {} was looked for below it",
                        escaped_bytes(answer.part), rule.value));
    }
}

void Questions::note_other_kinds() {
    std::vector<const Rule*> others;
    for (const auto& check : record_.checks) {
        if (check.finding.verdict == Verdict::not_applicable) {
            others.push_back(check.finding.rule.get());
        }
    }
    if (others.empty()) {
        return;
    }
    const auto kind = record_.checks.front().finding.verdict == Verdict::not_applicable
                          ? record_.checks.front().finding.reason
                          : std::string(record_.kind);
    const auto what = kind == "other" ? std::string("its root has no Software key")
                                      : fmt::format("its keys are those of {}", kind);
    if (others.size() > 1) {
        record_.notes.push_back(fmt::format(
            "{} rules are of other kinds of hives and do not apply: {}", others.size(), what));
    } else if (others.front()->hive == HiveKind::user) {
        record_.notes.push_back(
            fmt::format("no user's hive: {}; {} does not apply", what, others.front()->id));
    } else {
        record_.notes.push_back(fmt::format("no {} hive: {}; {} does not apply",
                                            to_string(others.front()->hive), what,
                                            others.front()->id));
    }
}

void Questions::note_damage(const Error& error) {
    const State state = state_of(error.code());
    damaged_ = damaged_ || state == State::corrupt || state == State::truncated;
    record_.state = worse(record_.state, state);
    fail(record_, error);
}

void Questions::note_oddities(const Finding& finding, const regf::Lookup& lookup) {
    const auto& key = finding.key;
    const auto& value = finding.rule->value;
    auto& notes = record_.notes;
    for (const auto offset : lookup.duplicate_keys) {
        notes.push_back(fmt::format("a second key of the same name on the way to {} lies at {:#x}; "
                                    "the first was read",
                                    key, offset));
    }
    for (const auto offset : lookup.duplicate_values) {
        notes.push_back(
            fmt::format("a second value {} lies at {:#x}; the first was read", value, offset));
    }
    for (const auto offset : lookup.unreachable) {
        notes.push_back(fmt::format("a key on the way to {} lies at {:#x} behind a wrong hash: "
                                    "Windows does not find it, other programs may",
                                    key, offset));
    }
    for (const auto offset : lookup.misnamed) {
        notes.push_back(fmt::format(
            "{} at {:#x} could be the {} on the way to {} with a damaged name: Windows does not "
            "find it",
            lookup.key_found ? "a value" : "a key", offset, lookup.key_found ? "value" : "key",
            key));
    }
    if (lookup.name_is_also_a_key) {
        notes.push_back(fmt::format("{} holds a key named {}, which has no effect", key, value));
    }
    if (lookup.key_found) {
        note_odd_time(lookup.key_last_written, "the key's last-written time", notes);
    }
}

void Questions::confirm() {
    if (base_block_.image_size() > source_.size()) {
        record_.notes.push_back(why_unconfirmed("the file ends before its hive bins"));
        return;
    }
    allowance_.hold(base_block_.image_size());
    const Working working(allowance_.all.processors);
    FileLease lease(allowance_.all.files);
    lease.file = private_copy(source_, base_block_.image_size(), lease.file);
    const PrivateImage image(lease.file);
    const auto& report = image.image.report();
    if (const auto* damage = report.first_damage()) {
        damaged_ = true;
        const Error error(ErrorCode::damaged, damage->offset,
                          fmt::format("{}: {}", to_string(damage->problem), damage->message));
        record_.notes.push_back(why_unconfirmed(
            fmt::format("verify found {} of damage", counted(report.damage, "piece"))));
        if (damage->problem != regf::Problem::base_block) {
            record_.state = worse(record_.state, State::corrupt);
        }
        fail(record_, error);
        return;
    }
    note_irregularities(report, record_.notes);
    if (options_.confirm == Confirm::never) {
        return;
    }
    try {
        std::vector<regf::Question> questions;
        for (const auto& asked : asked_) {
            questions.insert(questions.end(), asked.begin(), asked.end());
        }
        const auto answers = ask_hivex(image, questions);
        if (!answers && !second_parser().empty()) {
            record_.notes.push_back(why_unconfirmed("it opens files by their names, and without "
                                                    "/proc what is in memory has none"));
        }
        if (answers) {
            std::span<const regf::Lookup> rest = *answers;
            for (std::size_t i = 0; i < asked_.size(); ++i) {
                const auto size = asked_[i].size();
                // What was never settled as a whole is not confirmed by a part of it.
                if (size > 0) {
                    compare(record_.checks[i],
                            evaluate(record_.checks[i].finding.rule, rest.first(size)));
                }
                rest = rest.subspan(size);
            }
        }
    } catch (const Error& error) {
        record_.notes.emplace_back("hivex could not answer");
        fail(record_, error);
    }
}

void Questions::compare(CheckResult& check, const Finding& other) {
    const Rule& rule = *check.finding.rule;
    const auto& mine = check.finding;
    if (same_answer(mine, other)) {
        check.confirmed_by.emplace_back("hivex");
        return;
    }
    fail(record_, Error(ErrorCode::parsers_disagree,
                        fmt::format("{}: the walker says {}{}{}, hivex says {}{}{}", rule.id,
                                    to_string(mine.verdict), mine.reason.empty() ? "" : " ",
                                    mine.reason, to_string(other.verdict),
                                    other.reason.empty() ? "" : " ", other.reason)));
}

bool same_answer(const Finding& a, const Finding& b) {
    const bool same_value =
        a.value.has_value() == b.value.has_value() &&
        (!a.value || (a.value->type == b.value->type && a.value->data == b.value->data));
    return a.verdict == b.verdict && a.reason == b.reason && same_value;
}

Finding ask_walker(const ByteSource& source, const regf::BaseBlock& base_block,
                   const Finding& finding) {
    try {
        regf::Walker walker(source, base_block);
        Asker asker(walker);
        if (finding.key != finding.rule->key) {
            auto answer = asker.ask(finding.rule, regf::parse_key_path(finding.key));
            answer.finding.key = finding.key;
            return std::move(answer.finding);
        }
        auto answers = asker.ask(finding.rule);
        const auto worst = std::ranges::min_element(
            answers, {}, [](const Answer& answer) { return answer.finding.verdict; });
        return std::move(worst->finding);
    } catch (const Error& error) {
        if (state_of(error.code()) == State::unreadable) {
            throw;
        }
        return undecided(finding.rule, error);
    }
}

} // namespace hivelint
