/// \file
/// Checks: what makes a value a finding. Pure functions of what a hive says; nothing here reads.
#pragma once

#include <hivelint/export.hpp>
#include <hivelint/regf/lookup.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hivelint {

/// What the condition means for the person who has it.
enum class Severity : std::uint8_t {
    finding, ///< something does not work as it should, and the source says so
    review,  ///< somebody may have wanted it: for a person to decide
    info,    ///< nothing is wrong; it is good to know
};
/// `finding`, `review`, `info`
HIVELINT_API std::string_view to_string(Severity severity) noexcept;
/// The severity of that word; absent when there is none.
HIVELINT_API std::optional<Severity> severity_from_string(std::string_view word) noexcept;

/// What hive it is, told by the keys below its root.
enum class HiveKind : std::uint8_t {
    user,     ///< NTUSER.DAT and what stands in its place: HKEY_CURRENT_USER of its user
    usrclass, ///< UsrClass.dat
    software, ///< HKEY_LOCAL_MACHINE\\SOFTWARE
    system,   ///< HKEY_LOCAL_MACHINE\\SYSTEM
    sam,      ///< HKEY_LOCAL_MACHINE\\SAM
    security, ///< HKEY_LOCAL_MACHINE\\SECURITY
    bcd,      ///< boot configuration
    amcache,  ///< Amcache.hve
};
/// `user`, `usrclass`, `software`, `system`, `sam`, `security`, `bcd`, `amcache`
HIVELINT_API std::string_view to_string(HiveKind kind) noexcept;
/// The kind of that word; absent when there is none.
HIVELINT_API std::optional<HiveKind> hive_kind_from_string(std::string_view word) noexcept;

/// What Windows calls the file of such a hive, in lower case: `ntuser.dat`, `software`.
HIVELINT_API std::string_view file_name_of(HiveKind kind) noexcept;

/// Numbers from `first` to `last`, both included.
struct NumberRange {
    std::uint64_t first = 0; ///< the lowest
    std::uint64_t last = 0;  ///< the highest
    /// Whether both are the same.
    bool operator==(const NumberRange&) const = default;
};

/// A REG_DWORD of 4 bytes, or a REG_QWORD of 8, with a number in one of these ranges. Absence of
/// the value is not the condition.
struct NumberIs {
    std::vector<NumberRange> any_of;      ///< at least one
    std::uint32_t type = regf::kRegDword; ///< or kRegQword
};

/// How a text is held against another.
enum class TextMatch : std::uint8_t {
    equals,   ///< it is the same
    contains, ///< it holds it
    starts,   ///< it begins with it
    ends,     ///< it ends with it
};

/// A text of that type: REG_SZ, REG_EXPAND_SZ, or REG_MULTI_SZ of which any string will do. What
/// follows the first zero of a text is none of it.
struct TextIs {
    std::vector<std::string> any_of;   ///< UTF-8
    TextMatch how = TextMatch::equals; ///< how the value's text is held against them
    bool exact = false;                ///< else compared as Windows compares names (regf::upcase())
    std::uint32_t type = regf::kRegSz; ///< of the three
};

/// A value of that type with exactly these bytes.
struct BytesAre {
    std::vector<std::byte> bytes;          ///< all of them
    std::uint32_t type = regf::kRegBinary; ///< a ValueType or any other number
};

/// A value of that type, whatever its data.
struct TypeIs {
    std::uint32_t type = regf::kRegNone; ///< a ValueType or any other number
};

/// The value is there, whatever its type and data.
struct IsPresent {};
/// The value is not there, or its key is not.
struct IsAbsent {};
/// The key is there, whatever it holds.
struct KeyIsPresent {};

/// What of a value is the condition. Types are never coerced: a REG_SZ "1" is no REG_DWORD 1.
using Condition =
    std::variant<NumberIs, TextIs, BytesAre, TypeIs, IsPresent, IsAbsent, KeyIsPresent>;

/// What holds of a value of the rule's key, or of another one.
struct Clause {
    std::string value;                ///< its name; empty: the key's default value
    Condition condition{IsPresent{}}; ///< what is asked of it
    bool negated = false;             ///< it holds where the condition does not
    std::optional<std::string> key{}; ///< the value's key, as Rule::key; absent: the rule's own
};

/// The documented cures.
struct Remedy {
    /// What mends the value; where it holds that already, all is well.
    std::optional<regf::ValueData> set_to{};
    bool may_delete = false; ///< whether deleting the value mends it too
};

/// One documented setting, as rules() and packs() list them, as a file of rules has it or as a
/// program makes it.
struct Rule {
    std::string id;                 ///< `mapi-http-disabled`
    std::string title;              ///< one line for people
    std::string meaning{};          ///< a paragraph: what it means, and why it is bad
    HiveKind hive = HiveKind::user; ///< where it is looked for
    /// The path below the root key, names separated by backslashes. `*` stands for any one name. In
    /// a SYSTEM hive CurrentControlSet is the set that Select names.
    std::string key;
    std::string value;               ///< value name; empty: the key's default value
    Condition condition{NumberIs{}}; ///< what is wrong
    /// What is right, where more than the remedy's number is. Without either, all that is of the
    /// condition's type and size is right but what is wrong.
    std::optional<Condition> good{};
    /// What must hold besides: of each of these lists at least one clause.
    std::vector<std::vector<Clause>> also{};
    Remedy remedy{};         ///< what mends it
    Severity severity{};     ///< how bad it is
    std::string reference{}; ///< the document that describes the condition
    std::string link{};      ///< where it can be read
    bool secret = false;     ///< the value's data are never written to a report
    std::uint32_t since = 1; ///< the revision of its pack that it came with
};

/// A rule, which all that speaks of it keeps alive.
using RulePtr = std::shared_ptr<const Rule>;

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
    RulePtr rule{};                     ///< never null in what the library returns
    std::string key{};                  ///< Rule::key, with the names that are there for `*`
    Verdict verdict = Verdict::unknown; ///< what the rule says
    /// `absent`, `zero`, `good`, `type`, `size`, `number`, `text`, `data`, `not-in-effect` (a
    /// clause of Rule::also does not hold), an ErrorCode's word, or empty.
    std::string reason;
    std::optional<regf::FileTime> key_last_written; ///< of the rule's key, when there is one
    std::optional<regf::StoredValue> value;         ///< absent when there is none or it is unknown
};

/// What `rule` asks of a hive: its own value, then that of each clause of Rule::also. A rule with
/// `*` in its key has to be asked of each key that there is; these have the `*` still. Throws Error
/// invalid_argument: a key path that can be none.
HIVELINT_API std::vector<regf::Question> questions_of(const Rule& rule);

/// What the answers to questions_of() mean for `rule`, of which there is one for each.
HIVELINT_API Finding evaluate(RulePtr rule, std::span<const regf::Lookup> answers);
/// The same for a rule without clauses.
HIVELINT_API Finding evaluate(RulePtr rule, const regf::Lookup& answer);

/// The verdict when the question could not be answered: unknown, with the error's word as reason.
HIVELINT_API Finding undecided(RulePtr rule, const Error& error);

/// In words: `REG_DWORD 1`, `REG_SZ "text"`, `REG_BINARY 01 02`. Texts are escaped.
HIVELINT_API std::string described(const regf::ValueData& data);

/// The number of a 4-byte REG_DWORD; absent for any other type or size.
HIVELINT_API std::optional<std::uint32_t> dword_of(const regf::StoredValue& value);

} // namespace hivelint
