// What the walker says of a rule, put to the right key of the hive that there is: a whole user's
// hive, a part of one, or none.
#pragma once

#include <hivelint/check.hpp>
#include <hivelint/regf/walker.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace hivelint {

struct Answer {
    Finding finding;
    regf::Lookup lookup{};
    std::optional<regf::Question> asked{}; ///< absent: the rule does not apply
    std::string_view kind{};               ///< see Record::kind; empty: not known
    std::string part{};                    ///< of a part: the name of its root key
};

/// Throws Error as Walker::find_value().
Answer answer_of(regf::Walker& walker, const Rule& rule);

} // namespace hivelint
