/// \file
/// Checks: what makes a value a finding. Pure functions of what a hive says; nothing here reads.
#pragma once

#include <hivelint/export.hpp>
#include <hivelint/regf/lookup.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace hivelint {

/// What the condition means for the person who has it.
enum class Severity : std::uint8_t {
    warning, ///< something does not work as it should
};
/// `warning`
HIVELINT_API std::string_view to_string(Severity severity) noexcept;
/// The severity of that word; absent when there is none.
HIVELINT_API std::optional<Severity> severity_from_string(std::string_view word) noexcept;

/// The kind of hive that a rule's key path begins in.
enum class HiveKind : std::uint8_t {
    user, ///< NTUSER.DAT and what stands in its place: HKEY_CURRENT_USER of its user
};

/// A REG_DWORD of 4 bytes with this number; absence of the value is not the condition.
struct NumberIs {
    std::uint32_t number; ///< as stored, little-endian
};

/// What of a value is the condition.
using Condition = std::variant<NumberIs>;

/// The documented cures.
struct Remedy {
    std::uint32_t set_to; ///< the number that mends the value; where it stands already, all is well
    bool may_delete;      ///< whether deleting the value mends it too; else plan_fix() refuses to
};

/// One documented misconfiguration, as rules() lists them or as a program makes it.
struct Rule {
    std::string id;                 ///< `mapi-http-disabled`
    std::string title;              ///< one line for people
    HiveKind hive = HiveKind::user; ///< where it is looked for
    std::string key;                ///< path below the root key, names separated by backslashes
    std::string value;              ///< value name
    Condition condition;            ///< what is wrong
    Remedy remedy{};                ///< what mends it
    Severity severity{};            ///< how bad it is
    std::string reference;          ///< the document that describes the condition
};

/// The state a hive was found in.
enum class State : std::uint8_t {
    clean,       ///< sound as far as was looked, and nothing newer is in a log
    recovered,   ///< it was dirty, and is reported with its transaction logs applied
    healed,      ///< the same, with a base block from a log in place of a damaged one
    dirty,       ///< newer data may be in the logs: the primary file is reported as stored
    interrupted, ///< a fix of it was cut off: its journal lies beside it
    truncated,   ///< the file ends before its hive bins
    corrupt,     ///< the structure is damaged
    not_a_hive,  ///< something else
    unreadable,  ///< permission, I/O, or a format version that is not supported
};
/// `clean`, `recovered`, …, `not-a-hive`, `unreadable`
HIVELINT_API std::string_view to_string(State state) noexcept;
/// The state of that word; absent when there is none.
HIVELINT_API std::optional<State> state_from_string(std::string_view word) noexcept;

/// What a rule says of a hive.
enum class Verdict : std::uint8_t {
    affected,       ///< exactly the documented condition
    nonstandard,    ///< present, but another type, size or number: for review
    unknown,        ///< the hive could not be read far enough to say
    clear,          ///< absent, or the good number
    not_applicable, ///< it is no hive of the kind that the rule is about
};
/// `affected`, `nonstandard`, `unknown`, `clear`, `not-applicable`
HIVELINT_API std::string_view to_string(Verdict verdict) noexcept;
/// The verdict of that word; absent when there is none.
HIVELINT_API std::optional<Verdict> verdict_from_string(std::string_view word) noexcept;

/// The verdict on one rule for one hive, with what it rests on.
struct Finding {
    const Rule* rule = nullptr; ///< must outlive this; never null in what the library returns
    Verdict verdict = Verdict::unknown; ///< what the rule says
    std::string reason; ///< `absent`, `zero`, `good`, `type`, `size`, `number`, an ErrorCode's
                        ///< word, or empty
    std::optional<regf::FileTime> key_last_written; ///< of the rule's key, when there is one
    std::optional<regf::StoredValue> value;         ///< absent when there is none or it is unknown
};

/// What `rule` asks of a hive.
HIVELINT_API regf::Question question_of(const Rule& rule);

/// What `lookup` means for `rule`.
HIVELINT_API Finding evaluate(const Rule& rule, const regf::Lookup& lookup);

/// The verdict when the question could not be answered: unknown, with the error's word as reason.
HIVELINT_API Finding undecided(const Rule& rule, const Error& error);

/// The number of a 4-byte REG_DWORD; absent for any other type or size.
HIVELINT_API std::optional<std::uint32_t> dword_of(const regf::StoredValue& value);

} // namespace hivelint
