/// \file
/// What is known already: findings of an earlier run, and findings that somebody accepted for a
/// time. They are told, but do not count as news.
#pragma once

#include <hivelint/export.hpp>
#include <hivelint/rules.hpp>
#include <hivelint/scan.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hivelint {

/// An earlier report of hivescan as JSON Lines. A finding is in it where the same rule found the
/// same data in the same key of the same user's hive, or, of a hive whose user is not known, of the
/// hive at the same path.
class Baseline {
public:
    /// The text of the report. Throws Error invalid_argument: a line is no record of one, or it
    /// does not say at its end that it is complete.
    HIVELINT_API explicit Baseline(std::string_view json_lines);
    HIVELINT_API ~Baseline();
    Baseline(const Baseline&) = delete;
    Baseline& operator=(const Baseline&) = delete;

    /// Marks what the baseline has. By several threads at once.
    HIVELINT_API void review(Record& record);

    /// Findings of the baseline that no record had that was reviewed.
    struct Gone {
        std::string rule;           ///< Rule::id
        std::string user;           ///< empty: not known
        std::string path;           ///< of the hive then
        bool hive_was_seen = false; ///< else nobody looked whether it is gone
    };
    /// In the order of the baseline; after the last record.
    HIVELINT_API std::vector<Gone> gone() const;
    /// The findings that it has.
    HIVELINT_API std::size_t size() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Findings that somebody accepted, as a TOML file lists them: each with a reason and a last day.
class Suppressions {
public:
    /// Read strictly: what is wrong is added to `problems`, as by parse_pack(). `today` (UTC): what
    /// has ended is not applied.
    HIVELINT_API Suppressions(std::string_view toml, std::chrono::sys_days today,
                              std::vector<RuleProblem>& problems);
    HIVELINT_API ~Suppressions();
    Suppressions(const Suppressions&) = delete;
    Suppressions& operator=(const Suppressions&) = delete;

    /// Marks what they are about. By several threads at once.
    HIVELINT_API void review(Record& record);
    /// Which of them have ended, and which were about nothing; after the last record. For people,
    /// one a line, each with its line in the file.
    HIVELINT_API std::vector<std::string> notes() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace hivelint
