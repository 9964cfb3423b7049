// Questions: what the rules of a scan ask of one source of a hive.
#pragma once

#include "answer.hpp"
#include "limits.hpp"

#include <hivelint/regf/walker.hpp>
#include <hivelint/scan.hpp>
#include <hivelint/source.hpp>

#include <vector>

namespace hivelint {

/// Asks them: fills a record's checks, notes and error from one source of a hive, and makes its
/// state worse where it finds damage. All arguments must outlive it.
class Questions {
public:
    Questions(const ByteSource& source, const regf::BaseBlock& base_block,
              const ScanOptions& options, Record& record, Allowance& allowance)
        : source_(source), base_block_(base_block), options_(options), record_(record),
          allowance_(allowance) {}

    /// Asks the walker, and hivex where `options` say so; `in_doubt`: where they say automatic.
    void run(bool in_doubt = false);

    /// Whether the walker or verify() found damage.
    bool damaged() const { return damaged_; }

private:
    void walk(Asker& asker, const RulePtr& rule);
    void take(Answer answer);
    void note_kind(const Rule& rule, const Answer& answer);
    void note_other_kinds();
    void note_oddities(const Finding& finding, const regf::Lookup& lookup);
    void note_damage(const Error& error);
    void confirm();
    void compare(CheckResult& check, const Finding& other);

    const ByteSource& source_;
    const regf::BaseBlock& base_block_;
    const ScanOptions& options_;
    Record& record_;
    Allowance& allowance_;
    std::vector<std::vector<regf::Question>> asked_{}; ///< for each check; none: does not apply
    bool in_doubt_ = false;
    bool damaged_ = false;
};

/// What the walker says of the same rule and key in another image of the hive, without a word on
/// damage: unknown where it cannot answer. Throws Error when the source cannot be read.
Finding ask_walker(const ByteSource& source, const regf::BaseBlock& base_block,
                   const Finding& finding);

/// Whether verdict, reason and value are the same, wherever the value lies.
bool same_answer(const Finding& a, const Finding& b);

/// The first failure is the record's error, further ones are notes.
void fail(Record& record, Error error);

} // namespace hivelint
