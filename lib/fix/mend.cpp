#include "mend.hpp"

#include "scan/answer.hpp"

#include <hivelint/regf/base_block.hpp>
#include <hivelint/regf/walker.hpp>
#include <hivelint/source.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace hivelint {
namespace {

/// What the value of a finding becomes (absent: it is deleted) by its rule's remedy. Throws Error
/// invalid_argument: there is none of that kind.
std::optional<regf::ValueData> remedy_of(const Rule& rule, std::optional<Action> wanted) {
    const auto& [set_to, may_delete] = rule.remedy;
    const auto refuse = [](std::string message) -> Error {
        return {ErrorCode::invalid_argument, std::move(message)};
    };
    if (!set_to && !may_delete) {
        throw refuse(fmt::format("{} has no remedy: it is found, but not mended", rule.id));
    }
    const auto action = wanted.value_or(set_to ? Action::set_value : Action::delete_value);
    if (action == Action::delete_value && !may_delete) {
        throw refuse(fmt::format("to delete {} does not mend {}", rule.value, rule.id));
    }
    if (action == Action::set_value && !set_to) {
        throw refuse(fmt::format("{} says nothing that {} could be set to", rule.id, rule.value));
    }
    return action == Action::set_value ? set_to : std::nullopt;
}

class Mender {
public:
    Mender(const regf::VerifiedImage& image, const FixOptions& options)
        : image_(image), options_(options), bytes_(image.bytes()),
          walker_(bytes_, regf::read_base_block(bytes_)), asker_(walker_) {}

    void add(const RulePtr& rule);
    Mending take() { return std::move(all_); }

private:
    void add(const Answer& answer);
    std::optional<regf::ValueChange> change_for(const Answer& answer) const;
    bool is_made(const regf::ValueChange& change) const;

    const regf::VerifiedImage& image_;
    const FixOptions& options_;
    MemorySource bytes_;
    regf::Walker walker_;
    Asker asker_;
    Mending all_;
};

/// What mends the finding by itself; absent when it is none. Throws Error: why it stays.
std::optional<regf::ValueChange> Mender::change_for(const Answer& answer) const {
    const Finding& finding = answer.finding;
    if (auto reason = why_left(finding, options_)) {
        throw Error(*std::move(reason));
    }
    if (finding.verdict == Verdict::clear || finding.verdict == Verdict::not_applicable) {
        return std::nullopt;
    }
    auto becomes = remedy_of(*finding.rule, options_.action);
    if (!finding.value) {
        throw Error(ErrorCode::no_room, "the value is not there, and nothing is added to a hive");
    }
    const auto& question = answer.asked.front();
    if (regf::parse_key_path(finding.key) != question.key) {
        throw Error(ErrorCode::invalid_argument,
                    "the name of a key on the way has a backslash in it: a record of the change "
                    "could not say which key it is");
    }
    regf::ValueChange change = {question.key, question.value, std::move(becomes)};
    const bool changes =
        !regf::edit_values(image_, {.changes = {change}, .time = {}, .sequence = 0}).empty();
    return changes ? std::optional(std::move(change)) : std::nullopt;
}

/// Whether another rule asks for the same change. Throws Error when one asks for another.
bool Mender::is_made(const regf::ValueChange& change) const {
    const auto found = std::ranges::find_if(all_.changes, [&](const regf::ValueChange& other) {
        return regf::same_name(other.value, change.value) &&
               std::ranges::equal(other.key, change.key, regf::same_name);
    });
    if (found != all_.changes.end() && found->becomes != change.becomes) {
        throw Error(ErrorCode::invalid_argument,
                    "another rule that was chosen makes something else of the value");
    }
    return found != all_.changes.end();
}

void Mender::add(const Answer& answer) {
    const Finding& finding = answer.finding;
    try {
        auto change = change_for(answer);
        if (!change) {
            return;
        }
        const bool made = is_made(*change);
        all_.fixes.push_back({.rule = finding.rule->id,
                              .hive = finding.rule->hive,
                              .key = finding.key,
                              .value = finding.rule->value,
                              .becomes = change->becomes});
        if (!made) {
            all_.changes.push_back(*std::move(change));
        }
    } catch (const Error& error) {
        const auto code = error.code();
        if (code == ErrorCode::dirty_hive || code == ErrorCode::differencing_hive ||
            code == ErrorCode::damaged) {
            throw; // it is none of the finding's
        }
        all_.left.push_back({finding.rule->id, finding.key, error});
    }
}

void Mender::add(const RulePtr& rule) {
    for (const auto& answer : asker_.ask(rule)) {
        add(answer);
    }
}

} // namespace

std::optional<Error> why_left(const Finding& finding, const FixOptions& options) {
    if (finding.verdict == Verdict::unknown) {
        return Error(error_code_from_string(finding.reason).value_or(ErrorCode::damaged),
                     "what the hive says could not be read far enough");
    }
    if (finding.verdict == Verdict::nonstandard && !options.force) {
        return Error(ErrorCode::nonstandard_value, finding.value->offset,
                     fmt::format("{} of {} bytes is not the documented condition",
                                 regf::value_type_name(finding.value->type),
                                 finding.value->data.size()));
    }
    return std::nullopt;
}

Mending mend(const regf::VerifiedImage& image, std::span<const RulePtr> rules,
             const FixOptions& options) {
    regf::require_sound(image);
    Mender mender(image, options);
    std::ranges::for_each(rules, [&](const RulePtr& rule) { mender.add(rule); });
    return mender.take();
}

} // namespace hivelint
