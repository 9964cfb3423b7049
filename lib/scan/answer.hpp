// What the walker says of a rule, put to the right keys of the hive that there is: a whole one of
// the kind that the rule is about, a part of a user's, or none.
#pragma once

#include <hivelint/check.hpp>
#include <hivelint/regf/walker.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hivelint {

struct Answer {
    Finding finding;
    std::vector<regf::Lookup> lookups{}; ///< one for each question
    std::vector<regf::Question> asked{}; ///< empty: the rule does not apply, or could not be asked
    std::string_view kind{};             ///< see Record::kind; empty: not known
    std::string part{};                  ///< of a part: the name of its root key
    std::vector<Error> damage{};         ///< why not all of it could be asked
};

/// For one rule in one hive: how many keys `*` may stand for, and how many of them are told of.
inline constexpr std::size_t kMostKeys = 200'000, kMostTold = 1000;

/// Asks rules of one hive; what one has found out of it the next ones need not look up again.
class Asker {
public:
    explicit Asker(regf::Walker& walker) : walker_(walker) {}

    /// One answer; where the rule's key has `*`, one for each key of which there is more to say
    /// than that the value is not there, or one that says this of all. Throws Error as
    /// Walker::find_value().
    std::vector<Answer> ask(const RulePtr& rule);

    /// The answer for one key, a Finding::key.
    Answer ask(const RulePtr& rule, const regf::KeyPath& key);

    /// The control set that CurrentControlSet stands for; absent until a rule asked.
    const std::optional<std::string>& control_set() const { return control_set_; }

private:
    Answer ask_user(const RulePtr& rule, regf::KeyPath key);
    /// The keys that `*` stand for, and what lies below them, are looked for from there.
    struct Place {
        regf::KeyPath key{}; ///< from the root on
        std::optional<std::uint64_t>
            from{};            ///< where the key lies that the last `*` is; absent: the root
        std::size_t above = 0; ///< how many names of `key` lead there
        std::vector<std::uint64_t> duplicates{};  ///< see Lookup::duplicate_keys
        std::vector<std::uint64_t> unreachable{}; ///< see Lookup::unreachable; it is no key then
    };
    Answer answered(const RulePtr& rule, const regf::KeyPath& key) {
        return answered(rule, Place{.key = key});
    }
    Answer answered(const RulePtr& rule, const Place& place);
    regf::Lookup find(const Place& place, const std::u16string& value);
    Answer ask_above(const RulePtr& rule, const regf::KeyPath& above);
    std::vector<Place> places_for(const regf::KeyPath& path, std::vector<Error>& damage);
    std::vector<Place> places_below(const std::vector<Place>& places, std::vector<Error>& damage);
    std::string_view kind();
    void name_control_set(regf::KeyPath& key);
    std::u16string control_set_name();

    regf::Walker& walker_;
    std::string_view kind_{};
    std::optional<bool> has_software_{};
    std::optional<std::string> control_set_{};
};

} // namespace hivelint
