#include "answer.hpp"

#include "check/state.hpp"

#include <hivelint/text.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

namespace hivelint {
namespace {

/// A hive by a key below its root that no other one has. SYSTEM has a Software key, too.
struct Mark {
    std::u16string_view key;
    std::string_view kind;
    bool beside_software; ///< it says so whether there is a Software key or not
};
// A package's settings.dat has but these two keys, or one of them.
constexpr auto kMarks = std::to_array<Mark>({
    {u"Select", "system", true},
    {u"SAM", "sam", false},
    {u"Policy", "security", false},
    {u"Objects", "bcd", false},
    {u"Local Settings", "usrclass", false},
    {u"Root", "amcache", false},
    {u"LocalState", "package", false},
    {u"RoamingState", "package", false},
    {u"Microsoft", "software", false},
});

constexpr std::u16string_view kAnyName = u"*";
constexpr std::u16string_view kCurrent = u"CurrentControlSet";

bool has_key(regf::Walker& walker, std::u16string_view name) {
    return walker.find_value({std::u16string(name)}, u"").key_found;
}

/// `reg save HKCU\Software` makes a hive whose root is called Software: how many names of the path
/// lie above or at its root; 0: none do.
std::size_t names_above(const regf::KeyPath& path, const std::u16string& root) {
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (regf::same_name(path[i], root)) {
            return i + 1;
        }
    }
    return 0;
}

std::string text_of_key(const regf::KeyPath& path) {
    std::string text;
    for (const auto& name : path) {
        if (!text.empty()) {
            text.push_back('\\');
        }
        text += to_utf8(name);
    }
    return text;
}

Answer not_for_it(const RulePtr& rule, std::string_view kind, regf::Lookup lookup = {}) {
    Answer answer = {.finding = {}, .lookups = {std::move(lookup)}, .kind = kind};
    answer.finding.rule = rule;
    answer.finding.key = rule->key;
    answer.finding.verdict = Verdict::not_applicable;
    answer.finding.reason = kind;
    return answer;
}

/// Nothing more is to be said of a key that `*` stands for.
bool says_nothing(const Answer& answer) {
    const auto& lookup = answer.lookups.front();
    return answer.finding.verdict == Verdict::clear && !lookup.value &&
           lookup.unreachable.empty() && lookup.misnamed.empty() && lookup.duplicate_keys.empty();
}

} // namespace

std::string_view Asker::kind() {
    if (!kind_.empty()) {
        return kind_;
    }
    if (!has_software_) {
        has_software_ = has_key(walker_, u"Software");
    }
    for (const auto& mark : kMarks) {
        if ((mark.beside_software || !*has_software_) && has_key(walker_, mark.key)) {
            return kind_ = mark.kind;
        }
    }
    return kind_ = *has_software_ ? "user" : "other";
}

std::u16string Asker::control_set_name() {
    const auto current = walker_.find_value({u"Select"}, u"Current");
    const auto number = current.value ? dword_of(*current.value) : std::nullopt;
    if (!number || *number == 0 || *number > 999) {
        throw Error(
            ErrorCode::bad_value, current.value ? current.value->offset : 0,
            R"(Select\Current, which names the control set, is no REG_DWORD from 1 to 999)");
    }
    control_set_ = fmt::format("ControlSet{:03}", *number);
    return to_utf16(*control_set_);
}

void Asker::name_control_set(regf::KeyPath& key) {
    if (!key.empty() && regf::same_name(key.front(), kCurrent)) {
        key.front() = control_set_ ? to_utf16(*control_set_) : control_set_name();
    }
}

/// The keys that there are for `path`, in the order of their lists.
std::vector<Asker::Place> Asker::places_for(const regf::KeyPath& path, std::vector<Error>& damage) {
    std::vector<Place> places(1);
    for (const auto& name : path) {
        if (name == kAnyName) {
            places = places_below(places, damage);
        } else {
            std::ranges::for_each(places, [&](Place& place) { place.key.push_back(name); });
        }
    }
    return places;
}

namespace {

std::u16string upcased(std::u16string name) {
    std::ranges::transform(name, name.begin(), regf::upcase);
    return name;
}

regf::KeyPath behind(const regf::KeyPath& key, std::size_t names) {
    return {key.begin() + static_cast<std::ptrdiff_t>(names), key.end()};
}

} // namespace

std::vector<Asker::Place> Asker::places_below(const std::vector<Place>& places,
                                              std::vector<Error>& damage) {
    std::vector<Place> below;
    for (const auto& place : places) {
        if (!place.unreachable.empty()) {
            continue;
        }
        const auto rest = behind(place.key, place.above);
        const auto listing =
            place.from ? walker_.list_key_below(*place.from, rest) : walker_.list_key(rest);
        if (!listing || listing->unreachable) {
            continue;
        }
        damage.insert(damage.end(), listing->damage.begin(), listing->damage.end());
        std::unordered_map<std::u16string, std::size_t> known; // where each name is in `below`
        for (const auto& subkey : listing->subkeys) {
            const auto [at, is_new] = known.try_emplace(upcased(subkey.name), below.size());
            if (is_new && below.size() == kMostKeys) {
                damage.emplace_back(
                    ErrorCode::limit_exceeded, listing->key.offset,
                    fmt::format("'*' would stand for more than {} keys; the others are left out",
                                kMostKeys));
                return below;
            }
            if (is_new) {
                auto& one = below.emplace_back(place);
                one.key.push_back(subkey.name);
                one.above = one.key.size();
                one.from.reset();
                one.duplicates.insert(one.duplicates.end(), listing->duplicate_keys.begin(),
                                      listing->duplicate_keys.end());
            }
            auto& one = below[at->second];
            if (one.from) {
                if (!subkey.hidden) {
                    one.duplicates.push_back(subkey.offset);
                }
            } else if (subkey.hidden) {
                one.unreachable.push_back(subkey.offset);
            } else {
                one.from = subkey.offset;
                one.unreachable.clear();
            }
        }
    }
    return below;
}

regf::Lookup Asker::find(const Place& place, const std::u16string& value) {
    if (!place.unreachable.empty()) {
        regf::Lookup lookup;
        lookup.names_found = place.above - 1;
        lookup.unreachable = place.unreachable;
        return lookup;
    }
    const auto rest = behind(place.key, place.above);
    auto lookup = place.from ? walker_.find_value_below(*place.from, rest, value)
                             : walker_.find_value(rest, value);
    lookup.names_found += place.above;
    lookup.duplicate_keys.insert(lookup.duplicate_keys.begin(), place.duplicates.begin(),
                                 place.duplicates.end());
    return lookup;
}

Answer Asker::answered(const RulePtr& rule, const Place& place) {
    Answer answer;
    answer.asked = questions_of(*rule);
    const auto own = answer.asked.front().key;
    Place named = place;
    name_control_set(named.key);
    for (auto& question : answer.asked) {
        const bool is_own = question.key == own;
        if (is_own) {
            question.key = named.key;
        } else {
            name_control_set(question.key);
        }
        answer.lookups.push_back(is_own ? find(named, question.value)
                                        : walker_.find_value(question));
    }
    answer.finding = evaluate(rule, answer.lookups);
    return answer;
}

Answer Asker::ask_user(const RulePtr& rule, regf::KeyPath key) {
    Answer answer = answered(rule, key);
    const auto& lookup = answer.lookups.front();
    const bool settled = answer.finding.verdict != Verdict::clear || lookup.key_found ||
                         !lookup.unreachable.empty() || !lookup.misnamed.empty();
    has_software_ = has_software_.value_or(lookup.names_found > 0);
    if (settled) {
        answer.kind = lookup.key_found ? "user" : "";
        return answer;
    }
    answer.kind = kind();
    if (answer.kind == "user") {
        return answer;
    }
    const auto root = walker_.list_key({});
    const auto above = root ? names_above(key, root->key.name) : 0;
    if (above == 0 || *has_software_) {
        return not_for_it(rule, answer.kind, std::move(answer.lookups.front()));
    }
    key.erase(key.begin(), key.begin() + static_cast<std::ptrdiff_t>(above));
    answer = answered(rule, key);
    answer.kind = "part-of-user";
    answer.part = to_utf8(root->key.name);
    return answer;
}

Answer Asker::ask(const RulePtr& rule, const regf::KeyPath& key) {
    if (rule->hive == HiveKind::user) {
        return ask_user(rule, key);
    }
    if (kind() != to_string(rule->hive)) {
        return not_for_it(rule, kind());
    }
    auto answer = answered(rule, key);
    answer.finding.key = text_of_key(answer.asked.front().key);
    answer.kind = kind();
    return answer;
}

/// Whether a rule with `*` applies at all, told by the key above; and the answer where there is
/// nothing to say of any key, of which hivex cannot be asked.
Answer Asker::ask_above(const RulePtr& rule, const regf::KeyPath& above) {
    auto answer = ask(rule, above);
    Finding& finding = answer.finding;
    if (finding.verdict == Verdict::affected || finding.verdict == Verdict::nonstandard) {
        finding.verdict = Verdict::clear;
    }
    if (finding.verdict == Verdict::clear) {
        finding.reason = "absent";
    }
    finding.key = rule->key;
    finding.key_last_written.reset();
    finding.value.reset();
    answer.asked.clear();
    auto& lookup = answer.lookups.front();
    regf::Lookup kept;
    kept.unreachable = std::move(lookup.unreachable);
    kept.duplicate_keys = std::move(lookup.duplicate_keys);
    kept.misnamed = lookup.key_found ? std::vector<std::uint64_t>() : std::move(lookup.misnamed);
    kept.damage = lookup.key_found ? std::vector<Error>() : std::move(lookup.damage);
    answer.lookups = {std::move(kept)};
    return answer;
}

std::vector<Answer> Asker::ask(const RulePtr& rule) {
    const auto path = regf::parse_key_path(rule->key);
    const auto any = std::ranges::find(path, kAnyName);
    if (any == path.end()) {
        std::vector<Answer> one;
        one.push_back(ask(rule, path));
        return one;
    }
    auto none = ask_above(rule, {path.begin(), any});
    std::vector<Answer> answers;
    if (none.finding.verdict == Verdict::not_applicable) {
        answers.push_back(std::move(none));
        return answers;
    }
    auto from = path;
    name_control_set(from);
    const auto above = none.part.empty() ? 0 : names_above(from, walker_.list_key({})->key.name);
    std::vector<Error> damage;
    for (const auto& place : places_for(behind(from, above), damage)) {
        Answer answer;
        try {
            answer = answered(rule, place);
        } catch (const Error& error) { // the others can be asked all the same
            if (state_of(error.code()) == State::unreadable) {
                throw;
            }
            if (damage.size() < kMostTold) {
                damage.push_back(error);
            }
            continue;
        }
        if (says_nothing(answer)) {
            continue;
        }
        auto key = regf::KeyPath(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(above));
        key.insert(key.end(), place.key.begin(), place.key.end());
        answer.kind = none.kind;
        answer.part = none.part;
        if (answers.size() == kMostTold) {
            damage.emplace_back(ErrorCode::limit_exceeded,
                                fmt::format("{}: there is something to say of more than {} keys; "
                                            "the others are left out",
                                            rule->id, kMostTold));
            break;
        }
        answer.finding.key = text_of_key(key);
        answers.push_back(std::move(answer));
    }
    if (!damage.empty()) {
        answers.push_back({.finding = undecided(rule, damage.front()),
                           .lookups = {{}},
                           .kind = none.kind,
                           .damage = std::move(damage)});
    } else if (answers.empty()) {
        answers.push_back(std::move(none));
    }
    return answers;
}

} // namespace hivelint
